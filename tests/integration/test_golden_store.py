#!/usr/bin/env python3
"""A store that a released version has written is opened, and says what it said then.

tests/data/golden-store.tar.gz holds the store's file, golden-store.jsonl what it said. UPDATE_GOLDEN=1 makes both anew
(`make golden-store`): for a new profile or format, whose stores earlier versions cannot read either.
"""
import gzip
import io
import tarfile

from running import *

STORE = os.path.join(DATA, "golden-store.tar.gz")
ANSWERS = os.path.join(DATA, "golden-store.jsonl")
# Of the sample: stories, a revision, furniture of a portal, several languages; little enough to be kept here.
LINES = slice(0, 16)


def articles():
    with open(SAMPLE, encoding="utf-8") as f:
        return [json.loads(line) for line in f][LINES]


def key_of(a):
    return str(a.get("id") or a.get("url"))


def told(c, keys):
    """Of every article, and the rulings' and deletes' traces; when it came is not said twice the same way."""
    ret = []
    for key in keys:
        got = c.op("get", key=key)
        ret.append({k: v for k, v in got.items() if k not in ("received", "history")})
        if got["ok"]:
            ret.append({k: v for k, v in c.good("story", key=key).items() if k != "received"})
    return ret


def make():
    """A store with all that a store can hold: articles, a revision, a delete, two rulings."""
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        c.send(*({"op": "put", "article": {**a, "published": a.get("published") or "2026-03-03T12:00:00Z"}} for a in articles()))
        assert all(c.reply()["ok"] for _ in articles())
        first = articles()[0]
        c.put({**first, "text": first["text"] + "\n" + text(7, 30)})
        keys = [key_of(a) for a in articles()]
        c.good("delete", key=keys[5])
        c.good("deny", a=keys[0], b=keys[3])
        c.good("allow", a=keys[1], b=keys[9])
        c.settle()
        answers = told(c, keys)
    return store, answers


def pack(store):
    """The file without the room behind its last page; no name, owner or time but ours."""
    p = subprocess.run([NEWSDUP, "check-store", "--json", store], capture_output=True, check=True, encoding="utf-8")
    whole = json.loads(p.stdout.splitlines()[-1])
    with open(os.path.join(store, "store.mdb"), "rb") as f:
        data = f.read(whole["pages"] * whole["page_bytes"])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("store.mdb")
        info.size, info.mode = len(data), 0o640
        tar.addfile(info, io.BytesIO(data))
    with open(STORE, "wb") as f:
        f.write(gzip.compress(packed.getvalue(), 9, mtime=0))


def unpack(packed=STORE):
    store = fresh("store")
    os.mkdir(store)
    with tarfile.open(packed) as tar, open(os.path.join(store, "store.mdb"), "wb") as f:
        f.write(tar.extractfile("store.mdb").read())
    return store


def test_a_store_of_this_version_is_opened_and_says_what_it_said():
    if os.environ.get("UPDATE_GOLDEN"):
        store, answers = make()
        pack(store)
        with open(ANSWERS, "w", encoding="utf-8") as f:
            f.writelines(json.dumps(a, ensure_ascii=False) + "\n" for a in answers)
    if os.sysconf("SC_PAGE_SIZE") != 4096 or sys.byteorder != "little":
        print("     a store of another kind of machine: skipped")
        return
    with open(ANSWERS, encoding="utf-8") as f:
        want = [json.loads(line) for line in f]
    store = unpack()
    p = subprocess.run([NEWSDUP, "check-store", store], capture_output=True, encoding="utf-8")
    assert p.returncode == 0, p
    keys = [key_of(a) for a in articles()]
    with Daemon(store=store) as d, d.client() as c:
        got = told(c, keys)
        for a, b in zip(got, want):
            assert a == b, (a, b)
        assert len(got) == len(want)
        again = c.put(articles()[2])
        assert again.get("unchanged") or again["verdict"] == "revision", again
        assert c.put(article(1))["verdict"] == "new"
    p = subprocess.run([NEWSDUP, "check-store", store], capture_output=True, encoding="utf-8")
    assert p.returncode == 0, p


def test_a_store_of_an_earlier_profile_is_made_anew_of_its_texts():
    if os.sysconf("SC_PAGE_SIZE") != 4096 or sys.byteorder != "little":
        print("     a store of another kind of machine: skipped")
        return
    for profile in (9, 10):
        store = unpack(os.path.join(DATA, f"golden-store-{profile}.tar.gz"))
        p = subprocess.run([NEWSDUP, "stats", "--store", store], capture_output=True, encoding="utf-8")
        assert p.returncode == 3 and "newsdup reindex" in p.stderr, p
        p = subprocess.run([NEWSDUP, "reindex", "--store", store], capture_output=True, encoding="utf-8")
        assert p.returncode == 0, p
        p = subprocess.run([NEWSDUP, "check-store", store], capture_output=True, encoding="utf-8")
        assert p.returncode == 0, p
        with open(ANSWERS, encoding="utf-8") as f:
            want = [json.loads(line) for line in f]
        with Daemon(store=store) as d, d.client() as c:
            for a, b in zip(told(c, [key_of(a) for a in articles()]), want):
                assert a == b, (a, b)


run(globals())
