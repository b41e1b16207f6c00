#!/usr/bin/env python3
"""Pages that are no articles: an answer in bounded time, and never a match by accident."""
import resource

from running import *

WORDS = [a + b for a in "ba de fi go lu mo na pe ri su".split() for b in "nd rk st lm ng pt".split()]


def bulk(*articles):
    path, out = fresh("in.jsonl"), fresh("out")
    with open(path, "w", encoding="utf-8") as f:
        for a in articles:
            f.write(json.dumps(a) + "\n")
    r = subprocess.run([NEWSDUP, "bulk", "--quiet", "--out", out, path], capture_output=True, text=True, timeout=PATIENCE)
    assert r.returncode == 0, r.stderr
    result = {}
    for name in ("articles", "rejects"):
        with open(os.path.join(out, name + ".jsonl"), encoding="utf-8") as f:
            result[name] = [json.loads(line) for line in f]
    return result


def cpu():
    """Seconds of the processor that programs run here have taken: others' load does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def page(key, text, **more):
    return {"id": key, "outlet": key + ".example", "published": "2025-11-25", "text": text, **more}


def nothing_matches(*pages):
    result = bulk(*pages)
    assert [a["verdict"] for a in result["articles"]] and not result["rejects"], result
    for a in result["articles"]:
        assert a["verdict"] in ("new", "too_short") and a["story"] == a["id"] and not a["matches"], a
        assert a["lead_story"] in (a["id"], None), a


def words(seed, n):
    return " ".join(WORDS[(seed * 7919 + i * i * 31 + i * seed) % len(WORDS)] + str((seed + i) % 7) for i in range(n))


def test_pages_of_links_match_nothing():
    nothing_matches(*(page(k, "\n".join(f"https://{k}.example/{i * s}/{k}{i}" for i in range(200)))
                      for s, k in ((3, "a"), (7, "b"), (11, "c"))))


def test_pages_of_furniture_alone_match_nothing():
    menu = "Home\nNews\nSport\nWeather\nSign in\nSubscribe\nContact us\n"
    nothing_matches(*(page(k, menu + words(s, 4) + "\nCopyright 2025. All rights reserved.")
                      for s, k in ((1, "a"), (2, "b"))))


def test_pages_of_credits_alone_match_nothing():
    nothing_matches(page("a", "By Marla Quennel\nPhoto: Joan Tarrow\nCopyright 2025 The Pell Gazette. All rights reserved."),
                    page("b", "By Tom Askew\nPhoto: Joan Tarrow\nCopyright 2025 The Pell Gazette. All rights reserved."),
                    page("c", "홍길동 기자 hong@example.com\n무단전재 및 재배포 금지"),
                    page("d", "임꺽정 기자 lim@example.com\n무단전재 및 재배포 금지"))


def test_articles_of_one_line_match_nothing():
    nothing_matches(page("a", "Read it in full."), page("b", "Read it in full"), page("c", "강변 산책로."), page("d", "?"))


def test_equal_lines_match_nothing_else():
    nothing_matches(page("a", "Wait for the page to load.\n" * 90000), page("b", "Go back to the start.\n" * 90000))
    nothing_matches(page("a", "ㅋㅋ\n" * 90000), page("b", "하하\n" * 90000), page("c", "x\n" * 90000))


def test_a_million_equal_lines_are_answered_in_time():
    lines = "By A B\n" * 1000000
    before = cpu()
    result = bulk(page("a", lines), page("b", "Copyright 2025 (AP) = \n" * 95000), page("c", "a@b.c=" * 100000),
                  page("d", "(=연합뉴스)[=AP]【=時事】" * 40000), page("e", "홍길동 기자 " * 90000))
    assert [r["code"] for r in result["rejects"]] == ["too_large"], result["rejects"]
    assert len(result["articles"]) == 4
    assert cpu() - before < 20 * SLOW, cpu() - before


run(globals())
