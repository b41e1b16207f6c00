#!/usr/bin/env python3
"""newsdupd's setting durability: what is flushed to the disk, and when; kill -9 loses nothing that was answered in either."""
from running import *


def metric(d, name):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(d.path)
        s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        body = b"".join(iter(lambda: s.recv(1 << 16), b"")).decode()
    return float(next(x for x in body.splitlines() if x.startswith(f"newsdup_{name} ")).split()[1])


def killed_and_started_again(*flags):
    store, answered = fresh("store"), {}
    for round_ in range(3):
        d = Daemon(*flags, store=store)
        with d.client() as c:
            for i in range(round_ * 50, round_ * 50 + 50):
                answered[f"m{i}"] = c.put(article(i))["verdict"]
            d.process.kill()
            d.process.wait()
    p = subprocess.run([NEWSDUP, "check-store", store], capture_output=True, encoding="utf-8")
    assert p.returncode == 0, p
    with Daemon(*flags, store=store) as d, d.client() as c:
        assert {key: c.good("get", key=key)["verdict"] for key in answered} == answered
        assert c.good("stats")["articles"] == len(answered)


def test_commit_survives_a_kill():
    killed_and_started_again("--durability", "commit")


def test_interval_survives_a_kill():
    killed_and_started_again("--durability", "interval", "--flush-interval", "1h")


def test_interval_is_flushed_now_and_then_and_only_when_there_is_something():
    with Daemon("--durability", "interval", "--flush-interval", "1s", store=fresh("store")) as d, d.client() as c:
        assert metric(d, "flushes_total") == 0
        for n in range(1, 3):
            c.put(article(n))
            eventually(lambda n=n: metric(d, "flushes_total") == n)
        assert metric(d, "commits_total") == 2


def test_commit_needs_no_flush():
    with Daemon(store=fresh("store")) as d, d.client() as c:
        c.put(article(1))
        assert metric(d, "flushes_total") == 0


def test_a_word_that_is_none_is_told():
    with Daemon("--durability", "often", wait=False) as d:
        d.wait(2)
        assert "durability wants" in d.log(), d.log()


run(globals())
