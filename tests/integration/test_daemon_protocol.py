#!/usr/bin/env python3
"""newsdup-protocol(7): its examples, asked of the real daemon, get the answers that stand there."""
import re
import shutil
import subprocess

from running import *

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "daemon", "newsdup-protocol.7")
# What differs from run to run: only that it is there is compared.
VARIES = {"version", "profile", "rules", "received", "uptime_s", "keys", "index_bytes", "store_bytes", "store_free_bytes", "store_oldest_reader_s", "candidates", "verified",
          "queue", "commits", "commit_seconds", "connections", "subscribers"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def blocks():
    """(the comment before it, lines) of each example."""
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    for found in re.finditer(r"^(?:\.\\\" run: (\w+)\n)?\.EX\n(.*?)^\.EE$", page, re.M | re.S):
        text_ = found[2].replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")
        yield found[1], text_


def exchanges():
    """(mark, line) of each line that is sent or comes back, put together again."""
    ret = []
    for kind, body in blocks():
        if kind or "\\f" in body or not body.startswith((">", "<")):
            continue
        for line in body.splitlines():
            if line.startswith("  "):
                ret[-1][1] += line[2:]
            else:
                ret.append([line[0], line[2:]])
    return ret


def same(got, want):
    if isinstance(want, dict):
        return got.keys() == want.keys() and all(k in VARIES or same(got[k], want[k]) for k in want)
    if isinstance(want, list):
        return len(got) == len(want) and all(map(same, got, want))
    if isinstance(want, str) and TIME.fullmatch(want):
        return bool(TIME.fullmatch(got))
    return got == want


def test_each_example_is_answered_as_the_page_says():
    ops = set()
    with Daemon() as d, d.client() as c:
        for mark, line in exchanges():
            if mark == ">":
                ops.add(json.loads(line)["op"])
                c.send(line.encode() + b"\n")
                continue
            want = json.loads(line)
            if want.get("event") == "new":  # the page says what happens then
                with d.client() as other:
                    other.put({"id": want["key"], "outlet": want["outlet"], "published": "2026-03-04T08:00:00Z", "text": text(5)})
                    other.put({"id": "mpa-2", "outlet": "Meridian Press", "published": "2026-03-04T07:00:00Z", "text": text(5)})
            if want.get("event") in ("moved", "memory_full", "overrun"):  # no request here sets one off
                continue
            got = c.reply()
            assert same(got, want), (got, want)
    assert ops == {"hello", "put", "delete", "deny", "allow", "check", "get", "story", "explain", "leads", "outlets", "furniture", "stats", "health",
                   "subscribe"}, ops


def test_every_code_stands_on_the_page():
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    for code in ("bad_json", "bad_utf8", "bad_request", "unknown_op", "too_large", "too_deep", "not_found", "busy",
                 "rate_limited", "denied", "overrun", "profile_mismatch", "store_full", "store_error", "shutting_down",
                 "internal", "missing_text", "bad_charset"):
        assert code in page, code


def run_example(kind, command, d, **more):
    body = next(b for k, b in blocks() if k == kind).replace("/run/newsdup/newsdupd.sock", d.path)
    return subprocess.run(command, input=body, capture_output=True, text=True, check=True, timeout=PATIENCE, **more).stdout


def test_the_session_with_nc_and_jq():
    if not shutil.which("jq") or not shutil.which("nc"):
        print("     no nc or no jq: skipped")
        return
    folder = fresh("in")
    os.mkdir(folder)
    with open(f"{folder}/articles.jsonl", "w") as f:
        f.writelines(json.dumps(a) + "\n" for a in (article(1), article(2, seed=1), {"id": "bad"}))
    with Daemon() as d:
        out = run_example("sh", ["sh"], d, cwd=folder)
        assert out == "m1\tnew\tm1\nm2\tidentical\tm1\nmissing_text\n", out


def test_the_node_example():
    if not shutil.which("node"):
        print("     no node: skipped")
        return
    with Daemon() as d:
        out = run_example("node", ["node", "-"], d)
        assert out == "a new a\nb identical a\n", out


run(globals())
