#!/usr/bin/env python3
"""The commands that ask a store's folder in place of the daemon: they say what the daemon says, also while it runs."""
import stat
import subprocess

from running import *

COMMANDS = (["furniture"], ["furniture", "--outlet", "outlet 1"], ["leads"], ["leads", "tc-88412", "m3"], ["outlets"],
            ["outlets", "--outlet", "Tolland Courier"], ["outlets", "--all"], ["get", "tc-88412"], ["get", "m3", "m4"],
            ["story", "tc-88412"], ["explain", "mpa-26062-0417", "tc-88412"])


def newsdup(*args, code=0):
    p = subprocess.run([NEWSDUP, *args], capture_output=True, text=True, check=False, timeout=60 * SLOW)
    assert p.returncode == code, (args, p)
    return p


def archive():
    """The sample, and articles of few outlets with a footer each and one of all."""
    with open(SAMPLE, encoding="utf-8") as f:
        ret = [json.loads(line) for line in f]
    for i in range(600):
        ret.append(article(i, seed=i // 3 * 3 if i % 2 else i, words=40))
        ret[-1]["text"] += f"\nThis is what outlet {i % 7} prints everywhere.\nNobody may print this again."
    return ret


def filled(d, articles):
    with d.client() as c:
        c.send(*({"op": "put", "article": a} for a in articles))
        assert all(c.reply()["ok"] for _ in articles)


def said(args, *where):
    """As text and as JSON, lines of which may stand in another order."""
    return newsdup(*args, *where).stdout, sorted(newsdup(*args, "--json", *where).stdout.splitlines())


def test_stats_of_a_store_are_what_a_store_has():
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        filled(d, archive())
        c.good("delete", key="m3")
        c.settle()
        want = c.good("stats")
        got = json.loads(newsdup("stats", "--json", "--store", store).stdout)
    names = ["articles", "versions", "stories", "keys", "stop_keys", "index_bytes", "store_bytes", "store_free_bytes"]
    assert list(got) == ["id", "ok", *names] and got["store_free_bytes"] > 0, got
    for name in ("articles", "versions", "stories", "keys", "stop_keys"):
        assert got[name] == want[name], (name, got, want)
    assert [line.split()[0] for line in newsdup("stats", "--store", store).stdout.splitlines()] == names


def test_a_store_says_what_its_daemon_says():
    store = fresh("store")
    with Daemon(store=store) as d:
        filled(d, archive())
        want = {tuple(args): said(args, "--socket", d.path) for args in COMMANDS}
        for args in COMMANDS:
            got = said(args, "--store", store)
            assert got == want[tuple(args)], (args, set(got[1]) ^ set(want[tuple(args)][1]))
        assert len(want[("furniture",)][0].splitlines()) >= 9 and len(want[("leads",)][0].splitlines()) > 300
    for args in COMMANDS:
        assert said(args, "--store", store) == want[tuple(args)], args
    with Daemon(store=store) as d:  # it was only read
        for args in COMMANDS:
            assert said(args, "--socket", d.path) == want[tuple(args)], args


def test_it_is_read_as_it_was_while_the_daemon_writes():
    store, articles = fresh("store"), archive()
    with Daemon(store=store) as d, d.client() as c:
        rounds = 0
        for at in range(0, len(articles), 40):
            c.send(*({"op": "put", "article": a} for a in articles[at:at + 40]))
            leads = [json.loads(line) for line in newsdup("leads", "--json", "--store", store).stdout.splitlines()]
            outlets = [json.loads(line) for line in newsdup("outlets", "--json", "--store", store).stdout.splitlines()]
            assert sum(o["articles"] for o in outlets) <= at + 40
            assert all(len(lead["members"]) >= 2 for lead in leads)
            rounds += bool(leads and outlets)
        assert all(c.reply()["ok"] for _ in articles) and rounds > 10
        assert c.good("check", article={**articles[0], "id": "again"})["verdict"] == "identical"


def test_what_is_not_there():
    store = fresh("store")
    with Daemon(store=store) as d:
        filled(d, archive()[:100])
    p = newsdup("get", "nobody", "tc-88412", "--store", store, code=1)
    assert "nobody: not_found" in p.stderr and "tc-88412" in p.stdout, p
    newsdup("leads", "nobody", "--store", store, code=1)
    newsdup("story", "nobody", "--store", store, code=1)
    newsdup("explain", "nobody", "tc-88412", "--store", store, code=2)
    assert newsdup("outlets", "--outlet", "nobody", "--store", store).stdout.count("\n") == 1
    assert newsdup("furniture", "--outlet", "nobody", "--store", store).stdout == ""


def test_what_is_no_store_is_an_error_and_stays_as_it_is():
    folder = fresh("empty")
    os.mkdir(folder)
    for where in (folder, fresh("absent"), "/dev/null", "mem:"):
        p = newsdup("leads", "--store", where, code=3)
        assert p.stderr.startswith(f"newsdup: cannot open store '{where}': ") and not p.stdout, p
    assert os.listdir(folder) == []
    with open(os.path.join(folder, "store.mdb"), "wb") as f:
        f.write(b"no store at all " * 4096)
    for args in (["furniture"], ["outlets"], ["get", "a"]):
        assert "damaged, or no store of newsdup" in newsdup(*args, "--store", folder, code=3).stderr
    assert "wants a value" in newsdup("leads", "--store", "", code=2).stderr
    for args in (["get", "a"], ["leads"], ["furniture"], ["outlets"], ["story", "a"], ["explain", "a", "b"]):
        assert "exclude each other" in newsdup(*args, "--store", folder, "--socket", "x", code=2).stderr
    assert "unknown option '--store'" in newsdup("health", "--store", folder, code=2).stderr


def test_an_empty_store_and_a_copy_of_one_that_nobody_may_write_to():
    store, copy = fresh("store"), fresh("copy")
    with Daemon(store=store):
        assert newsdup("leads", "--store", store).stdout == newsdup("furniture", "--store", store).stdout == ""
        assert newsdup("outlets", "--store", store).stdout.split()[0] == "outlet"
    with Daemon(store=store) as d:
        filled(d, archive())
        want = newsdup("outlets", "--socket", d.path).stdout
    os.mkdir(copy)
    with open(os.path.join(store, "store.mdb"), "rb") as f, open(os.path.join(copy, "store.mdb"), "wb") as g:
        g.write(f.read())
    os.chmod(os.path.join(copy, "store.mdb"), stat.S_IRUSR)
    assert newsdup("outlets", "--store", copy).stdout == want


run(globals())
