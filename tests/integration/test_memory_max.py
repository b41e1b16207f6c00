#!/usr/bin/env python3
"""newsdupd at memory_max: it never grows past it; what is put is answered busy, or the oldest stories expire.

BUILD_DIR is where the programs are.
"""
import re
import subprocess

from running import MIB, NEWSDUPD, Daemon, article, eventually, fresh, run, send_behind

MAX = 5 * MIB
INDEX_MAX = MAX - MAX // 8  # an eighth is for what waits


def put(c, first, n):
    """Puts articles; the numbers of those that were taken. The index must stay within its limit all the while."""
    taken = []
    for start in range(first, first + n, 250):
        numbers = range(start, min(start + 250, first + n))
        send_behind(c, *({"op": "put", "article": article(i)} for i in numbers))
        for i in numbers:
            reply = c.reply()
            if reply["ok"]:
                taken.append(i)
            else:
                assert reply["error"]["code"] == "busy" and reply["error"]["retry_ms"] > 0, reply
        assert c.good("stats")["index_bytes"] <= INDEX_MAX
    return taken


def fill(c):
    """Puts until one is refused; how many there are."""
    n = 0
    while len(put(c, n, 250)) == 250:
        n += 250
        assert n < 50000
    return c.good("stats")["articles"]


def metric(d, name):
    text = subprocess.run(["curl", "-s", "--unix-socket", d.path, "http://localhost/metrics"], capture_output=True,
                          encoding="utf-8", timeout=60, check=True).stdout
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(f"newsdup_{name} ")))


def test_busy_at_the_limit():
    config = fresh("conf")
    with open(config, "w", encoding="ascii") as f:
        f.write("memory_max = 5m\n")
    with Daemon(config=config) as d, d.client() as c, d.client() as listener:
        listener.good("subscribe", events=["memory_full"])
        n = fill(c)
        assert n > 2000, n
        event = listener.reply()
        assert event["event"] == "memory_full" and event["max"] == MAX and 0 < event["bytes"] <= MAX, event
        assert metric(d, "memory_full") == 1 and metric(d, "memory_full_total") == 1
        assert 0 < metric(d, "memory_bytes") <= metric(d, "memory_max_bytes") == MAX
        assert put(c, n, 500) == [] or c.good("stats")["articles"] < n + 500
        here = c.good("stats")["articles"]
        # what takes no memory goes on
        assert c.good("get", key="m1")["verdict"] == "new"
        assert c.good("check", article=article(1))["verdict"] != "new"
        assert c.put(article(1))["unchanged"] is True
        assert c.good("delete", key="m1")["deleted"] == 1
        assert c.good("stats")["articles"] == here - 1
        with open(config, "w", encoding="ascii") as f:
            f.write("memory_max = 100m\n")
        d.signal(1)
        eventually(lambda: "configuration read again" in d.log())
        assert len(put_past(c, 100000)) == 500
        assert metric(d, "memory_full") == 0 and "room below memory_max again" in d.log()


def put_past(c, first):
    send_behind(c, *({"op": "put", "article": article(i)} for i in range(first, first + 500)))
    return [r for r in (c.reply() for _ in range(500)) if r["ok"]]


def test_the_oldest_expire():
    with Daemon("--memory-max", "5m", "--memory-full", "expire") as d, d.client() as c:
        n = fill(c)
        taken = put(c, 50000, n)
        assert len(taken) > n // 4, (len(taken), n)
        assert metric(d, "expired_total") > n // 16
        eventually(lambda: c.good("check", article=article(1)) and not metric(d, "queue"))
        c.fails("not_found", "get", key="m0")
        assert c.good("get", key=f"m{taken[-1]}")["verdict"] == "new"
        assert "the oldest stories expire" in d.log()


def test_what_has_been_deleted_makes_no_article_old():
    """Most numbers were given to articles that have been deleted again: a sixteenth of those that are there expires."""
    with Daemon("--memory-max", "4m", "--memory-full", "expire") as d, d.client() as c:
        assert put(c, 0, 1500) == list(range(1500))
        for first in range(0, 40000, 400):
            send_behind(c, *(r for i in range(first, first + 400) for r in (
                {"op": "put", "article": {"id": f"s{i}", "text": f"short text {i}"}}, {"op": "delete", "key": f"s{i}"})))
            for _ in range(800):
                c.reply()
            if metric(d, "expired_total"):
                break
        eventually(lambda: "reached" in d.log() and not metric(d, "queue"))
        assert 0 < metric(d, "expired_total") < 1000, metric(d, "expired_total")
        assert c.good("get", key="m1499")["verdict"] == "new"


def test_the_smallest_limit_takes_articles():
    with Daemon("--memory-max", "4m") as d, d.client() as c:
        assert c.put(article(1))["verdict"] == "new"
        assert c.put(article(2, words=100000))["verdict"] == "new"  # 600 KB of text
    with Daemon("--memory-max", "3m", wait=False) as d:
        d.wait(2)
        assert "memory_max wants 0 or a size (k, m, g) from 4m" in d.log(), d.log()


def told_to_set(store, memory_max, *flags):
    """What the log of a daemon that does not start says: what the store needs, and what to set."""
    r = subprocess.run([NEWSDUPD, "--config", "/dev/null", "--socket", fresh("s"), "--store", store, "--memory-max", memory_max,
                        *flags], capture_output=True, encoding="utf-8", timeout=120)
    found = re.search(r"memory_max = (\d+)k is too little: the store needs some (\d+)m to be read; set memory_max = (\d+)m",
                      r.stderr)
    assert r.returncode == 3 and found and int(found[1]) * 1024 == int(memory_max[:-1]) * MIB, r.stderr
    return int(found[2]), int(found[3]), r.stderr


def test_a_store_that_needs_more_is_told_how_much():
    store = fresh("store")
    for n in (9000, 20000):
        with Daemon("--sync", "no", store=store) as d, d.client() as c:
            sender = send_behind(c, *({"op": "put", "article": article(i)} for i in range(n)))
            assert all(c.reply()["ok"] for _ in range(n))
            sender.join()
        need, enough, log = told_to_set(store, "4m")
        assert "memory_max is too little for the store" in log and "what is to expire" not in log, log
        assert "what is to expire" in told_to_set(store, "4m", "--memory-full", "expire")[2]
        with Daemon("--memory-max", f"{enough}m", store=store) as d, d.client() as c:
            takes = c.good("stats")["index_bytes"]
            assert need * MIB * 2 // 3 < takes < need * MIB * 3 // 2, (need, takes)
            assert c.good("get", key="m2999")["verdict"] == "new" and c.put(article(100000 + n))["verdict"] == "new"


run(globals())
