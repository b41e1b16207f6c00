#!/usr/bin/env python3
"""newsdupd under load is killed (kill -9) at random moments. After each start: all that was answered is there, nothing
else is, the store checks clean; in the end every article is what it is in a daemon that was never killed.

KILLS says how often (`make torture`: 200), SEED chooses the moments: it is printed.
"""
import random

from running import *

KILLS = int(os.environ.get("KILLS") or 10)
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
WINDOW = 24      # requests on their way
MOST = 160       # answers before a kill
SPREAD = 0.004   # seconds within which it comes then


class Script:
    """Requests in one order, and how to tell whether each was done: copies, revisions, deletes, rulings."""

    def __init__(self, seed):
        self.rnd, self.ops, self.versions, self.gone, self.next = random.Random(seed), [], {}, set(), 0

    def of_article(self, i, version):
        """Stories of three or so. Every page of an outlet has a line of its own, which is learned and judged again."""
        story = i - i % 3 if i % 5 else i
        body = text(story, 50) + " " + text(10**6 + i, 8) + (" " + text(2 * 10**6 + 100 * i + version, 25) if version else "")
        return {"id": f"m{i}", "outlet": f"outlet {i % 5}", "published": f"2026-03-{1 + i % 28:02d}T10:00:00Z",
                "text": f"{body}\nRead more of outlet {i % 5} every morning"}

    def there(self):
        return self.rnd.choice([i for i in range(max(0, self.next - 200), self.next) if i not in self.gone])

    def extend(self, n):
        while len(self.ops) < n:
            kind = self.rnd.random() if self.next > 20 else 1
            if kind < 0.04:
                i = self.there()
                self.gone.add(i)
                self.ops.append(("delete", i, None))
            elif kind < 0.12:
                i = self.there()
                self.versions[i] += 1
                self.ops.append(("put", i, self.versions[i]))
            elif kind < 0.15:
                a, b = self.there(), self.there()
                if a != b:
                    self.ops.append(("deny", a, b))
            else:
                self.versions[self.next] = 0
                self.ops.append(("put", self.next, 0))
                self.next += 1

    def request(self, n):
        op, a, b = self.ops[n]
        if op == "put":
            return {"op": op, "article": self.of_article(a, b)}
        return {"op": op, "key": f"m{a}"} if op == "delete" else {"op": op, "a": f"m{a}", "b": f"m{b}"}

    def was_done(self, n, client, answered, sent):
        """None: there is no telling, since it was ruled, or the article may have come and gone within these."""
        op, a, b = self.ops[n]
        if op == "deny":
            return None
        got = client.op("get", key=f"m{a}")
        if got["ok"]:
            return op == "put" and got["revision"] > b
        others = ("put", a, 0) in self.ops[answered:n] if op == "delete" else ("delete", a, None) in self.ops[n:sent]
        return None if others else op == "delete"


def run_some(client, script, start, answers):
    """Sends from `start` on until so many answers came; returns how many have been sent, and answered."""
    script.extend(start + answers + WINDOW)
    client.send(*(script.request(start + i) for i in range(WINDOW)))
    sent = start + WINDOW
    for done in range(answers):
        reply = client.reply()
        assert reply["ok"], (script.ops[start + done], reply)
        if sent < start + answers + WINDOW:
            client.send(script.request(sent))
            sent += 1
    return sent, start + answers


def drain(client, answered):
    """What else was answered before the kill; the connection ends anywhere."""
    try:
        while client.line():
            answered += 1
    except (AssertionError, OSError):
        pass
    return answered


def check_store(store):
    p = subprocess.run([NEWSDUP, "check-store", store], capture_output=True, timeout=PATIENCE, encoding="utf-8")
    assert p.returncode == 0, p


def count_done(client, script, answered, sent):
    """How many requests were done: those answered, and of the others the first few, without a gap. One that cannot be told
    is taken for not done: to rule twice changes nothing."""
    done = [script.was_done(n, client, answered, sent) for n in range(answered, sent)]
    n = 0
    while n < len(done) and done[n] is not False:
        n += 1
    assert not any(done[n:]), f"of the requests {answered} to {sent} were done: {done}"
    while n and done[n - 1] is None:
        n -= 1
    return answered + n


def check_done(client, script, start, done):
    later = {}
    for n in range(start, done):
        op, a, b = script.ops[n]
        if op != "deny":
            later[a] = (op, b)
    for i, (op, version) in later.items():
        got = client.op("get", key=f"m{i}")
        assert got["ok"] == (op == "put") and (not got["ok"] or got["revision"] == version + 1), (SEED, i, op, version, got)


def live(script, done):
    """How many versions there are of each article."""
    there = {}
    for op, a, _ in script.ops[:done]:
        if op == "put":
            there[a] = there.get(a, 0) + 1
        elif op == "delete":
            there.pop(a)
    return there


def all_answers(client, ids):
    replies = []
    for start in range(0, len(ids), 100):
        client.send(*({"op": "get", "key": f"m{i}"} for i in ids[start:start + 100]))
        replies += [client.reply() for _ in ids[start:start + 100]]
    return [{k: v for k, v in r.items() if k not in ("received", "history")} for r in replies]


def once(store, script, rnd, start):
    """Starts it, looks at what is there, and kills it under load; returns how many requests have been done for sure, those
    that may have been, and how many were sent."""
    n = rnd.randrange(MOST)
    d = Daemon(store=store)
    with d.client() as c:
        sent, answered = run_some(c, script, start, n)
        time.sleep(rnd.random() * SPREAD)
        d.process.kill()
        d.process.wait()
        return sent, drain(c, answered)


def kill_while_it_starts(store, rnd):
    d = Daemon(store=store, wait=False)
    time.sleep(rnd.random() * 0.03)
    d.process.kill()
    d.process.wait()


def look(store, script, start, answered, sent):
    check_store(store)
    with Daemon(store=store) as d, d.client() as c:
        done = count_done(c, script, answered, sent)
        check_done(c, script, start, done)
        stats, versions = c.good("stats"), live(script, done)
        assert (stats["articles"], stats["versions"]) == (len(versions), sum(versions.values())), (SEED, done)
    return done


def test_nothing_is_lost_by_a_kill_at_any_moment():
    print(f"     SEED={SEED} KILLS={KILLS}", flush=True)
    signal.alarm(PATIENCE + 10 * KILLS * SLOW)
    rnd, script, store, done = random.Random(SEED), Script(SEED), fresh("store"), 0
    for k in range(KILLS):
        sent, answered = once(store, script, rnd, done)
        if k % 4 == 3:
            kill_while_it_starts(store, rnd)
        done = look(store, script, done, answered, sent)
    ids = sorted(live(script, done))
    with Daemon(store=store) as d, d.client() as c:
        c.settle()
        killed = all_answers(c, ids)
    with Daemon() as d, d.client() as c:
        for n in range(done):
            c.send(script.request(n))
            assert c.reply()["ok"]
        c.settle()
        whole = all_answers(c, ids)
        stories = c.good("stats")["stories"]
    for a, b in zip(killed, whole):
        assert a == b, (SEED, a, b)
    print(f"     {KILLS} kills, {done} requests, {len(ids)} articles, {stories} stories")


run(globals())
