#!/usr/bin/env python3
"""newsdupd: articles that are put again, revised, deleted, denied, allowed, that expire; before and after a restart."""
import json
import random
import subprocess
import threading
import time

from running import *

WORDS = [f"{a}{b}{c}" for a in ("bar", "lin", "tor", "mes", "kad", "vel") for b in ("a", "o", "in", "esk", "un") for c in
         ("del", "rik", "tan", "mur", "gos", "lem", "sar")]
SENTENCE = 12


def text_of(seed, words=90):
    """Words that no other seed has in this order, the same for the same seed."""
    rnd = random.Random(seed)
    return " ".join(rnd.choice(WORDS) for _ in range(words)) + "."


def made(i, story, outlet=None, published="2026-03-03T12:00:00Z", **more):
    """Article i, a copy of all others of its story but for its end."""
    return {"id": f"a{i}", "outlet": outlet or f"outlet {i % 7}", "published": published,
            "text": text_of(f"story {story}") + " " + text_of(f"end {i}", 6), **more}


def put_all(client, articles):
    for start in range(0, len(articles), 200):
        part = articles[start:start + 200]
        client.send(*({"op": "put", "article": a} for a in part))
        for _ in part:
            reply = client.reply()
            assert reply["ok"], reply


def answers(client, ids):
    """What the daemon says of articles by now, but for when they came."""
    client.send(*({"op": "get", "key": i} for i in ids))
    replies = [client.reply() for _ in ids]
    return [{k: v for k, v in r.items() if k not in ("received", "history")} for r in replies]


def stories(client, ids):
    """Which of these articles are together."""
    found = {}
    for r in answers(client, ids):
        found.setdefault(r["story"], set()).add(r["key"])
    return sorted(map(sorted, found.values()))


def test_the_same_text_is_unchanged():
    with Daemon() as d, d.client() as c:
        first = c.put(made(1, 1))
        assert first["revision"] == 1 and "unchanged" not in first
        again = c.put(made(1, 1))
        assert again["unchanged"] is True and again["revision"] == 1 and again["verdict"] == "new" and not again["matches"]
        later = c.put(made(1, 1, published="2026-03-04T12:00:00Z", url="http://a.example/1"))
        assert later["unchanged"] is True
        assert c.good("stats")["articles"] == 1
        count = {"id": "counted", "outlet": "a.example", "text": "Results of the vote\nYes 1,204 votes\nNo 977 votes"}
        assert "unchanged" not in c.put(count)
        assert c.put(count)["unchanged"] is True
        recount = c.put({**count, "text": count["text"].replace("977", "978")})
        assert recount["revision"] == 2 and "unchanged" not in recount, recount
        assert c.put(made(1, 1, title="Another headline"))["revision"] == 2
        got = c.good("get", key="a1")
        assert got["revision"] == 2 and len(got["history"]) == 1, got


def test_what_was_said_before_is_found_no_more():
    with Daemon() as d, d.client() as c:
        c.put(made(1, 1))
        other = {**made(1, 2), "id": "a1"}
        assert c.put(other)["verdict"] == "revision"
        assert c.good("check", article=made(2, 1))["verdict"] == "new"
        assert c.good("check", article=made(2, 2))["story"] == "a1"


def counts(c):
    stats = c.good("stats")
    return stats["articles"], stats["versions"]


def test_history_is_kept_to_a_limit():
    store = fresh("store")
    with Daemon("--history", "3", store=store) as d, d.client() as c:
        for i in range(10):
            assert c.put({**made(i, i), "id": "x"})["revision"] == i + 1
        assert len(c.good("get", key="x")["history"]) == 3
    with Daemon(store=store) as d, d.client() as c:
        got = c.good("get", key="x")
        assert got["revision"] == 10 and len(got["history"]) == 3, got
        assert c.put(made(100, 100)) and counts(c) == (2, 5)
        assert c.good("delete", key="x")["deleted"] == 1 and counts(c) == (1, 1)


def test_an_article_is_counted_once_however_often_it_is_revised():
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        for i in range(30):
            c.put({**made(i, i), "id": f"x{i % 10}"})
        assert counts(c) == (10, 30)
        metrics = subprocess.run(["curl", "-s", "--unix-socket", d.path, "http://localhost/metrics"], capture_output=True,
                                 encoding="utf-8", timeout=60, check=True).stdout.splitlines()
        assert "newsdup_articles 10" in metrics and "newsdup_versions 30" in metrics
        assert c.good("delete", key="x3")["deleted"] == 1 and counts(c) == (9, 27)
        os.rename(store + "/store.mdb", store + "/aside")
        for key in ("x4", "x0"):
            c.fails("store_error", "delete", key=key)
        c.fails("store_error", "put", article={**made(100, 100), "id": "x5"})
        c.fails("store_error", "put", article=made(101, 101))
        assert counts(c) == (9, 27)
        os.rename(store + "/aside", store + "/store.mdb")
    with Daemon(store=store) as d, d.client() as c:
        assert counts(c) == (9, 27)
        c.put({**made(200, 200), "id": "x3"})
        assert counts(c) == (10, 28)


def test_deleted_is_as_if_it_had_never_come():
    rnd = random.Random(5)
    articles = [made(i, rnd.randrange(60)) for i in range(300)]
    gone = {a["id"] for a in articles if rnd.random() < 0.3} | {articles[0]["id"]}
    left = [a for a in articles if a["id"] not in gone]
    ids = [a["id"] for a in left]
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        put_all(c, articles)
        for i in sorted(gone):
            assert c.good("delete", key=i)["deleted"] == 1
        c.fails("not_found", "delete", key="a0")
        c.fails("not_found", "get", key="a0")
        told = answers(c, ids)
        together = stories(c, ids)
        assert c.good("stats")["articles"] == len(left)
    with Daemon() as d, d.client() as c:
        put_all(c, left)
        assert stories(c, ids) == together
        assert [r["verdict"] for r in answers(c, ids)] == [r["verdict"] for r in told]
    text = json.dumps(told)
    assert not any(f'"{i}"' in text for i in gone)
    with Daemon(store=store) as d, d.client() as c:
        assert answers(c, ids) == told


def test_delete_by_outlet_and_by_time():
    articles = [made(i, i, published=f"2026-03-{1 + i % 20:02d}T12:00:00Z") for i in range(140)]
    articles += [{**made(0, 0), "id": "day", "published": "2026-03-05"}]
    with Daemon() as d, d.client() as c:
        put_all(c, articles)
        assert c.good("delete", outlet="outlet 3")["deleted"] == 20
        c.fails("not_found", "get", key="a3")
        assert c.good("delete", outlet="outlet 3")["deleted"] == 0
        want = len([a for a in articles if a["published"] < "2026-03-05" and a["outlet"] != "outlet 3"])
        assert c.good("delete", published_before="2026-03-05")["deleted"] == want
        assert c.good("get", key="day")["published"] == "2026-03-05"
        want = len([a for a in articles if a["published"][:10] == "2026-03-06" and a["outlet"] == "outlet 5"])
        assert c.good("delete", outlet="outlet 5", published_from="2026-03-06", published_before="2026-03-07")["deleted"] == want
        assert c.good("delete", received_before="2026-01-01")["deleted"] == 0
        rest = c.good("stats")["articles"]
        assert c.good("delete", received_from="2026-01-01T00:00:00Z")["deleted"] == rest
        assert c.good("stats")["articles"] == 0


def test_a_delete_that_says_something_odd_deletes_nothing():
    good = {"key": "a1", "outlet": "outlet 1", "published_from": "2026-01-01", "published_before": "2027-01-01",
            "received_from": "2026-01-01", "received_before": "2999-01-01"}
    odd = [{"received_before": "soon"}, {"published_from": "2026-13-01"}]
    odd += [{k: v} for k in good for v in (None, "", True, [], {}, ["a1"], {"a": 1})]
    odd += [{k: 5} for k in good if k != "key"]
    odd += [{k: None} for k in ("limit", "after", "events")]
    odd += [{"limit": 10}, {"before": "2020-01-01"}, {"after": "a"}, {"a": "a1"}, {"published": "2020"}, {"": 1}, {"x" * 500: 1},
            {"\uac00" * 60: None}]
    with Daemon() as d, d.client() as c:
        put_all(c, [made(i, i) for i in range(14)])
        c.fails("bad_request", "delete")
        for bad in odd:
            c.fails("bad_request", "delete", **bad)
            for k in good.keys() - bad.keys():
                c.fails("bad_request", "delete", **{k: good[k]}, **bad)
        assert c.fails("bad_request", "delete", outlet="outlet 1", before="2020-01-01")["message"].count("before") == 1
        assert c.good("stats")["articles"] == 14
        newsdup(d, "delete", "--outlet", "", code=2)
        newsdup(d, "delete", "--outlet", "", "--published-before", "2027-01-01", code=2)
        assert c.good("stats")["articles"] == 14
        assert c.good("delete", **good)["deleted"] == 1


def test_allow_joins_through_others():
    """Whoever is allowed with one and the same article is with it in one story, in whatever order that was said; until it goes."""
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        for i in (*range(6), 9):
            c.put(article(i))
        for a, b in (("m2", "m0"), ("m2", "m1"), ("m3", "m5"), ("m4", "m5"), ("m0", "m9"), ("m9", "m4")):
            c.good("allow", a=a, b=b)
        c.good("delete", key="m9")
        c.settle()
        assert [c.good("get", key=f"m{i}")["story"] for i in range(6)] == ["m0", "m0", "m0", "m3", "m3", "m3"]
        c.put(article(9))
        c.settle()
        assert {c.good("get", key=f"m{i}")["story"] for i in (0, 1, 2, 3, 4, 5, 9)} == {"m0"}
        c.good("deny", a="m1", b="m0")
        c.settle()
        assert c.good("get", key="m1")["story"] == "m1" and c.good("get", key="m2")["story"] == "m0"
    with Daemon(store=store) as d, d.client() as c:
        assert [c.good("get", key=f"m{i}")["story"] for i in (0, 1, 5, 9)] == ["m0", "m1", "m0", "m0"]
        c.good("delete", key="m9")
        c.settle()
        assert [c.good("get", key=f"m{i}")["story"] for i in range(6)] == ["m0", "m1", "m0", "m3", "m3", "m3"]


def test_deny_splits_and_allow_joins_for_ever():
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        put_all(c, [made(i, 1) for i in range(4)] + [made(9, 2)])
        c.good("deny", a="a0", b="a2")
        assert stories(c, ["a0", "a1", "a2", "a3"]) in ([["a0", "a1", "a3"], ["a2"]], [["a0", "a1"], ["a2", "a3"]])
        assert not [m for m in c.good("get", key="a2")["matches"] if m["id"] == "a0"]
        c.good("allow", a="a9", b="a0")
        got = c.good("get", key="a9")
        assert got["story"] == "a0" and got["verdict"] == "copy" and got["matches"][0]["id"] == "a0", got
        c.put({**made(20, 2), "id": "b"})
        assert c.good("get", key="b")["story"] == "a0"
        told = answers(c, ["a0", "a1", "a2", "a3", "a9", "b"])
        c.fails("not_found", "deny", a="a0", b="nobody")
        c.fails("bad_request", "deny", a="a0", b="a0")
        c.fails("bad_request", "allow", a="a0")
        articles = c.good("stats")["articles"]
    with Daemon(store=store) as d, d.client() as c:
        assert answers(c, ["a0", "a1", "a2", "a3", "a9", "b"]) == told
        assert c.good("stats")["articles"] == articles == 6
        c.put({**made(2, 1), "text": made(2, 1)["text"] + " " + text_of("more", 9)})
        assert c.good("get", key="a2")["story"] != "a0"
        c.good("allow", a="a0", b="a2")
        assert c.good("get", key="a2")["story"] == "a0"


def newsdup(d, *args, code=0):
    p = subprocess.run([NEWSDUP, *args, "--socket", d.path], capture_output=True, timeout=60, encoding="utf-8")
    assert p.returncode == code, p
    return p.stdout


def test_the_command_line_does_the_same():
    with Daemon() as d, d.client() as c:
        put_all(c, [made(i, 1) for i in range(14)])
        newsdup(d, "deny", "a0", "a3")
        assert c.good("get", key="a3")["story"] != "a0"
        assert json.loads(newsdup(d, "allow", "--json", "a0", "a3"))["ok"] is True
        assert c.good("get", key="a3")["story"] == "a0"
        assert "deleted" in newsdup(d, "delete", "a1", "a2")
        assert json.loads(newsdup(d, "delete", "--json", "--outlet", "outlet 3"))["deleted"] == 2
        assert c.good("stats")["articles"] == 10
        newsdup(d, "delete", "a1", code=1)
        newsdup(d, "deny", "a0", "nobody", code=1)
        newsdup(d, "delete", "--received-before", "soon", code=3)
        newsdup(d, "delete", code=2)
        newsdup(d, "allow", "a0", code=2)
        path = fresh("in.jsonl")
        with open(path, "w", encoding="utf-8") as f:
            f.write(json.dumps(made(0, 1)) + "\n")
        assert newsdup(d, "put", path).split() == ["a0", "unchanged"]


def test_roles_are_asked_for():
    with Daemon("--allow-admin", "none") as d, d.client() as c:
        text = c.good("hello")["role"]
        assert text == "admin"  # the daemon's own user
        c.put(made(1, 1))
        metrics = subprocess.run(["curl", "-s", "--unix-socket", d.path, "http://localhost/metrics"], capture_output=True,
                                 encoding="utf-8", timeout=30).stdout
        for name in ("unchanged", "deleted", "expired", "denied", "allowed", "growth_alarms"):
            assert f"newsdup_{name}_total 0" in metrics, name


def test_stories_expire_that_nobody_joins():
    store = fresh("store")
    with Daemon("--retain", "4s", store=store) as d, d.client() as c:
        put_all(c, [made(i, i % 5) for i in range(20)])
        time.sleep(2.2)
        c.put(made(100, 0))
        until = time.monotonic() + 20 * SLOW
        while c.good("stats")["articles"] > 5 and time.monotonic() < until:
            time.sleep(0.05)
        left = c.good("get", key="a0")
        assert left["story"] == "a0" and len(c.good("story", key="a100")["members"]) == 5
        c.fails("not_found", "get", key="a1")
        while c.good("stats")["articles"] and time.monotonic() < until:
            time.sleep(0.05)
        assert c.good("stats")["articles"] == 0
    with Daemon(store=store) as d, d.client() as c:
        assert c.good("stats")["articles"] == 0 and c.put(made(1, 1))["verdict"] == "new"


def told_expired(log):
    return [int(line.split()[0].split(">")[-1]) for line in log.splitlines() if line.endswith("articles have expired")]


def test_what_cannot_be_taken_out_is_not_told_to_have_expired():
    """Its file is moved aside meanwhile, so that no commit goes well."""
    store, n = fresh("store"), 300
    with Daemon("--sync", "no", store=store) as d, d.client() as c:
        put_all(c, [made(i, i) for i in range(n)])
    config = fresh("conf")
    with open(config, "w", encoding="ascii") as f:
        f.write("")
    with Daemon("--sync", "no", store=store, config=config) as d, d.client() as c:
        os.rename(store + "/store.mdb", store + "/aside")
        with open(config, "w", encoding="ascii") as f:
            f.write("retain = 1s\n")
        d.signal(signal.SIGHUP)
        eventually(lambda: "what has expired cannot be taken out: store.mdb was removed" in d.log())
        time.sleep(4)
        assert c.good("stats")["articles"] == n and not told_expired(d.log()), d.log()
        assert d.log().count("what has expired cannot be taken out") == 1 and d.log().count("cannot write to the store") == 1, d.log()
        os.rename(store + "/aside", store + "/store.mdb")
        eventually(lambda: sum(told_expired(d.log())) == n)
        assert c.good("stats")["articles"] == 0 and "can be written to again" in d.log(), d.log()


def test_no_copy_is_sought_outside_of_the_window():
    with Daemon("--window", "30d") as d, d.client() as c:
        c.put(made(1, 1, published="2026-01-01T12:00:00Z"))
        assert c.good("check", article=made(2, 1, published="2026-01-04T12:00:00Z"))["story"] == "a1"
        for day in ("2026-02-03T12:00:00Z", "2025-11-03"):
            late = c.good("check", article=made(2, 1, published=day))
            assert late["verdict"] == "new" and not late["matches"], late


def test_growth_is_told():
    with Daemon("--alarm-members", "3", "--alarm-similarity", "100") as d, d.client() as c, d.client() as listener:
        listener.good("subscribe", events=["growth"])
        c.put(made(1, 1))
        assert c.put({**made(1, 1), "id": "same"})["verdict"] == "identical"
        for i in range(2, 5):
            c.put(made(i, 1))
        events = [listener.reply() for _ in range(3)]
        assert [e["key"] for e in events] == ["a2", "a3", "a4"] and events[0]["story"] == "a1", events


def test_checks_are_answered_during_a_large_delete():
    n = 10000 if SLOW == 1 else 1000
    articles = [made(i, i // 4, outlet=f"o{i % 2}") for i in range(2 * n)]
    with Daemon() as d, d.client() as c, d.client() as other:
        put_all(c, articles)
        took, times, done = [], [], threading.Event()

        def check():
            while not done.is_set():
                start = time.monotonic()
                other.good("check", article=articles[len(times) % 1000])
                times.append(time.monotonic() - start)
                time.sleep(0.002)

        thread = threading.Thread(target=check)
        thread.start()
        start = time.monotonic()
        assert c.good("delete", outlet="o1")["deleted"] == n
        took.append(time.monotonic() - start)
        done.set()
        thread.join()
        times.sort()
        print(f"  {n} deleted in {took[0]:.2f} s; {len(times)} checks, p50 {times[len(times) // 2] * 1e3:.2f} ms, "
              f"p99 {times[len(times) * 99 // 100] * 1e3:.2f} ms, longest {times[-1] * 1e3:.2f} ms")
        assert c.good("stats")["articles"] == n and len(times) > 2, len(times)
        assert times[len(times) // 2] < 0.05 * SLOW, times[len(times) // 2]  # the machine may be busy: the figures are for eyes


run(globals())
