#!/usr/bin/env python3
"""newsdup explain: figures, passages against the texts, archives, agreement with bulk, every error path."""
import functools
import json
import os
import random
import subprocess
import tempfile

from checking import PATIENCE, check, run as run_tests

NEWSDUP = os.environ.get("NEWSDUP", "build/newsdup")

LEAD = ("솔마을 군청은 3일 호수 둘레를 도는 나무 산책길을 새로 놓아 주민에게 처음 열었다고 밝혔다. "
        "길이는 모두 사 킬로미터이며 다섯 군데에 쉼터가 있다.")
MIDDLE = ("군청 관계자는 “비가 와도 미끄럽지 않게 홈을 팠다”며 밤에는 낮은 등을 켜 둔다고 설명했다. "
          "공사는 지난봄 시작해 여덟 달이 걸렸다.")
END = "주민 윤모 씨는 아침마다 걷겠다며 웃었고, 자전거는 들어올 수 없다고 군청은 덧붙였다."
OTHER = ("물고기 시장에서는 새벽 경매가 한 시간 늦게 열렸다. 높은 파도로 배들이 제때 닿지 못했기 때문이라고 상인들은 말했다. "
         "값은 어제보다 조금 올랐으나 손님은 여전히 많았다고 한다.")
A = {"id": "a", "outlet": "one", "published": "2031-05-03T09:00:00+09:00", "title": "산책길 열려",
     "text": f"산책길 열려\n{LEAD}\n{MIDDLE}\n{END}"}
B = {"id": "b", "outlet": "two", "published": "2031-05-03T11:00:00+09:00", "title": "호수 산책길",
     "text": f"{LEAD.replace(' 나무', '나무')}\n{MIDDLE}\n군청은 다음 달에 안내판도 세운다."}
C = {"id": "c", "outlet": "two", "published": "2031-05-03T12:00:00+09:00", "text": OTHER}
ENGLISH = ("The ferry to Pell Island stood still on Monday because a swan had nested on the gangway, and nobody in "
           "the harbour office wished to be the one to move it. Passengers were offered tea and a view of the nest. "
           "The captain said that he had seen worse reasons in thirty years at sea, but none with so many feathers.")


def run(*args, stdin=b""):
    return subprocess.run([NEWSDUP, "explain", *args], input=stdin, capture_output=True, timeout=PATIENCE)


def in_folder(test):
    @functools.wraps(test)
    def ret():
        with tempfile.TemporaryDirectory() as path:
            test(Folder(path))

    return ret


class Folder:
    def __init__(self, path):
        self.path = path

    def write(self, name, *articles):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as f:
            for a in articles:
                f.write(a if isinstance(a, str) else json.dumps(a, ensure_ascii=False) + "\n")
        return path

    def missing(self):
        return os.path.join(self.path, "missing")


def explain(*args):
    p = run("--json", *args)
    if p.returncode or p.stderr or p.stdout.count(b"\n") != 1:
        check(f"explains {args}", False, p)
        return None
    return json.loads(p.stdout)


def pair(folder, a, b):
    return explain(folder.write("a.json", a), folder.write("b.json", b))


def letters(raw):
    return "".join(c for c in raw.decode("utf-8").lower() if c.isalnum())


def check_passages(name, x, a, b):
    raw_a, raw_b, last = a["text"].encode("utf-8"), b["text"].encode("utf-8"), -1
    good = bool(x["passages"])
    for p in x["passages"]:
        piece_a, piece_b = raw_a[slice(*p["a"])], raw_b[slice(*p["b"])]
        good &= p["text"].encode("utf-8") == piece_a and letters(piece_a) == letters(piece_b)
        good &= last < p["a"][0] < p["a"][1]
        last = p["a"][0]
    check(f"{name}: passages stand at their offsets, in order of a", good, x["passages"])


def threshold(x, name):
    return next((t for t in x["thresholds"] if t["name"] == name), None)


@in_folder
def test_copy(folder):
    x = pair(folder, A, B)
    check("fields", list(x) == ["a", "b", "verdict", "why", "similarity", "containment", "contained", "rare_containment",
                                "shingles", "rare", "lead", "simhash_distance", "days", "thresholds", "archive",
                                "passages"], list(x))
    check("articles", x["a"] == {k: A[k] for k in ("id", "outlet", "published", "title")} and x["b"]["id"] == "b", x)
    check("a copy", x["verdict"] == "copy", x)
    n = x["shingles"]
    check("figures agree with each other", abs(x["containment"] - n["shared"] / n["b"]) < 1e-4
          and abs(x["contained"] - n["shared"] / n["a"]) < 1e-4
          and abs(x["similarity"] - n["shared"] / (n["a"] + n["b"] - n["shared"])) < 1e-4, x)
    r = x["rare"]
    check("of two texts all is rare, and quotations weigh less", all(n[k] * 0.8 < r[k] < n[k] for k in n), x)
    check("rare containment is of the shorter one",
          abs(x["rare_containment"] - r["shared"] / min(r["a"], r["b"])) < 1e-4, x)
    t = threshold(x, "copy_same_lead")
    check("the threshold that decided is told", t and t["met"] and t["value"] == x["rare_containment"], x["thresholds"])
    check("why, in words and numbers", f"{int(x['rare_containment'] * 100)} % of the rare shingles" in x["why"]
          and f"needs {int(t['threshold'] * 100)} %" in x["why"], x["why"])
    check("lead, SimHash, days", x["lead"] > 0.9 and 0 < x["simhash_distance"] < 33 and x["days"] == 0
          and x["archive"] is None, x)
    check_passages("korean", x, A, B)
    check("the title above the body is in no passage", all(p["a"][0] >= len("산책길 열려\n".encode()) for p in x["passages"]))


@in_folder
def test_relations(folder):
    check("new", pair(folder, A, C)["verdict"] == "new")
    x = pair(folder, A, dict(A, id="x", outlet="three", text=A["text"].replace("“", '"').replace("”", '"')))
    check("identical", x["verdict"] == "identical" and x["similarity"] == 1 and "same text" in x["why"], x)
    x = pair(folder, A, dict(B, id="a"))
    check("revision by id", x["verdict"] == "revision" and x["why"] == "both have the same id", x)
    x = pair(folder, dict(A, url="http://p.example/1"), dict(C, outlet="one", url="http://p.example/1"))
    check("revision by url", x["verdict"] == "revision" and "url" in x["why"], x)
    x = pair(folder, A, dict(B, outlet="one", title=A["title"]))
    check("revision by title", x["verdict"] == "revision" and "title" in x["why"], x)
    x = pair(folder, A, {"id": "s", "text": "짧은 글"})
    check("too short", x["verdict"] == "too_short" and x["passages"] == [] and "12" in x["why"], x)
    x = pair(folder, A, {"id": "s", "text": ""})
    check("an empty text is too short", x["verdict"] == "too_short" and x["containment"] == 0, x)
    x = pair(folder, A, dict(B, published="2031-06-20"))
    check("a form filled in anew", x["verdict"] == "template" and x["days"] == 48 and "48 days" in x["why"]
          and threshold(x, "template_days")["met"], x)
    x = pair(folder, A, dict(B, published="sometime"))
    check("days unknown", x["days"] is None and x["verdict"] == "copy", x)
    check("nothing new is below its thresholds", not threshold(pair(folder, A, C), "copy")["met"])


def prose(seed, n):
    r = random.Random(seed)
    return " ".join("".join(r.choice("bdfgklmnprst") + r.choice("aeiou") for _ in range(r.randint(2, 4)))
                    for _ in range(n))


@in_folder
def test_sizes(folder):
    page = {"id": "page", "text": "\n".join(prose(i, 200) for i in range(5)) + "\n" + ENGLISH}
    short = {"id": "short", "text": ENGLISH}
    x, y = pair(folder, page, short), pair(folder, short, page)
    check("inside a longer text: an excerpt", x["verdict"] == "excerpt" and x["containment"] == 1
          and threshold(x, "excerpt")["met"] and not threshold(x, "size_ratio")["met"], x)
    check("the other way round: a digest", y["verdict"] == "digest" and y["contained"] == 1, y)
    check("the same passage both ways", x["passages"][0]["a"] == y["passages"][0]["b"]
          and len(x["passages"]) == len(y["passages"]) == 1, (x["passages"], y["passages"]))
    check_passages("english", x, page, short)
    one = {"id": "one", "text": prose(50, 150) + "\n" + ENGLISH}
    two = {"id": "two", "text": prose(51, 150) + "\n" + ENGLISH}
    x = pair(folder, one, two)
    check("a shared passage: partial", x["verdict"] == "partial" and threshold(x, "partial_shared")["met"], x)
    x = pair(folder, {"id": "l1", "text": ENGLISH + "\n" + prose(60, 600)},
             {"id": "l2", "text": ENGLISH + "\n" + prose(61, 600)})
    check("only the lead: same_lead", x["verdict"] == "same_lead" and x["lead"] > 0.9 and "lead" in x["why"], x)


@in_folder
def test_text_form(folder):
    a, b = folder.write("a.json", A), folder.write("b.json", B)
    p = run(a, b)
    out = p.stdout.decode("utf-8")
    check("for people: verdict, reason, figures", p.returncode == 0 and "B is a copy of A: " in out
          and "resemblance" in out and "SimHash distance" in out and "thresholds" in out, p)
    check("for people: passages with their places", "passages in both" in out and "\n  A " in out, out)
    long = {"id": "l\x1b[31m", "outlet": "x", "title": "t\u0085x\nline", "text": prose(1, 300) + "\n" + prose(2, 10)}
    out = run(folder.write("l.json", long), folder.write("m.json", dict(long, id="m"))).stdout.decode("utf-8")
    check("a long passage is cut with …", " … " in out and len(out) < 2500, out)
    check("no control character reaches the terminal", not any(c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)
                                                              for c in out), repr(out[:200]))
    pieces = [prose(100 + i, 5 + i) for i in range(12)]
    one = {"id": "1", "text": " zz ".join(pieces)}
    two = {"id": "2", "text": " qq ".join(pieces)}
    out = run(folder.write("1.json", one), folder.write("2.json", two)).stdout.decode("utf-8")
    by_length = sorted(pieces, key=len, reverse=True)
    shown = [p for p in pieces if p in out]
    check("the longest passages are shown", "the 8 longest of 12" in out and sorted(shown) == sorted(by_length[:8]), out)
    check("in their order", [out.index(p) for p in shown] == sorted(out.index(p) for p in shown), out)
    check("no passage at all", "passages in both: none" in run(a, folder.write("c.json", C)).stdout.decode("utf-8"))


@in_folder
def test_archive(folder):
    f = folder.write("all.jsonl", A, C, B)
    x = explain("--in", f, "a", "b")
    check("ids of an archive", x["verdict"] == "copy" and x["archive"] == {
        "articles": 3, "later": "b", "verdict": "copy", "relation": "copy"}, x)
    check_passages("archive", x, A, B)
    y = explain("--in", f, "b", "a")
    check("the other way round: the later is A now", y["archive"]["later"] == "a", y)
    check("the other way round: figures change sides", y["containment"] == x["contained"]
          and y["contained"] == x["containment"] and y["a"]["id"] == "b" and y["archive"]["relation"] == "copy", y)
    x = explain("--in", folder.write("1.jsonl", A), f"--in={folder.write('2.jsonl', C, B)}", "a", "b")
    check("two files are one archive", x["archive"]["articles"] == 3 and x["verdict"] == "copy", x)
    x = explain("--in", f, "a", "c")
    check("no relation in the archive", x["verdict"] == "new" and x["archive"]["relation"] is None, x)
    out = run("--in", f, "a", "b").stdout.decode("utf-8")
    check("for people: the archive", "Among 3 articles, B came later. Its verdict on arrival: copy" in out, out)
    p = run("--json", "--in", "-", "a", "b", stdin=open(f, "rb").read())
    check("an archive on standard input", json.loads(p.stdout)["verdict"] == "copy", p)


@in_folder
def test_frequencies(folder):
    """What stands in many stories is not rare: between two texts alone nobody can know."""
    footer = ENGLISH
    rows = [{"id": f"n{i}", "outlet": f"o{i}", "text": prose(200 + i, 120) + ".\n" + footer} for i in range(30)]
    alone = pair(folder, rows[3], rows[20])
    x = explain("--in", folder.write("all.jsonl", *rows), "n3", "n20")
    check("two texts alone: the shared passage counts", alone["verdict"] == "partial", alone)
    check("in the archive it is not rare", x["verdict"] == "new" and x["rare"]["shared"] < alone["rare"]["shared"] / 2
          and x["shingles"] == alone["shingles"] and x["containment"] == alone["containment"], x)
    check("it is a passage all the same", x["passages"] == alone["passages"])


@in_folder
def test_ids(folder):
    f = folder.write("all.jsonl", dict(A, id="v", text=OTHER), B, dict(A, id="v"), {"id": 77, "text": LEAD},
                     {"url": "http://p.example/x", "text": MIDDLE})
    x = explain("--in", f, "b", "v")
    check("of an id that came twice the newest counts", x["verdict"] == "copy" and x["archive"]["later"] == "b", x)
    check_passages("newest", x, B, A)
    x = explain("--in", f, "v", "77")
    check("a numeric id", x["b"]["id"] == 77 and x["containment"] == 1, x)
    check("a url for an id", explain("--in", f, "v", "http://p.example/x")["containment"] == 1)


@in_folder
def test_bulk_agrees(folder):
    """Each match of a bulk run has the figures that explain gives, and the relation on arrival."""
    rows = [A, B, C, {"id": "d", "outlet": "four", "text": f"{MIDDLE}\n{END}\n{OTHER}"},
            {"id": "e", "outlet": "five", "text": LEAD + "\n" + OTHER}]
    f, out = folder.write("all.jsonl", *rows), os.path.join(folder.path, "out")
    subprocess.run([NEWSDUP, "bulk", "--quiet", "--out", out, f], check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)
    n = 0
    with open(os.path.join(out, "articles.jsonl"), encoding="utf-8") as articles:
        for r in map(json.loads, articles):
            for m in r["matches"]:
                x = explain("--in", f, m["id"], r["id"])
                n += 1
                check(f"bulk says the same of {m['id']} and {r['id']}", all(
                    x[k] == m[k] for k in ("similarity", "containment", "contained")) and x["verdict"] == m["relation"]
                    and x["archive"]["relation"] == m["relation"] and x["archive"]["verdict"] == r["verdict"], (m, x))
    check("there was something to compare", n >= 3, n)


@in_folder
def test_two_files_are_an_archive_of_two(folder):
    for b in (B, C, {"id": "s", "text": "짧은 글"}):
        x, y = pair(folder, A, b), explain("--in", folder.write("all.jsonl", A, b), "a", b["id"])
        check(f"alone and in an archive of two: {b['id']}", all(
            x[k] == y[k] for k in x if k != "archive"), (x, y))


@in_folder
def test_repeats(folder):
    """A million equal lines must not take for ever."""
    a = {"id": "a", "text": "the same old line of text\n" * 90000 + "an end"}
    b = {"id": "b", "text": "the same old line of text\n" * 80000}
    x = pair(folder, a, b)
    check("texts of equal lines", x is not None and 0 < len(x["passages"]) < 10, "too many passages")


@in_folder
def test_errors(folder):
    a, f = folder.write("a.json", A), folder.write("all.jsonl", A, B)
    empty, bad = folder.write("empty.json", "\n \n"), folder.write("bad.json", "\n{no json\n")
    cases = [
        ("no operand", 2, (), b"two files are wanted"),
        ("one operand", 2, (a,), b"two files are wanted"),
        ("three operands", 2, (a, a, a), b"two files are wanted"),
        ("one id", 2, ("--in", f, "a"), b"two ids are wanted"),
        ("the same id", 2, ("--in", f, "a", "a"), b"same id"),
        ("an unknown id", 2, ("--in", f, "a", "zz"), b"no article has the id 'zz'"),
        ("two unknown ids", 2, ("--in", f, "yy", "zz"), b"'yy'"),
        ("an unknown option", 2, ("--no-such", a, a), b"unknown option"),
        ("--in without a value", 2, ("a", "b", "--in"), b"--in wants a value"),
        ("standard input twice", 2, ("-", "-"), b"but once"),
        ("a missing file", 3, (a, folder.missing()), b"missing: unreadable: No such file"),
        ("a missing archive", 3, ("--in", f, "--in", folder.missing(), "a", "b"), b"missing: unreadable: "),
        ("a folder", 3, (folder.path, a), b"unreadable: "),
        ("an empty file", 3, (a, empty), b"no article in it"),
        ("no JSON", 3, (a, bad), b"bad.json:2: bad_json: "),
        ("no text", 3, (folder.write("x.json", '{"id":"x"}\n'), a), b"x.json:1: missing_text: "),
        ("an unknown charset", 3, (folder.write("y.json", '{"text_base64":"AAAA","charset":"no-such"}\n'), a),
         b"bad_charset: "),
        ("no place for the working file", 3, ("--in", f, "--tmp", folder.missing(), "a", "b"), b"No such file"),
    ]
    for name, code, args, word in cases:
        p = run(*args)
        check(f"{name}: {code}", p.returncode == code and word in p.stderr and not p.stdout, p)
    p = run("--json", a, "-", stdin=b"\n" + json.dumps(B).encode() + b"\nthe rest is not read\n")
    check("only the first line of a file counts", p.returncode == 0 and json.loads(p.stdout)["verdict"] == "copy", p)
    p = run("--json", "--in", folder.write("mixed.jsonl", A, "garbage\n", B), "a", "b")
    check("a bad line of an archive is told, the rest goes on", p.returncode == 0 and b"mixed.jsonl:2: bad_json" in p.stderr
          and json.loads(p.stdout)["verdict"] == "copy", p)
    for more in ((), ("--json",)):
        with open("/dev/full", "wb") as full:
            p = subprocess.run([NEWSDUP, "explain", *more, a, f], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE)
        check(f"a full disk {more}: 3", p.returncode == 3 and b"cannot write to standard output: No space" in p.stderr, p)
    p = run("--help")
    check("--help: 0", p.returncode == 0 and b"--in FILE" in p.stdout, p)


run_tests(globals())
