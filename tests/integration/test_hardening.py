#!/usr/bin/env python3
"""The system calls of a working newsdupd are among those that its unit lets through."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

from checking import PATIENCE, check, eventually, in_folder, run

NEWSDUPD = os.environ.get("NEWSDUP", "build/newsdup") + "d"
UNIT = "systemd/newsdupd.service"
# strace's own start of the program.
BEFORE = {"execve"}


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def calls_of(group, seen):
    """All calls of a name or @group, as systemd knows them."""
    if not group.startswith("@"):
        return {group}
    if group in seen:
        return set()
    seen.add(group)
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, text=True,
                          timeout=PATIENCE, check=True).stdout
    words = [line.split()[0] for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls_of(w, seen) for w in words))


def allowed_calls():
    ret = set()
    with open(UNIT, encoding="utf-8") as f:
        for line in re.findall(r"^SystemCallFilter=(.*)$", f.read(), re.M):
            listed = set().union(*(calls_of(w, set()) for w in line.removeprefix("~").split()))
            ret = ret - listed if line.startswith("~") else ret | listed
    return ret


def connected(path):
    """A socket; None while nobody listens there: the path is there a little earlier."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(PATIENCE)
    try:
        s.connect(path)
        return s
    except (FileNotFoundError, ConnectionRefusedError):
        s.close()
        return None


def talk(path):
    """A put, a check, a bad line and a look at the metrics."""
    article = {"id": "a", "text": "the ferry stood still because a swan had nested on the gangway " * 5}
    requests = [{"op": "put", "article": article}, {"op": "check", "article": article}, {"op": "stats"}, {"op": "x"}]
    with connected(path) as s:
        s.sendall("".join(json.dumps(r) + "\n" for r in requests).encode() + b"nonsense\n")
        with s.makefile("rb") as replies:
            for _ in range(len(requests) + 1):
                json.loads(replies.readline())
    with connected(path) as s:
        s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        while s.recv(65536):
            pass


class Traced:
    """A daemon under strace. Both are killed at the end when they have not ended by themselves."""

    def __init__(self, folder):
        self.path, self.trace, self.log = (os.path.join(folder, name) for name in ("n.sock", "trace", "log"))
        with open(self.log, "wb") as log:
            self.strace = subprocess.Popen(
                ["strace", "-f", "-qq", "-o", self.trace, NEWSDUPD, "--config", "/dev/null", "--socket", self.path,
                 "--store", os.path.join(folder, "store")], stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def wait_until_it_listens(self):
        """Whether it does: it may not be allowed to trace."""
        def there():
            s = connected(self.path)
            if s:
                s.close()
            return s or self.strace.poll() is not None

        eventually(there)
        return self.strace.poll() is None

    def signal(self, number):
        with open(self.trace, encoding="utf-8", errors="replace") as f:
            os.kill(int(f.readline().split()[0]), number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.strace.poll() is None:
            os.killpg(self.strace.pid, signal.SIGKILL)
        self.strace.wait(PATIENCE)


def traced_calls(folder):
    """Starts the daemon twice over one store; the second start loads what the first has written."""
    calls = set()
    for _ in range(2):
        with Traced(folder) as d:
            if not d.wait_until_it_listens():
                with open(d.log, encoding="utf-8", errors="replace") as log:
                    skip(f"no daemon under strace: {log.read()}")
            talk(d.path)
            d.signal(signal.SIGHUP)
            talk(d.path)
            d.signal(signal.SIGTERM)
            d.strace.wait(PATIENCE)
        with open(d.trace, encoding="utf-8", errors="replace") as f:
            calls |= set(re.findall(r"^\d+ +([a-z_0-9]+)\(", f.read(), re.M))
    return calls - BEFORE


@in_folder
def test_the_unit_lets_all_calls_through(folder):
    calls = traced_calls(folder)
    refused = sorted(calls - allowed_calls())
    check(f"{len(calls)} calls are let through", calls and not refused, refused)


if not os.path.exists(NEWSDUPD):
    skip("newsdupd is not built")
if os.path.basename(os.environ.get("BUILD_DIR", "build")) != "build":
    skip("only the release makes the calls of the release")
for tool in ("strace", "systemd-analyze"):
    if not shutil.which(tool):
        skip(f"no {tool}")
run(globals())
