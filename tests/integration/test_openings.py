#!/usr/bin/env python3
"""Leads that open with the same quotation: one lead when they share words of their own, none when only the speech is one."""
import subprocess

from running import *

# A quotation; how one reporter goes on, how one who edits that does, how two others do; what follows below in three texts.
OPENINGS = {
    "en": ('"We will not close this harbour, not this year and not in ten years, whatever the ministry writes to us in its letters,"',
           " the mayor of Pell Point told the council on Tuesday.", " the mayor of Pell Point said on Tuesday before the council.",
           [" shouted a tired Anna Quennel to hundreds of cheering fishermen gathered in front of her office.", ""],
           ["Councillors met behind closed doors for three hours. Fishermen waited outside with lamps and songs until midnight.",
            "It was the end of a long day for the politician, whose opponents accuse her of promises that nobody can keep.",
            "Two men and a dog have counted the sheep of the county anew this spring, and found some more than last year."]),
    "ko": ('"올해는 물론이고 앞으로 십 년 동안 정부가 어떤 공문을 보내오더라도 우리 항구의 문을 닫는 일은 없을 것입니다."',
           " 나루시장은 12일 시의회에 출석해 이같이 밝혔다.", " 나루시장은 12일 시의회에 나와 이같이 밝혔다.",
           [" 수백 명의 어민 앞에 선 여성 정치인의 목소리는 갈라져 있었다.", ""],
           ["의원들은 표결에 앞서 세 시간 동안 비공개 회의를 열었다. 어민들은 등불을 들고 자정까지 밖에서 기다렸다.",
            "취임 두 해째인 그는 지킬 수 없는 약속을 한다는 비판을 받는다. 전문가들은 손실이 사십억 원이라고 추산한다.",
            "한편 이날 산책로에서는 체육대회가 열렸다. 아이들은 줄다리기와 달리기를 했고 어른들은 국수를 삶았다."]),
    "de": ('„Wir werden diesen Hafen weder in diesem Jahr noch in zehn Jahren schließen, was immer das Ministerium uns noch schreiben mag“,',
           " sagte die Bürgermeisterin von Oberlauf am Dienstag im Gemeinderat.",
           " sagte die Bürgermeisterin von Oberlauf am Dienstag vor dem Rat.",
           [" rief eine müde Politikerin den jubelnden Fischern zu, die sich unter ihrem Fenster versammelt hatten.", ""],
           ["Die Sitzung dauerte drei Stunden und war nicht öffentlich. Draußen warteten Leute mit Lampen bis nach Mitternacht.",
            "Für sie geht damit ein langer Tag zu Ende. Ihre Gegner werfen ihr vor, sie verspreche mehr, als jemand halten könne.",
            "Zwei Männer und ein Hund haben im Frühjahr die Schafe des Kreises neu gezählt und mehr gefunden als zuvor."]),
}


def article(key, *lines):
    return {"id": key, "outlet": f"outlet {key}", "published": "2026-03-03T10:00:00Z", "text": "\n".join(lines)}


def test_a_quotation_that_two_reporters_open_with_is_no_lead():
    for language, (quotation, own, _, others, below) in OPENINGS.items():
        for other in others:
            got = bulk([article("a", quotation + own, below[0]), article("b", quotation + other, below[1])])
            assert (got["b"]["verdict"], got["b"]["lead_story"], got["b"]["matches"]) == ("new", "b", []), (language, got["b"])


def test_a_lead_that_is_more_than_its_quotation_is_one():
    for language, (quotation, own, edited, _, below) in OPENINGS.items():
        for words in (own, edited):
            got = bulk([article("a", quotation + own, below[0]), article("b", quotation + words, below[2])])
            assert (got["b"]["verdict"], got["b"]["lead_story"]) == ("same_lead", "a"), (language, got["b"])


def test_copies_that_open_with_one_share_their_lead():
    for language, (quotation, own, edited, _, below) in OPENINGS.items():
        got = bulk([article("a", quotation + own, *below), article("b", quotation + edited, *below)])
        assert (got["b"]["verdict"], got["b"]["lead_story"]) == ("copy", "a"), (language, got["b"])


def test_explain_says_the_same():
    quotation, own, _, others, below = OPENINGS["en"]
    paths = []
    for a in (article("a", quotation + own, below[0]), article("b", quotation + others[0], below[1])):
        paths.append(fresh("in.jsonl"))
        with open(paths[-1], "w", encoding="utf-8") as f:
            f.write(json.dumps(a) + "\n")
    told = json.loads(subprocess.run([NEWSDUP, "explain", "--json", *paths], check=True, capture_output=True).stdout)
    lead = [t for t in told["thresholds"] if t["name"] == "lead"]
    assert told["verdict"] == "new" and lead[0]["value"] < lead[0]["threshold"], told


run(globals())
