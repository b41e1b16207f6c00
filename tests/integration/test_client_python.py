#!/usr/bin/env python3
"""scripts/newsdup_client.py against the real daemon: calls, pipelines, events, a daemon that goes and comes."""
import os
import signal
import socket
import sys
import threading
import time

from restarting import PATIENCE, Daemon, article, check, eventually, in_folder, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
import newsdup_client  # noqa: E402
from newsdup_client import DEFAULT_SOCKET, Client, NewsdupError, Timeout, is_own  # noqa: E402


def code_of(call, *args, **more):
    try:
        call(*args, **more)
    except NewsdupError as error:
        return error.code
    return None


def test_calls():
    with Daemon() as d, Client(d.socket) as c:
        hello = c.hello()
        check("hello", hello["name"] == "newsdupd" and hello["protocol"] == 1 and len(hello["profile"]) == 16, hello)
        check("health", c.health()["status"] == "ok")
        first, text = c.put(article(1)), article(1)["text"]
        check("put of a new one", first["verdict"] == "new" and first["key"] == "a1" and "resent" not in first, first)
        check("check of a copy", c.check(article(2, text + " and more"))["verdict"] in ("copy", "identical"))
        check("check adds nothing", code_of(c.get, "a2") == "not_found")
        copy = c.put(article(2, text))
        check("put of a copy", copy["verdict"] == "identical" and copy["story"] == "a1" and not is_own(copy), copy)
        check("get", c.get("a2")["verdict"] == "identical" and "received" in c.get("a2"))
        check("story", [m["id"] for m in c.story("a2")["members"]] == ["a1", "a2"], c.story("a2"))
        check("explain", c.explain("a1", "a2")["verdict"] == "identical")
        check("stats", c.stats()["articles"] == 2)
        check("an unknown operation", code_of(c.call, "frobnicate") == "unknown_op")
        check("a bad article", code_of(c.put, {"id": "x"}) in ("missing_text", "bad_request"), code_of(c.put, {"id": "x"}))
        check("a lone surrogate is refused, not fatal", code_of(c.put, {"text": "\ud800"}) in ("bad_utf8", "bad_json"))
        check("an article in Korean", c.put({"id": "가", "text": "호수 둘레를 도는 나무 산책길을 새로 놓았다 " * 9})["key"] == "가")
        again = c.put(article(1))
        check("an article again is unchanged", is_own(again) and again["unchanged"], again)
        check("after all that the connection is the first one", c.reconnects == 0)


def test_many():
    with Daemon() as d, Client(d.socket) as c:
        articles = [article(i) if i % 10 else {"id": f"a{i}"} for i in range(1500)]
        seen = list(c.put_many(iter(articles)))
        check("a reply for each, in order", [a["id"] for a, _ in seen] == [a["id"] for a in articles])
        check("each its own", all(r["key"] == a["id"] for a, r in seen if r["ok"]))
        check("refusals are replies", [r["ok"] for _, r in seen] == [i % 10 != 0 for i in range(1500)])
        check("check_many", all(is_own(r) for _, r in c.check_many(articles[1:10])))
        many = c.check_many(article(i) for i in range(500))
        next(many)
        try:
            c.stats()
            check("a call among many is refused", False)
        except RuntimeError:
            check("a call among many is refused", True)
        many.close()
        check("a pipeline left early does no harm", c.stats()["articles"] == 1350, c.stats())
        big = {"id": "big", "text": "".join(f"word{i} " for i in range(600000))}
        replies = [r["ok"] for _, r in Client(d.socket, window=8).put_many([big] * 12)]
        check("large ones, more than any socket holds", replies == [True] * 12, replies)


def test_threads():
    with Daemon() as d, Client(d.socket) as c:
        wrong = []

        def work(n):
            for i in range(n, n + 100):
                if c.put(article(i))["key"] != f"a{i}":
                    wrong.append(i)

        threads = [threading.Thread(target=work, args=(1000 * n,), daemon=True) for n in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        check("threads share a client", not wrong and c.stats()["articles"] == 400, wrong)


def test_busy():
    with Daemon("--queue-global-max", "3", "--retry", "5ms") as d, Client(d.socket, window=200) as c:
        seen = list(c.put_many([article(i) for i in range(600)]))
        check("busy is waited out", all(r["ok"] for _, r in seen), [r for _, r in seen if not r["ok"]][:2])
        check("replies in order", [r.get("key") for _, r in seen] == [f"a{i}" for i in range(600)])
        check("nothing twice", not any(is_own(r) for _, r in seen) and c.stats()["articles"] == 600)
    with Daemon("--rate", "5") as d, Client(d.socket, retry=0) as c:
        codes = {r["error"]["code"] for _, r in c.check_many([article(i) for i in range(300)]) if not r["ok"]}
        check("without patience it is told", codes == {"rate_limited"}, codes)


def test_lost():
    """kill -9 and a new start, in the midst of a pipeline, over a store on the disk."""
    d = Daemon(store="dir")
    with d, Client(d.socket, retry=60, window=32) as c:
        replies = []

        def kill_twice():
            for _ in range(2):
                before = len(replies)
                eventually(lambda: len(replies) >= before + 50)  # there is a connection, and it is in use
                d.stop(signal.SIGKILL)
                time.sleep(0.3)  # some attempts find nobody
                d.start()

        killer = threading.Thread(target=kill_twice, daemon=True)
        killer.start()
        n = 0

        def stream():
            nonlocal n
            while killer.is_alive() or n < 200:
                yield article(n)
                n += 1
                time.sleep(0.001)

        for _, reply in c.put_many(stream()):
            replies.append(reply)
        killer.join()
        check("every article is answered", len(replies) == n and all(r["ok"] for r in replies))
        check("in order", [r["key"] for r in replies] == [f"a{i}" for i in range(n)])
        check("each is there", all(c.get(f"a{i}")["key"] == f"a{i}" for i in range(n)))
        check("the connection was made again", c.reconnects >= 2, c.reconnects)
        own = [r for r in replies if is_own(r)]
        check("one that was found to be there had been sent again", all(r.get("resent") for r in own), own[:1])


class Clock:
    """What the client takes for time: who sleeps waits for nothing."""

    def __init__(self):
        self.slept = 0.0

    def monotonic(self):
        return 1000 + self.slept

    def sleep(self, seconds):
        self.slept += seconds

    def __enter__(self):
        newsdup_client.time = self
        return self

    def __exit__(self, *_):
        newsdup_client.time = time


@in_folder
def test_nobody_there(folder):
    with Clock() as clock:
        check("nobody there", code_of(Client(os.path.join(folder, "nobody")).stats) == "no_daemon")
        check("at once", clock.slept == 0, clock.slept)
    try:
        Client(os.path.join(folder, "x" * 108))
        check("a path that is too long", False)
    except ValueError:
        check("a path that is too long", True)
    os.environ["NEWSDUP_SOCKET"] = "/tmp/elsewhere"
    check("the environment's socket", Client().socket_path == "/tmp/elsewhere")
    del os.environ["NEWSDUP_SOCKET"]
    check("the default socket", Client().socket_path == DEFAULT_SOCKET)


def test_a_daemon_that_has_gone():
    with Daemon() as d:
        c = Client(d.socket, retry=2, pause=0.01)
        c.stats()
    with Clock() as clock:
        check("patience", code_of(c.stats) == "no_daemon" and 1 < clock.slept < 2.1, clock.slept)
        clock.slept = 0
        check("then no more of it", code_of(c.stats) == "no_daemon" and clock.slept == 0, clock.slept)


@in_folder
def test_timeout(folder):
    with socket.socket(socket.AF_UNIX) as s:
        path = os.path.join(folder, "s")
        s.bind(path)
        s.listen(4)
        c = Client(path, timeout=0.2)
        try:
            c.stats()
            check("a daemon that says nothing", False)
        except Timeout as error:
            check("a daemon that says nothing", error.code == "timeout")


def test_idle():
    with Daemon("--idle-timeout", "1s") as d, Client(d.socket, retry=0) as c, Client(d.socket) as other:
        c.stats()
        eventually(lambda: other.stats()["connections"] == 1)
        check("an idle connection that was closed is made anew", c.stats()["ok"] and c.reconnects == 0)


def test_events():
    with Daemon() as d, Client(d.socket) as c:
        def put_when_heard(n):
            """A subscription begins with the first next(): it is waited for."""
            def put():
                eventually(lambda: c.stats()["subscribers"])
                c.put(article(n))
                c.put(article(n + 1, article(n)["text"]))

            thread = threading.Thread(target=put, daemon=True)
            thread.start()
            return thread

        events = c.subscribe(timeout=PATIENCE)
        first = put_when_heard(1)
        got = [next(events), next(events)]
        first.join()
        check("events", [(e["event"], e["key"]) for e in got] == [("new", "a1"), ("copy", "a2")], got)
        events.close()
        eventually(lambda: not c.stats()["subscribers"])
        second = put_when_heard(3)
        got = next(c.subscribe(["copy"], timeout=PATIENCE))
        second.join()
        check("only some events", got["key"] == "a4", got)
        check("until none comes", list(c.subscribe(timeout=0.2)) == [])
        try:
            next(c.subscribe(["no such event"]))
            check("an unknown event", False)
        except NewsdupError as error:
            check("an unknown event", error.code == "bad_request", error)


run(globals())
