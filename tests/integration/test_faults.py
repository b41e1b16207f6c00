#!/usr/bin/env python3
"""The real daemon over a disk whose n-th call fails, and with the n-th allocation failing. Whatever happens: what was answered
is there, nothing is answered wrongly, the store checks clean, and it ends by no signal. TRIES says how many calls are
tried, SEED chooses them."""
import random

from running import *

FAULTS = os.path.join(BUILD, "tests", "faults.so")
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
TRIES = int(os.environ.get("TRIES") or 60)
N = 24
REFUSALS = {"store_error", "store_full", "internal", "busy"}


def made(i):
    """Stories of three, and a line that is learned to be furniture."""
    return article(i, seed=i // 3, text=f"{text(i // 3, 50)} {text(1000 + i, 6)}\nRead more of outlet {i % 7} every morning")


def environment(what, at, kind="EIO", report=None):
    ret = {"LD_PRELOAD": FAULTS, "FAULT_WHAT": what, "FAULT_AT": str(at), "FAULT_KIND": kind, "FAULT_PATH": "/store/"}
    return {**ret, "FAULT_REPORT": report} if report else ret


def told(c):
    ret = {}
    for i in range(N):
        got = c.good("get", key=f"m{i}")
        ret[i] = {k: v for k, v in got.items() if k not in ("received", "history")}
    return ret


def expected():
    with Daemon() as d, d.client() as c:
        verdicts = [c.put(made(i))["verdict"] for i in range(N)]
        c.settle()
        return verdicts, told(c)


class Lost(Exception):
    """The daemon is gone, or refuses for good."""


class Asker(Client):
    """A connection may break off anywhere: what has not come whole is no answer."""

    def line(self):
        try:
            return super().line()
        except (AssertionError, OSError):
            raise Lost from None

    def ask(self, request):
        try:
            self.send(request)
        except OSError:
            raise Lost from None
        line = self.line()
        if line is None:
            raise Lost
        return json.loads(line)


def is_ready(d):
    try:
        with Asker(d.path) as c:
            return c.op("hello").get("ready")
    except (Lost, OSError):
        return False


def put_one(c, i, verdicts):
    for _ in range(3):
        r = c.op("put", article=made(i))
        if r["ok"]:
            assert r.get("unchanged") or r["verdict"] == verdicts[i], (i, r)
            return
        assert r["error"]["code"] in REFUSALS, r
    raise Lost


def look_back(c, i):
    """At what was answered, in the midst of it: it is there, or the daemon says that it cannot tell."""
    r = c.op("get", key=f"m{i}")
    s = c.op("check", article={**made(i), "id": "another"})
    assert r["key"] == f"m{i}" if r["ok"] else r["error"]["code"] in REFUSALS, r
    assert s["verdict"] in ("identical", "copy", "excerpt", "digest") if s["ok"] else s["error"]["code"] in REFUSALS, s


def run_until_lost(store, env, start, verdicts):
    """Puts from `start` on; returns how many have been put by the end."""
    done = start
    with Daemon(store=store, env=env, wait=False) as d:
        eventually(lambda: is_ready(d) or d.process.poll() is not None)
        try:
            with Asker(d.path) as c:
                while done < N:
                    put_one(c, done, verdicts)
                    done += 1
                    look_back(c, done - 1)
        except (Lost, OSError):
            pass
        d.signal()
        d.process.wait(PATIENCE)
        assert d.process.returncode in (0, 3), (env, d.process.returncode, d.log()[-2000:])
    return done


def assert_survives(env, verdicts, answers):
    store = os.path.join(os.path.dirname(fresh("x")), "store")
    done = run_until_lost(store, env, 0, verdicts)
    if done:
        p = subprocess.run([NEWSDUP, "check-store", store], capture_output=True, timeout=PATIENCE, encoding="utf-8")
        assert p.returncode == 0, (env, p)
    with Daemon(store=store) as d, d.client() as c:
        for i in range(done):
            assert c.good("get", key=f"m{i}")["key"] == f"m{i}", (env, i)
        for i in range(done, N):
            c.put(made(i))
        c.settle()
        now = told(c)
        assert c.good("stats")["articles"] == N, env
    for i in range(N):
        assert now[i] == answers[i], (env, now[i], answers[i])


def count(what):
    """Calls of a run without a fault."""
    report, store = fresh("report"), os.path.join(os.path.dirname(fresh("x")), "store")
    assert run_until_lost(store, environment(what, 0, report=report), 0, expected()[0]) == N
    with open(report, encoding="ascii") as f:
        return int(f.read())


def some(calls):
    """TRIES numbers of calls, or all."""
    rnd, step = random.Random(SEED), max(1, calls // TRIES)
    signal.alarm(PATIENCE + 5 * calls // step)
    return [k + rnd.randrange(step) for k in range(1, calls + 2 - step, step)]


def test_a_disk_that_fails():
    if SLOW > 1:
        print("     a sanitizer's allocator is not replaced: skipped")
        return
    calls, (verdicts, answers) = count("disk"), expected()
    print(f"     {calls} calls, SEED={SEED}", flush=True)
    assert calls > 2 * N
    kinds = ("EIO", "ENOSPC", "short")
    for k, at in enumerate(some(calls)):
        assert_survives(environment("disk", at, kinds[(k + SEED) % 3]), verdicts, answers)


def test_memory_that_fails():
    if SLOW > 1:
        print("     a sanitizer's allocator is not replaced: skipped")
        return
    calls, (verdicts, answers) = count("memory"), expected()
    print(f"     {calls} allocations, SEED={SEED}", flush=True)
    for at in some(calls):
        assert_survives(environment("memory", at), verdicts, answers)


def test_a_wrong_configuration_is_not_blamed_for_memory():
    """Ends with 2 where a setting is wrong and named, with 3 where there was no memory to find out. By numbers, as libc does
    not survive it in the midst of looking up a name."""
    if SLOW > 1:
        print("     a sanitizer's allocator is not replaced: skipped")
        return
    config, report = fresh("conf"), fresh("report")
    with open(config, "w", encoding="ascii") as f:
        f.write("threads = 2\nallow_read = 0, @0\nspeed = 9\n")

    def end(at, **env):
        p = subprocess.run([NEWSDUPD, "--config", config, "--log-level", "info"], capture_output=True, timeout=PATIENCE,
                           env={**os.environ, **environment("memory", at), **env})
        return p.returncode, p.stderr

    assert end(0, FAULT_REPORT=report)[0] == 2
    with open(report, encoding="ascii") as f:
        calls = int(f.read())
    ends = [end(at) for at in range(1, calls + 1)]
    for code, said in ends:
        assert (code == 2 and b"'speed'" in said) or (code == 3 and b"memory" in said), (code, said)
    assert {code for code, _ in ends} == {2, 3}


run(globals())
