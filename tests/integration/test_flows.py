#!/usr/bin/env python3
"""Who copies whom: outlets.json against a model of plain sums, and the daemon's op and the command against it."""
import datetime
import statistics
import subprocess

from running import *

OUTLET = ["outlet", "articles", "original", "copied", "repeated", "original_share", "copied_share", "agencies"]
PAIR = ["from", "to", "copies", "timed", "delay_median_s", "delay_p90_s", "containment_median"]


def bulk(articles):
    """articles.jsonl, stories.jsonl and outlets.json of bulk mode."""
    path, out = fresh("in.jsonl"), fresh("out")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(a) + "\n" for a in articles)
    subprocess.run([NEWSDUP, "bulk", "--quiet", "--out", out, path], check=True, stdout=subprocess.DEVNULL)
    ret = []
    for name in ("articles.jsonl", "leads.jsonl"):
        with open(f"{out}/{name}", encoding="utf-8") as f:
            ret.append([json.loads(line) for line in f])
    with open(f"{out}/outlets.json", encoding="utf-8") as f:
        return *ret, json.load(f)


def many(n=1200):
    """The sample, and articles of few words and many outlets: copies, versions of one id, bare dates, none."""
    with open(SAMPLE, encoding="utf-8") as f:
        ret = [json.loads(line) for line in f]
    for i in range(n):
        more = article(i, seed=i if i % 4 == 0 else i // 12 * 4, words=60 - i % 3 * 8)
        more["outlet"] = [f"Outlet {i * i % 23}", None, "é" * 600][0 if i % 29 else 1 + i % 2]
        more["published"] = f"2026-03-{1 + i % 4:02d}" + (f"T{i * 7 % 24:02d}:{i % 60:02d}:00Z" if i % 5 else "")
        if i % 17 == 3:
            more["published"] = None
        if i % 40 == 7:
            more["id"] = f"m{i // 120}"
        if i % 50 == 9:
            more["text"] = "LONDON, March 3 (Reuters) - " + more["text"]
        ret.append(more)
        if i % 100 == 50:  # a page of the leads of four articles: two that came before it, two that come after it
            ret.append({"id": f"page{i}", "outlet": "Digest", "published": "2026-03-02T08:00:00Z",
                        "text": "\n".join(briefs(i - 30, 200000 + i, 300000 + i, 8 * (i // 12)))})
            ret += [{"id": f"late{k}{i}", "outlet": "Wire", "published": "2026-03-01T07:00:00Z",
                     "text": text(k * 100000 + i, 90)} for k in (2, 3)]
    return ret


def briefs(*seeds):
    return [" ".join(text(seed, 90).split()[:36]) + "." for seed in seeds]


def name_of(outlet):
    return outlet and outlet.encode()[:1024].decode(errors="ignore")


def seconds(a):
    published = a["published"]
    return datetime.datetime.fromisoformat(published.replace("Z", "+00:00")).timestamp() \
        if published and len(published) > 10 else None


def share_in(copy, origin, lines):
    """What of it stands in the origin, or in what ties it to the story."""
    for m in copy["matches"]:
        if m["id"] == origin["id"]:
            return m["containment"]
    for m in origin["matches"]:
        if m["id"] == copy["id"]:
            return m["contained"]
    for m in copy["matches"]:
        if m["id"] == copy["story"]:
            return m["containment"]
    for m in copy["matches"]:
        if lines[m["id"]]["story"] == copy["story"]:
            return m["containment"]
    return None


def model(articles):
    """outlets.json by plain sums; ids that come again are left to the test that has none."""
    lines = {a["id"]: a for a in articles}
    outlets, pairs = {}, {}
    for a in articles:
        if not a["outlet"]:
            continue
        row = outlets.setdefault(name_of(a["outlet"]), {"original": 0, "copied": 0, "repeated": 0, "agencies": {}})
        if a["agency"]:
            row["agencies"][a["agency"]] = row["agencies"].get(a["agency"], 0) + 1
        origin = lines[a["origin"]]
        if origin is a:
            row["original"] += 1
        elif origin["outlet"] == a["outlet"]:
            row["repeated"] += 1
        else:
            row["copied"] += 1
            if origin["outlet"]:
                pairs.setdefault((name_of(origin["outlet"]), name_of(a["outlet"])), []).append((a, origin))
    rows = []
    for name, row in outlets.items():
        n = row["original"] + row["copied"] + row["repeated"]
        agencies = sorted(row["agencies"].items(), key=lambda x: (-x[1], x[0].encode()))
        rows.append({"outlet": name, "articles": n, "original": row["original"], "copied": row["copied"],
                     "repeated": row["repeated"], "original_share": round(row["original"] / n, 4),
                     "copied_share": round(row["copied"] / n, 4),
                     "agencies": [{"agency": a, "articles": k} for a, k in agencies]})
    rows.sort(key=lambda x: (-x["articles"], x["outlet"].encode()))
    made = []
    for (source, copier), copies in pairs.items():
        delays = sorted(seconds(a) - seconds(o) for a, o in copies if seconds(a) is not None and seconds(o) is not None)
        delays = [d for d in delays if d >= 0]
        shares = [s for s in (share_in(a, o, lines) for a, o in copies) if s is not None]
        made.append({"from": source, "to": copier, "copies": len(copies), "timed": len(delays),
                     "delay_median_s": statistics.median(delays) if delays else None,
                     "delay_p90_s": delays[-(-9 * len(delays) // 10) - 1] if delays else None,
                     "containment_median": statistics.median(shares) if shares else None})
    made.sort(key=lambda x: (-x["copies"], x["from"].encode(), x["to"].encode()))
    return {"outlets": rows, "pairs": made}


def about(x, y):
    """Shares are rounded before and after the middle is taken."""
    return x == y or (x is not None and y is not None and abs(x - y) < 2e-4)


def assert_flows(got, want):
    assert list(got) == ["outlets", "pairs"]
    assert len(got["outlets"]) == len(want["outlets"]) and len(got["pairs"]) == len(want["pairs"])
    for g, w in zip(got["outlets"], want["outlets"]):
        assert list(g) == OUTLET
        assert {k: v for k, v in g.items() if not k.endswith("_share")} == \
            {k: v for k, v in w.items() if not k.endswith("_share")}, (g, w)
        assert about(g["original_share"], w["original_share"]) and about(g["copied_share"], w["copied_share"]), (g, w)
    for g, w in zip(got["pairs"], want["pairs"]):
        assert list(g) == PAIR
        assert about(g["containment_median"], w["containment_median"]), (g, w)
        assert {k: v for k, v in g.items() if k != "containment_median"} == \
            {k: v for k, v in w.items() if k != "containment_median"}, (g, w)


def test_outlets_json_is_what_plain_sums_say():
    articles = many()
    ids = set()
    articles = [a for a in articles if a.get("id") is None or not (a["id"] in ids or ids.add(a["id"]))]
    lines, _, flows = bulk(articles)
    want = model(lines)
    assert len(want["pairs"]) > 100 and any(p["delay_median_s"] is None for p in want["pairs"])
    assert any(o["agencies"] for o in want["outlets"]) and any(o["repeated"] for o in want["outlets"])
    assert_flows(flows, want)
    assert bulk([])[2] == {"outlets": [], "pairs": []}


def story(n, outlet, published, words=60):
    return {"id": f"s{n}", "outlet": outlet, "published": published, "text": text(7, words)}


def test_the_source_is_the_outlet_that_published_first_not_the_one_that_came_first():
    lines, _, flows = bulk([story(1, "Late", "2026-03-01T12:00:00Z"), story(2, "Copier", "2026-03-01T13:00:00Z"),
                            story(3, "Early", "2026-03-01T10:00:00Z")])
    assert {a["origin"] for a in lines} == {"s3"}
    pairs = {(p["from"], p["to"]): p for p in flows["pairs"]}
    assert set(pairs) == {("Early", "Late"), ("Early", "Copier")}
    assert pairs["Early", "Late"]["delay_median_s"] == 7200 and pairs["Early", "Copier"]["delay_p90_s"] == 10800
    assert pairs["Early", "Late"]["containment_median"] == pairs["Early", "Copier"]["containment_median"] == 1
    rows = {o["outlet"]: o for o in flows["outlets"]}
    assert (rows["Early"]["original"], rows["Late"]["copied"], rows["Late"]["original"]) == (1, 1, 0)


def test_of_an_id_the_newest_version_counts_and_stays_an_original():
    lines, _, flows = bulk([story(1, "A", "2026-03-01T10:00:00Z"), story(2, "B", "2026-03-01T11:00:00Z"),
                            story(1, "A", "2026-03-01T12:00:00Z", 58), story(2, "B", "2026-03-01T12:00:00Z", 58)])
    rows = {o["outlet"]: o for o in flows["outlets"]}
    assert (rows["A"]["articles"], rows["A"]["original"], rows["A"]["repeated"]) == (1, 1, 0), rows
    assert (rows["B"]["articles"], rows["B"]["copied"]) == (1, 1)
    assert [(p["from"], p["to"], p["copies"], p["delay_median_s"]) for p in flows["pairs"]] == [("A", "B", 1, 3600)]


def test_outlets_nobody_knows_make_no_pairs():
    _, _, flows = bulk([story(1, None, "2026-03-01T10:00:00Z"), story(2, "B", "2026-03-01T11:00:00Z"),
                        story(3, "C", "2026-03-01T11:00:00Z"), story(4, None, "2026-03-01T11:00:00Z")])
    assert [(o["outlet"], o["articles"], o["copied"]) for o in flows["outlets"]] == [("B", 1, 1), ("C", 1, 1)]
    assert flows["pairs"] == []


# --- the daemon ---

def timed():
    """The same with a time each: the daemon would give that of arrival to those without."""
    ret = many()
    for n, a in enumerate(ret):
        a["published"] = a.get("published") or f"2026-03-0{1 + n % 9}"
    return ret


def put_all(d, articles):
    with d.client() as c:
        c.send(*({"op": "put", "article": a} for a in articles))
        for _ in articles:
            assert c.reply()["ok"]
        c.settle()


def pages(client, op, limit, **filters):
    """All items, page by page."""
    items, after = [], {}
    while True:
        reply = client.good(op, limit=limit, **after, **filters)
        assert list(reply) == ["id", "ok", "items", "next"]
        assert len(reply["items"]) <= limit
        items += reply["items"]
        if reply["next"] is None:
            return items
        assert len(reply["items"]) == limit
        after = {"after": reply["next"]}


def flows_of(items):
    """outlets.json of the items of op outlets."""
    pairs = []
    for item in items:
        assert list(item) == OUTLET + ["pairs"]
        for p in item["pairs"]:
            assert item["outlet"] in (p["from"], p["to"])
        pairs += [p for p in item["pairs"] if p["from"] == item["outlet"]]
    pairs.sort(key=lambda x: (-x["copies"], x["from"].encode(), x["to"].encode()))
    return {"outlets": [{k: v for k, v in i.items() if k != "pairs"} for i in items], "pairs": pairs}


def assert_same_as_bulk(client, leads, flows):
    for limit in (1, 7, 1000):
        items = pages(client, "outlets", limit)
        assert flows_of(items) == flows, limit
        assert pages(client, "leads", limit) == leads, limit
    for item in items[::5]:
        own = [p for p in flows["pairs"] if item["outlet"] in (p["from"], p["to"])]
        assert pages(client, "outlets", 3, outlet=item["outlet"]) == [item] and item["pairs"] == own
        want = [x for x in leads if item["outlet"] in {name_of(m["outlet"]) for m in x["members"]}]
        if len(item["outlet"]) < 500:  # of a longer name only the beginning is told
            assert pages(client, "leads", 3, outlet=item["outlet"]) == want


def test_the_daemon_says_the_same_as_bulk_also_after_a_restart():
    articles = timed()
    lines, leads, flows = bulk(articles)
    pages_ = [a for a in lines if a["id"] and str(a["id"]).startswith("page")]
    assert len(leads) > 20 and len(flows["pairs"]) > 100 and all(len(a["leads"]) >= 3 for a in pages_)
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        assert pages(c, "outlets", 10) == [] and pages(c, "leads", 10) == []
        put_all(d, articles)
        assert_same_as_bulk(c, leads, flows)
    with Daemon(store=store) as d, d.client() as c:
        assert_same_as_bulk(c, leads, flows)
        for a in pages_:
            assert c.good("get", key=a["id"])["leads"] == a["leads"], a


def test_leads_of_an_article_are_those_it_takes_part_in():
    with Daemon() as d, d.client() as c:
        put_all(d, [article(1), article(2, seed=1), article(3), {"id": 4, "text": text(1)}, {"id": "x", "text": "short"}])
        items = c.good("leads", key="m2")["items"]
        assert [i["id"] for i in items] == ["m1"] and [m["id"] for m in items[0]["members"]] == ["m1", "m2", 4]
        assert list(items[0]["members"][0]) == ["id", "outlet", "published", "story"]
        assert c.good("leads", key=4)["items"] == items == c.good("leads")["items"]
        assert c.good("leads", key="m3")["items"] == [] == c.good("leads", key="x")["items"]
        assert c.good("leads", key="m1", after=0)["items"] == []
        assert c.good("leads", outlet="outlet 3")["items"] == [] and c.good("leads", outlet="outlet 2")["items"] == items


def test_a_page_takes_part_in_the_leads_of_all_its_items():
    singles = [article(n, words=90) for n in range(4)]
    page = {"id": "page", "outlet": "Digest", "published": "2026-03-29", "text": "\n".join(briefs(0, 1, 2, 3))}
    with Daemon() as d, d.client() as c:
        put_all(d, singles)
        want = ["m0", "m1", "m2", "m3"]
        assert c.good("check", article=page)["leads"] == want == c.put(page)["leads"]
        assert c.good("get", key="page")["leads"] == want and c.good("get", key="m2")["leads"] == ["m2"]
        items = c.good("leads", key="page")["items"]
        assert [(i["id"], [m["id"] for m in i["members"]]) for i in items] == [(x, [x, "page"]) for x in want]
        assert c.good("leads", key="page", limit=3)["next"] == 2
        lines, leads, _ = bulk([page, *singles])
        assert lines[0]["leads"] == ["page", "m1", "m2", "m3"] and lines[0]["lead_story"] == lines[1]["lead_story"] == "page"
        assert [(i["id"], [m["id"] for m in i["members"]]) for i in leads] == \
            [("page", ["page", "m0"])] + [(x, ["page", x]) for x in want[1:]]


def test_an_earlier_copy_that_arrives_late_changes_the_origin():
    with Daemon() as d, d.client() as c, d.client() as events:
        events.good("subscribe", events=["origin_changed", "copy"])
        put_all(d, [story(1, "A", "2026-03-01T12:00:00Z"), story(2, "B", "2026-03-01T11:00:00+09:00", 58),
                    story(3, "C", "2026-03-01", 58), story(4, "D", "2026-03-01T02:00:00Z", 58),
                    story(5, "E", "2026-02-28T23:59:59Z", 58)])
        got = [events.reply() for _ in range(6)]
        assert [(e["event"], e["key"], e["origin"]) for e in got] == [
            ("copy", "s2", "s2"), ("origin_changed", "s2", "s2"),  # 02:00 in UTC
            ("copy", "s3", "s2"),  # a bare date is not earlier than a time on that day
            ("copy", "s4", "s2"),  # of equals the one that came first
            ("copy", "s5", "s5"), ("origin_changed", "s5", "s5")], got
        assert {c.good("get", key=f"s{n}")["origin"] for n in range(1, 6)} == {"s5"}
        assert {c.good("get", key=f"s{n}")["story"] for n in range(1, 6)} == {"s1"}
        rows = c.good("outlets")["items"]
        assert {(p["from"], p["to"]) for r in rows for p in r["pairs"]} == {("E", x) for x in "ABCD"}
        assert c.good("outlets", outlet="C")["items"][0]["pairs"][0]["timed"] == 0


def test_what_is_asked_for_wrongly_is_a_bad_request():
    with Daemon() as d, d.client() as c:
        c.put(article(1))
        for op in ("leads", "outlets"):
            for limit in (0, 1001, -1, 1.5, "10", 1e9, True, [], {}):
                c.fails("bad_request", op, limit=limit)
            c.fails("bad_request", op, outlet=7)
            c.fails("bad_request", op, outlet="")
            c.fails("bad_request", op, outlet=["x"])
            c.fails("bad_request", op, after={})
            c.fails("bad_request", op, after="no such")
            c.fails("too_large", op, outlet="x" * 1025)
            c.fails("bad_request", op, outlet=None)
            c.fails("bad_request", op, after="")
            assert c.good(op, limit=None, after=None, unknown=1)["next"] is None
            assert c.good(op, outlet="no such")["items"] == []
            assert c.op(op, id={"a": [1]}, limit=1000)["id"] == {"a": [1]}
        for after in (-1, 1.5, 4294967295, "99999999999999999999999"):
            c.fails("bad_request", "leads", after=after)
        c.fails("not_found", "leads", key="no such")
        c.fails("bad_request", "leads", key="")
        requests = c.good("stats")["requests"]
        assert requests["leads"] >= 6 and requests["outlets"] >= 4, requests


def test_figures_follow_what_is_put_and_pages_go_on_as_they_began():
    with Daemon() as d, d.client() as c, d.client() as other:
        put_all(d, [article(n) for n in range(7)])
        first = c.good("outlets", limit=4)
        assert len(first["items"]) == 4 and first["next"] == "outlet 3"
        c.put(article(8, seed=1))
        rest = c.good("outlets", limit=4, after=first["next"])
        assert [(i["outlet"], i["articles"]) for i in rest["items"]] == [(f"outlet {i}", 1) for i in (4, 5, 6)]
        assert rest["next"] is None
        now = other.good("outlets", limit=1)["items"][0]
        assert (now["outlet"], now["articles"], now["repeated"]) == ("outlet 1", 2, 1)
        c.put(article(9, seed=1))  # of outlet 2
        now = other.good("outlets", outlet="outlet 1")["items"][0]
        assert [(p["from"], p["to"], p["copies"]) for p in now["pairs"]] == [("outlet 1", "outlet 2", 1)]


def test_many_ask_at_once_and_others_go_on():
    with Daemon() as d:
        put_all(d, [article(n, seed=n // 3, words=20) for n in range(4000)])
        clients = [d.client() for _ in range(8)]
        for n, c in enumerate(clients):
            c.send(*({"id": i, "op": ("outlets", "leads")[(n + i) % 2], "limit": 1000} for i in range(6)))
        with d.client() as other:
            for n in range(40):
                other.put(article(5000 + n))
        replies = [[c.reply() for _ in range(6)] for c in clients]
        assert all([r["id"] for r in some] == list(range(6)) and all(r["ok"] for r in some) for some in replies)
        for c in clients:
            c.close()
        gone = d.client()
        gone.send({"op": "leads"}, {"op": "outlets"})
        gone.close()


# --- the commands ---

def newsdup(d, *args, code=0):
    p = subprocess.run([NEWSDUP, *args, "--socket", d.path], capture_output=True, text=True, check=False)
    assert p.returncode == code, p
    return p


def test_the_commands():
    articles = timed()
    _, leads, flows = bulk(articles)
    with Daemon() as d:
        assert newsdup(d, "outlets").stdout.split() == ["outlet", "articles", "original", "copied", "repeated", "agencies"]
        assert newsdup(d, "leads").stdout == ""
        put_all(d, articles)
        assert flows_of([json.loads(line) for line in newsdup(d, "outlets", "--json").stdout.splitlines()]) == flows
        assert [json.loads(line) for line in newsdup(d, "leads", "--json").stdout.splitlines()] == leads
        out = newsdup(d, "outlets").stdout
        assert len(out.splitlines()) == 1 + len(flows["outlets"]) + 2 + 100 + 1, out
        assert f"and {len(flows['pairs']) - 100} more pairs" in out
        out = newsdup(d, "outlets", "--all").stdout
        assert len(out.splitlines()) == 1 + len(flows["outlets"]) + 2 + len(flows["pairs"]), out
        out = newsdup(d, "outlets", "--outlet", "Tolland Courier").stdout
        assert out.splitlines()[1].split()[:3] == ["Tolland", "Courier", "2"]
        assert " ".join(out.splitlines()[4].split()).startswith(
            "Meridian Press Agency Tolland Courier 2 1 h 18 min 1 h 22 min "), out
        out = newsdup(d, "leads", "tc-88412").stdout
        assert out.startswith("lead               mpa-26062-0417\n") and out.count("\n  id ") == 3, out
        assert "not_found" in newsdup(d, "leads", "nobody", "tc-88412", code=1).stderr
        newsdup(d, "outlets", "tc-88412", code=2)


run(globals())
