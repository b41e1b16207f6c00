#!/usr/bin/env python3
"""Kept texts: explain shows passages of what is stored, also after a kill; keep_text = no keeps none; what is deleted is gone."""
import base64
import signal
import subprocess

from running import *

FERRY = ("Inspectors found cracks in the steering gear of three of the seven passenger ferries that serve the Skerrow Islands, "
         "forcing the operator to cancel all sailings until the parts have been replaced by engineers from the mainland yard.\n"
         "Nobody was hurt, said the harbour master, who had asked for the inspection after one of the ships drifted.")
OTHER = ("The council of Tolland wants to know why the timetable was changed twice in a single week without any notice.\n" + FERRY +
         "\nThe operator, which has run the service since the spring, did not answer our questions on Tuesday.")
PASSAGE = "forcing the operator to cancel all sailings until the parts have been replaced"


def newsdup(*args):
    p = subprocess.run([NEWSDUP, *args], capture_output=True, text=True, check=False, timeout=60 * SLOW)
    assert p.returncode == 0, (args, p)
    return p.stdout


def pair(c):
    c.put({"id": "f1", "outlet": "one", "published": "2026-03-03T10:00:00Z", "text": FERRY, "lang": "en"})
    c.put({"id": "f2", "outlet": "two", "published": "2026-03-03T11:00:00Z", "text": OTHER})


def assert_passages(x):
    texts = {"a": FERRY.encode(), "b": OTHER.encode()}
    assert any(PASSAGE in p["text"] for p in x["passages"]), x
    for p in x["passages"]:
        assert texts["a"][slice(*p["a"])].decode() == p["text"], p
        assert texts["b"][slice(*p["b"])].decode().casefold() == p["text"].casefold(), p


def test_explain_shows_passages_also_after_a_kill():
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        pair(c)
        assert_passages(c.good("explain", a="f1", b="f2"))
        assert PASSAGE[:20] in newsdup("explain", "--socket", d.path, "f1", "f2")
        assert_passages(json.loads(newsdup("explain", "--json", "--store", store, "f1", "f2")))
        d.signal(signal.SIGKILL)
        d.wait(-signal.SIGKILL)
    want = newsdup("explain", "--store", store, "f1", "f2")
    assert "passages in both" in want and PASSAGE[:20] in want
    with Daemon(store=store) as d, d.client() as c:
        assert_passages(c.good("explain", a="f1", b="f2"))
        back = c.good("explain", a="f2", b="f1")["passages"]
        assert sorted(p["b"] for p in back) == sorted(p["a"] for p in c.good("explain", a="f1", b="f2")["passages"])
        assert newsdup("explain", "--socket", d.path, "f1", "f2") == want


def test_explain_says_the_same_of_files_and_of_a_store():
    store = fresh("store")
    files = []
    for name, text in (("f1", FERRY), ("f2", OTHER)):
        files.append(fresh(name))
        with open(files[-1], "w", encoding="utf-8") as f:
            f.write(json.dumps({"id": name, "text": text}) + "\n")
    with Daemon(store=store) as d, d.client() as c:
        pair(c)
    said = newsdup("explain", "--store", store, "f1", "f2"), newsdup("explain", *files)
    assert said[0][said[0].index("passages in both"):] == said[1][said[1].index("passages in both"):]


def test_what_came_in_another_charset_is_kept_as_utf8():
    raw = "여객선 세 척의 조타 장치에서 균열이 발견되어 모든 운항이 중단되었다고 항만 당국이 밝혔다. 다친 사람은 없었다고 관계자가 전했다."
    with Daemon(store=fresh("store")) as d, d.client() as c:
        for name in ("k1", "k2"):
            c.put({"id": name, "text_base64": base64.b64encode(raw.encode("euc-kr")).decode(), "charset": "euc-kr"})
        x = c.good("explain", a="k1", b="k2")
        assert x["passages"][0]["text"] in raw and len(x["passages"][0]["text"]) > 40, x


def test_a_store_in_memory_keeps_no_text():
    with Daemon() as d, d.client() as c:
        pair(c)
        assert c.good("explain", a="f1", b="f2")["passages"] is None
        assert "not known" in newsdup("explain", "--socket", d.path, "f1", "f2")


def test_without_a_kept_text_it_says_so():
    store = fresh("store")
    with Daemon("--keep-text", "no", store=store) as d, d.client() as c:
        pair(c)
        assert c.good("explain", a="f1", b="f2")["passages"] is None
        assert "passages in both: not known" in newsdup("explain", "--socket", d.path, "f1", "f2")
    with Daemon(store=store) as d, d.client() as c:  # of what comes from now on texts are kept
        c.put({"id": "f3", "outlet": "three", "text": OTHER})
        assert c.good("explain", a="f1", b="f3")["passages"] is None
        c.put({"id": "f4", "outlet": "four", "text": FERRY + "\nMore is not known yet."})
        assert c.good("explain", a="f3", b="f4")["passages"]
    with Daemon("--keep-text", "no", store=store) as d, d.client() as c:
        assert c.good("explain", a="f3", b="f4")["passages"]


def bytes_of(store):
    with open(os.path.join(store, "store.mdb"), "rb") as f:
        return f.read()


def test_what_is_deleted_has_no_text_any_more():
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        pair(c)
        assert c.good("delete", key="f1")["deleted"] == 1
        c.fails("not_found", "explain", a="f1", b="f2")
        c.put({"id": "f1", "text": "Another article of the same id. " + text(7)})
        c.put({"id": "f5", "text": "And one that is not unlike it. " + text(7)})
        assert PASSAGE not in json.dumps(c.good("explain", a="f1", b="f5"))
        assert c.good("explain", a="f1", b="f5")["passages"]
    assert PASSAGE not in newsdup("explain", "--store", store, "f1", "f5")


def test_versions_past_the_history_lose_their_texts():
    store = fresh("store")
    with Daemon("--history", "1", store=store) as d, d.client() as c:
        for i in range(5):
            c.put({"id": "v", "outlet": "one", "text": f"Version {i} says this. " + text(i)})
        c.put({"id": "w", "outlet": "two", "text": "Version 4 says this. " + text(4)})
        assert c.good("explain", a="v", b="w")["passages"]
        assert len(c.good("get", key="v")["history"]) == 1


def test_a_thousand_texts_make_a_dictionary_and_all_are_told():
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        for at in range(0, 1400, 100):
            c.send(*({"op": "put", "article": article(i, seed=i // 2 * 2)} for i in range(at, at + 100)))
            assert all(c.reply()["ok"] for _ in range(100))
        eventually(lambda: "dictionary" in d.log())
        for i in range(1400, 1500, 2):
            c.put(article(i, seed=i))
            c.put(article(i + 1, seed=i))
        want = {i: c.good("explain", a=f"m{i}", b=f"m{i + 1}")["passages"] for i in (0, 998, 1400, 1498)}
        assert all(want.values())
        d.signal(signal.SIGKILL)
        d.wait(-signal.SIGKILL)
    with Daemon(store=store) as d, d.client() as c:
        assert want == {i: c.good("explain", a=f"m{i}", b=f"m{i + 1}")["passages"] for i in want}
        assert "dictionary" not in d.log()


def test_long_texts_are_kept_but_not_compared_by_the_daemon():
    long = "\n".join(text(i, words=200) for i in range(250))
    assert len(long) > 256 << 10
    with Daemon() as d, d.client(timeout=PATIENCE) as c:
        c.put({"id": "l1", "text": long})
        c.put({"id": "l2", "text": long + "\n" + FERRY})
        assert c.good("explain", a="l1", b="l2")["passages"] is None


run(globals())
