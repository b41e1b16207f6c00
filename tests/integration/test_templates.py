#!/usr/bin/env python3
"""Notices in one form about other people: templates, never merged. The same notice again, a name corrected: copies."""
import random
import subprocess

from running import *

# Of each language a form with places for names, two sets of these, and one of the names as it was first written.
FORMS = {
    "ko, a death": (
        "{0} 씨가 지난 3일 오전 10시 한빛병원에서 노환으로 별세했다. 향년 83세. 고인은 1960년대부터 바닷가 마을의 학교에서 아이들을 "
        "가르쳤고 퇴직한 뒤에도 마을 도서관에서 책 읽어 주는 일을 이어 왔다. 유족으로는 아들 {1}(가람전자 부장)과 {2}(새봄대 교수), "
        "딸 {3}(한솔의원 원장), 사위 {4}(전자 기술자)가 있다. 빈소는 한빛병원 장례식장 2호실에 마련됐으며 발인은 5일 오전 7시, 장지는 "
        "시립 추모공원이다.",
        ["김순덕", "박철호", "박민수", "박영희", "이상현"], ["최말순", "정우성", "정재훈", "정미경", "한동욱"], "박민우"),
    "ko, appointments": (
        "정부는 4일 국장급 인사를 발표했다. 해양정책실 기획관에 {0} 국장, 항만운영과 책임자에 {1} 과장, 어촌지원과 책임자에 {2} 과장, 연안"
        "관리과 책임자에 {3} 과장, 대외협력 담당에 {4} 서기관을 각각 임명했다. 이번 인사는 조직 개편에 따른 것으로 새 업무는 9일부터 "
        "시작된다고 부처는 설명했다. 전임자들은 교육 파견을 마친 뒤 지방 관서로 자리를 옮긴다.",
        ["김도현", "이서준", "박지훈", "최유진", "정하늘"], ["윤태영", "장미란", "임수정", "한지민", "오세훈"], "이서진"),
    "en, a death": (
        "Services will be held on Saturday at 10 a.m. for the teacher {0} of {1}, who died on Tuesday at the age of 83 after a short "
        "illness. The funeral at the chapel of {2} will be led by Rev. {3}, and visitors are welcome from 9 a.m. on. For 41 years the "
        "deceased taught mathematics and ran the library of the county school. Survivors include two sons, {4} and {5}, and a sister, "
        "{6}, as well as 7 grandchildren. In place of flowers the family asks for gifts to the library fund.",
        ["Harriet Lowell", "Skerrow", "Tolland", "Amos Pike", "Edwin", "Walter", "Grace Minton"],
        ["Leonard Vance", "Brackley", "Ferndale", "Silas Crowe", "Herbert", "Julian", "Olive Hartnell"], "Harriet Powell"),
    "es, a ceremony": (
        "El ayuntamiento de {0} celebró el domingo a las 11 horas el acto anual en memoria de los pescadores que murieron en el mar. La "
        "alcaldesa {1} depositó una corona de flores ante el monumento, y el párroco {2} leyó los 24 nombres. La banda dirigida por {3} "
        "tocó tres piezas, y los alumnos de la maestra {4} cantaron al final. Unas 300 personas asistieron al acto, que terminó con una "
        "comida en el puerto ofrecida por la cofradía de {5}.",
        ["Valdemar", "Lucía Ferrán", "Anselmo Ruiz", "Tomás Belver", "Pilar Quintana", "Robledo"],
        ["Castromar", "Elena Sotillo", "Benito Arroyo", "Julián Mercader", "Carmen Iglesias", "Fontanar"], "Lucía Ferrer"),
    "ru, appointments": (
        "Министерство сообщило во вторник о новых назначениях. Начальником управления портов стал инженер {0}, его заместителем назначен "
        "{1}, отдел безопасности возглавит {2}, а за связи с городами будет отвечать {3}. Все они приступят к работе 9 марта после "
        "передачи дел. Прежние руководители переходят в учебный центр в городе {4}, где подготовят 24 новых специалиста за один год. "
        "Решение подписал советник {5}.",
        ["Андрей Лосев", "Виктор Мальцев", "Сергей Дроздов", "Марина Костина", "Озёрск", "Павел Громов"],
        ["Игорь Чайкин", "Олег Рябов", "Денис Фомин", "Ольга Белова", "Заречный", "Юрий Сомов"], "Виктор Малышев"),
}


def notice(key, words, day=3):
    return {"id": key, "outlet": f"outlet {key}", "published": f"2026-03-0{day}T10:00:00Z", "text": words}


def filled(name):
    form, first, second, wrong = FORMS[name]
    corrected = [wrong if n[:2] == wrong[:2] and n != first[0] or n.split()[0] == wrong.split()[0] else n for n in first]
    assert sum(a != b for a, b in zip(first, corrected)) == 1, (first, corrected)
    return form.format(*first), form.format(*second), form.format(*corrected)


def test_other_names_make_another_notice():
    for name in FORMS:
        first, second, _ = filled(name)
        got = bulk([notice("a", first), notice("b", second), notice("c", second, 4)])
        assert got["b"]["verdict"] == "template" and got["b"]["story"] == "b", (name, got["b"])
        assert got["c"]["verdict"] == "identical" and got["c"]["story"] == "b", (name, got["c"])


def test_the_same_notice_with_a_name_corrected_is_a_copy():
    for name in FORMS:
        first, _, corrected = filled(name)
        got = bulk([notice("a", first), notice("b", corrected)])
        assert got["b"]["verdict"] == "copy" and got["b"]["story"] == "a", (name, got["b"])


def test_the_same_notice_with_other_surroundings_is_a_copy():
    for name in FORMS:
        first, _, _ = filled(name)
        half = first[:len(first) * 3 // 4].rsplit(" ", 1)[0]
        got = bulk([notice("a", first), notice("b", "Notices of the day\n" + half)])
        assert got["b"]["verdict"] in ("copy", "excerpt") and got["b"]["story"] == "a", (name, got["b"])


# The same notice, told with its people in other cases.
CASES = {
    "ru": ("Министерство сообщило во вторник о новых назначениях. Управление портов получит нового начальника и двух заместителей, "
           "отдел безопасности станет самостоятельным, а за связи с городами будет отвечать особая группа. Все приступят к работе 9 "
           "марта после передачи дел. Прежние руководители переходят в учебный центр, где подготовят 24 новых специалиста за один год. "
           "{}",
           ["В списке Лосев, Мальцев, Дроздов, Костина и Громов.", "Назначение получили Лосев, Мальцев и Дроздов, а также Костина и Громов."],
           ["Речь идёт о Лосеве, Мальцеве, Дроздове, Костиной и Громове.", "Министр поздравил Лосева, Мальцева и Дроздова, а также Костину и Громова."],
           "В списке Чайкин, Рябов, Фомин, Белова и Сомов."),
    "pl": ("Ministerstwo ogłosiło we wtorek nowe nominacje. Zarząd portów otrzyma nowego kierownika i dwóch zastępców, wydział "
           "bezpieczeństwa będzie samodzielny, a za kontakty z miastami odpowiadać ma osobny zespół. Wszyscy rozpoczną pracę 9 marca po "
           "przejęciu spraw. Dotychczasowi kierownicy przechodzą do ośrodka szkolenia, gdzie przygotują 24 nowych specjalistów. {}",
           ["Na liście są Kowalski, Zieliński, Wiśniewski i Lewandowska."],
           ["Minister pogratulował Kowalskiemu, Zielińskiemu, Wiśniewskiemu oraz Lewandowskiej."],
           "Na liście są Nowak, Wójcik, Kamiński i Dąbrowska."),
    "cs": ("Ministerstvo v úterý oznámilo nová jmenování. Správa přístavů dostane nového ředitele a dva zástupce, oddělení bezpečnosti "
           "bude samostatné a za styky s městy bude odpovídat zvláštní skupina. Všichni začnou pracovat 9. března po předání věcí. "
           "Dosavadní vedoucí přecházejí do školicího střediska, kde připraví 24 nových odborníků. {}",
           ["Na seznamu jsou Novák, Dvořák, Procházka a Svoboda."], ["Ministr poblahopřál panu Novákovi, Dvořákovi, Procházkovi i Svobodovi."],
           "Na seznamu jsou Černý, Kučera, Veselý a Horáček."),
}


def test_a_notice_that_has_its_names_in_other_cases_is_a_copy():
    for language, (form, first, inflected, other) in CASES.items():
        for x, y in zip(first, inflected):
            got = bulk([notice("a", form.format(x)), notice("b", form.format(y)), notice("c", form.format(other))])
            assert (got["b"]["verdict"], got["b"]["story"]) == ("copy", "a"), (language, got["b"])
            assert (got["c"]["verdict"], got["c"]["story"]) == ("template", "c"), (language, got["c"])


def test_how_an_outlet_spells_foreign_names_is_no_other_notice():
    first, _, _ = filled("ko, a death")
    glossed = first.replace("한빛병원", "한빛병원(Hanbit Hospital)", 1).replace("도서관", "도서관(Village Library)", 1)
    other = first.replace("병원", "병원(Hanbit Medical Center)", 1).replace("가람전자", "가람전자(Garam Electronics)", 1)
    assert bulk([notice("a", glossed), notice("b", other)])["b"]["verdict"] == "copy"


# Of each language a form with places for numbers, small ones that come again by chance.
TABLES = {
    "ko, weather": (
        "{day}일은 전국이 대체로 맑겠으나 바닷가에는 구름이 많겠다. 아침 최저기온은 한빛 {}도, 새봄 {}도, 가람 {}도, 누리 {}도, 다온 {}도, "
        "솔뫼 {}도, 물결 {}도로 예상된다. 낮 최고기온은 한빛 {}도, 새봄 {}도, 가람 {}도, 누리 {}도, 다온 {}도, 솔뫼 {}도, 물결 {}도로 "
        "전날과 비슷하겠다. 미세먼지 농도는 모든 지역에서 낮을 것으로 보인다. 바다의 물결은 먼바다에서 {}~{}m로 일겠고 안개가 끼는 곳이 있어 "
        "배를 타는 사람들은 조심해야 한다.", 1, 9),
    "zh, gales": (
        "气象台3月{day}日06时继续发布大风蓝色预警:预计,3月{day}日08时至{next}日08时,北部平原、东部丘陵、灯塔半岛等地的部分地区有{}~{}级风,阵风{}级左右。另外,"
        "东湾、东湾海峡、南湾大部海域的风力有{}~{}级,阵风{}级,西湾海峡、西湾东北部海域的风力有{}~{}级,阵风{}级。有关部门按照职责做好防大风工作,关好门窗,"
        "加固棚架、广告牌等易被风吹动的物件,过往船舶请采取积极的应对措施。", 4, 9),
    "ja, weather": (
        "{day}日は全国的に晴れの所が多い見込みです。予想最高気温は、灯台町{}度、港町{}度、丘の里{}度、森の里{}度、川上村{}度、浜辺市{}度となっています。朝の最低気温は、"
        "灯台町{}度、港町{}度、丘の里{}度の予想です。空気の乾いた状態が続くため、火の取り扱いに注意してください。波の高さは北の海で{}メートル、南の海で{}メートルの見込みです。", 2, 8),
    "en, a quake": (
        "An earthquake of magnitude {}.{} struck {} kilometers north of Skerrow on Monday, the survey said. The quake hit at a depth of {} "
        "kilometers at {}:{}0 a.m. local time. There were no reports of damage, and no warning of waves was issued after the quake, the "
        "survey said. The region lies on a ring of faults where most earthquakes and eruptions occur, and {} of them were felt this year, "
        "{} in the harbour of Tolland alone.", 1, 9),
}


def table(name, seed):
    form, low, high = TABLES[name]
    rnd = random.Random(f"{name} {seed}")
    return form.format(*(rnd.randint(low, high) for _ in range(form.count("{}"))), day=11 + seed, next=12 + seed)


def test_other_numbers_at_the_same_places_make_another_notice():
    for name in TABLES:
        notices = [notice(f"n{i}", table(name, i)) for i in range(6)]
        got = bulk([*notices, notice("again", notices[3]["text"] + " 이 소식은 다시 전해 드립니다.")])
        for i in range(1, 6):
            assert got[f"n{i}"]["verdict"] == "template" and got[f"n{i}"]["story"] == f"n{i}", (name, got[f"n{i}"])
        assert got["again"]["verdict"] in ("copy", "identical") and got["again"]["story"] == "n3", (name, got["again"])


def test_a_number_that_was_corrected_makes_no_other_notice():
    for name in TABLES:
        text = table(name, 1)
        place = [i for i, c in enumerate(text) if c.isdigit()][3]
        corrected = text[:place] + ("8" if text[place] != "8" else "7") + text[place + 1:]
        got = bulk([notice("a", text), notice("b", corrected)])
        assert got["b"]["verdict"] == "copy" and got["b"]["story"] == "a", (name, got["b"])


def test_a_figure_corrected_on_the_same_day_is_a_revision():
    form = ("Shares of the Pell Point ferry company closed at {} on Tuesday after a quiet day on the county exchange. Dealers spoke of "
            "little trade and no news, and said that most of those who own the shares live on the island and do not sell. The exchange "
            "will be closed on Friday, when the fishermen have their feast.")
    def told(key, figure, when, title="Ferry shares", outlet="Pell Gazette"):
        return {"id": key, "outlet": outlet, "title": title, "published": when, "text": form.format(figure)}
    got = bulk([told("a", "1,204.50", "2026-03-03T18:00:00Z"), told("b", "1,240.75", "2026-03-03T18:20:00Z"),
                told("next day", "1,198.25", "2026-03-04T18:00:00Z"), told("other title", "1,233.65", "2026-03-03T19:00:00Z", "Shares"),
                told("other outlet", "1,266.15", "2026-03-03T19:00:00Z", outlet="Tolland Courier")])
    assert (got["b"]["verdict"], got["b"]["story"]) == ("revision", "a"), got["b"]
    for key in ("next day", "other title", "other outlet"):
        assert (got[key]["verdict"], got[key]["story"]) == ("template", key), got[key]
    unknown = bulk([told("a", "1,204.50", None), told("b", "1,240.75", None)])
    assert unknown["b"]["verdict"] == "template", unknown["b"]


def test_a_report_whose_figures_have_changed_is_a_copy():
    """Prose has numbers, and a page has counters: neither is a form."""
    told = ("The ferry {0} sank off Skerrow on Monday night, and {1} of the {2} people on board were saved by fishermen, the coast "
            "guard said; {3} are still missing. ") + text(7, 160)
    for first, second in ((("Aurora", 102, 154, 38), ("Aurora", 111, 149, 29)), (("Aurora", "1,102", "1,154", 38), ("Aurora", "1,203", "1,249", 41))):
        got = bulk([notice("a", told.format(*first)), notice("b", told.format(*second))])
        assert got["b"]["verdict"] == "copy" and got["b"]["story"] == "a", got["b"]
    body = text(8, 220)
    pages = [notice(k, f"Views {v} Comments {c} Shares {s} Likes {n}\n{body}") for k, v, c, s, n in (("a", 123, 4, 17, 9), ("b", 4711, 56, 203, 88))]
    assert bulk(pages)["b"]["verdict"] == "copy"


def test_explain_says_so():
    form, first, second, _ = FORMS["en, a death"]
    path = fresh("in.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(notice(k, form.format(*names))) + "\n" for k, names in (("a", first), ("b", second)))
    p = subprocess.run([NEWSDUP, "explain", "--in", path, "a", "b"], capture_output=True, text=True, check=True)
    assert "B is from the same template as A: a form filled in anew: of the names in the shorter text only" in p.stdout, p.stdout


run(globals())
