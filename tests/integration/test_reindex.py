#!/usr/bin/env python3
"""newsdup reindex: a store made anew from its texts answers the same; it goes on where it was killed.

BUILD_DIR is where the programs are.
"""
import json
import os
import shutil
import signal
import subprocess

from running import NEWSDUP, SLOW, Daemon, article, eventually, fresh, run

N = 12000 // SLOW
DATA = os.path.join(os.path.dirname(__file__), "../../lib/text/data")


def newsdup(*args, code=0):
    r = subprocess.run([NEWSDUP, *args], capture_output=True, stdin=subprocess.DEVNULL)
    assert r.returncode == code, f"exit {r.returncode}, not {code}: {args}: {r.stderr.decode()[:1500]}"
    return r


def answers(store, ids):
    ret = [newsdup(op, "--json", "--store", store, *ids).stdout.splitlines() for op in ("get", "story")]
    return ret + [newsdup(op, "--json", "--store", store).stdout.splitlines() for op in ("outlets", "leads")]


def assert_same(got, want):
    for g, w in zip(got, want):
        assert g == w, next(p for p in zip(g, w) if p[0] != p[1])


def lived(store):
    with Daemon(store=store) as d, d.client() as c:
        for i in range(120):
            c.put(article(i, seed=i % 40, words=60 + i % 7, title=f"title {i % 40}", url=f"http://x.example/{i}"))
            if i % 9 == 4:
                c.put(article(i - 2, seed=1000 + i))
        c.good("deny", a="m1", b="m41")
        c.good("allow", a="m2", b="m30")
        c.put({"id": 17, "text": "Short."})
        c.settle()
    return [f"m{i}" for i in range(120)] + ["17"]


def test_a_store_made_anew_answers_the_same():
    store = fresh("store")
    ids = lived(store)
    want = answers(store, ids)
    r = newsdup("reindex", "--quiet", "--store", store)
    assert b"made anew" in r.stdout
    assert_same(answers(store, ids), want)
    assert sorted(os.listdir(store)) == ["lock", "store.mdb", "store.mdb-lock"]
    with Daemon(store=store) as d, d.client() as c:
        assert c.put(article(119, seed=39, words=60))["verdict"] == "revision"
        assert c.good("get", key="m1")["story"] == "m1" != c.good("get", key="m41")["story"]


def test_what_is_gone_is_not_there_any_more():
    store = fresh("store")
    lived(store)
    with Daemon(store=store) as d, d.client() as c:
        c.good("delete", key="m0")
        c.good("delete", key="m3")
        c.settle()
        stories = {k: len(c.good("story", key=k)["members"]) for k in ("m40", "m43", "m50")}
    newsdup("reindex", "--quiet", "--store", store)
    with Daemon(store=store) as d, d.client() as c:
        c.fails("not_found", "get", key="m0")
        assert {k: len(c.good("story", key=k)["members"]) for k in stories} == stories
        leader = c.good("story", key="m43")["story"]
        assert c.put(article(500, seed=3, words=60 + 43 % 7))["story"] == leader


def test_versions_that_are_kept_go_on_counting():
    for history in 0, 1, 2, 9:
        store = fresh("store")
        with Daemon("--history", str(history), store=store) as d, d.client() as c:
            for i in range(5):
                c.put({**article(i), "id": "often"})
                c.put({**article(100 + i), "id": f"other {i}", "url": "http://x.example/same", "outlet": "one"})
            c.settle()
        ids = ["often", *(f"other {i}" for i in range(5))]
        want = answers(store, ids)
        newsdup("reindex", "--quiet", "--store", store)
        assert_same(answers(store, ids), want)
        newsdup("reindex", "--quiet", "--store", store)
        assert_same(answers(store, ids), want)
        got = json.loads(newsdup("get", "--json", "--store", store, "often").stdout)
        assert got["revision"] == 5 and len(got.get("history", [])) == min(history, 4), got
        with Daemon("--history", str(history), store=store) as d, d.client() as c:
            assert c.put({**article(9), "id": "often"})["revision"] == 6


def test_without_texts_nothing_is_changed():
    store = fresh("store")
    with Daemon("--keep-text", "no", store=store) as d, d.client() as c:
        c.put(article(1))
        c.put(article(2))
    with Daemon(store=store) as d, d.client() as c:
        c.put(article(3))
    want = answers(store, ["m1", "m2", "m3"])
    r = newsdup("reindex", "--quiet", "--store", store, code=3)
    assert b"  m1\n  m2\n" in r.stderr and b"  m3\n" not in r.stderr and b"nothing is changed" in r.stderr, r.stderr
    assert "new" not in os.listdir(store)
    assert_same(answers(store, ["m1", "m2", "m3"]), want)


def kill_in_the_middle(store):
    """Whether it was killed before it was done."""
    p = subprocess.Popen([NEWSDUP, "reindex", "--quiet", "--store", store], stdout=subprocess.DEVNULL)
    new = os.path.join(store, "new", "store.mdb")

    def grown():
        try:
            return os.path.getsize(new) > 4 << 20
        except FileNotFoundError:
            return False

    eventually(lambda: grown() or p.poll() is not None)
    p.send_signal(signal.SIGKILL)
    return p.wait() == -signal.SIGKILL and os.path.exists(new)


def leave_in_the_middle(store):
    """The same until one was; returns a copy of the store as it was before."""
    before = store + "-before"
    shutil.copytree(store, before)
    while not kill_in_the_middle(store):
        shutil.rmtree(store)
        shutil.copytree(before, store)
    return before


def test_it_goes_on_where_it_was_killed():
    path, store, copy = fresh("articles.jsonl"), fresh("store"), fresh("copy")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(article(i, seed=i % (N // 2), words=60 + i % 90)) + "\n" for i in range(N))
    newsdup("bulk", "--quiet", "--store", store, path)
    ids = [f"m{i}" for i in range(0, N, 61)]
    want = answers(store, ids)
    shutil.copytree(store, copy)
    while not kill_in_the_middle(store):
        shutil.rmtree(store)
        shutil.copytree(copy, store)
    assert_same(answers(store, ids), want)  # the old one is there all the while
    newsdup("reindex", "--quiet", "--store", store)
    assert_same(answers(store, ids), want)
    assert "new" not in os.listdir(store)
    # what is left of another store's is of no use
    shutil.copytree(store, os.path.join(copy, "new"))
    with open(os.path.join(copy, "new", "stamp"), "w", encoding="ascii") as f:
        f.write("0123456789abcdef\n")
    with Daemon(store=copy) as d, d.client() as c:
        c.good("delete", key="m1")
        c.good("delete", key="m7")
        c.settle()
    ids = [i for i in ids if i not in ("m1", "m7")]
    newsdup("reindex", "--quiet", "--store", copy)
    with Daemon(store=copy) as d, d.client() as c:
        c.fails("not_found", "get", key="m7")
        assert c.good("stats")["articles"] == N - 2


def test_other_rules_begin_anew():
    path, store, rules = fresh("articles.jsonl"), fresh("store"), fresh("rules")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(article(i, seed=i % (N // 2), words=60 + i % 90)) + "\n" for i in range(N))
        f.write(json.dumps({"id": "wire", "text": article(1, seed=77777)["text"] + "\nFARLAND PRESS AGENCY"}) + "\n")
    newsdup("bulk", "--quiet", "--store", store, path)
    before = leave_in_the_middle(store)
    assert os.path.exists(os.path.join(store, "new", "stamp"))
    os.mkdir(rules)
    for name in os.listdir(DATA):
        shutil.copy(os.path.join(DATA, name), rules)
    with open(os.path.join(rules, "agencies.txt"), "a", encoding="utf-8") as f:
        f.write("farland | Farland Press Agency | FARPA\n")
    newsdup("reindex", "--quiet", "--store", store, "--data", rules)
    stamped = newsdup("get", "--json", "--store", store, "m0", "wire").stdout
    shutil.copytree(before, store + "-whole")
    newsdup("reindex", "--quiet", "--store", store + "-whole", "--data", rules)
    assert newsdup("get", "--json", "--store", store + "-whole", "m0", "wire").stdout == stamped


def test_what_a_window_keeps_apart_stays_apart():
    store, any_time, again = fresh("store"), fresh("any"), fresh("again")
    with Daemon("--window", "30d", store=store) as d, d.client() as c:
        for i, day in enumerate(("2026-01-01", "2026-01-20", "2026-06-01", "2026-06-10")):
            c.put(article(i, seed=1, title="title", published=f"{day}T10:00:00Z"))
        c.settle()
    ids = [f"m{i}" for i in range(4)]
    want = answers(store, ids)
    shutil.copytree(store, any_time)
    newsdup("reindex", "--quiet", "--window", "30d", "--store", store)
    assert_same(answers(store, ids), want)
    assert json.loads(newsdup("get", "--json", "--store", store, "m3").stdout)["story"] == "m2"
    newsdup("reindex", "--quiet", "--store", any_time)
    assert json.loads(newsdup("get", "--json", "--store", any_time, "m3").stdout)["story"] == "m0"
    for bad in ("30", "1h", "40000d"):
        r = newsdup("reindex", "--store", store, "--window", bad, code=2)
        assert b"--window wants whole days" in r.stderr, r.stderr


def test_another_window_begins_anew():
    path, store = fresh("articles.jsonl"), fresh("store")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(article(i, seed=i % (N // 2), words=60 + i % 90, published=f"202{i // (N // 2)}-01-01T00:00:00Z"))
                     + "\n" for i in range(N))
    newsdup("bulk", "--quiet", "--store", store, path)
    before = leave_in_the_middle(store)
    newsdup("reindex", "--quiet", "--store", store, "--window", "30d")
    last = f"m{N - 1}"
    assert json.loads(newsdup("get", "--json", "--store", before, last).stdout)["story"] != last
    for i in range(N // 2, N, N // 8):
        assert json.loads(newsdup("get", "--json", "--store", store, f"m{i}").stdout)["story"] == f"m{i}"


def test_what_is_no_store_stays_none():
    store = fresh("store")
    r = newsdup("reindex", "--quiet", "--store", store, code=3)
    assert b"No such file" in r.stderr and not os.path.exists(store), r.stderr
    os.mkdir(store)
    newsdup("reindex", "--quiet", "--store", store, code=3)
    assert os.listdir(store) == []


def test_who_owned_the_store_owns_the_new_one():
    store = fresh("store")
    lived(store)
    path = os.path.join(store, "store.mdb")
    os.chmod(path, 0o644)
    if os.geteuid() == 0:
        os.chown(path, 12345, 12346)
    was = os.stat(path)
    newsdup("reindex", "--quiet", "--store", store)
    now = os.stat(path)
    assert (now.st_uid, now.st_gid, now.st_mode) == (was.st_uid, was.st_gid, was.st_mode)
    assert now.st_ino != was.st_ino
    newsdup("check-store", "--repair", store)


def test_a_store_that_lies_in_the_other_one():
    """What is called like the store that is being made, but is somebody's, is left alone, in use or not."""
    store, empty = fresh("store"), fresh("empty")
    lived(store)
    os.mkdir(empty)
    export = fresh("export.jsonl")
    with open(export, "wb") as f:
        f.write(newsdup("export", "--quiet", "--store", store).stdout)
    commands = {store: ["reindex", "--store", store], empty: ["import", "--store", empty, export]}
    for outer, command in commands.items():
        nested = os.path.join(outer, "new")
        with Daemon(store=nested) as d, d.client() as c:
            c.put(article(1))
            r = newsdup(*command, code=3)
            assert b"/new': another process has it open" in r.stderr, r.stderr
            c.put(article(2))
        r = newsdup(*command, code=3)
        assert b"/new': it is a store of its own" in r.stderr, r.stderr
        assert json.loads(newsdup("stats", "--json", "--store", nested).stdout)["articles"] == 2
        shutil.rmtree(nested)
        newsdup(*command)


def test_a_store_that_is_in_use():
    store = fresh("store")
    with Daemon(store=store):
        r = newsdup("reindex", "--store", store, code=3)
        assert b"another process has it open" in r.stderr, r.stderr
    newsdup("reindex", code=2)
    newsdup("reindex", "--store", store, "x", code=2)


run(globals())
