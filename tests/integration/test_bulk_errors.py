#!/usr/bin/env python3
"""newsdup bulk: what is bad is told with its place, and everything else is there all the same.

NEWSDUP is the program.
"""
import base64
import gzip
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile

from checking import eventually, run

NEWSDUP = os.environ["NEWSDUP"]
FILES = ["articles.jsonl", "drop.txt", "keep.txt", "leads.jsonl", "outlets.json", "rejects.jsonl", "stories.jsonl", "summary.json"]
TMP = tempfile.TemporaryDirectory(prefix="test_bulk_errors.")
MIB = 1 << 20


# --- running ---

def fresh(name):
    return os.path.join(tempfile.mkdtemp(dir=TMP.name), name)


def write(content, name="in.jsonl"):
    path = fresh(name)
    with open(path, "wb") as f:
        f.write(content)
    return path


def newsdup(*args, stdin=b"", code=0, **more):
    r = subprocess.run([NEWSDUP, *args], input=stdin, stderr=subprocess.PIPE, **{"stdout": subprocess.PIPE, **more})
    assert r.returncode == code, f"exit {r.returncode}, not {code}: {args}: {r.stderr.decode()[:1500]}"
    return r


def lines(content):
    return [json.loads(line) for line in content.decode("utf-8").splitlines()]


class Result:
    """A run's files, and what it said."""

    def __init__(self, *args, stdin=b"", code=0):
        out = fresh("out")
        r = newsdup("bulk", "--out", out, *args, stdin=stdin, code=code)
        assert sorted(os.listdir(out)) == FILES, os.listdir(out)
        read = {f: open(os.path.join(out, f), "rb").read() for f in FILES}
        self.articles = lines(read["articles.jsonl"])
        self.ids = [a["id"] for a in self.articles]
        self.rejects = lines(read["rejects.jsonl"])
        self.summary = json.loads(read["summary.json"])
        self.stdout, self.stderr = r.stdout, r.stderr.decode()
        for reject in self.rejects:
            assert list(reject) == ["file", "line", "offset", "code", "reason"], reject
            assert reject["reason"] and not reject["reason"].endswith("."), reject
            assert reject["reason"][0].islower() or reject["code"] == "unreadable", reject  # strerror(3) is not
        counts = {}
        for reject in self.rejects:
            counts[reject["code"]] = counts.get(reject["code"], 0) + 1
        assert self.summary["rejects"] == counts and self.summary["rejected"] == len(self.rejects)


def words(start, n):
    return " ".join("w%x" % (i * 2654435761 % 2**32) for i in range(start, start + n))


def line(i, **fields):
    return json.dumps({"id": f"good{i}", "text": words(1000 * i, 50), **fields}, ensure_ascii=False).encode() + b"\n"


GOOD = [line(i) for i in range(4)]


def between(bad):
    """A bad line between two good ones and two."""
    return GOOD[0] + GOOD[1] + bad + b"\n" + GOOD[2] + GOOD[3]


def refused(bad, code, within=None, at=None):
    """bad becomes one rejection, told with its line and a place within it; the good ones are there."""
    path = write(between(bad))
    start = len(GOOD[0] + GOOD[1])
    for args, stdin, name in (([path], b"", path), (["--threads", "1", "-"], between(bad), "(standard input)")):
        r = Result(*args, stdin=stdin)
        assert r.ids == ["good0", "good1", "good2", "good3"], r.ids
        assert len(r.rejects) == 1, r.rejects
        got = r.rejects[0]
        assert (got["file"], got["line"], got["code"]) == (name, 3, code), got
        assert start <= got["offset"] <= start + len(bad), got
        if at is not None:
            assert got["offset"] == start + at, got
        if within:
            assert within in got["reason"], got
        assert str(code) in r.stdout.decode()
        assert r.summary["articles"] == 4


# --- bad lines ---

def test_broken_json_is_told_with_its_place():
    refused(b'{"id":"x","text":"abc"', "bad_json")
    refused(b'{"id":"x","text":"abc}', "bad_json")
    refused(b'{"id":"x" "text":"abc"}', "bad_json")
    refused(b'{"id":"x","text":"abc"}}', "bad_json")
    refused(b'{"id":"x","text":"abc"} {"id":"y","text":"z"}', "bad_json")
    refused(b'{"id":"x","text":"a\\qc"}', "bad_json", at=19)
    refused(b'{"id":"x","text":"\\ud83d."}', "bad_json", at=18)
    refused(b'{"id":"x","text":"a\tc"}', "bad_json", at=19)
    refused(b'{"id":"x","text":"a","other":tru}', "bad_json")
    refused(b'{"id":"x","text":"a","other":01}', "bad_json")
    for bad in (b"{", b"not json", b"nothing", b"2026-03-03", b"[1,", b'"text":"abc"'):
        refused(bad, "bad_json")
    refused(b'{"id":"x","text":NaN}', "bad_json")


def test_a_line_that_is_no_object_is_a_bad_request():
    for bad in (b"[]", b'"text"', b"42", b"null", b'["a",{"id":"x","text":"y"}]'):
        refused(bad, "bad_request")


def test_bad_utf_8_is_told_with_its_place():
    refused(b'{"id":"x","text":"ab\xff"}', "bad_utf8", at=20)
    refused(b'{"id":"x","text":"\xed\xa0\x80"}', "bad_utf8", at=18)
    refused(b'{"id":"x","text":"\xc0\xaf"}', "bad_utf8", at=18)
    refused(b'{"id":"x","text":"abc","other":"\xf0\x9f\x98"}', "bad_utf8", at=32)
    refused("뉴스".encode("cp949"), "bad_utf8")


def test_fields_of_the_wrong_type_are_bad_requests():
    for name in ("url", "outlet", "title", "lang", "text", "text_base64", "charset"):
        for value in (b"1", b"true", b"[]", b"{}"):
            refused(b'{"id":"x","text":"a","%s":%s}' % (name.encode(), value), "bad_request", within=name)
    refused(b'{"id":{},"text":"a"}', "bad_request", within="id")
    refused(b'{"id":"x","paragraphs":"a"}', "bad_request", within="paragraphs")
    refused(b'{"id":"x","paragraphs":["a",null]}', "bad_request", within="paragraphs")
    refused(b'{"id":"a\\u0000b","text":"a"}', "bad_request", within="NUL")


def test_an_article_without_text_is_refused():
    refused(b"{}", "missing_text")
    refused(b'{"id":"x","title":"a title"}', "missing_text")
    refused(b'{"id":"x","text":null}', "missing_text")
    refused(b'{"id":"x","paragraphs":null}', "missing_text")


def test_an_empty_text_is_no_fault():
    r = Result("-", stdin=between(b'{"id":"x","text":""}') + b'{"id":"y","paragraphs":[]}\n{"id":"z","text_base64":""}\n')
    assert r.ids == ["good0", "good1", "x", "good2", "good3", "y", "z"] and not r.rejects
    assert [a["verdict"] for a in r.articles if not a["id"].startswith("good")] == ["too_short"] * 3


def test_what_is_over_a_limit_is_too_large():
    refused(b'{"id":"x","text":"' + b"a" * (9 * MIB) + b'"}', "too_large")
    refused(b'{"id":"x","text_base64":"' + base64.b64encode(b"a" * (9 * MIB)) + b'"}', "too_large")
    refused(b'{"id":"x","text":"' + b"a\\n" * 100001 + b'"}', "too_large")
    refused(b'{"id":"' + b"x" * 1025 + b'","text":"a"}', "too_large", within="id")
    refused(b'{"url":"' + b"x" * 1025 + b'","text":"a"}', "too_large")


def test_what_is_just_within_a_limit_is_taken():
    fitting = [b'{"id":"x","text":"' + b"a" * (8 * MIB) + b'"}', b'{"id":"x","text":"' + b"a\\n" * 99999 + b'"}',
               b'{"id":"' + b"x" * 1024 + b'","text":"a"}',
               b'{"id":"x","text":"a","other":"' + b"b" * (16 * MIB - 32) + b'"}']
    assert len(fitting[3]) == 16 * MIB
    for good in fitting:
        r = Result("-", stdin=between(good))
        assert len(r.ids) == 5 and not r.rejects, r.rejects


def test_a_line_over_the_limit_is_skipped():
    refused(b'{"id":"x","text":"a","other":"' + b"b" * (17 * MIB) + b'"}', "too_large", within="line", at=0)
    refused(b"\xff" * (40 * MIB), "too_large", within="line", at=0)
    refused(b'{"id":"x","text":"a","other":"' + b"b" * (16 * MIB - 31) + b'"}', "too_large", at=0)


def test_a_long_line_at_the_end_without_a_newline_is_told():
    r = Result("-", stdin=GOOD[0] + b"x" * (17 * MIB))
    assert r.ids == ["good0"]
    assert [(x["line"], x["offset"], x["code"]) for x in r.rejects] == [(2, len(GOOD[0]), "too_large")]


def test_depth_is_limited():
    def nested(depth):  # the object itself is depth 1
        return b'{"id":"x","text":"a","other":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"

    refused(nested(40), "too_deep")
    refused(nested(33), "too_deep")
    refused(nested(100000), "too_deep")
    assert len(Result("-", stdin=between(nested(32))).ids) == 5


# --- charsets ---

def raw(content, charset=None, i="x"):
    fields = {"id": i, "text_base64": base64.b64encode(content).decode()}
    if charset is not None:
        fields["charset"] = charset
    return json.dumps(fields).encode()


def test_a_bad_charset_is_told():
    refused(raw(b"abc", "no-such-charset"), "bad_charset")
    refused(raw(b"\xff\xff\xff", "utf-8"), "bad_charset")
    refused(raw("뉴스 기사".encode("utf-8")[:-1], "utf-8"), "bad_charset")
    refused(b'{"id":"x","text_base64":"a*b="}', "bad_request", within="base64")
    refused(b'{"id":"x","text_base64":"YQ="}', "bad_request", within="base64")


def test_text_in_another_charset_is_the_same_text():
    text = "나루시는 12일 강변 산책로를 새로 열었다고 밝혔다. 펲시 똠방각하 낡은 난간을 걷어내고 흙길을 다졌으며 등을 달았다. " * 3
    plain = json.dumps({"id": "utf8", "text": text}, ensure_ascii=False).encode() + b"\n"
    for charset in ("EUC-KR", "euc-kr", "windows-949", "ks_c_5601-1987", "UTF-16LE", "utf-8"):
        codec = {"UTF-16LE": "utf-16-le", "utf-8": "utf-8"}.get(charset, "cp949")
        r = Result("-", stdin=plain + raw(text.encode(codec), charset) + b"\n")
        assert not r.rejects, (charset, r.rejects)
        assert r.articles[1]["verdict"] == "identical", charset
    r = Result("-", stdin=plain + raw(text.encode("cp949")) + b"\n" + raw(text.encode("utf-16"), i="y") + b"\n")
    assert [a["verdict"] for a in r.articles[1:]] == ["identical", "identical"], "detected"


# --- bad files ---

def test_blank_lines_marks_and_line_ends_do_no_harm():
    bom = b"\xef\xbb\xbf"
    contents = [bom + b"".join(GOOD), b"".join(GOOD).replace(b"\n", b"\r\n"), b"\n\n \t \n".join(GOOD) + b"\n \r\n",
                bom + b"\r\n".join(g.strip() for g in GOOD), gzip.compress(bom + b"".join(GOOD)), b"\n" * 3 * MIB + b"".join(GOOD)]
    for content in contents:
        for r in (Result(write(content)), Result("-", stdin=content)):
            assert r.ids == ["good0", "good1", "good2", "good3"], content[:100]
            assert not r.rejects


def test_every_byte_counts_in_lines_and_offsets():
    before = b"\xef\xbb\xbf" + GOOD[0].strip() + b"\r\n\r\n \n"
    r = Result("-", stdin=before + b"{oops\n" + GOOD[1])
    assert r.ids == ["good0", "good1"]
    assert r.rejects[0]["line"] == 4 and len(before) <= r.rejects[0]["offset"] < len(before) + 6, r.rejects


def test_nul_bytes_are_bad_json():
    refused(b"\0\0\0\0", "bad_json")
    refused(b'{"id":"x","text":"a\0b"}', "bad_json", at=19)
    refused(b'{"id":"x",\0"text":"ab"}', "bad_json")


def test_an_empty_file_is_no_fault():
    for r in (Result(write(b"")), Result("-"), Result(write(b"\n")), Result(write(b"\xef\xbb\xbf")), Result("/dev/null")):
        assert r.ids == [] and r.rejects == []


def cut(content, n, code="truncated"):
    """The first n bytes of a compressed file of many lines, between two good files."""
    first, last = write(GOOD[0]), write(GOOD[3])
    path = write(content[:n], "cut")
    r = Result(first, path, last)
    assert [x["code"] for x in r.rejects] == [code] and r.rejects[0]["file"] == path, r.rejects
    assert r.ids[0] == "good0" and r.ids[-1] == "good3"
    assert code in r.stderr and path in r.stderr
    return r


def archive(n=3000):
    return b"".join(line(i, id=f"a{i}") for i in range(n))


def test_a_cut_gzip_file_gives_all_whole_lines_before():
    whole = gzip.compress(archive())
    for n in (5, 15, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        r = cut(whole, n)
        got = len(r.ids) - 2
        assert r.ids[1:-1] == [f"a{i}" for i in range(got)]
        assert r.rejects[0]["line"] == got + 1, (r.rejects, got)
        assert got == 0 if n < 20 else got > 500
    cut(whole + b"garbage", len(whole) + 7)
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0x55
    cut(bytes(damaged), len(damaged))


def test_a_cut_zstd_file_gives_all_whole_lines_before():
    if not shutil.which("zstd"):
        print("     skipped: no zstd command")
        return
    whole = subprocess.run(["zstd", "-qc"], input=archive(), capture_output=True, check=True).stdout
    for n in (6, len(whole) // 2, len(whole) - 1):
        r = cut(whole, n)
        got = len(r.ids) - 2
        assert r.ids[1:-1] == [f"a{i}" for i in range(got)]
        assert r.rejects[0]["line"] == got + 1
        assert got == 0 if n < 20 else got > 100, got
    cut(whole + b"garbage", len(whole) + 7)


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read():
    first, last = write(GOOD[0]), write(GOOD[1])
    for bad in ("/no/such/file", TMP.name):
        r = Result(first, bad, last, code=3)
        assert r.ids == ["good0", "good1"]
        assert [(x["file"], x["line"], x["offset"], x["code"]) for x in r.rejects] == [(bad, 0, 0, "unreadable")], r.rejects
        assert bad in r.stderr


def test_several_faults_stand_in_order_of_the_input():
    content = b"{\n" + GOOD[0] + b"[]\n{}\n" + GOOD[1] + b'{"text":"\xff"}\n'
    for threads in ("1", "4"):
        r = Result("--threads", threads, write(content), "-", stdin=content)
        assert r.ids == ["good0", "good1"] * 2
        assert [(x["line"], x["code"]) for x in r.rejects] == [(1, "bad_json"), (3, "bad_request"), (4, "missing_text"),
                                                              (6, "bad_utf8")] * 2


# --- exit codes ---

def test_strict_ends_with_4_when_something_was_rejected():
    bad, good = write(between(b"{")), write(b"".join(GOOD))
    Result(bad, code=0)
    Result("--strict", bad, code=4)
    Result("--strict", good, code=0)
    Result("--strict", "/no/such/file", bad, code=3)
    Result("--strict", write(gzip.compress(b"".join(GOOD))[:-4]), code=4)
    newsdup("bulk", "--strict", bad, code=4)


def test_wrong_usage_ends_with_2_and_writes_nothing():
    good = write(b"".join(GOOD))
    for args in ([], ["--unknown"], ["no-such-command"], ["bulk"], ["bulk", "--unknown", good], ["bulk", "-x", good],
                 ["bulk", "--threads", "0", good], ["bulk", "--threads", "257", good], ["bulk", "--threads", "x", good],
                 ["bulk", good, "--threads"], ["bulk", "--out"], ["bulk", "--out=", good], ["bulk", "--strict=1", good]):
        r = newsdup(*args, code=2, cwd=os.path.dirname(good))
        assert r.stdout == b"" and b"usage: newsdup" in r.stderr, args
    assert os.listdir(os.path.dirname(good)) == ["in.jsonl"]


# --- output that cannot be written ---

def test_a_full_standard_output_ends_with_3():
    good = write(b"".join(GOOD))
    for args in (["bulk", good], ["bulk", "--json", good], ["bulk", "--help"], ["--help"], ["--version"]):
        with open("/dev/full", "wb") as full:
            r = newsdup(*args, code=3, stdout=full)
        assert b"standard output" in r.stderr, args


def test_a_closed_standard_output_does_no_harm_to_the_files():
    out = fresh("out")
    with open("/dev/full", "wb") as full:
        newsdup("bulk", "--out", out, write(b"".join(GOOD)), code=3, stdout=full)
    assert sorted(os.listdir(out)) == FILES
    assert len(open(os.path.join(out, "articles.jsonl"), "rb").read().splitlines()) == 4


def started(fd, *args):
    """Runs with one of the standard descriptors closed; its exit code and standard error."""
    script = f'exec "$@" {fd}>&-' if fd else 'exec "$@" <&-'
    r = subprocess.run(["sh", "-c", script, "sh", NEWSDUP, *args], capture_output=True)
    return r.returncode, r.stderr


def test_a_descriptor_that_is_closed_is_not_taken_for_another():
    good = write(b"".join(GOOD))
    whole = Result(good).articles
    for fd, code in ((0, 0), (1, 3), (2, 0)):
        out = fresh("out")
        assert started(fd, "bulk", "--out", out, "--tmp", TMP.name, good, "/dev/null")[0] == code, fd
        assert lines(open(os.path.join(out, "articles.jsonl"), "rb").read()) == whole, fd
        assert started(fd, "bulk", good)[0] == code, fd
    out = fresh("out")
    assert started(2, "bulk", "--out", out, "/no/such/file", good)[0] == 3
    assert len(lines(open(os.path.join(out, "rejects.jsonl"), "rb").read())) == 1
    assert started(0, "bulk", "-")[0] == 3


def is_root():
    return os.geteuid() == 0


def test_an_out_directory_that_cannot_be_used_ends_with_3():
    good = write(b"".join(GOOD))
    for out in (good, os.path.join(good, "out"), "/no/such/place/out", "/proc/out", "/dev/null"):
        r = newsdup("bulk", "--out", out, good, code=3)
        assert out.encode() in r.stderr and r.stderr.startswith(b"newsdup: cannot "), r.stderr
    if not is_root():
        locked = fresh("locked")
        os.mkdir(locked, 0o500)
        newsdup("bulk", "--out", locked, good, code=3)
        newsdup("bulk", "--out", os.path.join(locked, "out"), good, code=3)
    r = newsdup("bulk", "--tmp", "/no/such/place", good, code=3)
    assert b"cannot put the working file in '/no/such/place': No such file" in r.stderr, r.stderr


def limited(size, action=signal.SIG_IGN):
    def limit():
        signal.signal(signal.SIGXFSZ, action)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


def test_a_full_disk_ends_with_3_and_leaves_no_half_file():
    content = archive()
    path, whole = write(content), fresh("whole")
    newsdup("bulk", "--out", whole, path)
    for size in (0, 100, 4096, 100000, 300000, 700000, MIB, 2 * MIB):
        out = fresh("out")
        r = subprocess.run([NEWSDUP, "bulk", "--out", out, path], capture_output=True, preexec_fn=limited(size))
        for name in os.listdir(out):
            assert name in FILES, f"{name} is left behind at {size}"
            with open(os.path.join(whole, name), "rb") as a, open(os.path.join(out, name), "rb") as b:
                assert a.read() == b.read(), f"{name} is half-written at {size}"
        if r.returncode:
            assert r.returncode == 3, (size, r)
            assert r.stderr.startswith(b"newsdup: cannot write ") and r.stderr.count(b"\n") == 1, r.stderr
        else:
            assert sorted(os.listdir(out)) == FILES
        assert r.returncode == 3 or size > 500000, size


def test_a_limit_of_the_shell_is_a_full_disk_and_no_death():
    out = fresh("out")
    r = subprocess.run([NEWSDUP, "bulk", "--out", out, write(archive())], capture_output=True,
                       preexec_fn=limited(100000, signal.SIG_DFL))
    assert r.returncode == 3, r.returncode
    assert os.listdir(out) == []


def test_a_full_disk_is_met_while_rejections_are_written():
    path = write(b"{\n" * 30000)
    out = fresh("out")
    r = subprocess.run([NEWSDUP, "bulk", "--out", out, path], capture_output=True, preexec_fn=limited(MIB))
    assert r.returncode == 3 and b"rejects.jsonl" in r.stderr, r.stderr
    assert os.listdir(out) == []


def test_an_old_result_survives_a_run_that_fails():
    out, good = fresh("out"), write(b"".join(GOOD))
    newsdup("bulk", "--out", out, good)
    old = {f: open(os.path.join(out, f), "rb").read() for f in FILES}
    r = subprocess.run([NEWSDUP, "bulk", "--out", out, write(archive())], capture_output=True, preexec_fn=limited(100000))
    assert r.returncode == 3
    assert {f: open(os.path.join(out, f), "rb").read() for f in os.listdir(out)} == old


def test_an_old_result_survives_as_a_whole_when_only_the_last_file_has_no_room():
    out = fresh("out")
    newsdup("bulk", "--out", out, write(b"".join(GOOD)))
    old = {f: open(os.path.join(out, f), "rb").read() for f in FILES}
    r = subprocess.run([NEWSDUP, "bulk", "--out", out, write(b"")], capture_output=True, preexec_fn=limited(100))
    assert r.returncode == 3 and b"summary.json" in r.stderr, r
    assert {f: open(os.path.join(out, f), "rb").read() for f in sorted(os.listdir(out))} == old


def has_begun(process, out):
    assert process.poll() is None
    return os.path.isdir(out) and os.listdir(out)


def test_two_runs_do_not_mix_in_one_directory():
    out, good = fresh("out"), write(b"".join(GOOD))
    reader, writer = os.pipe()
    with subprocess.Popen([NEWSDUP, "bulk", "--quiet", "--out", out, "-"], stdin=reader, stdout=subprocess.DEVNULL) as first:
        os.close(reader)
        try:
            eventually(lambda: has_begun(first, out))
            r = newsdup("bulk", "--out", out, good, code=3)
            assert b"another run" in r.stderr and out.encode() in r.stderr, r.stderr
            os.write(writer, GOOD[0])
        finally:
            os.close(writer)  # else it would wait for more
    assert first.returncode == 0 and sorted(os.listdir(out)) == FILES
    assert len(open(os.path.join(out, "articles.jsonl"), "rb").read().splitlines()) == 1


def test_what_a_killed_run_left_is_swept_by_the_next():
    out, good = fresh("out"), write(b"".join(GOOD))
    reader, writer = os.pipe()
    with subprocess.Popen([NEWSDUP, "bulk", "--quiet", "--out", out, "-"], stdin=reader) as first:
        try:
            eventually(lambda: has_begun(first, out))
        finally:
            first.kill()
    os.close(reader)
    os.close(writer)
    left = os.listdir(out)
    assert left and not set(left) & set(FILES), left
    mine = [".articles.jsonl.77.tmp", ".articles.jsonl.tmp", ".articles.jsonl.x.tmp", ".other.77.tmp", "keep.txt.77.tmp"]
    for name in mine:
        open(os.path.join(out, name), "w").close()
    newsdup("bulk", "--out", out, good)
    assert sorted(os.listdir(out)) == sorted(FILES + mine[1:])


def test_the_input_is_never_replaced():
    good = write(b"".join(GOOD), "articles.jsonl")
    here = os.path.dirname(good)
    link = os.path.join(here, "link")
    os.symlink(good, link)
    for args in ([good], ["/dev/null", link]):
        r = newsdup("bulk", "--out", here, *args, code=2)
        assert r.stdout == b"" and b"would replace" in r.stderr and args[-1].encode() in r.stderr, r.stderr
        assert sorted(os.listdir(here)) == ["articles.jsonl", "link"]
        assert open(good, "rb").read() == b"".join(GOOD)
    os.rename(good, os.path.join(here, "mine.jsonl"))
    newsdup("bulk", "--out", here, os.path.join(here, "mine.jsonl"))


run(globals())
