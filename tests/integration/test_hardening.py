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
import tempfile
import time

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
                          timeout=60, check=True).stdout
    words = [line.split()[0] for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*(calls_of(w, seen) for w in words))


def allowed_calls():
    ret = set()
    with open(UNIT, encoding="utf-8") as f:
        for line in re.findall(r"^SystemCallFilter=(.*)$", f.read(), re.M):
            listed = set().union(*(calls_of(w, set()) for w in line.removeprefix("~").split()))
            ret = ret - listed if line.startswith("~") else ret | listed
    return ret


def talk(path):
    """A put, a check, a bad line and a look at the metrics."""
    article = {"id": "a", "text": "the ferry stood still because a swan had nested on the gangway " * 5}
    requests = [{"op": "put", "article": article}, {"op": "check", "article": article}, {"op": "stats"}, {"op": "x"}]
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(path)
        s.sendall("".join(json.dumps(r) + "\n" for r in requests).encode() + b"nonsense\n")
        with s.makefile("rb") as replies:
            for _ in range(len(requests) + 1):
                json.loads(replies.readline())
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(path)
        s.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        while s.recv(65536):
            pass


def wait_for(condition):
    for _ in range(600):
        if condition():
            return True
        time.sleep(0.1)
    return False


def traced_calls(folder):
    """Starts the daemon twice over one store; the second start loads what the first has written."""
    path, trace, calls = os.path.join(folder, "n.sock"), os.path.join(folder, "trace"), set()
    for _ in range(2):
        with subprocess.Popen(["strace", "-f", "-qq", "-o", trace, NEWSDUPD, "--config", "/dev/null", "--socket", path,
                               "--store", os.path.join(folder, "store")], stderr=subprocess.PIPE) as p:
            if not wait_for(lambda: os.path.exists(path) or p.poll() is not None) or p.poll() is not None:
                skip(f"no daemon under strace: {p.stderr.read().decode()}")
            talk(path)
            with open(trace, encoding="utf-8", errors="replace") as f:
                daemon = int(f.readline().split()[0])
            os.kill(daemon, signal.SIGHUP)
            talk(path)
            os.kill(daemon, signal.SIGTERM)
            p.wait(60)
        with open(trace, encoding="utf-8", errors="replace") as f:
            calls |= set(re.findall(r"^\d+ +([a-z_0-9]+)\(", f.read(), re.M))
    return calls - BEFORE


def main():
    if not os.path.exists(NEWSDUPD):
        skip("newsdupd is not built")
    if os.path.basename(os.environ.get("BUILD_DIR", "build")) != "build":
        skip("only the release makes the calls of the release")
    for tool in ("strace", "systemd-analyze"):
        if not shutil.which(tool):
            skip(f"no {tool}")
    with tempfile.TemporaryDirectory() as folder:
        calls = traced_calls(folder)
    refused = sorted(calls - allowed_calls())
    print(f"{'FAIL' if refused else 'PASS'} {len(calls)} calls are let through" + (f", but not {refused}" if refused else ""))
    return 1 if refused or not calls else 0


sys.exit(main())
