#!/usr/bin/env python3
"""newsdup bulk: one result whatever the input's format and the number of threads, in the promised form.

NEWSDUP is the program.
"""
import gzip
import json
import os
import shutil
import subprocess
import tempfile

from checking import run

NEWSDUP = os.environ["NEWSDUP"]
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
SAMPLE = os.path.join(DATA, "sample.jsonl")
FILES = ["articles.jsonl", "drop.txt", "keep.txt", "leads.jsonl", "outlets.json", "rejects.jsonl", "stories.jsonl", "summary.json"]
VERDICTS = {"new", "identical", "copy", "excerpt", "digest", "revision", "same_lead", "partial", "template", "too_short"}
COPIED = {"identical", "copy", "excerpt", "digest", "revision"}
DROPS = {"identical", "copy", "excerpt", "revision"}
TMP = tempfile.TemporaryDirectory(prefix="test_bulk.")


# --- running ---

def newsdup(*args, stdin=b"", code=0, cwd=None):
    r = subprocess.run([NEWSDUP, *args], input=stdin, capture_output=True, cwd=cwd)
    assert r.returncode == code, f"exit {r.returncode}, not {code}: {args}: {r.stderr.decode()[:1500]}"
    return r


def fresh(name):
    return os.path.join(tempfile.mkdtemp(dir=TMP.name), name)


def bulk(*args, stdin=b""):
    """Runs bulk mode and returns its files as bytes."""
    out = fresh("out")
    newsdup("bulk", "--out", out, *args, stdin=stdin)
    assert sorted(os.listdir(out)) == FILES, os.listdir(out)
    return {f: open(os.path.join(out, f), "rb").read() for f in FILES}


def lines(content):
    assert content == b"" or content.endswith(b"\n")
    return [json.loads(line) for line in content.decode("utf-8").splitlines()]


def jsonl(articles):
    return "".join(json.dumps(a, ensure_ascii=False) + "\n" for a in articles).encode("utf-8", "surrogatepass")


def of(articles, *args):
    return bulk(*args, "-", stdin=jsonl(articles))


def same(got, want, what):
    for f in FILES:
        assert got[f] == want[f], f"{f} differs: {what}"


def sample():
    return open(SAMPLE, "rb").read()


def words(start, n):
    """Text of n words that nobody else has."""
    return " ".join("w%x" % (i * 2654435761 % 2**32) for i in range(start, start + n))


# --- one result, whatever the way ---

def test_standard_input_gives_the_same_as_a_file():
    want = bulk(SAMPLE)
    same(bulk("-", stdin=sample()), want, "standard input")
    same(bulk(SAMPLE), want, "a second run")


def test_gzip_gives_the_same():
    want, text = bulk(SAMPLE), sample()
    path = fresh("sample")
    cuts = [0, 1, 50000, 50001, len(text)]
    members = [gzip.compress(text[a:b]) for a, b in zip(cuts, cuts[1:])]
    for name, content in (("one member", gzip.compress(text)), ("members", b"".join(members)),
                          ("an empty member", gzip.compress(b"") + gzip.compress(text) + gzip.compress(b"")),
                          ("padding", gzip.compress(text) + bytes(512))):
        with open(path, "wb") as f:
            f.write(content)
        same(bulk(path), want, name)
        same(bulk("-", stdin=content), want, name + ", standard input")


def test_zstd_gives_the_same():
    if not shutil.which("zstd"):
        print("     skipped: no zstd command")
        return
    want, text = bulk(SAMPLE), sample()
    path = fresh("sample")
    frames = [subprocess.run(["zstd", "-qc", level], input=part, capture_output=True, check=True).stdout
              for level, part in (("-1", text[:70000]), ("-19", text[70000:]), ("-3", b""))]
    for content in (b"".join(frames), frames[2] + b"".join(frames)):
        with open(path, "wb") as f:
            f.write(content)
        same(bulk(path), want, "zstd")
        same(bulk("-", stdin=content), want, "zstd, standard input")


def test_several_files_are_one_archive():
    want, text = bulk(SAMPLE), sample().splitlines(keepends=True)
    paths = [fresh("part") for _ in range(3)]
    for path, part in zip(paths, (text[:20], text[20:21], text[21:])):
        with open(path, "wb") as f:
            f.write(b"".join(part))
    got = bulk(*paths)
    for f in FILES:
        if f != "summary.json":
            assert got[f] == want[f], f
    assert json.loads(got["summary.json"])["files"] == 3


def test_the_end_of_the_last_line_may_be_missing():
    want, got = bulk(SAMPLE), bulk("-", stdin=sample().rstrip(b"\n"))
    for f in FILES:
        if f != "summary.json":  # it counts bytes
            assert got[f] == want[f], f


def big_archive():
    """Some 4,000 articles in several batches, with copies, revisions and rejects far apart."""
    articles = []
    for i in range(4000):
        topic = i * 7919 % 500
        a = {"id": i if i % 3 else f"s{i}", "text": words(topic * 1000 + i % 5 * 30, 120 + i % 90),
             "outlet": f"o{i % 7}", "published": f"2024-05-{1 + i % 30:02d}"}
        if i % 11 == 0:
            a["url"] = f"http://x.example/{i % 50}"
        if i % 97 == 0:
            a["id"] = i // 2
        if i % 500 == 499:
            a = {"id": i}
        articles.append(a)
    return jsonl(articles)


def test_the_number_of_threads_does_not_show():
    path = fresh("big.jsonl")
    with open(path, "wb") as f:
        f.write(big_archive())
    want = bulk("--threads", "1", SAMPLE, path)
    assert len(lines(want["rejects.jsonl"])) == 8
    for threads in ("1", "2", "3", "8", "8"):
        same(bulk("--threads", threads, SAMPLE, path), want, f"{threads} threads")


def test_a_second_run_into_the_same_directory_replaces_the_first():
    out = fresh("out")
    newsdup("bulk", "--out", out, SAMPLE)
    newsdup("bulk", "--out", out, "-", stdin=jsonl([{"id": "a", "text": "x"}]))
    assert sorted(os.listdir(out)) == FILES
    assert open(os.path.join(out, "keep.txt")).read() == "a\n"


def test_without_out_nothing_is_written():
    where = fresh("here")
    os.mkdir(where)
    newsdup("bulk", SAMPLE, cwd=where)
    newsdup("bulk", "--json", SAMPLE, cwd=where)
    newsdup("bulk", "--tmp", where, SAMPLE, cwd=where)
    assert os.listdir(where) == []


# --- the form of the results ---

def is_id(v):
    return isinstance(v, str) or (isinstance(v, int) and not isinstance(v, bool))


def is_text_or_null(v):
    return v is None or isinstance(v, str)


def is_share(v):
    return isinstance(v, float) and 0 <= v <= 1


def is_share_or_null(v):
    return v is None or is_share(v)


MATCH = {"id": is_id, "relation": lambda v: v in VERDICTS - {"new", "too_short"}, "similarity": is_share,
         "containment": is_share, "contained": is_share}


def is_matches(v):
    return isinstance(v, list) and len(v) <= 32 and all(has_form(m, MATCH) for m in v)


ARTICLE = {"id": is_id, "outlet": is_text_or_null, "published": is_text_or_null, "verdict": lambda v: v in VERDICTS,
           "story": is_id, "origin": is_id, "syndicated": lambda v: isinstance(v, bool), "agency": is_text_or_null,
           "byline": is_text_or_null, "dateline": is_text_or_null, "similarity": is_share_or_null,
           "containment": is_share_or_null, "contained": is_share_or_null, "lead_story": lambda v: v is None or is_id(v),
           "leads": lambda v: isinstance(v, list) and all(map(is_id, v)), "matches": is_matches,
           "furniture": lambda v: isinstance(v, list) and all(isinstance(n, int) and n > 0 for n in v)}

MEMBER = {"id": is_id, "outlet": is_text_or_null, "published": is_text_or_null, "relation": lambda v: isinstance(v, str),
          "similarity": is_share, "containment": is_share}

STORY = {"id": is_id, "origin": is_id, "syndicated": lambda v: isinstance(v, bool),
         "members": lambda v: isinstance(v, list) and len(v) >= 2 and all(has_form(m, MEMBER) for m in v),
         "weakest_similarity": is_share}


def has_form(value, form):
    assert isinstance(value, dict) and list(value) == list(form), f"fields {list(value)}"
    for name, is_right in form.items():
        assert is_right(value[name]), f"{name}: {value[name]!r}"
    return True


def test_every_line_of_articles_has_the_promised_form():
    articles = lines(bulk(SAMPLE)["articles.jsonl"])
    inputs = lines(sample())
    assert len(articles) == len(inputs)
    for got, given in zip(articles, inputs):
        has_form(got, ARTICLE)
        if "id" in given:
            assert got["id"] == given["id"]
        assert got["published"] == given.get("published")
        if "outlet" in given:
            assert got["outlet"] == given["outlet"]
        assert (got["lead_story"] is None) == (got["leads"] == [])
        assert got["lead_story"] is None or got["lead_story"] in got["leads"]


def test_the_top_values_are_those_of_the_best_match():
    for a in lines(bulk(SAMPLE)["articles.jsonl"]):
        best = a["matches"][0] if a["matches"] else dict.fromkeys(MATCH)
        for field in ("similarity", "containment", "contained"):
            assert a[field] == best[field], a
        order = [(-m["containment"], m["id"]) for m in a["matches"]]
        assert order == sorted(order), a


def test_shares_have_four_decimals():
    for line in bulk(SAMPLE)["articles.jsonl"].decode().splitlines():
        for number in line.split('"similarity":')[1:]:
            value = number.split(",")[0]
            assert value == "null" or len(value) == 6, value


def test_stories_agree_with_articles():
    result = bulk(SAMPLE)
    articles = {a["id"]: a for a in lines(result["articles.jsonl"])}
    members, stories = {}, lines(result["stories.jsonl"])
    for a in articles.values():
        members.setdefault(a["story"], []).append(a["id"])
    assert [s["id"] for s in stories] == [s for s in articles if len(members.get(s, [])) > 1]
    for s in stories:
        has_form(s, STORY)
        assert [m["id"] for m in s["members"]] == members[s["id"]]
        assert s["members"][0]["id"] == s["id"] and s["members"][0]["relation"] == "leader"
        assert s["weakest_similarity"] == min(m["similarity"] for m in s["members"])
        for m in s["members"]:
            a = articles[m["id"]]
            assert (a["origin"], a["syndicated"]) == (s["origin"], s["syndicated"])
            assert (a["outlet"], a["published"]) == (m["outlet"], m["published"])
        outlets = {m["outlet"] for m in s["members"]} - {None}
        assert s["syndicated"] == (len(outlets) > 1), s
        assert s["origin"] in members[s["id"]]


def test_leads_agree_with_articles():
    result = bulk(SAMPLE)
    articles = lines(result["articles.jsonl"])
    members = {}
    for a in articles:
        for lead in a["leads"]:
            members.setdefault(lead, []).append(a["id"])
    got = lines(result["leads.jsonl"])
    assert got
    for lead in got:
        assert [m["id"] for m in lead["members"]] == members[lead["id"]]
    assert sorted(str(lead["id"]) for lead in got) == sorted(str(i) for i, m in members.items() if len(m) > 1)


def parted(result):
    keep = result["keep.txt"].decode().splitlines()
    drop = [line.split("\t") for line in result["drop.txt"].decode().splitlines()]
    assert all(len(d) == 3 for d in drop)
    return keep, drop


def assert_partition(result):
    keep, drop = parted(result)
    dropped = [d[0] for d in drop]
    ids = {str(a["id"]) for a in lines(result["articles.jsonl"])}
    assert len(set(keep)) == len(keep) and len(set(dropped)) == len(dropped)
    assert set(keep) & set(dropped) == set()
    assert set(keep) | set(dropped) == ids
    for _, reason, relation in drop:
        assert reason in keep, f"{reason} is not kept"
        assert relation in DROPS


def test_keep_and_drop_part_the_ids():
    for stdin in (sample(), big_archive(), b""):
        assert_partition(bulk("-", stdin=stdin))


def test_the_summary_agrees_with_the_results():
    result = bulk(SAMPLE)
    summary = json.loads(result["summary.json"])
    printed = json.loads(newsdup("bulk", "--json", SAMPLE).stdout)
    assert isinstance(printed.pop("run"), dict)
    assert summary == printed
    keep, drop = parted(result)
    articles, stories = lines(result["articles.jsonl"]), lines(result["stories.jsonl"])
    assert summary["files"] == 1 and summary["bytes"] == len(sample())
    assert summary["articles"] == len(articles)
    assert (summary["kept"], summary["dropped"]) == (len(keep), len(drop))
    assert summary["stories"] == len(stories)
    assert summary["in_stories"] == sum(len(s["members"]) for s in stories)
    assert summary["largest_story"] == max(len(s["members"]) for s in stories)
    assert summary["syndicated_stories"] == sum(s["syndicated"] for s in stories)
    assert summary["lead_stories"] == len(lines(result["leads.jsonl"]))
    assert summary["rejected"] == 0 and summary["rejects"] == {}
    for verdict in VERDICTS:
        assert summary["verdicts"][verdict] == sum(a["verdict"] == verdict for a in articles)


def test_people_are_told_the_same_counts():
    text = newsdup("bulk", SAMPLE).stdout.decode()
    summary = json.loads(bulk(SAMPLE)["summary.json"])
    assert f"{summary['articles']} articles in 1 file\n" in text
    assert f"keep {summary['kept']}, drop {summary['dropped']}" in text


# --- ids, times ---

def test_ids_are_echoed_as_they_came():
    ids = ['"plain"', "7", "-7", "123456789012345678901234567890", "1.50", "1e400", '"7"', '"\\u0000x"', '"a\\"b\\\\c"',
           '"가나"', '"\\ud83d\\ude00"']
    ids.remove('"\\u0000x"')  # a NUL is refused
    ids.remove('"7"')         # the same as 7
    text = "".join('{"id":%s,"text":"%s"}\n' % (v, words(1000 * i, 50)) for i, v in enumerate(ids))
    got = bulk("-", stdin=text.encode())["articles.jsonl"].decode("utf-8").splitlines()
    assert len(got) == len(ids)
    for line, v in zip(got, ids):
        want = json.dumps(json.loads(v), ensure_ascii=False) if v[0] == '"' else v
        assert line.startswith('{"id":%s,' % want), line
        assert '"story":%s,' % want in line and '"origin":%s,' % want in line


def test_a_missing_id_is_the_url_and_else_a_hash():
    given = [{"url": "http://a.example/1", "text": words(0, 50)}, {"text": words(1000, 50)},
             {"id": None, "text": words(2000, 50)}, {"id": "", "url": "http://a.example/2", "text": words(3000, 50)},
             {"text": words(1000, 50)}]
    ids = [a["id"] for a in lines(of(given)["articles.jsonl"])]
    assert ids[0] == "http://a.example/1" and ids[3] == "http://a.example/2"
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in (ids[1], ids[2], ids[4]))
    assert ids[1] == ids[4] != ids[2]


def test_ids_with_tabs_and_newlines_stay_fields():
    strange = "tab\there\nline\rreturn\\slash\x01\x7f"
    text = words(0, 60)
    result = of([{"id": strange, "text": text}, {"id": strange + "2", "text": text}])
    field = "tab\\there\\nline\\rreturn\\\\slash\\x01\\x7f"
    assert result["keep.txt"].decode() == field + "\n"
    assert result["drop.txt"].decode() == f"{field}2\t{field}\tidentical\n"
    assert [a["id"] for a in lines(result["articles.jsonl"])] == [strange, strange + "2"]


def test_of_a_repeated_id_both_lines_are_written():
    result = of([{"id": "a", "text": words(0, 60)}, {"id": "a", "text": words(5000, 60)}])
    first, second = lines(result["articles.jsonl"])
    assert (first["verdict"], second["verdict"]) == ("new", "revision")
    assert second["matches"][0]["relation"] == "revision" and second["matches"][0]["id"] == "a"
    assert parted(result) == (["a"], [])


def test_unreadable_times_are_null_and_counted():
    times = ["2024-05-03T12:00:00+09:00", "2024-05-03", "yesterday", "2023-02-29", 1714700000, None, ["x"], True]
    given = [{"id": i, "published": t, "text": words(1000 * i, 50)} for i, t in enumerate(times)]
    given.append({"id": 8, "text": words(8000, 50)})
    result = of(given)
    got = [a["published"] for a in lines(result["articles.jsonl"])]
    assert got == times[:2] + [None] * 7, got
    summary = json.loads(result["summary.json"])
    assert (summary["published_missing"], summary["published_unreadable"]) == (2, 5), summary
    assert summary["rejected"] == 0


def test_the_state_is_that_after_the_last_input():
    text = words(0, 100)
    result = of([{"id": "a", "outlet": "A", "text": text}, {"id": "b", "outlet": "B", "published": "2024-05-03", "text": text},
                 {"id": "c", "outlet": "A", "published": "2024-05-02", "text": text}])
    for a in lines(result["articles.jsonl"]):
        assert (a["story"], a["origin"], a["syndicated"]) == ("a", "c", True)


def test_a_round_up_of_several_stories_is_kept():
    """Of three pieces of one size one is known, or all are: it is a story of its own, and takes part in each lead."""
    parts = [words(1000 * i, 120) for i in range(4)]
    known = [{"id": f"p{i}", "outlet": f"o{i}", "text": part} for i, part in enumerate(parts)]
    for pieces, which in ((parts[:3], [0]), (parts[1:], [2]), (parts[:3], [0, 1, 2])):
        result = of([*(known[i] for i in which), {"id": "all", "outlet": "o9", "text": "\n".join(pieces)}])
        got = lines(result["articles.jsonl"])[-1]
        assert (got["verdict"], got["story"], got["leads"]) == ("digest", "all", [f"p{i}" for i in which]), got
        assert {(m["id"], m["relation"], m["contained"] > 0.99) for m in got["matches"]} == {(f"p{i}", "digest", True) for i in which}, got
        assert "all" in result["keep.txt"].decode().split() and not result["drop.txt"], result["drop.txt"]


def test_text_may_come_as_paragraphs():
    whole = [{"id": "a", "text": "one two\nthree\n" + words(0, 50)}, {"id": "b", "text": words(1000, 50)}]
    parts = [{"id": "a", "paragraphs": ["one two", "three", words(0, 50)]}, {"id": "b", "paragraphs": [words(1000, 50)]}]
    assert of(whole)["articles.jsonl"] == of(parts)["articles.jsonl"]


def test_an_empty_archive_has_an_empty_result():
    result = bulk("-", stdin=b"")
    for f in FILES:
        assert f in ("outlets.json", "summary.json") or result[f] == b""
    assert json.loads(result["summary.json"])["articles"] == 0


def test_empty_texts_are_too_short_and_all_kept():
    result = of([{"id": i, "text": ["", " \n ", "…"][i % 3], "outlet": "A", "title": "Photo"} for i in range(300)])
    assert all(a["verdict"] == "too_short" and not a["matches"] for a in lines(result["articles.jsonl"]))
    assert len(parted(result)[0]) == 300


# --- what a careful reader says of the sample ---

def labelled():
    for line in open(os.path.join(DATA, "sample.expect.tsv"), encoding="utf-8"):
        yield line.rstrip("\n").split("\t")[:3]


def is_copied(a, b):
    """Whether the answers say that one of two articles is a copy of the other, or both of a third."""
    matched = any(m["id"] == y["id"] and m["relation"] in COPIED for x, y in ((a, b), (b, a)) for m in x["matches"])
    return a["story"] == b["story"] or matched


def test_the_sample_is_told_as_its_labels_say():
    articles = {str(a["id"]): a for a in lines(bulk(SAMPLE)["articles.jsonl"])}
    found, missed, wrong, forms, shared = [], [], [], [], []
    for x, y, label in labelled():
        a, b = articles[x], articles[y]
        copied, one = is_copied(a, b), a["story"] == b["story"]
        if label == "same":
            (found if copied else missed).append(f"{x} {y}")
        elif label in ("none", "quote") and copied:
            wrong.append(f"{x} {y} {label}")
        elif label == "template" and one:
            forms.append(f"{x} {y}")
        elif label in ("part", "lead") and one:
            shared.append(f"{x} {y} {label}")
    precision = len(found) / max(1, len(found) + len(wrong))
    recall = len(found) / max(1, len(found) + len(missed))
    print(f"  same: precision {precision:.3f}, recall {recall:.3f} ({len(found)} found, {len(missed)} missed, "
          f"{len(wrong)} wrong); in one story: {len(forms)} templates, {len(shared)} parts or leads")
    for what, pairs in (("missed", missed), ("wrong", wrong), ("template", forms), ("part or lead", shared)):
        for pair in pairs:
            print(f"    {what}: {pair}")
    assert precision >= 0.9 and recall >= 0.9


# --- the command line ---

def test_help_and_version_are_printed():
    for args in (["--help"], ["-h"], ["help"]):
        assert b"bulk" in newsdup(*args).stdout
    text = newsdup("bulk", "--help").stdout.decode()
    for option in ("--out", "--threads", "--strict", "--json", "--quiet", "--tmp"):
        assert option in text
    assert newsdup("--version").stdout.startswith(b"newsdup 0.")


run(globals())
