#!/usr/bin/env python3
"""newsdupd whose store is full, by store_max or by its disk, or whose file is taken from it: what is there can be read,
what takes away goes on, and what was taken away leaves its room to others.

BUILD_DIR is where the programs are.
"""
import contextlib
import itertools
import json
import shutil
import subprocess

from running import *


def fill(c, first=0):
    """Puts until one is refused; how many there are then, with those before."""
    n = first
    while True:
        c.send(*({"op": "put", "article": article(i, words=300)} for i in range(n, n + 50)))
        replies = [c.reply() for _ in range(50)]
        refused = [r["error"]["code"] for r in replies if not r["ok"]]
        assert set(refused) <= {"store_full"}, refused
        if refused:
            return [r["key"] for r in replies if r["ok"]], n + 50
        n += 50


def stored(c):
    return c.good("stats")["articles"]


def metric(d, name):
    text_ = subprocess.run(["curl", "-s", "--unix-socket", d.path, "http://localhost/metrics"], capture_output=True,
                           encoding="utf-8", timeout=60, check=True).stdout
    return int(next(line.split()[1] for line in text_.splitlines() if line.startswith(f"newsdup_{name} ")))


@contextlib.contextmanager
def disk_of(size):
    disk = mounted(size)
    try:
        yield disk
    finally:
        if disk:
            subprocess.run(["umount", disk], check=True)


def stuff_disk(path):
    with open(path, "wb", buffering=0) as f, contextlib.suppress(OSError):
        while f.write(bytes(4096)):
            pass


# --- store_max ---

def test_a_full_store_is_cleared_and_filled_again_and_again():
    store = fresh("store")
    with Daemon("--store-max", "2m", "--sync", "no", store=store) as d, d.client() as c:
        _, n = fill(c)
        first = stored(c)
        assert first > 200 and c.good("health")["store"] == "the store is full"
        for _ in range(3):
            before = stored(c)
            deleted = sum(c.good("delete", outlet=f"outlet {i}")["deleted"] for i in range(7))
            assert deleted == before and not stored(c)
            eventually(lambda: c.good("health")["status"] == "ok")
            _, n = fill(c, n)
            assert stored(c) > first // 2, (first, stored(c))
        assert metric(d, "store_used_bytes") <= 4 * MIB and metric(d, "store_max_bytes") == 2 * MIB
        assert metric(d, "store_room_bytes") < MIB // 4
        left = stored(c)
    with Daemon("--store-max", "2m", store=store) as d, d.client() as c:
        assert stored(c) == left
        assert c.good("delete", published_before="2027-01-01")["deleted"] == left and stored(c) == 0
        assert c.put(article(1))["verdict"] == "new"


def test_what_takes_away_goes_on_while_others_put():
    with Daemon("--store-max", "2m", "--sync", "no", store=fresh("store")) as d, d.client() as c, d.client() as crawler:
        _, n = fill(c)
        requests = [{"op": "put", "article": article(i, words=300)} for i in range(n, n + 3000)]
        sender = send_behind(crawler, *requests)
        there = [f"m{i}" for i in range(0, 300, 3)]
        for key in there:
            assert c.good("delete", key=key)["deleted"] == 1
        replies = [crawler.reply() for _ in requests]
        sender.join()
        assert {r["error"]["code"] for r in replies if not r["ok"]} == {"store_full"}
        for r in replies:
            if r["ok"]:
                assert c.good("get", key=r["key"])
        c.good("deny", a="m1", b="m2")
        c.good("allow", a="m1", b="m2")


def test_a_full_store_expires():
    store = fresh("store")
    with Daemon("--store-max", "2m", "--sync", "no", store=store) as d, d.client() as c:
        fill(c)
    with Daemon("--store-max", "2m", "--sync", "no", "--retain", "1s", store=store) as d, d.client() as c:
        eventually(lambda: not stored(c))
        assert "cannot be taken out" not in d.log() and c.put(article(1))["verdict"] == "new"


# --- the disk ---

def test_a_full_disk_is_cleared_and_filled_again():
    with disk_of("4m") as disk:
        if not disk:
            return
        with Daemon(store=disk + "/store") as d, d.client() as c:
            _, n = fill(c)
            stuff_disk(disk + "/more")
            before = stored(c)
            assert before > 200 and c.good("get", key="m1")
            deleted = sum(c.good("delete", outlet=f"outlet {i}")["deleted"] for i in range(6))
            assert deleted > before // 2 and stored(c) == before - deleted
            numbers = itertools.count(n, 5000)  # what was freed last is found within a second
            eventually(lambda: fill(c, next(numbers)) and stored(c) > before // 2)
            left = stored(c)
        with Daemon(store=disk + "/store") as d, d.client() as c:  # the disk is as full
            assert stored(c) == left and c.good("delete", key="m6")["deleted"] == 1
            assert c.good("delete", outlet="outlet 0")["deleted"] > 0


def test_a_disk_that_fills_up_beside_the_store():
    with disk_of("16m") as disk:
        if not disk:
            return
        with Daemon(store=disk + "/store") as d, d.client() as c:
            for i in range(300):
                c.put(article(i, words=300))
            stuff_disk(disk + "/more")
            for i in range(0, 300, 2):
                assert c.good("delete", key=f"m{i}")["deleted"] == 1
            fill(c, 300)
            assert c.good("health")["status"] == "failing"
            os.unlink(disk + "/more")
            eventually(lambda: c.good("health")["status"] == "ok")  # though nobody puts
            eventually(lambda: c.op("put", article=article(100000, words=300))["ok"])


def newsdup(*args):
    return subprocess.run([NEWSDUP, *args], capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False)


def make_archive(n):
    """A store of n articles, what it exports, and its bytes."""
    articles, store, export = fresh("articles"), fresh("store"), fresh("export")
    with open(articles, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(article(i, words=150)) + "\n" for i in range(n))
    assert newsdup("bulk", "--store", store, articles).returncode == 0
    with open(export, "w", encoding="utf-8") as f:
        f.write(newsdup("export", "--store", store).stdout)
    return articles, store, export, os.stat(store + "/store.mdb").st_size


def test_a_store_is_made_on_a_disk_that_it_fits_on():
    articles, store, export, size = make_archive(4000)
    room = size + size // 2 + 4 * MIB
    for args in (["import", "--store", "STORE", export], ["bulk", "--store", "STORE", articles]):
        with disk_of(room) as disk:
            if not disk:
                return
            done = newsdup(*(disk + "/store" if a == "STORE" else a for a in args))
            assert done.returncode == 0, (size, room, done.stderr)
    with disk_of(size + room) as disk:
        shutil.copytree(store, disk + "/store")
        done = newsdup("reindex", "--store", disk + "/store")
        assert done.returncode == 0, (size, room, done.stderr)
    for args in (["import", "--store", "STORE", export], ["bulk", "--store", "STORE", articles]):
        with disk_of(size // 2) as disk:
            done = newsdup(*(disk + "/store" if a == "STORE" else a for a in args))
            assert done.returncode == 3 and "there is no room for more" in done.stderr, done.stderr


# --- a file that is taken away ---

def http(d, path):
    return subprocess.run(["curl", "-s", "-w", "%{http_code}", "--unix-socket", d.path, "http://localhost" + path],
                          capture_output=True, encoding="utf-8", timeout=60, check=True).stdout


def lose(how):
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        c.put(article(1))
        how(store)
        error = c.fails("store_error", "put", article=article(2))
        assert "store.mdb was removed" in error["message"], error
        c.fails("store_error", "delete", key="m1")
        assert c.good("get", key="m1")["verdict"] == "new" and stored(c) == 1
        c.fails("not_found", "get", key="m2")
        health = c.good("health")
        assert health["status"] == "failing" and "store.mdb was removed" in health["store"], health
        for path in ("/readyz", "/healthz"):
            assert "store.mdb was removed" in http(d, path) and http(d, path).endswith("503")
        assert d.log().count("<3>cannot write to the store: store.mdb was removed") == 1, d.log()


def test_a_store_that_was_removed_takes_nothing():
    lose(lambda store: os.unlink(store + "/store.mdb"))
    lose(shutil.rmtree)


def test_a_store_that_was_replaced_takes_nothing():
    def replace(store):
        shutil.copy(store + "/store.mdb", store + "/other")
        os.rename(store + "/other", store + "/store.mdb")

    def move(store):
        os.rename(store, store + ".old")
        shutil.copytree(store + ".old", store)

    lose(replace)
    lose(move)


def test_it_is_told_before_anybody_puts():
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        os.rename(store + "/store.mdb", store + "/aside")
        eventually(lambda: c.good("health")["status"] == "failing")
        c.fails("store_error", "put", article=article(1))
        os.rename(store + "/aside", store + "/store.mdb")
        eventually(lambda: c.good("health")["status"] == "ok")
        c.put(article(1))
        assert "the store can be written to again" in d.log()


run(globals())
