#!/usr/bin/env python3
"""newsdupd under pressure: order, queues, limits, slow clients, slow subscribers, no descriptors."""
import resource

from running import *


def configured(**settings):
    path = fresh("conf")
    with open(path, "w") as f:
        f.writelines(f"{k} = {v}\n" for k, v in settings.items())
    return path


def test_pipelined_replies_come_in_order_on_many_connections_and_threads():
    with Daemon("--threads", "3") as d:
        clients = [d.client() for _ in range(8)]
        for n, c in enumerate(clients):
            requests = []
            for i in range(300):
                requests.append({"id": len(requests), "op": "put", "article": article(n * 1000 + i)})
                requests.append({"id": len(requests), "op": "get", "key": f"m{n * 1000 + i}"})
            send_behind(c, *requests)
        for c in clients:
            replies = [c.reply() for _ in range(600)]
            assert [r["id"] for r in replies] == list(range(600))
            assert all(r["ok"] for r in replies)  # each get follows its put


def test_a_full_queue_stops_reading_and_loses_nothing():
    with Daemon(config=configured(queue_max=4)) as d, d.client() as c:
        sender = send_behind(c, *({"id": i, "op": "hello"} for i in range(20000)))
        assert [c.reply()["id"] for _ in range(20000)] == list(range(20000))
        sender.join()


def test_the_global_limit_answers_busy_in_order_with_the_id():
    with Daemon(config=configured(queue_global_max=10, retry="70ms", queue_max=1000)) as d, d.client() as c:
        n = 2000
        sender = send_behind(c, *({"id": i, "op": "check", "article": article(i)} for i in range(n)))
        replies = [c.reply() for _ in range(n)]
        sender.join()
        assert [r["id"] for r in replies] == list(range(n))
        busy = [r["error"] for r in replies if not r["ok"]]
        assert busy and len(busy) < n and all(e["code"] == "busy" and e["retry_ms"] == 70 for e in busy)
        assert c.good("stats")["rejects"]["busy"] == len(busy)


def test_the_rate_is_per_user():
    n = 400
    with Daemon(config=configured(rate=20)) as d, d.client() as c, d.client() as other:
        time.sleep(1.1)  # at least: the burst of a second is there
        started = time.monotonic()
        replies = []
        for client in (c, other):  # both are the same user
            client.send(*({"id": i, "op": "hello"} for i in range(n)))
            replies += [client.reply() for _ in range(n)]
        most = 20 + 20 * (time.monotonic() - started) + 1
        assert [r["id"] for r in replies] == 2 * list(range(n))
        refused = [r["error"] for r in replies if not r["ok"]]
        assert 20 <= 2 * n - len(refused) <= most, (len(refused), most)
        assert refused and all(e["code"] == "rate_limited" and e["retry_ms"] == 50 for e in refused)
        eventually(lambda: other.op("hello")["ok"])


def has_room(d):
    """For one more connection: one that is too many is told so and closed."""
    with d.client() as c:
        try:
            return c.op("hello")["ok"]
        except ConnectionError:
            return False


def test_too_many_connections_are_told_so():
    with Daemon(config=configured(connections_max=5)) as d:
        clients = []
        for _ in range(5):  # one after the other: by the first reply the one that asked for readiness has left
            clients.append(d.client())
            clients[-1].good("hello")
        with d.client() as c:
            r = c.reply()
            assert r["error"]["code"] == "busy" and r["id"] is None and r["error"]["retry_ms"] > 0
            assert c.line() is None
        clients.pop().close()
        eventually(lambda: has_room(d))


def test_too_many_subscribers_are_told_so():
    with Daemon(config=configured(subscribers_max=1)) as d, d.client() as a, d.client() as b:
        a.good("subscribe")
        b.fails("busy", "subscribe")


def test_idle_connections_are_closed_and_subscribers_are_not():
    with Daemon(config=configured(idle_timeout="2s")) as d, d.client() as idle, d.client() as listening, d.client() as half:
        listening.good("subscribe")
        half.send(b'{"op":')
        assert idle.closed() and half.closed()  # the subscriber has been silent for longer than this one
        with d.client() as c:
            c.put(article(1))
        assert listening.reply()["event"] == "new"


def test_a_client_that_never_reads_is_dropped_and_logged():
    with Daemon(config=configured(write_timeout="500ms", output_max="64k")) as d, d.client() as c, d.client() as other:
        other.put(article(1))
        try:
            while True:  # until it is dropped
                c.send(*({"op": "get", "key": "m1"} for _ in range(100)))
        except ConnectionError:
            pass
        eventually(lambda: "does not read" in d.log())
        eventually(lambda: other.good("stats")["connections"] == 1)
        assert other.good("hello")


def test_a_slow_reader_gets_all_in_the_end():
    with Daemon(config=configured(output_max="64k")) as d, d.client() as c, d.client() as other:
        c.put(article(1))
        sender = send_behind(c, *({"id": i, "op": "get", "key": "m1"} for i in range(5000)))
        eventually(lambda: other.good("stats")["requests"]["get"] >= 150)  # they are 64k
        assert [c.reply()["id"] for _ in range(5000)] == list(range(5000))
        sender.join()


def test_a_slow_subscriber_misses_events_and_is_told_how_many():
    with Daemon(config=configured(events_max=50)) as d, d.client() as slow, d.client() as c:
        slow.good("subscribe")
        n = 4000
        sender = send_behind(c, *({"op": "put", "article": article(i, pad=i)} for i in range(n)))
        for _ in range(n):
            c.reply()
        sender.join()
        c.put(article(n))
        got, missed, overruns = [], 0, 0
        while not got or got[-1] < n:
            if overruns and len(got) + missed > n:
                break
            e = slow.reply()
            if e["event"] == "overrun":
                overruns += 1
                missed += e["missed"]
                assert e["seq"] >= (got[-1] if got else 0)
                if e["seq"] == n:
                    break
            else:
                assert e["event"] == "new"
                got.append(e["seq"])
        assert overruns >= 1 and missed > 0 and got == sorted(got)
        assert len(got) + missed == n + 1, (len(got), missed)
        c.put(article(n + 1))
        assert slow.reply()["seq"] == n + 1


def test_a_long_story_is_told_whole_while_others_are_served():
    n = 3000
    with Daemon(config=configured(output_max="64k")) as d, d.client() as c, d.client() as other:
        sender = send_behind(c, *({"op": "put", "article": article(i, seed=0)} for i in range(n)))
        for _ in range(n):
            assert c.reply()["ok"]
        sender.join()
        c.send({"id": "s", "op": "story", "key": "m0"}, {"id": "after", "op": "hello"})
        assert other.good("hello")
        r = c.reply()
        assert r["id"] == "s" and [m["id"] for m in r["members"]] == [f"m{i}" for i in range(n)]
        assert r["weakest_similarity"] == 1.0 and c.reply()["id"] == "after"


def test_without_descriptors_the_daemon_goes_on_without_spinning():
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

    with Daemon(preexec_fn=few) as d:
        clients = []
        for _ in range(60):
            try:
                clients.append(d.client())
            except OSError:
                break
        served = []
        for c in clients:
            try:
                if c.op("hello")["ok"]:
                    served.append(c)
            except (OSError, AssertionError):
                c.close()
        assert len(served) >= 10, len(served)

        def cpu():
            with open(f"/proc/{d.process.pid}/stat") as f:
                return sum(int(x) for x in f.read().split(")")[1].split()[11:13])

        before = cpu()
        time.sleep(1)
        assert cpu() - before < 30, "it spins"
        for c in served[1:]:
            c.close()
        assert served[0].good("hello")
        eventually(lambda: served[0].good("stats")["connections"] == 1)
        with d.client() as c:
            assert c.good("hello")


def test_connections_leak_neither_descriptors_nor_memory():
    with Daemon() as d:
        def held():
            return len(os.listdir(f"/proc/{d.process.pid}/fd"))

        before = held()  # that of the connection that asked whether it is ready may still be among them
        for _ in range(2000 // SLOW):
            with d.client() as c:
                c.good("hello")
        eventually(lambda: held() <= before)


run(globals())
