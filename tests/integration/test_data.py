#!/usr/bin/env python3
"""Rules from a directory: --data of the commands, data_dir of the daemon, and what an error in a file does."""
from running import *

RULE = "byline tail filed by <names>\nbyline head ~~<names>~~\n"
STORY = ("The harbour council of Pell Point voted on Tuesday to keep the old lamp burning for ten more years. "
         "More than four thousand residents had signed a petition. filed by Marla Quennel")


def folder(**files):
    at = fresh("rules")
    os.mkdir(at)
    for name, text in files.items():
        write(at, name, text)
    return at


def write(at, name, text):
    with open(os.path.join(at, name + ".txt"), "w", encoding="utf-8") as f:
        f.write(text)


def story(**more):
    path = fresh("in.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.write(json.dumps({"id": "a", "text": STORY, **more}) + "\n")
    return path


def newsdup(*args, code=0):
    r = subprocess.run([NEWSDUP, *args], capture_output=True, text=True, timeout=PATIENCE)
    assert r.returncode == code, (r.returncode, r.stderr)
    return r


def byline(*args):
    out = fresh("out")
    newsdup("bulk", "--quiet", "--out", out, *args, story())
    with open(os.path.join(out, "articles.jsonl"), encoding="utf-8") as f:
        return json.loads(f.readline())["byline"]


def test_bulk_takes_rules_from_a_directory():
    assert byline() is None
    assert byline("--data", folder(credits=RULE)) == "Marla Quennel"
    assert byline("--data", folder(agencies="ap | ap\n")) is None


def test_fingerprint_and_explain_take_them_too():
    at = folder(credits=RULE)
    plain = json.loads(newsdup("fingerprint", story()).stdout)
    ruled = json.loads(newsdup("fingerprint", "--data", at, story()).stdout)
    assert plain["body_hash"] != ruled["body_hash"] and plain["profile"] == ruled["profile"]
    told = json.loads(newsdup("explain", "--json", "--data", at, story(), story(id="b")).stdout)
    assert told["verdict"] == "identical", told


def test_an_error_names_file_line_and_reason():
    at = folder(credits="# fine\n" + RULE + "byline nowhere by <names>\n")
    for command in ("bulk", "fingerprint", "explain"):
        operands = [story()] * (2 if command == "explain" else 1)
        said = newsdup(command, "--data", at, *operands, code=2).stderr
        assert said == f"newsdup: {at}/credits.txt:4: the second word is head, line, tail or end\n", said


def test_a_file_of_another_editor_is_read():
    at = folder()
    for name, text in (("credits", RULE), ("agencies", "ap | ap\n"), ("hanja", "美 | 미\n"), ("site", "site log in to read\n")):
        with open(os.path.join(at, name + ".txt"), "wb") as f:
            f.write(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").rstrip().encode())
    assert byline("--data", at) == "Marla Quennel"


def test_a_directory_without_rules_is_an_error():
    assert "no agencies.txt" in newsdup("bulk", "--data", folder(), story(), code=2).stderr
    assert "no agencies.txt" in newsdup("bulk", "--data", fresh("none"), story(), code=2).stderr
    at = folder()
    os.mkdir(os.path.join(at, "hanja.txt"))
    assert "hanja.txt: Is a directory" in newsdup("bulk", "--data", at, story(), code=2).stderr


def check_byline(c):
    return c.good("check", article={"text": STORY})["byline"]


def reloaded(d, times, what):
    eventually(lambda: d.log().count(what) >= times)


def test_the_daemon_reads_them_again_and_keeps_the_old_ones_with_an_error():
    at = folder(credits=RULE)
    with Daemon("--data-dir", at) as d, d.client() as c:
        first = c.good("hello")["rules"]
        assert check_byline(c) == "Marla Quennel"
        write(at, "credits", "byline tail written by <names>\nbyline tail <oops>\n")
        d.signal(signal.SIGHUP)
        reloaded(d, 1, "stay in force")
        assert f"{at}/credits.txt:2: no such kind of word" in d.log()
        assert check_byline(c) == "Marla Quennel" and c.good("hello")["rules"] == first
        for n, (name, text, line, reason) in enumerate((
                ("credits", RULE + "# \0\n", 3, "a NUL byte"), ("credits", RULE + "photo tail filed by <names>\n", 3, "the same pattern"),
                ("agencies", "ap | AP\n\nap | Associated Press\n", 3, "the same key"), ("agencies", "ap | AP\npa | ap\n", 2, "the same name"),
                ("hanja", "美 | 미\n美 | 매\n", 2, "the same characters"))):
            write(at, name, text)
            d.signal(signal.SIGHUP)
            reloaded(d, 2 + n, "stay in force")
            assert f"{at}/{name}.txt:{line}: {reason}" in d.log(), d.log()
            assert check_byline(c) == "Marla Quennel" and c.good("hello")["rules"] == first
            if name == "credits":
                write(at, name, RULE)
            else:
                os.unlink(os.path.join(at, name + ".txt"))
        write(at, "credits", "byline tail written by <names>\n")
        d.signal(signal.SIGHUP)
        reloaded(d, 7, "configuration read again")
        assert check_byline(c) is None and c.good("hello")["rules"] != first


def test_the_daemon_does_not_start_with_an_error():
    at = folder(hanja="x\n")
    with Daemon("--data-dir", at, wait=False) as d:
        d.wait(3)
        assert f"{at}/hanja.txt:1: " in d.log() and "cannot open store" not in d.log(), d.log()


def test_a_store_is_opened_with_other_rules():
    where, at = fresh("store"), folder(credits=RULE)
    with Daemon(store=where) as d, d.client() as c:
        c.put({"id": "a", "text": STORY})
    with Daemon("--data-dir", at, store=where) as d, d.client() as c:
        assert c.good("get", key="a")["byline"] is None
        assert c.put({"id": "b", "text": STORY})["story"] == "a"


run(globals())
