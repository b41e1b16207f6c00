#!/usr/bin/env python3
"""newsdup export and import: a store made of an export answers as the one that was exported; what is wrong is told by line.

BUILD_DIR is where the programs are.
"""
import base64
import gzip
import json
import os
import signal
import subprocess

from running import MIB, NEWSDUP, SLOW, Daemon, article, eventually, fresh, run, text


def newsdup(*args, code=0, stdin=b""):
    r = subprocess.run([NEWSDUP, *args], capture_output=True, input=stdin)
    assert r.returncode == code, f"exit {r.returncode}, not {code}: {args}: {r.stderr.decode()[:1500]}"
    return r


def lived(store, n=400 // SLOW):
    """A store with a history: copies, revisions, what was deleted, and what was ruled."""
    with Daemon("--history", "3", store=store) as d, d.client() as c:
        for i in range(n):
            c.put(article(i, seed=i % (n // 3), words=60 + i % 7, url=f"http://x.example/{i}", title=f"title {i % (n // 3)}",
                          lang="en", **({"id": i} if i % 10 == 3 else {})))
            if i % 9 == 4:
                c.put(article(i - 2, seed=100000 + i))
            if i % 30 == 20:
                c.good("deny", a=f"m{i}", b=f"m{i - n // 3}" if i > n // 3 else "m0")
            if i % 30 == 25:
                c.good("allow", a=f"m{i}", b="m1")
                c.good("deny", a=f"m{i}", b="m2")
            if i % 40 == 30:
                c.good("delete", key=f"m{i - 1}")
        for k in range(6):
            c.put(article(5, seed=200000 + k))
        c.put({"id": "empty", "text": ""})
        c.put({"id": "odd\t\u0001\"\\", "text": "짧은 글 " + text(7), "outlet": "한빛"})
        c.settle()
    return [f"m{i}" for i in range(n)] + [str(i) for i in range(3, n, 10)] + ["empty", "odd\t\u0001\"\\"]


def answers(store, ids):
    found = subprocess.run([NEWSDUP, "get", "--json", "--store", store, *ids], capture_output=True).stdout
    there = [str(json.loads(line)["key"]) for line in found.splitlines()]
    assert len(there) > len(ids) // 2
    ret = {"get": found, "story": newsdup("story", "--json", "--store", store, *there).stdout}
    for op in ("outlets", "leads", "furniture"):
        ret[op] = newsdup(op, "--json", "--store", store).stdout
    thirds = len([i for i in ids if i.startswith("m")]) // 3
    pairs = [(f"m{i}", f"m{i + thirds}") for i in range(1, thirds, thirds // 8)]
    ret["explain"] = [newsdup("explain", "--json", "--store", store, a, b).stdout for a, b in pairs if {a, b} <= set(there)]
    return ret


def used(store):
    """Bytes of the file that have been written."""
    r = json.loads(newsdup("check-store", "--json", store).stdout)
    return r["pages"] * r["page_bytes"]


def same(got, want):
    for op in want:
        assert got[op] == want[op], op


def written(content):
    path = fresh("export.jsonl")
    with open(path, "wb") as f:
        f.write(content)
    return path


def export(store):
    return newsdup("export", "--quiet", "--store", store).stdout


def test_an_imported_store_answers_the_same():
    store, other = fresh("store"), fresh("other")
    ids = lived(store)
    content = export(store)
    r = newsdup("import", "--quiet", "--store", other, written(content))
    assert b"records imported" in r.stdout
    assert sorted(os.listdir(other)) == sorted(os.listdir(store))
    want = answers(store, ids)
    same(answers(other, ids), want)
    assert any(b'"passages":[{' in x for x in want["explain"])
    assert export(other) == content
    # and goes on as it would have
    replies = []
    for folder in (store, other):
        with Daemon(store=folder) as d, d.client() as c:
            new = [c.put(article(1000 + i, seed=i, words=64)) for i in range(60)]
            replies.append(new)
            assert c.put(article(5, seed=200005))["unchanged"] is True
    assert replies[0] == replies[1]


def test_what_a_line_says():
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        a = article(1, lang="en", title="A title", url="http://x.example/1")
        c.put(a)
        c.put({**article(2), "id": 17})
        c.good("deny", a="m1", b="17")
        c.good("delete", key="17")
        lines = [json.loads(x) for x in export(store).splitlines()]  # while the daemon has it
    assert [x["kind"] for x in lines] == ["export", "article", "gone", "deny", "end"]
    assert lines[0]["format"] == 2 and lines[0]["records"] == 3 == lines[-1]["records"] == lines[-1]["lines"]
    got = lines[1]
    for field in ("id", "outlet", "published", "text", "lang", "title", "url"):
        assert got[field] == a[field], field
    assert got["seq"] == 0 and got["received"] > 1700000000000 and base64.b64decode(got["record"])
    assert (lines[3]["a"], lines[3]["b"]) == ("m1", "17")
    assert "text" not in lines[2] and "id" not in lines[2]


def test_texts_may_be_missing():
    store, other = fresh("store"), fresh("other")
    with Daemon("--keep-text", "no", store=store) as d, d.client() as c:
        c.put(article(1))
    content = export(store)
    assert b'"text"' not in content
    newsdup("import", "--store", other, "-", stdin=content)
    assert newsdup("get", "--json", "--store", other, "m1").stdout == newsdup("get", "--json", "--store", store, "m1").stdout


def test_an_export_is_compressed_and_read():
    store, other = fresh("store"), fresh("other")
    ids = lived(store, 60)
    newsdup("import", "--store", other, written(gzip.compress(export(store))))
    same(answers(other, ids), answers(store, ids))


def refused(content, why, line=None):
    store = fresh("store")
    r = newsdup("import", "--store", store, written(content), code=3)
    assert why in r.stderr.decode() and "nothing is imported" in r.stderr.decode(), r.stderr
    assert line is None or f":{line}:" in r.stderr.decode(), r.stderr
    assert not os.path.exists(store)


def test_what_is_wrong_is_told_by_line():
    store = fresh("store")
    lived(store, 60)
    lines = export(store).splitlines(keepends=True)
    whole = b"".join(lines)
    refused(b"".join(lines[:-1]), "breaks off")
    refused(whole[:len(whole) // 2], "", None)
    refused(b"".join(lines[1:]), "no head", 1)
    refused(b"".join(lines[:3] + lines[4:]), "not the one that follows", 4)
    refused(whole + lines[1], "follows the end", len(lines) + 1)
    refused(lines[0] + whole, "second head", 2)
    refused(b"".join(lines[:2]) + b"{nonsense\n", "", 3)
    refused(b"", "breaks off")
    refused(lines[0].replace(b'"format":2', b'"format":3') + whole, "format 3", 1)
    refused(lines[0].replace(b'"format":2', b'"format":1') + b"".join(lines[1:]), "hash", 2)
    end = json.loads(lines[-1])
    refused(b"".join(lines[:-1]) + json.dumps({**end, "lines": end["lines"] + 1}).encode() + b"\n", "missing", len(lines))
    refused(b"".join(lines[:3] + lines[2:]), "missing", len(lines) + 1)  # a line twice
    head = json.loads(lines[0])
    refused(json.dumps({**head, "profile": "0123456789abcdef"}).encode() + b"\n", "another version", 1)
    one = json.loads(lines[1])

    def changed(**fields):
        return lines[0] + json.dumps({**one, **fields}, ensure_ascii=False).encode() + b"\n" + b"".join(lines[2:])

    refused(changed(text="another"), "damaged", 2)
    refused(changed(received=1), "damaged", 2)
    refused(changed(record="AAAA" + one["record"][4:]), "damaged", 2)
    refused(changed(record="!"), "no base64", 2)
    refused(changed(id="another"), "another id", 2)
    refused(changed(kind="deny"), "another kind", 2)
    refused(changed(kind="what"), "kind", 2)
    for field in ("url", "outlet", "published", "title"):
        refused(changed(**{field: "another"}), f"another {field}", 2)
        left = {k: v for k, v in one.items() if k != field}
        refused(lines[0] + json.dumps(left).encode() + b"\n" + b"".join(lines[2:]), f"another {field}", 2)
    refused(changed(lang="xx"), "damaged", 2)
    refused(changed(lang=""), "damaged", 2)
    gone = next(i for i, line in enumerate(lines) if b'"kind":"gone"' in line)
    for field, why in (("url", "another url"), ("id", "another id"), ("a", "another a"), ("text", "damaged"), ("lang", "damaged")):
        line = json.dumps({**json.loads(lines[gone]), field: "x"}).encode() + b"\n"
        refused(b"".join(lines[:gone]) + line + b"".join(lines[gone + 1:]), why, gone + 1)
    number = next(i for i, line in enumerate(lines) if b'"id":13,' in line)
    line = lines[number].replace(b'"id":13,', b'"id":"13",')
    refused(b"".join(lines[:number]) + line + b"".join(lines[number + 1:]), "another id", number + 1)
    refused(changed(seq=-1), "seq", 2)
    refused(changed(seq="0"), "seq", 2)
    refused(changed(hash="xyz"), "hash", 2)


def test_an_export_of_format_1_is_read():
    """Its hash did not know the language, and its end no lines."""
    store, other = fresh("store"), fresh("other")
    with Daemon(store=store) as d, d.client() as c:
        c.put(article(1))
        c.put(article(2, title="A title"))
    lines = [json.loads(x) for x in export(store).splitlines()]
    lines[0]["format"] = 1
    lines[2]["lang"] = "en"
    del lines[3]["lines"]

    def content(lines):
        return "".join(json.dumps(x) + "\n" for x in lines).encode()

    refused(content([lines[0], lines[1], {**lines[2], "title": "Another"}, lines[3]]), "another title", 3)
    refused(content([*lines[:3], lines[1], lines[3]]), "not the one that follows", 4)
    refused(content([{**lines[0], "records": 1}, *lines[1:]]), "missing", 4)
    newsdup("import", "--store", other, "-", stdin=content(lines))
    got = [json.loads(x) for x in export(other).splitlines()]
    assert got[2]["lang"] == "en" and got[2]["text"] == lines[2]["text"] and "lang" not in got[1]


def test_what_is_written_meanwhile_comes_again():
    """The store of a daemon that goes on: whoever reads the export slowly holds nothing, and gets all of it in the end."""
    store, other, n = fresh("store"), fresh("other"), 300  # more than a pipe holds
    with Daemon("--history", "1", "--sync", "no", store=store) as d, d.client() as c:
        for i in range(n):
            c.put(article(i, seed=i % (n // 3), words=400 + i % 7, outlet="one"))
        c.settle()
        p = subprocess.Popen([NEWSDUP, "export", "--store", store], stdout=subprocess.PIPE)
        head = p.stdout.readline()  # it has written a first piece, and the pipe takes no more
        for i in range(0, n, 5):
            c.good("delete", key=f"m{i}")
        c.settle()
        for k in range(20):
            for i in range(40):
                c.put(article(1 + i, seed=10000 + k * 40 + i, words=400))
            c.settle()
        assert p.poll() is None
        rest = p.stdout.read()
        assert p.wait() == 0
        now = export(store)
    lines = [json.loads(x) for x in rest.splitlines()]
    seqs = [x["seq"] for x in lines[:-1]]
    assert json.loads(head)["records"] == n and lines[-1]["records"] == n + 800 == len(set(seqs))
    assert lines[-1]["lines"] == len(seqs) > n + 800
    newsdup("import", "--store", other, "-", stdin=head + rest)
    assert export(other).splitlines()[1:] == now.splitlines()[1:]


def test_a_store_that_is_given_more_room_during_an_export():
    store, n = fresh("store"), 300
    with Daemon("--store-max", "4m", "--sync", "no", store=store) as d, d.client() as c:
        for i in range(n):
            c.put(article(i, words=400))
        p = subprocess.Popen([NEWSDUP, "export", "--store", store], stdout=subprocess.PIPE)
        head = p.stdout.readline()
    with Daemon("--store-max", "64m", "--sync", "no", store=store) as d, d.client() as c:
        for i in range(n, 6 * n):
            c.put(article(i, words=400))
        c.settle()
        assert used(store) > 4 * MIB
        lines = p.stdout.read().splitlines()
        assert p.wait() == 0
    assert json.loads(head)["records"] == n and json.loads(lines[-1])["records"] == 6 * n


def test_a_daemon_can_use_its_room_again_during_an_export():
    """The room that updates take, with an export that nobody reads, is what they take without one."""
    store, n = fresh("store"), 300  # more than a pipe holds

    def room(c):
        """Rewrites the same articles; by how much the file is longer then."""
        before = used(store)
        for k in range(30):
            for i in range(20):
                c.put(article(i, seed=next(seeds), words=400))
        c.settle()
        return used(store) - before

    seeds = iter(range(10000, 100000))
    with Daemon("--history", "1", "--sync", "no", store=store) as d, d.client() as c:
        for i in range(n):
            c.put(article(i, seed=i, words=400))
        room(c)
        alone = room(c)
        p = subprocess.Popen([NEWSDUP, "export", "--store", store], stdout=subprocess.PIPE)
        p.stdout.readline()
        beside = room(c)
        p.stdout.read()
        assert p.wait() == 0
    assert beside < alone + MIB, (alone, beside)


def test_only_into_an_empty_store():
    store, other = fresh("store"), fresh("other")
    lived(store, 60)
    path = written(export(store))
    r = newsdup("import", "--store", store, path, code=3)
    assert b"not empty" in r.stderr, r.stderr
    with Daemon(store=other):
        r = newsdup("import", "--store", other, path, code=3)
        assert b"another process has it open" in r.stderr, r.stderr
    newsdup("import", "--store", other, written(b""), code=3)
    assert "store.mdb" in os.listdir(other) and "new" not in os.listdir(other)
    newsdup("import", "--store", other, path)  # the daemon has left an empty one
    folder = fresh("folder")
    os.mkdir(folder)
    newsdup("import", "--store", folder, written(b""), code=3)
    assert os.listdir(folder) == []
    newsdup("export", code=2)
    newsdup("import", path, code=2)
    newsdup("export", "--store", fresh("nothing"), code=3)


def test_an_import_that_is_killed_leaves_nothing():
    store, other = fresh("store"), fresh("other")
    ids = lived(store, 60)
    content = export(store)
    p = subprocess.Popen([NEWSDUP, "import", "--store", other, "-"], stdin=subprocess.PIPE)
    p.stdin.write(content[:len(content) // 2])
    p.stdin.flush()
    eventually(lambda: os.path.exists(os.path.join(other, "new", "store.mdb")))
    r = newsdup("import", "--store", other, "-", stdin=content, code=3)
    assert b"another process has it open" in r.stderr, r.stderr
    p.send_signal(signal.SIGKILL)
    p.wait()
    assert sorted(os.listdir(other)) == ["lock", "new"]
    newsdup("stats", "--store", other, code=3)
    newsdup("import", "--store", other, "-", stdin=content[:len(content) // 2], code=3)
    assert os.listdir(other) == []
    newsdup("import", "--store", other, "-", stdin=content)
    same(answers(other, ids), answers(store, ids))
    assert sorted(set(os.listdir(other)) - {"store.mdb-lock"}) == ["lock", "store.mdb"]


def test_a_daemon_beside_what_a_killed_import_left():
    store, other = fresh("store"), fresh("other")
    lived(store, 60)
    content = export(store)
    p = subprocess.Popen([NEWSDUP, "import", "--store", other, "-"], stdin=subprocess.PIPE)
    p.stdin.write(content[:len(content) // 2])
    p.stdin.flush()
    eventually(lambda: os.path.exists(os.path.join(other, "new", "store.mdb")))
    p.send_signal(signal.SIGKILL)
    p.wait()
    with Daemon(store=other) as d, d.client() as c:
        assert c.good("stats")["articles"] == 0
    newsdup("import", "--store", other, "-", stdin=content)
    with Daemon(store=other) as d, d.client() as c:
        assert c.good("stats")["articles"] > 30


def test_of_a_store_of_bulk_too():
    store, other, n = fresh("store"), fresh("other"), 6000 // SLOW
    path = fresh("articles.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(article(i, seed=i % (n // 2), words=60 + i % 50)) + "\n" for i in range(n))
    newsdup("bulk", "--quiet", "--store", store, path)
    newsdup("import", "--store", other, written(export(store)))
    ids = [f"m{i}" for i in range(0, n, 37)]
    same(answers(other, ids), answers(store, ids))


run(globals())
