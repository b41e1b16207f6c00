#!/usr/bin/env python3
"""Furniture and lists of headlines: learned early or late, in bulk mode and in the daemon, listed, and kept."""
import random
import subprocess

from running import *

EVAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "eval")
NOTICES = ["저녁마다 새 소식을 전자 우편으로 받아 보실 수 있습니다.", "밝은 화면으로 바뀌었습니다.",
           "(알림) 우리 읍내 소식지는 매주 금요일 아침에 나옵니다. 구독을 원하시는 분은 가까운 우체국에 말씀해 주시면 됩니다. "
           "지난 소식은 도서관 이 층에서 언제나 읽어 보실 수 있습니다."]
FOOTER = ("Write to the desk in Harbour Street if you wish to reprint what stands on this page, to correct it or to add "
          "to it, and do not forget to say which page it was and on which day you have read it, since pages change.")
WORDS = "항구 의회 예산 지하철 학교 병원 강변 시장 도서관 축제 공장 다리 연구소 농가 버스 대학 등대 광장 역사 공원".split()


def korean(rnd):
    return " ".join(rnd.choice(WORDS) + rnd.choice(["은", "이", "을", "에서", "으로"]) + " " +
                    rnd.choice(["새", "큰", "올해", "지난"]) + f"{rnd.randrange(1000)}" for _ in range(12)) + " 밝혔다."


def teachers(notices, outlets):
    """20 articles, each with the notices at the places at which a portal has them."""
    rnd = random.Random(outlets)
    for i in range(20):
        title = f"{rnd.choice(WORDS)} 소식 {i}"
        body = [korean(rnd) for _ in range(5)]
        yield {"id": f"t{i}", "outlet": f"신문 {i % outlets}", "title": title, "published": f"2026-03-{1 + i:02d}",
               "text": "\n".join([title, notices[0], *body[:1], *notices[1:], *body[1:]])}


def page():
    """One of a portal: a title, notices, a summary that repeats the text, subheads, the text, a credit, headlines."""
    rnd = random.Random(99)
    lead, second, third = korean(rnd), korean(rnd) + " " + korean(rnd), korean(rnd)
    lines = [("title", "등대 앞 바다에 새 다리 놓는다"), ("furniture", NOTICES[0]), ("repeat", lead),
             ("repeat", second.split(" 밝혔다.")[0] + " 밝혔다."), ("furniture", NOTICES[1]), ("furniture", NOTICES[2]),
             ("subhead", "이름은 주민이 정하기로"), ("subhead", "공사는 가을에 시작"), ("lead", lead), ("body", second), ("body", third),
             ("body", korean(rnd)), ("credit", "Copyright © 등대일보. 무단전재 및 재배포 금지."),
             *(("related", f"- {rnd.choice(WORDS)} 앞 {rnd.choice(WORDS)}에 모인 {rnd.choice(WORDS)} 사람들 '{i}번째 봄'") for i in range(5))]
    return [role for role, _ in lines], {"id": "page", "outlet": "등대일보", "title": lines[0][1], "published": "2026-03-22",
                                         "text": "\n".join(line for _, line in lines)}


def write(articles):
    path = fresh("in.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(a, ensure_ascii=False) + "\n" for a in articles)
    return path


def roles(*articles):
    """Of the last one, by line."""
    p = subprocess.run([NEWSDUP, "fingerprint", "--roles", "--tmp", TMP.name, write(articles)], capture_output=True, check=True)
    last = json.loads(p.stdout.splitlines()[-1])
    return [x["role"] for x in last["paragraphs"]]


def settled(c, articles):
    """Puts them, and waits until all that follows is done: then it is what `get` says."""
    for a in articles:
        c.put(a)
    c.settle()
    return {a["id"]: c.good("get", key=a["id"]) for a in articles}


def pages(c, limit, **more):
    items, after = [], {}
    while True:
        reply = c.good("furniture", limit=limit, **more, **after)
        assert len(reply["items"]) <= limit
        items += reply["items"]
        if reply["next"] is None:
            return items
        after = {"after": reply["next"]}


def in_order(items):
    return sorted(items, key=lambda x: x["hash"])


# --- roles ---

def test_a_page_alone_tells_all_but_its_furniture():
    want, alone = page()
    got = roles(alone)
    assert len(got) == len(want)
    for w, g in zip(want, got):
        assert g == w or (w == "furniture" and g == "body"), (want, got)


def test_a_page_is_right_once_others_have_taught():
    want, last = page()
    for outlets in (5, 7, 20):
        assert roles(*teachers(NOTICES, outlets), last) == want, outlets
        assert roles(last, *teachers(NOTICES, outlets))  # whatever comes last
    assert bulk([*teachers(NOTICES, 5), last])["page"]["furniture"] == [2, 5, 6]
    assert bulk([last, *teachers(NOTICES, 5)])["page"]["furniture"] == [2, 5, 6]


def test_the_labelled_page():
    if not os.path.exists(os.path.join(EVAL, "page.jsonl")):
        print("SKIP the labelled page is not here")
        return
    with open(os.path.join(EVAL, "page.jsonl"), encoding="utf-8") as f:
        last = json.loads(f.readline())
    with open(os.path.join(EVAL, "page.roles.json"), encoding="utf-8") as f:
        want = [role for _, role in sorted(json.load(f)["roles"].items(), key=lambda x: int(x[0]))]
    lines = last["text"].split("\n")
    notices = [lines[1], lines[4], lines[5]]
    got = roles(last)
    assert all(g == w or w == "furniture" for g, w in zip(got, want)), got
    assert roles(*teachers(notices, 5), last) == want
    lines[1], lines[4], lines[5] = NOTICES
    assert roles(*teachers(NOTICES, 5), {**last, "text": "\n".join(lines)}) == want


# --- early or late ---

def with_footer(n, outlet, **more):
    return article(n, words=30, **more, outlet=outlet, title=f"Title {n}") | {"text": text(n, 30) + "\n" + FOOTER}


def test_it_does_not_matter_when_furniture_is_learned():
    """Two pages share nothing but a long footer: alone they pass for copies, and never once others have it too."""
    pair = [with_footer(1, "a"), with_footer(2, "b")]
    teach = [with_footer(10 + i, f"o{i % 4}") for i in range(8)]
    assert bulk(pair)["m2"]["verdict"] == "copy"
    early, late = bulk(teach + pair), bulk(pair + teach)
    for name in ("m1", "m2"):
        assert early[name]["verdict"] == late[name]["verdict"] == "new", (early[name], late[name])
        assert early[name]["story"] == late[name]["story"] == name
        assert early[name]["matches"] == late[name]["matches"] == []
        assert early[name]["furniture"] == late[name]["furniture"] == [2]
    with Daemon() as d, d.client() as c, d.client() as watcher:
        watcher.good("subscribe", events=["changed", "moved"])
        got = settled(c, pair + teach)
        assert got["m2"]["verdict"] == "new" and got["m2"]["story"] == "m2"
        changed = watcher.reply()
        while changed["key"] != "m2":
            changed = watcher.reply()
        assert (changed["event"], changed["verdict"], changed["story"]) == ("changed", "new", "m2"), changed
        assert changed["before"] == {"verdict": "copy", "story": "m1"}, changed


def test_what_is_a_copy_stays_one():
    """A copy whose page has its furniture around it is one, whatever else is on the page."""
    teach = [with_footer(10 + i, "a") for i in range(5)]
    whole = article(1, words=80, outlet="b")
    on_page = {**article(2, seed=1, words=80, outlet="a"), "text": text(1, 80) + "\n" + FOOTER}
    for archive in (teach + [whole, on_page], [whole, on_page] + teach):
        got = bulk(archive)["m2"]
        assert got["verdict"] == "copy" and got["story"] == "m1", got
        assert got["containment"] > 0.97 and got["contained"] == 1, got  # what runs on from one into the other is left


def test_a_lead_is_sought_behind_furniture():
    first = "Our reporters are on their way to you every single day and all through the night, whatever may happen there"
    teach = [{**article(10 + i, outlet=f"o{i}"), "text": first + ".\n" + text(10 + i)} for i in range(9)]
    a = {**article(1, outlet="x"), "text": first + ".\n" + text(1, 40) + "\n" + text(901, 150)}
    b = {**article(2, outlet="y"), "text": text(1, 40) + "\n" + text(902, 150)}
    got = bulk(teach + [a, b])
    assert got["m2"]["lead_story"] == "m1" and got["m2"]["verdict"] in ("same_lead", "partial"), got["m2"]
    assert len({got[f"m{10 + i}"]["lead_story"] for i in range(9)}) == 9


def test_stories_are_counted_never_copies_of_one():
    archive = [{**article(i, seed=1, outlet=f"o{i % 3}"), "text": text(1, 80) + "\nIt will rain here."} for i in range(12)]
    assert all(a["furniture"] == [] for a in bulk(archive).values())
    with Daemon() as d, d.client() as c:
        settled(c, archive)
        assert pages(c, 10) == []


# --- headlines ---

def test_a_run_of_titles_is_a_list_of_related_articles():
    titles = ["Harbour wall to be mended in spring", "Three lighthouses are sold", "A school without a bell", "Who owns the ferry?"]
    others = [{**article(10 + i, outlet=f"o{i}"), "title": t} for i, t in enumerate(titles)]
    listing = {**article(1, outlet="x"), "title": "Another one",
               "text": "\n".join([text(1, 40), *titles, text(2, 40), "A line of its own"])}
    want = ["lead", *["related"] * 4, "body", "subhead"]
    assert roles(*others, listing) == want
    assert bulk([*others, listing])["m1"]["verdict"] == "new"
    p = subprocess.run([NEWSDUP, "fingerprint", "--roles", "--tmp", TMP.name, write([listing, *others])], capture_output=True, check=True)
    assert [x["role"] for x in json.loads(p.stdout.splitlines()[0])["paragraphs"]] == want
    assert roles(*others[:2], listing)[1:3] != ["related"] * 2


def test_headlines_are_told_by_what_they_say():
    """Bullets, ordinals, tags before a title, tags and the name of an outlet behind it are no part of it."""
    titles = ["Harbour wall to be mended in spring", "[속보] 등대 세 곳 팔린다", "A school without a bell (video)",
              "Who owns the ferry to the islands? - Tolland Courier"]
    lines = ["▶ Harbour wall to be mended in spring | Tolland Courier", "2. 등대 세 곳 팔린다(종합)", "• A school without a bell",
             "[Ferry] Who owns the ferry to the islands?"]
    others = [{**article(10 + i, outlet=f"o{i}"), "title": t} for i, t in enumerate(titles)]
    listing = {**article(1, outlet="x"), "title": "Another one", "text": "\n".join([text(1, 40), *lines, text(2, 40)])}
    assert roles(*others, listing) == ["lead", *["related"] * 4, "body"]


def test_a_flash_keeps_its_headline():
    a, b = ({"id": f"f{i}", "outlet": "x", "title": t, "text": f"*** {t}\nMore will follow."}
            for i, t in enumerate(["Ferry runs aground off the northern cape", "Lighthouse keeper wins the mayor's race"]))
    got = bulk([a, b])
    assert got["f1"]["verdict"] in ("new", "too_short") and got["f1"]["story"] == "f1", got["f1"]


# --- counters and dates ---

def counted(i, outlet="a", **more):
    lines = [f"조회 2026-03-{1 + i:02d} {i % 24}:{i * 7 % 60:02d}", text(i, 40), f"Read by {i * 1237 % 9000:,} people"]
    return {**article(i, outlet=outlet, **more), "title": f"Title {i}", "text": "\n".join(lines)}


def test_furniture_is_known_whatever_its_numbers_are():
    early = [counted(i) for i in range(8)]
    for archive in (early, early[::-1]):
        got = bulk(archive)
        assert all(got[f"m{i}"]["furniture"] == [1, 3] and got[f"m{i}"]["verdict"] == "new" for i in range(8)), got
    with Daemon() as d, d.client() as c:
        settled(c, early)
        items = pages(c, 10)
        assert sorted((i["stories"], i["text"][:4]) for i in items) == [(8, "Read"), (8, "조회 2")], items


def test_a_form_of_numbers_is_no_furniture():
    """Notices whose every line has numbers that change: what they say is these."""
    forms = [{"id": f"q{i}", "outlet": "wire", "title": f"Results of company {i}", "published": "2026-03-02T10:00:00Z",
              "text": f"Net profit {i * 37 + 11},{i * 91 % 900 + 100} against {i * 53 + 7},{i * 71 % 900 + 100}\n"
                      f"Revenue {i * 17 + 3}.{i} million against {i * 13 + 5}.{i} million\n"
                      f"Average shares {i * 29 + 31},{i * 83 % 900 + 100} against {i * 19 + 2},{i * 61 % 900 + 100}"} for i in range(9)]
    got = bulk([*forms, {**forms[4], "id": "again", "outlet": "paper"}])
    assert all(not got[f"q{i}"]["furniture"] and got[f"q{i}"]["story"] == f"q{i}" for i in range(9)), got
    assert got["again"]["verdict"] == "identical" and got["again"]["story"] == "q4", got["again"]


# --- lines that have lost their breaks ---

MENU = ("건너뛰기 본문 바로가기 정치 경제 사회 문화 항구 소식 날씨 연재 사람들 오늘의 운세 알립니다 구독 신청 로그인 회원 가입 전체 보기 글자 크게 "
        "글자 작게 인쇄하기 나누기 저장하기")
TAIL = ("▶ 등대일보 새 소식을 전자 우편으로 받아 보세요 ▶ 지난 기사는 도서관 이 층에서 언제나 읽어 보실 수 있습니다. 이 글은 우리 읍내 사람들이 함께 "
        "만들어 갑니다. Write to the desk in Harbour Street if you wish to correct this page. Sign up for our letters about ferries and "
        "lighthouses | Tolland Courier is printed every Friday by the friends of the harbour [Back to the top of this page]")


def prose(seed, n=24):
    return " ".join(text(1000 * seed + i, 16) for i in range(n))


def glued(n, seed=None, outlet="a", **more):
    return {**article(n, outlet=outlet, **more), "title": f"Title {n}",
            "text": " ".join([MENU, prose(n if seed is None else seed), TAIL])}


def without(a):
    """The text but for what is furniture in its lines."""
    raw = bytearray(a["text"].encode())
    for start, end in reversed(a["furniture_within"]):
        del raw[start:end]
    return raw.decode()


def test_furniture_in_a_glued_line_is_no_part_of_it():
    """Pages share a menu and a footer, all in one line; a short one is little else. Early or late, it is the same."""
    teach = [glued(10 + i) for i in range(6)]
    short = [{**glued(i), "text": " ".join([MENU, prose(i, 6), TAIL])} for i in (1, 2)]
    assert bulk(short)["m2"]["verdict"] != "new"
    early, late = bulk(teach + short), bulk(short + teach)
    for got in (early, late):
        for a in short:
            line = got[a["id"]]
            assert (line["verdict"], line["story"], line["matches"]) == ("new", a["id"], []), line
            assert line["furniture"] == [] and line["lead_story"] == a["id"], line
            left = without({**a, "furniture_within": line["furniture_within"]})
            assert prose(int(a["id"][1:]), 6) in left, left
            assert len(left) < len(prose(1, 6)) + len(MENU) / 2, left
    assert {k: v["furniture_within"] for k, v in early.items()} == {k: v["furniture_within"] for k, v in late.items()}
    p = subprocess.run([NEWSDUP, "fingerprint", "--roles", "--tmp", TMP.name, write(teach + short)], capture_output=True, check=True)
    for printed in map(json.loads, p.stdout.splitlines()):
        assert [x["role"] for x in printed["paragraphs"]] == ["lead"], printed
        assert printed["furniture_within"] == early[printed["id"]]["furniture_within"], printed


def test_a_copy_of_a_glued_page_is_one_whatever_stands_around_it():
    teach = [glued(10 + i) for i in range(6)]
    whole, page = {**article(1, outlet="b"), "text": prose(1)}, glued(2, seed=1)
    for archive in (teach + [whole, page], [whole, page] + teach):
        got = bulk(archive)["m2"]
        assert got["verdict"] == "copy" and got["story"] == "m1" and got["lead_story"] == "m1", got
        assert got["containment"] > 0.9 and got["contained"] == 1, got
    assert bulk([whole, page])["m2"]["containment"] < 0.9


def test_prose_in_glued_lines_is_no_furniture():
    """However many outlets print a story, each with other sentences around it; however often one outlet updates it."""
    wire = [{**article(i, outlet=f"o{i}", published="2026-03-02T10:00:00Z"), "text": " ".join([prose(100 + i, 3), prose(1, 25), prose(200 + i, 2)])} for i in range(9)]
    updates = [{**article(20 + i, outlet="u", published="2026-03-02T10:00:00Z"), "text": prose(300 + i, 4) + " " + prose(2, 20)} for i in range(7)]
    got = bulk(wire + updates)
    assert [got[f"m{i}"]["story"] for i in range(9)] == ["m0"] * 9, got
    assert [got[f"m{20 + i}"]["story"] for i in range(7)] == ["m20"] * 7, got
    assert all("furniture_within" not in a for a in got.values()), got


def test_short_texts_in_the_frame_of_one_site_are_no_copies():
    """What stands between the menu and the footer tells: at once, where that is much; else once there are some such pages."""
    for size, menu, footer, n in ((12, MENU, TAIL, 2), (8, "", TAIL, 2), (5, MENU[:100], TAIL[-60:], 2), (3, MENU, TAIL, 5), (2, MENU, TAIL, 6)):
        pages = [{**article(i, outlet="a"), "title": f"Title {i}", "text": " ".join([menu, prose(500 + i, size), footer])} for i in range(n)]
        for archive in (pages, pages[::-1]):
            got = bulk(archive)
            assert all(got[a["id"]]["story"] == a["id"] and got[a["id"]]["verdict"] in ("new", "partial", "same_lead") for a in pages), (size, got)


def test_two_editions_of_one_article_are_a_copy():
    """An outlet has replaced the last paragraph, or one in the middle; or a mobile page has another list behind the text."""
    for own in (4, 6):
        for at in (0, 10, 20):
            first, second = ("\n".join(prose(700 + i, 1) for i in range(20)).split("\n") for _ in range(2))
            first[at:at], second[at:at] = [prose(800, own)], [prose(900, own)]
            got = bulk([{**article(i, outlet="a"), "title": f"Title {i}", "text": " ".join(t)} for i, t in enumerate((first, second))])
            assert got["m1"]["verdict"] == "copy" and got["m1"]["story"] == "m0", got["m1"]


def test_a_glued_line_of_nothing_else_is_furniture():
    long = " ".join([TAIL, TAIL.replace("▶", "■").replace("등대일보", "항구신문").replace("Friday", "Monday")])
    teach = [{**article(10 + i, outlet="a"), "text": prose(10 + i) + "\n" + long} for i in range(6)]
    got = bulk(teach)
    assert all(a["furniture"] == [2] and "furniture_within" not in a for a in got.values()), got


def test_the_daemon_says_the_same_of_glued_lines():
    articles = [glued(i, outlet="abc"[i % 3]) for i in range(18)] + [glued(30, seed=4, outlet="d")]
    want, store = bulk(articles), fresh("store")
    assert want["m30"]["story"] == "m4" and want["m30"]["furniture_within"], want["m30"]
    with Daemon(store=store) as d, d.client() as c:
        got = settled(c, articles)
        items = in_order(pages(c, 2))
    for key, a in want.items():
        assert all(got[key][f] == a[f] for f in ("furniture_within", "furniture", "verdict", "story", "matches")), (a, got[key])
    begins = [i["text"] for i in items]
    assert any(t.startswith("Sign up for our letters") for t in begins) and any(t.startswith("지난 기사는") for t in begins), begins
    assert all(i["line"] == 1 and i["stories"] >= 18 for i in items), items
    with Daemon(store=store) as d, d.client() as c:
        assert {a["id"]: c.good("get", key=a["id"]) | {"id": None} for a in articles} == \
            {key: a | {"id": None} for key, a in got.items()}
        assert in_order(pages(c, 3)) == items
        for i in range(18):
            c.good("delete", key=f"m{i}")
        c.settle()
        assert pages(c, 10) == [] and "furniture_within" not in c.good("get", key="m30")


# --- the daemon ---

def archive():
    """Of three outlets, on one host and on their own, with footers of each and of all."""
    for i in range(24):
        outlet = "abc"[i % 3]
        lines = [text(i, 30), f"This is what {outlet} prints everywhere.", "Nobody may print this again."]
        if i >= 20:
            lines.append("The portal thanks you.")
        yield {"id": f"m{i}", "outlet": outlet if i < 20 else f"guest {i}", "published": f"2026-03-{1 + i:02d}",
               "url": f"http://{'portal' if i >= 20 else outlet}.example/{i}", "text": "\n".join(lines)}


def test_the_daemon_says_the_same_as_bulk_also_after_a_restart():
    articles = list(archive())
    want = bulk(articles)
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        got = settled(c, articles)
        items = in_order(pages(c, 2))
    for key, a in want.items():
        assert a["furniture"] == got[key]["furniture"] and a["verdict"] == got[key]["verdict"], (a, got[key])
        assert a["story"] == got[key]["story"] and a["matches"] == got[key]["matches"], (a, got[key])
    with Daemon(store=store) as d, d.client() as c:
        assert {a["id"]: c.good("get", key=a["id"]) | {"id": None} for a in articles} == \
            {key: a | {"id": None} for key, a in got.items()}
        assert in_order(pages(c, 3)) == items
        more = {**article(90, outlet="a"), "text": text(90, 30) + "\nThis is what a prints everywhere.\nOther words."}
        assert c.good("check", article=more)["furniture"] == [2]
        assert c.good("check", article={**more, "outlet": "c"})["furniture"] == [2]  # seven stories: everywhere


def test_what_is_listed():
    with Daemon() as d, d.client() as c:
        settled(c, list(archive()))
        items = pages(c, 100)
        by_text = {i["text"]: i for i in items}
        assert set(by_text) == {f"This is what {o} prints everywhere." for o in "abc"} | \
            {"Nobody may print this again.", "The portal thanks you."}, items
        assert list(items[0]) == ["hash", "scope", "outlet", "host", "stories", "outlets", "text", "article", "line"]
        all_of = by_text["Nobody may print this again."]
        assert (all_of["scope"], all_of["stories"], all_of["article"], all_of["line"]) == ("all", 24, "m0", 3)
        assert all_of["outlets"] == 7 and all_of["outlet"] is None and all_of["host"] is None
        guests = by_text["The portal thanks you."]
        assert (guests["scope"], guests["host"], guests["stories"], guests["outlets"]) == ("host", "portal.example", 4, 4)
        of_a = {i["text"] for i in pages(c, 1, outlet="a")}
        assert of_a == {"This is what a prints everywhere.", "Nobody may print this again."}, of_a
        assert pages(c, 5, outlet="nobody") == []


def test_what_is_asked_for_wrongly_is_a_bad_request():
    with Daemon() as d, d.client() as c:
        c.put(article(1))
        for limit in (0, 1001, -1, 1.5, "10", True, []):
            c.fails("bad_request", "furniture", limit=limit)
        for after in ("x", -1, 0, {}, 1.5, 99999999999):
            c.fails("bad_request", "furniture", after=after)
        c.fails("bad_request", "furniture", outlet="")
        assert c.good("furniture", after=4000000000)["items"] == []
        assert c.good("stats")["requests"]["furniture"] >= 3


def newsdup(d, *args, code=0):
    p = subprocess.run([NEWSDUP, *args, "--socket", d.path], capture_output=True, text=True, check=False)
    assert p.returncode == code, p
    return p.stdout


def test_the_command():
    with Daemon() as d, d.client() as c:
        assert newsdup(d, "furniture") == ""
        settled(c, list(archive()))
        lines = newsdup(d, "furniture").splitlines()
        assert lines[0].split() == ["stories", "outlets", "where", "begins"] and len(lines) == 6, lines
        assert lines[1].split() == "24 7 everywhere Nobody may print this again.".split(), lines
        assert lines[-1].split() == "4 4 portal.example The portal thanks you.".split(), lines
        got = [json.loads(line) for line in newsdup(d, "furniture", "--json").splitlines()]
        assert in_order(got) == in_order(pages(c, 100))
        assert len(newsdup(d, "furniture", "--outlet", "a").splitlines()) == 3
        newsdup(d, "furniture", "a", code=2)


# --- bad input ---

def test_pages_of_nothing_else_and_of_equal_lines():
    only = [{"id": f"p{i}", "outlet": "a", "text": "\n".join(NOTICES + [f"{i} 번째"])} for i in range(6)]
    for seen in ([*teachers(NOTICES, 20), *only], [*only, *teachers(NOTICES, 20)]):
        got = bulk(seen)
        assert {got[a["id"]]["verdict"] for a in only} == {"too_short"}, got
        assert all(got[a["id"]]["furniture"] == [1, 2, 3, 4] and not got[a["id"]]["matches"] for a in only), got
    links = [{"id": f"l{i}", "outlet": "a", "title": f"Index {i}",
              "text": "\n".join(f"Read more about {w} {i * 7 + k}" for k, w in enumerate(WORDS))} for i in range(4)]
    equal = {"id": "e", "outlet": "a", "text": "The same line again.\n" * 90000}
    got = bulk([*links, equal, {**equal, "id": "f", "text": "The same line again.\n" * 80000}])
    assert got["e"]["furniture"] == [] and got["l3"]["verdict"] in ("new", "template", "partial")


def test_pages_of_links_menus_and_numbers_are_like_no_others():
    where = "https://www.example.com/news/2026/11/"
    menu = "Home | News | Sport | Weather | Business | Culture | Travel | Video | Photos | Opinion | Sign in"
    texts = {
        "links": "\n".join(f"{where}{i}/the-lamp-of-the-harbour" for i in range(12)),
        "more links": "\n".join(f"{where}{i}/the-lamp-of-the-harbour" for i in range(6, 20)),
        "links in a line": " ".join(f"{where}{i}/the-lamp-of-the-harbour" for i in range(8)),
        "a link": where + "1/the-lamp-of-the-harbour", "another": where + "2/the-lamp-of-the-harbour",
        "a menu": menu, "a longer one": menu + " | Subscribe",
        "a menu in lines": menu.replace(" | ", "\n"), "a longer one in lines": menu.replace(" | ", "\n") + "\nSubscribe",
        "numbers": "2026 11 26 9 0 12 13 14 15 16 17 18 19 20 21 22 23 24",
        "more numbers": "2026 11 26 9 0 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26",
    }
    got = bulk([{"id": i, "outlet": f"outlet of {i}", "text": text} for i, text in texts.items()])
    for i in texts:
        a = got[i]
        assert (a["verdict"], a["lead_story"], a["matches"]) == ("too_short", None, []), a
    text = korean(random.Random(5)) + "\n" + korean(random.Random(6))
    got = bulk([{"id": "a", "outlet": "a", "text": text}, {"id": "b", "outlet": "b", "text": text + f"\n{where}1/the-lamp"}])
    assert got["b"]["verdict"] == "identical" and got["b"]["furniture"] == [3], got["b"]


run(globals())
