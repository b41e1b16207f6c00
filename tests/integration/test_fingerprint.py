#!/usr/bin/env python3
"""newsdup fingerprint: fields, offsets against the text, roles, rejections, exit codes."""
import base64
import gzip
import json
import os
import re
import subprocess

from checking import PATIENCE, check, in_folder, run as run_tests

NEWSDUP = os.environ.get("NEWSDUP", "build/newsdup")
HEX = re.compile(r"[0-9a-f]{16}")

KOREAN = ("호숫가 책방 문 열어\n\n"
          "솔마을 호숫가에 작은 책방이 지난주 문을 열었다. 주인 한 사람이 직접 나무 책장을 짜고 오래된 시집을 모았다고 한다.\n"
          "   책방은 아침 열 시부터 저녁 일곱 시까지 손님을 맞으며, 비가 오는 날에는 따뜻한 차도 낸다.   \n"
          "주민들은 “조용한 동네에 쉼터가 생겼다”며 반겼다.")
ENGLISH = ("The lighthouse at Pell Point was painted green last week, to the surprise of the fishermen who had "
           "known it white for forty years.\n"
           "A committee of three had chosen the colour from a tin that stood open in the shed, its chairman said.\n"
           "\n"
           "The keeper — who is colour-blind — said he liked it very much.")


def run(*args, stdin=b"", **more):
    return subprocess.run([NEWSDUP, "fingerprint", *args], input=stdin, capture_output=True, timeout=PATIENCE, **more)


def lines(p):
    return [json.loads(line) for line in p.stdout.decode("utf-8").splitlines()]


def as_input(*articles):
    return "".join(json.dumps(a, ensure_ascii=False) + "\n" for a in articles).encode("utf-8")


def fingerprint(article, *args):
    p = run(*args, "-", stdin=as_input(article))
    check(f"exit 0 for {article.get('id')}", p.returncode == 0 and not p.stderr, p)
    return lines(p)[0]


def starts(text):
    """Where each line starts, in bytes."""
    ret, at = [], 0
    for line in text.encode("utf-8").split(b"\n"):
        ret.append((at, line))
        at += len(line) + 1
    return ret


def check_offsets(name, text, got):
    raw, places = text.encode("utf-8"), starts(text)
    for p in got["paragraphs"]:
        at, line = places[p["line"] - 1]
        piece = raw[p["start"]:p["end"]]
        check(f"{name}: line {p['line']} stands at its offsets",
              piece.decode("utf-8").strip() == line.decode("utf-8").strip()
              and at <= p["start"] < p["end"] <= at + len(line), p)
    check(f"{name}: every line that is not blank, once",
          [p["line"] for p in got["paragraphs"]] == [i for i, (_, x) in enumerate(places, 1) if x.strip()], got)


def test_fields():
    got = fingerprint({"id": "ko", "title": "호숫가 책방 문 열어", "text": KOREAN})
    check("fields, in order", list(got) == ["id", "profile", "simhash", "body_hash", "sketch", "paragraphs"], list(got))
    check("hashes are 16 hex digits", all(HEX.fullmatch(got[k]) for k in ("profile", "simhash", "body_hash")), got)
    check("fields of a paragraph", all(
        list(p) == ["line", "role", "hash", "simhash", "start", "end"] and HEX.fullmatch(p["hash"])
        and HEX.fullmatch(p["simhash"]) for p in got["paragraphs"]), got["paragraphs"])
    check("roles", [p["role"] for p in got["paragraphs"]] == ["title", "lead", "body", "body"], got["paragraphs"])
    check_offsets("korean", KOREAN, got)


def test_sketch():
    got = fingerprint({"id": "en", "text": ENGLISH})
    s = got["sketch"]
    check("sketch: fields", list(s) == ["scale", "shingles", "keys"], s)
    check("sketch: keys are a sample of the shingles", 0 < len(s["keys"]) <= s["shingles"], s)
    check("sketch: keys are below 2^64 / scale", all(int(k, 16) <= (2**64 - 1) // s["scale"] for k in s["keys"]), s)
    check("sketch: keys are distinct", len(set(s["keys"])) == len(s["keys"]), s)
    check("sketch: a short text keeps 16 keys or all", len(s["keys"]) >= 16 or s["scale"] == 1, s)
    check_offsets("english", ENGLISH, got)
    short = fingerprint({"id": "en", "text": ENGLISH}, "--roles")
    check("--roles leaves the sketch out, nothing else", "sketch" not in short and short == {
        k: v for k, v in got.items() if k != "sketch"}, short)


def test_folding():
    """The same words in another typography: other bytes, the same fingerprint."""
    a = fingerprint({"id": "x", "text": "The green “lamp” - and the sea\nwent out at nine"})
    b = fingerprint({"id": "x", "text": "THE  GREEN \"LAMP\" — and the sea\nＷent out at nine"})
    check("folded hashes agree", a["body_hash"] == b["body_hash"] and a["simhash"] == b["simhash"]
          and a["sketch"] == b["sketch"]
          and [p["hash"] for p in a["paragraphs"]] == [p["hash"] for p in b["paragraphs"]], (a, b))
    check("offsets are those of the own bytes", a["paragraphs"][0]["end"] != b["paragraphs"][0]["end"], (a, b))


def test_other_texts():
    got = fingerprint({"id": "empty", "text": ""})
    check("an empty text: no paragraphs, no keys, hashes of nothing", got["paragraphs"] == []
          and got["sketch"]["keys"] == [] and got["body_hash"] == got["simhash"] == "0" * 16, got)
    got = fingerprint({"id": "array", "paragraphs": ["first of them here", "", "third of them here"]})
    check("paragraphs are lines of the text", [p["line"] for p in got["paragraphs"]] == [1, 3], got)
    raw = base64.b64encode("솔마을 소식\n둘째 줄이다".encode("cp949")).decode()
    got = fingerprint({"id": "raw", "text_base64": raw, "charset": "euc-kr"})
    want = len("솔마을 소식".encode("utf-8"))
    check("offsets of a decoded text count UTF-8", got["paragraphs"][0]["end"] == want, got)


def test_ids():
    p = run("-", stdin=b'{"id":12345678901234567890123,"text":"a b c"}\n'
            b'{"url":"http://paper.example/1","text":"a b c"}\n{"text":"a b c"}\n')
    out = p.stdout.decode().splitlines()
    check("a numeric id keeps its digits", out[0].startswith('{"id":12345678901234567890123,'), out[0])
    check("default ids: url, hash of the text", json.loads(out[1])["id"] == "http://paper.example/1"
          and HEX.fullmatch(json.loads(out[2])["id"]), out)


def test_order_and_threads():
    rows = [{"id": i, "text": f"{ENGLISH}\nitem number {i} of the list"} for i in range(4000)]
    data = as_input(*rows)
    one, two = run("--threads", "1", "-", stdin=data), run("--threads", "3", "-", stdin=data)
    check("output follows the input", [x["id"] for x in lines(one)] == list(range(4000)))
    check("threads change nothing", one.stdout == two.stdout and one.returncode == two.returncode == 0)
    check("one profile for all", len({x["profile"] for x in lines(one)}) == 1)


@in_folder
def test_files(folder):
    plain, packed = os.path.join(folder, "a.jsonl"), os.path.join(folder, "b.jsonl.gz")
    with open(plain, "wb") as f:
        f.write(as_input({"id": "a", "text": KOREAN}))
    with gzip.open(packed, "wb") as f:
        f.write(as_input({"id": "b", "text": ENGLISH}))
    p = run(plain, packed)
    check("files, plain and gzip, in order", [x["id"] for x in lines(p)] == ["a", "b"], p)
    p = run(plain, os.path.join(folder, "missing"), packed)
    check("an unreadable file: 3, the others are read", p.returncode == 3 and len(lines(p)) == 2
          and b"missing: unreadable: " in p.stderr, p)


@in_folder
def test_rejects(folder):
    path = os.path.join(folder, "bad.jsonl")
    with open(path, "wb") as f:
        f.write(b'{"id":"1","text":"good words"}\n\n{"id":"2"}\n{not json\n'
                b'{"id":"3","text":"bad \xff utf8"}\n'
                b'{"id":"4","text_base64":"AAAA","charset":"no-such"}\n{"id":"5","text":"good too"}\n')
    p = run(path)
    err = p.stderr.decode("utf-8", "replace").splitlines()
    check("rejections are told, the rest goes on: 0", p.returncode == 0 and [x["id"] for x in lines(p)] == ["1", "5"], p)
    want = [(3, "missing_text"), (4, "bad_json"), (5, "bad_utf8"), (6, "bad_charset")]
    check("file, line, code, reason", len(err) == 4 and all(
        re.fullmatch(rf"newsdup: {re.escape(path)}:{n}: {code}: \S.*", e) for e, (n, code) in zip(err, want)), err)
    p = run("--strict", path)
    check("--strict: 4, and all of the output", p.returncode == 4 and len(lines(p)) == 2, p)
    check("--strict without rejections: 0", run("--strict", "-", stdin=as_input({"text": "x"})).returncode == 0)


def test_usage():
    for args, word in (((), b"no file"), (("--no-such", "x"), b"unknown option"), (("--threads", "0", "x"), b"threads"),
                       (("--roles=1", "x"), b"no value")):
        p = run(*args)
        check(f"usage: {args}: 2", p.returncode == 2 and word in p.stderr and not p.stdout, p)
    p = run("--help")
    check("--help: 0", p.returncode == 0 and b"--roles" in p.stdout and b"--strict" in p.stdout, p)


def test_write_errors():
    many = as_input(*[{"id": i, "text": ENGLISH} for i in range(2000)])
    for name, data in (("at the end", as_input({"text": "x"})), ("on the way", many)):
        with open("/dev/full", "wb") as full:
            p = subprocess.run([NEWSDUP, "fingerprint", "-"], input=data, stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE)
        check(f"a full disk {name}: 3", p.returncode == 3 and b"cannot write to standard output: No space" in p.stderr, p)


run_tests(globals())
