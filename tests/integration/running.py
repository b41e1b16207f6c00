"""A newsdupd of one's own, and a client of its protocol: what the tests of the daemon share. Standard library only.

BUILD_DIR is where the programs are.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from checking import PATIENCE, check, eventually, in_folder, run  # noqa: F401

BUILD = os.environ["BUILD_DIR"]
NEWSDUPD = os.path.join(BUILD, "newsdupd")
NEWSDUP = os.path.join(BUILD, "newsdup")
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
SAMPLE = os.path.join(DATA, "sample.jsonl")
SLOW = 5 if "san" in os.path.basename(BUILD) else 1  # sanitizers take their time: work is divided by it
MIB = 1 << 20
TMP = tempfile.TemporaryDirectory(prefix="newsdupd.")


def fresh(name):
    return os.path.join(tempfile.mkdtemp(dir=TMP.name), name)


class Client:
    def __init__(self, path, timeout=PATIENCE):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.buffer = b""

    def send(self, *requests):
        """Requests are objects, or bytes as they are."""
        self.socket.sendall(b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in requests))

    def line(self):
        """One line as bytes; None at the end."""
        while b"\n" not in self.buffer:
            data = self.socket.recv(1 << 18)
            if not data:
                assert not self.buffer, self.buffer[:200]
                return None
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def reply(self):
        line = self.line()
        assert line is not None, "the daemon closed the connection"
        return json.loads(line)

    def ask(self, request):
        self.send(request)
        return self.reply()

    def op(self, op, **fields):
        return self.ask({"op": op, **fields})

    def good(self, op, **fields):
        reply = self.op(op, **fields)
        assert reply["ok"] is True, reply
        return reply

    def fails(self, code, op, **fields):
        reply = self.op(op, **fields)
        assert reply["ok"] is False and reply["error"]["code"] == code, reply
        assert reply["error"]["message"]
        return reply["error"]

    def put(self, article):
        return self.good("put", article=article)

    def settle(self):
        """Returns when all that follows from what was put is done: what may change something waits for it."""
        self.fails("bad_request", "put")

    def closed(self):
        """Whether the daemon closes it, soon."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def mounted(size):
    """A small disk of its own; None where mounting is not allowed."""
    path = fresh("disk")
    os.mkdir(path)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], capture_output=True)
    return path if done.returncode == 0 else None


def send_behind(client, *requests):
    """Sends while replies are read, however many: neither side may have to wait for the other."""
    ret = threading.Thread(target=client.send, args=requests, daemon=True)
    ret.start()
    return ret


def stuff(d, client):
    """Asks for more than any socket holds and reads none of it: replies of some MB wait in the daemon for good."""
    n = 3 * MIB // len(json.dumps(client.good("get", key="m1")))
    client.send(*({"op": "get", "key": "m1"} for _ in range(n)))
    with d.client() as other:
        eventually(lambda: other.good("stats")["requests"]["get"] > n)


class Daemon:
    """Starts and is ready; at the end of `with` it must stop as it should."""

    def __init__(self, *flags, store="mem:", config="/dev/null", path=None, env=None, command=(), wait=True, **popen):
        self.path = path or fresh("s")
        self.log_path = fresh("log")
        self.flags = [*command, NEWSDUPD, "--config", config, "--store", store, *flags]
        if not command:
            self.flags += ["--socket", self.path]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.flags, stderr=log, stdout=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(env or {})}, **popen)
        if wait:
            self.wait_until_ready()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def client(self, **args):
        return Client(self.path, **args)

    def wait_until_ready(self):
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with self.client() as c:
                    if c.good("hello")["ready"]:
                        return
            except (FileNotFoundError, ConnectionRefusedError):
                assert self.process.poll() is None, f"exit {self.process.returncode}: {self.log()}"
            assert time.monotonic() < until, self.log()
            time.sleep(0.01)

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, code=0):
        got = self.process.wait(PATIENCE)
        assert got == code, f"exit {got}, not {code}: {self.log()[-3000:]}"

    def stop(self):
        self.signal()
        self.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is not None:
            return
        if kind:
            self.process.kill()
            self.process.wait()
            sys.stderr.write(self.log()[-2000:])
        else:
            self.stop()


def bulk(articles):
    """What bulk mode says of each of some articles, by id."""
    path, out = fresh("in.jsonl"), fresh("out")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(a, ensure_ascii=False) + "\n" for a in articles)
    subprocess.run([NEWSDUP, "bulk", "--quiet", "--tmp", TMP.name, "--out", out, path], check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(out, "articles.jsonl"), encoding="utf-8") as f:
        return {a["id"]: a for a in map(json.loads, f)}


def text(seed, words=60):
    """Made-up text: of two seeds nothing is shared."""
    ret = []
    for i in range(words):
        n = (seed * 7919 + i * 104729 + 12345) * 2654435761 % (1 << 32)
        ret.append("".join("etaoinshrdlucmfw"[n >> s & 15] for s in range(0, 24, 4)))
    return " ".join(ret) + "."


def article(n, seed=None, words=60, **more):
    return {"id": f"m{n}", "outlet": f"outlet {n % 7}", "published": f"2026-03-{1 + n % 28:02d}T10:00:00Z",
            "text": text(n if seed is None else seed, words), **more}
