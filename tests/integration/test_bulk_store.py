#!/usr/bin/env python3
"""newsdup bulk --store and --against: a store that the daemon opens, the same as it would have made; runs that were
killed; new files against a store that somebody else has.

BUILD_DIR is where the programs are.
"""
import json
import os
import shutil
import signal
import subprocess

from running import MIB, NEWSDUP, SAMPLE, SLOW, Daemon, eventually, fresh, run, text

FILES = ["articles.jsonl", "drop.txt", "keep.txt", "leads.jsonl", "outlets.json", "rejects.jsonl", "stories.jsonl", "summary.json"]


def newsdup(*args, code=0):
    r = subprocess.run([NEWSDUP, *args], capture_output=True, stdin=subprocess.DEVNULL)
    assert r.returncode == code, f"exit {r.returncode}, not {code}: {args}: {r.stderr.decode()[:1500]}"
    return r


def bulk(*args):
    """The files of a run."""
    out = fresh("out")
    newsdup("bulk", "--quiet", "--out", out, *args)
    return {f: open(os.path.join(out, f), "rb").read() for f in FILES}


def same(got, want, what, but=()):
    for f in FILES:
        assert f in but or got[f] == want[f], f"{f} differs: {what}"


def written(articles):
    path = fresh("articles.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(a, ensure_ascii=False) + "\n" for a in articles)
    return path


def archive(n, start=0):
    """Copies, revisions, articles that come again, and some that go back to what they said before."""
    ret = []
    for i in range(start, start + n):
        topic, words = i * 7919 % (1 + n // 4), text(i * 7919 % (1 + n // 4), 160).split()
        a = {"id": f"a{i}", "outlet": f"o{i % 7}", "published": f"2026-05-{1 + i % 28:02d}T10:00:00Z",
             "title": f"title {topic}", "text": " ".join(words[i % 5 * 5:]) + f" end {i}"}
        if i % 13 == 5:
            a["id"] = f"a{i - 5}"
        ret.append(a)
        if i % 10 == 9:
            ret.append(ret[-4])
        if i % 50 == 49:
            ret.append({**ret[-3], "text": text(i + 1000000)})
            ret.append(ret[-4])
    return ret


def answers(store, ids):
    """All that a store says of these articles, but when they came."""
    def timeless(reply):
        reply.pop("received")
        for version in reply["history"]:
            version.pop("received")
        return reply

    got = {}
    for op in ("get", "story"):
        r = newsdup(op, "--json", "--store", store, *ids)
        replies = [json.loads(line) for line in r.stdout.splitlines()]
        got[op] = [timeless(x) for x in replies] if op == "get" else replies
    got["outlets"] = newsdup("outlets", "--json", "--store", store).stdout
    got["leads"] = newsdup("leads", "--json", "--store", store).stdout
    return got


def assert_same_store(store, other, articles):
    ids = sorted({a["id"] for a in articles})
    got, want = answers(store, ids), answers(other, ids)
    for op in want:
        assert got[op] == want[op], (op, next((p for p in zip(got[op], want[op]) if p[0] != p[1]), None))


def put_all(d, path):
    newsdup("put", "--quiet", "--socket", d.path, path)


def sample():
    return [a for a in map(json.loads, open(SAMPLE, encoding="utf-8")) if a.get("published") and a.get("id")]


# --- a store ---

def test_the_store_is_that_of_the_daemon():
    articles = sample() + archive(1500 // SLOW)
    path, store, other = written(articles), fresh("store"), fresh("other")
    newsdup("bulk", "--quiet", "--store", store, path)
    with Daemon(store=other) as d:
        put_all(d, path)
    assert_same_store(store, other, articles)
    with Daemon(store=store) as d, d.client() as c:
        assert c.put(articles[-1])["unchanged"] is True
        assert c.put({**articles[-1], "id": "new"})["verdict"] in ("identical", "copy")


def test_results_are_the_same_as_without_a_store():
    path, store = written(sample() + archive(1500 // SLOW)), fresh("store")
    want = bulk(SAMPLE, path)
    same(bulk("--store", store, SAMPLE, path), want, "over a store")
    same(bulk("--store", fresh("store"), "--threads", "1", SAMPLE, path), want, "one thread")


def test_what_came_again_changes_nothing():
    first = {"id": "a", "text": text(1), "outlet": "A"}
    copy = {"id": "b", "text": text(1) + " More of it.", "outlet": "B"}
    path, store = written([first, copy, first, {**first, "text": text(2)}]), fresh("store")
    result = bulk(path)
    lines = [json.loads(line) for line in result["articles.jsonl"].splitlines()]
    assert [(a["id"], a["verdict"], a["story"]) for a in lines] == [
        ("a", "new", "a"), ("b", "new", "b"), ("a", "revision", "a"), ("a", "revision", "a")], lines
    assert lines[2]["matches"][0] == {"id": "a", "relation": "revision", "similarity": 1.0, "containment": 1.0, "contained": 1.0}
    assert lines[2]["similarity"] == 1.0
    same(bulk("--store", store, path), result, "over a store")
    got = json.loads(newsdup("get", "--json", "--store", store, "a").stdout)
    assert got["revision"] == 2 and len(got["history"]) == 1, got
    assert json.loads(result["summary.json"])["articles"] == 4


def test_a_store_is_added_to():
    articles = archive(800 // SLOW)
    half = len(articles) // 2
    old, new, store, other = written(articles[:half]), written(articles[half:]), fresh("store"), fresh("other")
    newsdup("bulk", "--quiet", "--store", store, old)
    got = bulk("--store", store, new)
    newsdup("bulk", "--quiet", "--store", other, old, new)
    assert_same_store(store, other, articles)
    ids = {a["id"] for a in articles[half:]}
    listed = got["keep.txt"].decode().split() + [line.split("\t")[0] for line in got["drop.txt"].decode().splitlines()]
    assert sorted(listed) == sorted(ids)
    dropped = {line.split("\t")[0] for line in got["drop.txt"].decode().splitlines()}
    assert not dropped & {line.split("\t")[1] for line in got["drop.txt"].decode().splitlines()}
    assert len(got["articles.jsonl"].splitlines()) == len(articles) - half
    for line in got["stories.jsonl"].splitlines():
        assert ids & {m["id"] for m in json.loads(line)["members"]}, line


def test_texts_are_kept():
    articles = [{"id": "a", "text": text(1)}, {"id": "b", "text": "Before it. " + text(1) + " Behind it."}, *archive(1500)]
    path, store, bare = written(articles), fresh("store"), fresh("bare")
    newsdup("bulk", "--quiet", "--threads", "2", "--store", store, path)
    newsdup("bulk", "--quiet", "--no-text", "--store", bare, path)
    for a, b, folder, kept in (("a", "b", store, True), ("a1400", "a1000", store, True), ("a", "b", bare, False)):
        x = json.loads(newsdup("explain", "--json", "--store", folder, a, b).stdout)
        assert a != "a" or bool(x["passages"]) == kept, x
    with Daemon(store=store) as d, d.client() as c:
        assert c.good("explain", a="a", b="b")["passages"][0]["text"][:200] in text(1)


def fed(*args):
    """A run that reads standard input."""
    return subprocess.Popen([NEWSDUP, "bulk", "--quiet", "--threads", "1", *args, "-"], stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def kill_after_commits(store, lines, size):
    """Runs until the store has grown to a size, and kills it there."""
    p = fed("--store", store)
    for line in lines:
        p.stdin.write(line)
        if os.path.exists(os.path.join(store, "store.mdb")) and os.path.getsize(os.path.join(store, "store.mdb")) > size:
            break
    else:
        raise AssertionError("it was never as large")
    p.send_signal(signal.SIGKILL)
    p.wait()


def test_a_killed_run_is_taken_up_again():
    articles = archive(14000)
    path, store, other = written(articles), fresh("store"), fresh("other")
    lines = open(path, "rb").read().splitlines(keepends=True)
    want = bulk("--store", other, path)
    for size in (4 * MIB, None):
        kill_after_commits(store, lines, size or os.path.getsize(os.path.join(store, "store.mdb")))
        assert os.path.exists(os.path.join(store, "bulk.run"))
    same(bulk("--store", store, path), want, "killed twice")
    assert not os.path.exists(os.path.join(store, "bulk.run"))
    assert_same_store(store, other, articles[::20])
    before = json.loads(newsdup("stats", "--json", "--store", store).stdout)["articles"]
    assert before == json.loads(newsdup("stats", "--json", "--store", other).stdout)["articles"]


def test_another_input_after_a_killed_run():
    store, articles = fresh("store"), archive(60)
    newsdup("bulk", "--quiet", "--store", store, written(articles))
    with open(os.path.join(store, "bulk.run"), "w", encoding="ascii") as f:
        f.write("newsdup bulk run from article 3\n")
    newsdup("bulk", "--quiet", "--store", store, written([{"id": "x", "text": text(77)}, {**articles[0], "text": text(78)}]))
    assert json.loads(newsdup("get", "--json", "--store", store, articles[0]["id"]).stdout)["revision"] > 1
    with open(os.path.join(store, "bulk.run"), "w", encoding="ascii") as f:
        f.write("something else\n")
    r = newsdup("bulk", "--quiet", "--store", store, written(articles), code=3)
    assert b"bulk.run" in r.stderr, r.stderr


def test_one_writer_at_a_time():
    store, path = fresh("store"), written(archive(20))
    with Daemon(store=store):
        r = newsdup("bulk", "--store", store, path, code=3)
        assert b"another process has it open" in r.stderr, r.stderr
    p = fed("--store", store)
    eventually(lambda: os.path.exists(os.path.join(store, "bulk.run")))
    r = newsdup("bulk", "--store", store, path, code=3)
    assert b"another process has it open" in r.stderr, r.stderr
    p.communicate()
    assert p.returncode == 0


def test_a_full_store_is_told_and_goes_on():
    store, path = fresh("store"), written(archive(60))
    newsdup("bulk", "--quiet", "--store", store, path)
    full = subprocess.run(["sh", "-c", 'ulimit -f 4000; trap "" XFSZ; exec "$0" "$@"', NEWSDUP, "bulk", "--quiet", "--store", store,
                           written(archive(6000, 100000))], capture_output=True)
    assert full.returncode == 3 and b"no room" in full.stderr, full.stderr
    newsdup("bulk", "--quiet", "--store", store, path)
    assert json.loads(newsdup("get", "--json", "--store", store, "a1").stdout)["revision"] == 1


# --- against a store ---

def test_against_a_store_is_as_if_it_had_come_behind_it():
    articles = sample() + archive(800 // SLOW)
    half = len(articles) // 2
    old, new, store = written(articles[:half]), written(articles[half:]), fresh("store")
    whole = bulk(old, new)
    with Daemon(store=store) as d, d.client() as c:
        put_all(d, old)
        before = c.good("stats")["articles"]
        got = bulk("--against", store, new)
        assert c.good("stats")["articles"] == before
        assert c.put({"id": "later", "text": text(5000001)})["verdict"] == "new"
    assert got["articles.jsonl"].splitlines() == whole["articles.jsonl"].splitlines()[half:]
    assert set(got["stories.jsonl"].splitlines()) <= set(whole["stories.jsonl"].splitlines())
    assert b'"id":"' + articles[0]["id"].encode() not in got["keep.txt"]
    with open(os.path.join(store, "store.mdb"), "rb") as f:
        content = f.read()
    again = bulk("--against", store, new)
    same(again, got, "the store has one more", but=["articles.jsonl"])
    with open(os.path.join(store, "store.mdb"), "rb") as f:
        assert f.read() == content
    assert not os.path.exists(os.path.join(store, "bulk.run"))


def used(store):
    """Bytes of the file that have been written."""
    r = json.loads(newsdup("check-store", "--json", store).stdout)
    return r["pages"] * r["page_bytes"]


def rewrite(c, times):
    """Puts that leave nothing but room: what they replace is history, of which none is kept."""
    for i in range(times):
        c.put({"id": f"s{i % 20}", "outlet": "the same", "text": text(7000000 + next(fresh_seed), 300)})
    c.settle()


fresh_seed = iter(range(1 << 30))


def sees(d):
    """Readers of the daemon's store, itself among them, as of the last second."""
    text = subprocess.run(["curl", "-s", "--unix-socket", d.path, "http://localhost/metrics"], capture_output=True,
                          encoding="utf-8", timeout=60, check=True).stdout
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("newsdup_store_readers ")))


def test_against_a_store_that_is_written_to():
    """Once the daemon commits, its store is not held: the room that it takes is what it takes without the run. What it changes
    meanwhile does not change the results."""
    articles, store, still, out, sent = archive(600 // SLOW), fresh("store"), fresh("still"), fresh("out"), []
    old, starts = written(articles), iter(range(100000, 1 << 30, 200))
    newsdup("bulk", "--quiet", "--store", still, old)
    shutil.copytree(still, store)
    with Daemon("--history", "1", "--sync", "no", store=store) as d, d.client() as c:
        rewrite(c, 400)
        before = used(store)
        rewrite(c, 400)
        alone = used(store) - before
    shutil.rmtree(store)
    shutil.copytree(still, store)
    with Daemon("--history", "1", "--sync", "no", store=store) as d, d.client() as c:
        eventually(lambda: sees(d) == 1)
        p = fed("--against", store, "--out", out)
        eventually(lambda: sees(d) == 2)
        for a in articles[::5]:
            c.op("delete", key=a["id"])
        rewrite(c, 1)

        def is_let_go():
            piece = [*archive(100, next(starts)), *({**a, "id": f"again {len(sent)} {a['id']}"} for a in articles[::50])]
            sent.extend(piece)
            p.stdin.write("".join(json.dumps(a, ensure_ascii=False) + "\n" for a in piece).encode())
            p.stdin.flush()
            return sees(d) == 1

        eventually(is_let_go)
        rewrite(c, 400)
        before = used(store)
        rewrite(c, 400)
        beside = used(store) - before
        p.stdin.close()
        assert p.wait() == 0, p.stderr.read()
    assert beside < alone + MIB, (alone, beside)
    same({f: open(os.path.join(out, f), "rb").read() for f in FILES}, bulk("--against", still, written(sent)), "somebody wrote")


def test_dropped_for_what_the_store_has():
    store = fresh("store")
    newsdup("bulk", "--quiet", "--store", store, written([{"id": "old", "text": text(1), "outlet": "A"}]))
    got = bulk("--against", store, written([{"id": "copy", "text": text(1) + " And more.", "outlet": "B"}, {"id": "own", "text": text(2)}]))
    assert got["keep.txt"] == b"own\n" and got["drop.txt"] == b"copy\told\tcopy\n"
    story = json.loads(got["stories.jsonl"])
    assert [m["id"] for m in story["members"]] == ["old", "copy"]
    assert json.loads(got["summary.json"])["articles"] == 2
    outlets = json.loads(got["outlets.json"])
    assert outlets["pairs"][0]["from"] == "A" and [(o["outlet"], o["articles"]) for o in outlets["outlets"]] == [("B", 1), ("A", 0)]


def test_what_the_store_has_already_is_dropped():
    old = [{"id": "a", "text": text(1), "outlet": "A"}, {"id": "b", "text": text(2), "outlet": "B"}]
    new = {"id": "c", "text": text(3), "outlet": "A"}
    for way in ("--against", "--store"):
        store = fresh("store")
        newsdup("bulk", "--quiet", "--store", store, written(old))
        got = bulk(way, store, written([old[1], new, old[0]]))
        lines = [json.loads(line) for line in got["articles.jsonl"].splitlines()]
        assert [(a["id"], a["verdict"]) for a in lines] == [("b", "revision"), ("c", "new"), ("a", "revision")], (way, lines)
        assert lines[0]["matches"][0]["id"] == "b" and lines[0]["similarity"] == 1.0
        assert got["keep.txt"] == b"c\n" and len(got["drop.txt"].splitlines()) == 2, (way, got["drop.txt"])


def test_a_run_that_fails_leaves_no_store_that_it_has_made():
    there, folder = fresh("there"), fresh("folder")
    with Daemon(store=there):
        pass
    os.mkdir(folder)
    for where in (fresh("store"), folder, there):
        was = sorted(os.listdir(where)) if os.path.exists(where) else None
        newsdup("bulk", "--store", where, fresh("missing.jsonl"), code=3)
        newsdup("bulk", "--store", where, "--strict", written([{"id": "no text"}]), code=4)
        articles = written(archive(1))
        newsdup("bulk", "--store", where, "--out", os.path.dirname(articles), os.path.join(os.path.dirname(articles), "keep.txt"),
                code=3)
        assert (sorted(os.listdir(where)) if os.path.exists(where) else None) == was, where
    store = fresh("store")
    newsdup("bulk", "--store", store, written(archive(20)), fresh("missing.jsonl"), code=3)
    assert json.loads(newsdup("stats", "--json", "--store", store).stdout)["articles"] > 10  # what could be read is there


def test_the_folder_of_the_working_file_is_named():
    store, missing = fresh("store"), fresh("missing")
    newsdup("bulk", "--store", store, written(archive(20)))
    for args in ((), ("--against", store)):
        r = newsdup("bulk", *args, "--tmp", missing, written(archive(1)), code=3)
        assert f"cannot put the working file in '{missing}': No such file".encode() in r.stderr, r.stderr
        assert store.encode() not in r.stderr, r.stderr


def test_a_window():
    articles = [{"id": "a", "text": text(1), "published": "2026-01-01"}, {"id": "b", "text": text(1), "published": "2026-02-15"}]
    path, store = written(articles[1:]), fresh("store")
    newsdup("bulk", "--quiet", "--store", store, written(articles[:1]))
    assert b'"verdict":"identical"' in bulk("--against", store, path)["articles.jsonl"]
    assert b'"verdict":"new"' in bulk("--against", store, "--window", "30d", path)["articles.jsonl"]
    assert b'"verdict":"identical"' not in bulk("--window", "30d", written(articles))["articles.jsonl"]


def test_what_does_not_go_together():
    path = written(archive(1))
    for options in (["--store", "x", "--against", "y"], ["--no-text"], ["--window", "12h"], ["--window", "soon"], ["--window", "-1d"]):
        newsdup("bulk", *options, path, code=2)
    r = newsdup("bulk", "--against", fresh("nothing"), path, code=3)
    assert b"No such file" in r.stderr, r.stderr
    empty = fresh("empty")
    os.mkdir(empty)
    newsdup("bulk", "--against", empty, path, code=3)


run(globals())
