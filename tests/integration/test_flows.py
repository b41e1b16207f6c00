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
    return ret


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
    assert [(p["from"], p["to"], p["copies"], p["delay_median_s"]) for p in flows["pairs"]] == [("A", "B", 1, 7200)]


def test_outlets_nobody_knows_make_no_pairs():
    _, _, flows = bulk([story(1, None, "2026-03-01T10:00:00Z"), story(2, "B", "2026-03-01T11:00:00Z"),
                        story(3, "C", "2026-03-01T11:00:00Z"), story(4, None, "2026-03-01T11:00:00Z")])
    assert [(o["outlet"], o["articles"], o["copied"]) for o in flows["outlets"]] == [("B", 1, 1), ("C", 1, 1)]
    assert flows["pairs"] == []


run(globals())
