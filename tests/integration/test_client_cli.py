#!/usr/bin/env python3
"""newsdup check, put, get, story, explain, stats, health, watch, and the C library's example, with the daemon."""
import gzip
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading

from restarting import BUILD, NEWSDUP, PATIENCE, SAMPLE, Daemon, article, check, eventually, run as run_tests

COMMANDS = ("check", "put", "get", "story", "stats", "health", "watch")


def run(d, command, *args, stdin=b"", **more):
    env = {**os.environ, "NEWSDUP_SOCKET": d if isinstance(d, str) else d.socket}
    return subprocess.run([NEWSDUP, command, *args], input=stdin, capture_output=True, timeout=PATIENCE, env=env, **more)


def lines(*articles):
    return b"".join(a if isinstance(a, bytes) else json.dumps(a).encode() + b"\n" for a in articles)


def write(d, name, data):
    path = os.path.join(d.folder, name)
    with open(path, "wb") as f:
        f.write(data)
    return path


def test_put_and_check():
    with Daemon() as d:
        p = run(d, "check", "-", stdin=lines(article(1)))
        check("check of something new: 1", p.returncode == 1 and b"a1" in p.stdout and b"new" in p.stdout, p)
        p = run(d, "put", "-", stdin=lines(article(1), article(2)))
        check("put: 0, a line each", p.returncode == 0 and p.stdout.count(b"\n") == 2 and not p.stderr, p)
        p = run(d, "check", "-", stdin=lines(article(3), article(4, article(1)["text"])))
        words = [line.split() for line in p.stdout.decode().splitlines()]
        check("check when one was seen: 0", p.returncode == 0, p)
        check("id and verdict", words[0] == ["a3", "new"] and words[1][:2] == ["a4", "identical"], words)
        check("story and best match", "story a1, 100.0 % of it in a1" in p.stdout.decode(), p)
        check("check has added nothing", run(d, "get", "a4").returncode == 1)
        p = run(d, "check", "-", stdin=lines({"id": "s", "text": "short"}))
        check("too short is not seen", p.returncode == 1 and b"too_short" in p.stdout, p)
        p = run(d, "check", "--quiet", "-", stdin=lines(article(1)))
        check("--quiet", p.returncode == 0 and not p.stdout and not p.stderr, p)
        p = run(d, "check", "-", stdin=b"\n \n")
        check("nothing to check: 1", p.returncode == 1 and not p.stdout, p)
        p = run(d, "put", "--json", "-", stdin=lines(article(5), {"id": 77, "text": "x"}))
        replies = [json.loads(line) for line in p.stdout.splitlines()]
        check("--json: the replies", [r["key"] for r in replies] == ["a5", 77] and all(r["ok"] for r in replies), p)
        p = run(d, "check", "-", stdin=lines(dict(article(6, article(1)["text"]), id="e\x1b[31m")))
        check("no control character reaches the terminal", p.stdout and b"\x1b" not in p.stdout, p)


def test_files():
    with Daemon() as d:
        plain = write(d, "a.jsonl", lines(*map(article, range(0, 300))))
        packed = write(d, "b.gz", gzip.compress(lines(*map(article, range(300, 600)))))
        zstd = os.path.join(d.folder, "c.zst")
        subprocess.run(["zstd", "-q", "-o", zstd], input=lines(*map(article, range(600, 900))), check=True)
        p = run(d, "put", "--json", plain, packed, zstd, "-", stdin=lines(article(900)))
        keys = [json.loads(line)["key"] for line in p.stdout.splitlines()]
        check("plain, gzip, zstd and standard input, in order", keys == [f"a{i}" for i in range(901)] and p.returncode == 0,
              (p.returncode, p.stderr, keys[:3], len(keys)))
        p = run(d, "put", plain, os.path.join(d.folder, "missing"), packed)
        check("a missing file: 3, the others are read", p.returncode == 3 and b"missing: unreadable" in p.stderr
              and p.stdout.count(b"\n") == 600, p.stderr)
        p = run(d, "put", SAMPLE)
        check("the sample", p.returncode == 0 and p.stdout.count(b"\n") == 84 and not p.stderr, p)
        big = {"id": "big", "text": "".join(f"word{i} " for i in range(500000))}
        p = run(d, "check", "--window", "100", "-", stdin=lines(*[big] * 20))
        check("large ones, pipelined", p.stdout.count(b"\n") == 20, p.stderr)


def test_rejects():
    with Daemon() as d:
        bad = write(d, "bad.jsonl", lines(article(1), b"{no json\n", b"\n", b"[1]\n", {"id": "x"}, b'{"text":"\xff"}\n',
                                          b'{"text":"a"},"op":"put"\n', {"text_base64": "AAAA", "charset": "none"},
                                          article(2)))
        p = run(d, "check", bad)
        said = [line.split(b"bad.jsonl:")[1].split(b": ")[:2] for line in p.stderr.splitlines()]
        want = [[b"2", b"bad_json"], [b"4", b"bad_request"], [b"5", b"missing_text"], [b"6", b"bad_utf8"],
                [b"7", b"bad_json"], [b"8", b"bad_charset"]]
        check("rejects with file, line and code", sorted(said) == want, p.stderr)
        check("the others are checked", p.stdout.count(b"\n") == 2 and p.returncode == 1, p)
        check("nothing was smuggled in", run(d, "stats", "--json").stdout.count(b'"articles":0'))
        check("--strict: 4", run(d, "put", "--strict", bad).returncode == 4)
        p = run(d, "put", "--strict", bad, os.path.join(d.folder, "missing"))
        check("unreadable before strict: 3", p.returncode == 3, p)


def test_asking():
    with Daemon() as d:
        run(d, "put", SAMPLE)
        p = run(d, "get", "tc-88412")
        check("get", p.returncode == 0 and b"Tolland Courier" in p.stdout and b"received" in p.stdout
              and b"relation copy" in p.stdout, p)
        run(d, "put", "-", stdin=lines({"id": 77, "text": "x"}))
        check("get of a numeric id", run(d, "get", "77").returncode == 0)
        p = run(d, "get", "--json", "tc-88412", "nope", "mpa-26062-0417")
        check("get of several: what is there is printed, 1", p.returncode == 1 and [
            json.loads(line)["key"] for line in p.stdout.splitlines()] == ["tc-88412", "mpa-26062-0417"]
            and b"nope: not_found" in p.stderr, p)
        p = run(d, "story", "tc-88412")
        check("story: a line a member", p.returncode == 0 and p.stdout.count(b"\n  id ") == 4, p)
        check("story of nobody: 1", run(d, "story", "nope").returncode == 1)
        p = run(d, "stats")
        check("stats", p.returncode == 0 and b"articles           85" in p.stdout, p)
        check("stats as JSON", json.loads(run(d, "stats", "--json").stdout)["requests"]["put"] == 85)
        p = run(d, "health")
        check("health", p.returncode == 0 and p.stdout.startswith(b"status             ok"), p)


def test_explain():
    with Daemon() as d:
        run(d, "put", SAMPLE)
        bulk = subprocess.run([NEWSDUP, "explain", "--in", SAMPLE, "mpa-26062-0417", "tc-88412"], capture_output=True,
                              timeout=PATIENCE).stdout.decode()
        p = run(d, "explain", "mpa-26062-0417", "tc-88412")
        out = p.stdout.decode()
        same = [line for line in out.splitlines() if "of B stands in A" in line or "shingles" in line or "B is" in line]
        check("explain: two ids of the daemon", p.returncode == 0 and len(same) >= 4 and "passages in both: not known" in out, p)
        check("as in an archive", all(line in bulk for line in same), (same, bulk))
        x = json.loads(run(d, "explain", "--json", "--socket", d.socket, "mpa-26062-0417", "tc-88412").stdout)
        check("explain --json --socket", x["verdict"] == "copy" and x["ok"], x)
        p = run(d, "explain", "mpa-26062-0417", "nope")
        check("an unknown id: 2", p.returncode == 2 and b"not_found" in p.stderr, p)
        check("the same id: 2", run(d, "explain", "nope", "nope").returncode == 2)
        check("--in and --socket: 2", run(d, "explain", "--in", SAMPLE, "--socket", d.socket, "a", "b").returncode == 2)
        one = write(d, "one", lines(article(1)))
        p = run(d, "explain", one, os.path.join(d.folder, "none"))
        check("one of the two is a file: files are meant", p.returncode == 3 and b"unreadable" in p.stderr, p)
        check("two files", run(d, "explain", one, one).returncode == 0)


def test_watch():
    with Daemon() as d:
        def put_soon(n):
            eventually(lambda: json.loads(run(d, "stats", "--json").stdout or b'{"subscribers":0}')["subscribers"])
            run(d, "put", "-", stdin=lines(article(n), article(n + 1, article(n)["text"]), article(n + 2)))

        soon = threading.Thread(target=put_soon, args=(1,), daemon=True)
        soon.start()
        p = run(d, "watch", "--count", "3")
        soon.join()
        words = [line.split()[:2] for line in p.stdout.decode().splitlines()]
        check("a line an event, so many", p.returncode == 0 and words == [["new", "a1"], ["copy", "a2"], ["new", "a3"]], p)
        p = subprocess.Popen([NEWSDUP, "watch", "--json", "--socket", d.socket, "--event", "copy"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        soon = threading.Thread(target=put_soon, args=(11,), daemon=True)
        soon.start()
        event = json.loads(p.stdout.readline())
        soon.join()
        check("--event, --json, shown at once", event["event"] == "copy" and event["key"] == "a12", event)
        d.stop()
        d.start()
        put_soon(21)
        event = json.loads(p.stdout.readline())
        check("after a restart of the daemon it goes on", event["key"] == "a22", event)
        p.send_signal(signal.SIGTERM)
        _, err = p.communicate(timeout=PATIENCE)
        check("and says that events may be missing", b"events may be missing" in err, err)
        p = run(d, "watch", "--event", "no such")
        check("no name of an event: 2", p.returncode == 2, p)


def test_live_input():
    """Articles that come one by one are answered one by one."""
    with Daemon() as d:
        p = subprocess.Popen([NEWSDUP, "put", "--socket", d.socket, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for i in range(3):
            p.stdin.write(lines(article(i)))
            p.stdin.flush()
            line = p.stdout.readline()
            check(f"answer {i} before the next article", line.startswith(f"a{i} ".encode()), line)
        p.stdin.close()
        check("and 0 at the end", p.wait(PATIENCE) == 0)
        p.stdout.close()


def test_busy_and_lost():
    with Daemon("--queue-global-max", "3", "--retry", "5ms") as d:
        p = run(d, "put", "--json", "--window", "200", "-", stdin=lines(*map(article, range(600))))
        keys = [json.loads(line).get("key") for line in p.stdout.splitlines()]
        check("busy is waited out, in order", p.returncode == 0 and keys == [f"a{i}" for i in range(600)],
              (p.returncode, p.stderr))
    with Daemon("--text-max", "1k", "--line-max", "100k", "--connections-max", "2") as d:
        big = {"id": "big", "text": "".join(f"word{i} " for i in range(300000))}
        p = run(d, "put", "-", stdin=lines(article(1), big, article(2), dict(big, text=big["text"][:20000]), article(3)))
        said = [line.split(b": ")[1:3] for line in p.stderr.splitlines()]
        check("the daemon's own limits, told by line", p.stdout.count(b"\n") == 3 and said == [
            [b"(standard input):2", b"too_large"], [b"(standard input):4", b"too_large"]], p)
        crowd = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        for s in crowd:
            s.connect(d.socket)
        p = run(d, "stats", "--retry", "0")
        check("no room for a connection: told", p.returncode in (3, 5) and p.stderr, p)
        threading.Timer(0.5, lambda: [s.close() for s in crowd]).start()
        p = run(d, "stats")
        check("and with patience had at last", p.returncode == 0, p)
    with Daemon("--rate", "20") as d:
        p = run(d, "put", "--retry", "0", "-", stdin=lines(*map(article, range(400))))
        check("without patience: told, 3", p.returncode == 3 and b"rate_limited" in p.stderr, p.stderr)
    d = Daemon(store="dir")
    with d:
        p = subprocess.Popen([NEWSDUP, "put", "--json", "--socket", d.socket, "-"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
        got = []
        reader = threading.Thread(target=lambda: [got.append(json.loads(line)) for line in p.stdout], daemon=True)
        reader.start()
        for i in range(400):
            p.stdin.write(lines(article(i)))
            p.stdin.flush()
            if i in (100, 250):
                eventually(lambda: len(got) > i // 2)  # there is a connection, and it is in use
                d.stop(signal.SIGKILL)
                d.start()
        p.stdin.close()
        code = p.wait(PATIENCE)
        reader.join()
        p.stdout.close()
        check("the daemon may die and come back", code == 0 and [r["key"] for r in got] == [f"a{i}" for i in range(400)],
              (code, len(got)))


def test_errors():
    with tempfile.TemporaryDirectory() as folder:
        nobody = os.path.join(folder, "nobody")
        for command in COMMANDS:
            args = ["-"] if command in ("check", "put") else ["x"] if command in ("get", "story") else []
            p = run(nobody, command, *args, stdin=lines(article(1)))
            check(f"{command} without a daemon: 5", p.returncode == 5 and b"cannot reach the daemon" in p.stderr
                  and nobody.encode() in p.stderr and not p.stdout, p)
            p = run(nobody, command, *args, "--socket", os.path.join(folder, "y" * 120))
            check(f"{command} with too long a path: 2", p.returncode == 2 and b"107" in p.stderr, p)
            p = run(nobody, command, "--help")
            check(f"{command} --help", p.returncode == 0 and b"--socket PATH" in p.stdout, p)
            check(f"{command} --nonsense: 2", run(nobody, command, "--nonsense").returncode == 2)
        for command in ("check", "put", "get", "story"):
            check(f"{command} of nothing: 2", run(nobody, command).returncode == 2)
        for command in ("stats", "health", "watch"):
            check(f"{command} with an operand: 2", run(nobody, command, "x").returncode == 2)
        check("explain without a daemon: 5", run(nobody, "explain", "no-a", "no-b").returncode == 5)
        stale = os.path.join(folder, "stale")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(stale)
        check("a stale socket: 5", run(stale, "health").returncode == 5)
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(os.path.join(folder, "mute"))
            s.listen(4)
            p = run(os.path.join(folder, "mute"), "health", "--timeout", "1")
            check("a daemon that says nothing: 5", p.returncode == 5 and b"no reply in time" in p.stderr, p)
    with Daemon() as d:
        for more in ((), ("--json",)):
            with open("/dev/full", "wb") as full:
                p = subprocess.run([NEWSDUP, "put", *more, "--socket", d.socket, SAMPLE], stdout=full,
                                   stderr=subprocess.PIPE, timeout=PATIENCE)
            check(f"a full disk {more}: 3", p.returncode == 3 and b"cannot write to standard output" in p.stderr, p)


def test_c_example():
    """tests/examples/seen.c, which is linked with the client library alone."""
    with Daemon() as d:
        seen = os.path.join(BUILD, "tests", "examples", "seen")
        p = subprocess.run([seen, d.socket], input=lines(*map(article, range(200)), article(1), {"id": "x"}),
                           capture_output=True, timeout=60)
        out = p.stdout.decode().splitlines()
        check("the example of the C library", p.returncode == 0 and out[0] == "a0: new, story a0" and len(out) == 202
              and out[200].startswith("a1: ") and out[200].endswith(", story a1") and out[201].startswith("refused: "), (p, out[-3:]))
    p = subprocess.run([seen, d.socket], input=b"{}", capture_output=True, timeout=60)
    check("without a daemon", p.returncode == 1 and b"seen: No such file" in p.stderr, p)


run_tests(globals())
