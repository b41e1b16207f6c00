#!/usr/bin/env python3
"""newsdup check-store: what is damaged is told, what can be read is saved, and nobody goes on over a damaged store."""
import random
import re
import shutil
import stat

from running import *

N = 240


def made(n):
    """Stories of four: the second to fourth are copies of the first, with an ending of their own."""
    return article(n, seed=n // 4, text=text(n // 4) + " " + text(1000 + n, 6))


def file_of(store):
    return os.path.join(store, "store.mdb")


def command(*args, code=0):
    p = subprocess.run([NEWSDUP, *args], capture_output=True, timeout=PATIENCE, encoding="utf-8")
    assert p.returncode == code, (args, p)
    return p


def check_store(store, *args, code=0):
    """What it found, and the line of the whole."""
    lines = [json.loads(x) for x in command("check-store", "--json", *args, store, code=code).stdout.splitlines()]
    return lines[:-1], lines[-1]


def leave_store(n=N):
    store = fresh("store")
    with Daemon("--sync", "no", store=store) as d, d.client() as c:
        for i in range(n):
            c.put(made(i))
        c.settle()
    return store


def flip(path, bit):
    with open(path, "r+b") as f:
        f.seek(bit // 8)
        byte = f.read(1)[0]
        f.seek(bit // 8)
        f.write(bytes([byte ^ 1 << bit % 8]))


def place_of(store, key):
    """Offsets of an id in the file, the newest version's among them."""
    with open(file_of(store), "rb") as f:
        data = f.read()
    lengths = re.escape(bytes([len(key) + 1])) + rb"[\x00-\x7f]{7}"  # of the id and the seven strings behind it
    return [m.end() - len(key) for m in re.finditer(lengths + key.encode(), data)]


def test_a_store_that_is_whole():
    store = leave_store()
    found, whole = check_store(store)
    assert not found and whole["ok"] and whole["articles"] == whole["records"] == N and not whole["in_use"], whole
    with Daemon("--sync", "no", store=store) as d, d.client() as c:
        c.good("delete", key="m0")
        c.good("deny", a="m1", b="m2")
        c.settle()
    found, whole = check_store(store)
    assert not found and whole["articles"] == N - 1 and whole["records"] == N + 1, whole
    assert f"{N + 1} records, {N - 1} of them articles; " in command("check-store", store).stdout
    before = open(file_of(store), "rb").read()
    assert "all is well" in command("check-store", "--repair", store).stdout
    assert open(file_of(store), "rb").read() == before


def test_beside_a_daemon_that_writes():
    store = fresh("store")
    with Daemon("--sync", "no", store=store) as d, d.client() as c:
        sender = send_behind(c, *({"op": "put", "article": made(i)} for i in range(8 * N)))
        seen = []
        for i in range(8 * N):
            c.reply()
            if i % N == 0:
                found, whole = check_store(store)
                assert not found and whole["ok"] and whole["in_use"], (found, whole)
                seen.append(whole["articles"])
        sender.join()
        assert seen == sorted(seen) and seen[-1] > 0
        assert "all is well" in command("check-store", "--repair", store).stdout


def test_usage_and_what_is_not_there():
    assert "directory is wanted" in command("check-store", code=2).stderr
    assert "there is none" in command("check-store", fresh("nothing"), code=3).stderr
    folder = fresh("empty")
    os.mkdir(folder)
    assert "there is none" in command("check-store", "--repair", folder, code=3).stderr
    assert not os.listdir(folder)
    with open(file_of(folder), "wb") as f:
        f.write(b"no store at all" * 1000)
    assert "damaged" in command("check-store", folder, code=3).stdout
    assert "no article can be read" in command("check-store", "--repair", folder, code=3).stderr
    assert open(file_of(folder), "rb").read() == b"no store at all" * 1000


def test_what_is_no_regular_file_is_not_waited_for():
    for name in ("store.mdb", "lock", "store.mdb-lock", "bulk.run"):
        store = leave_store(4)
        path = os.path.join(store, name)
        if os.path.exists(path):
            os.remove(path)
        os.mkfifo(path)
        if name != "bulk.run":
            found, whole = check_store(store, code=3)
            assert found[0]["what"] == f"{name} is no regular file" and not whole["ok"], found
        if name in ("store.mdb", "lock"):
            assert "damaged, or no store" in command("check-store", "--repair", store, code=3).stderr
        articles = fresh("articles.jsonl")
        with open(articles, "w", encoding="utf-8") as f:
            f.write(json.dumps(article(1)) + "\n")
        assert command("bulk", "--store", store, articles, code=3).stderr
        if name != "bulk.run":
            with Daemon(store=store, wait=False) as d:
                d.wait(3)
                assert "cannot open store" in d.log(), d.log()
        if name == "store.mdb":
            for args in (["export", "--store", store], ["stats", "--store", store], ["bulk", "--against", store, articles],
                         ["reindex", "--store", store], ["import", "--store", store, articles]):
                assert "no store of newsdup" in command(*args, code=3).stderr
        assert stat.S_ISFIFO(os.stat(path).st_mode)


def refused(store):
    """A daemon and a command over it say so, and name the command that tells more."""
    with Daemon(store=store, wait=False) as d:
        d.wait(3)
        assert "check-store" in d.log(), d.log()
    p = command("get", "--store", store, "m1", code=3)
    assert "check-store" in p.stderr, p.stderr


def test_cut_torn_and_foreign_files_are_refused_by_name():
    store = leave_store()
    whole = open(file_of(store), "rb").read()
    pages = check_store(store)[1]["pages"]
    for n in (1, 2, pages // 2, pages - 1):
        with open(file_of(store), "wb") as f:
            f.write(whole[:n * 4096])
        refused(store)
        assert check_store(store, code=3)[1]["faults"] > 0
        assert os.path.getsize(file_of(store)) == n * 4096
    for foreign in (b"", b"x" * 100000):
        with open(file_of(store), "wb") as f:
            f.write(foreign)
        refused(store)
        assert open(file_of(store), "rb").read() == foreign


# Of a head: what stands where in its page, and how long it is.
HEAD = {"page": (0, 8), "flags": (10, 2), "magic": (16, 4), "version": (20, 4), "map": (32, 8), "page size": (40, 4),
        "free root": (80, 8), "main root": (128, 8), "last page": (136, 8), "commit": (144, 8)}


def damaged_heads(whole):
    """The file with this damage, and its name."""
    rnd = random.Random(11)
    for name, (at, n) in HEAD.items():
        for value in (0, 7, 2 ** 62 + 1) if SLOW == 1 else (0, 2 ** 62 + 1):
            for heads in ((0,), (1,), (0, 1)):
                data = bytearray(whole)
                for i in heads:
                    data[4096 * i + at:4096 * i + at + n] = (value % 2 ** (8 * n)).to_bytes(n, "little")
                if data != whole:
                    yield data, (name, value, heads)
    for heads in ((0,), (1,), (0, 1)):
        data = bytearray(whole)
        for i in heads:
            data[4096 * i:4096 * i + 4096] = rnd.randbytes(4096)
        yield data, ("foreign", heads)
    for n in (0, 1, 16, 40, 151, 4095, 4096, 4097, 4096 + 40, 8191):
        yield whole[:n], ("cut", n)


def test_a_damaged_head_ends_whoever_reads_with_a_word():
    store, articles = leave_store(12), fresh("articles.jsonl")
    whole = open(file_of(store), "rb").read()
    with open(articles, "w", encoding="utf-8") as f:
        f.write(json.dumps(made(3)) + "\n")
    commands = [["stats"], ["get", "m1"], ["story", "m1"], ["export"], ["leads"], ["furniture"], ["outlets"],
                ["explain", "m1", "m2"], ["bulk", "--against"]]
    told = 0
    for turn, (data, what) in enumerate(damaged_heads(whole)):
        with open(file_of(store), "wb") as f:
            f.write(data)
        damaged = check_any(store)
        for name, *args in commands if turn % 10 == 0 else commands[turn % len(commands):][:1]:
            p = subprocess.run([NEWSDUP, name, *args, store, articles] if name == "bulk" else
                               [NEWSDUP, name, "--store", store, *args], capture_output=True, timeout=PATIENCE, encoding="utf-8")
            assert p.returncode == 0 or damaged and p.returncode == 3 and "check-store" in p.stderr, (what, name, p)
            told += p.returncode == 3
        assert open(file_of(store), "rb").read() == data, what
    assert told > turn, (told, turn)


def test_heads_that_change_meanwhile_are_well():
    """Whoever reads beside a daemon that commits all the time is never told that the store is damaged."""
    store = fresh("store")
    with Daemon("--sync", "no", store=store) as d, d.client() as c:
        c.put(made(0))
        sender = send_behind(c, *({"op": "put", "article": article(i)} for i in range(1, 4000 // SLOW)))
        said = [subprocess.Popen([NEWSDUP, "get", "--store", store, "m0"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                for _ in range(20)]
        for p in said:
            assert p.wait(PATIENCE) == 0, p.stderr.read()
            p.stderr.close()
        for i in range(1, 4000 // SLOW):
            c.reply()
        sender.join()


def test_a_damaged_record_is_named_and_its_story_goes_on():
    store = leave_store()
    with Daemon(store=store) as d, d.client() as c:
        before = {f"m{i}": c.good("get", key=f"m{i}") for i in range(N)}
        assert before["m43"]["story"] == "m40" and before["m42"]["story"] == "m40"
    damage_article(store)  # it leads a story of four
    refused(store)
    found, whole = check_store(store, code=3)
    assert [f["seq"] for f in found] == [40] and found[0]["id"] == "m40" and not whole["ok"], found
    lost, done = check_store(store, "--repair")[0], check_store(store)[1]
    assert [f["seq"] for f in lost if f.get("what") == "the record is lost"] == [40] and done["ok"], lost
    assert os.path.exists(file_of(store) + ".damaged") and not os.path.exists(os.path.join(store, "repair"))
    with Daemon(store=store) as d, d.client() as c:
        c.fails("not_found", "get", key="m40")
        got = c.good("get", key="m43")
        assert got["story"] == "m41" and c.good("get", key="m41")["story"] == "m41", got
        assert sorted(m["id"] for m in c.good("story", key="m42")["members"]) == ["m41", "m42", "m43"]
        for i in range(N):
            if i // 4 != 10:
                now = c.good("get", key=f"m{i}")
                assert now == before[f"m{i}"], (now, before[f"m{i}"])
        again = c.put(made(40))
        assert again["story"] == "m41", again
    assert check_store(store)[1]["ok"]


def cut(store, bytes):
    ret = fresh("cut")
    shutil.copytree(store, ret)
    os.truncate(file_of(ret), bytes)
    return ret


def test_of_a_file_that_was_cut_what_is_lost_is_counted_or_said_to_be_unknown():
    known, unknown, all_at_once, path = 0, 0, fresh("store"), fresh("articles.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(made(n)) + "\n" for n in range(N))
    command("bulk", "--quiet", "--store", all_at_once, path)
    for store in (leave_store(), all_at_once):
        pages = check_store(store)[1]["pages"]
        for n in sorted({pages - 1, pages - 2, *range(pages // 8, pages, pages // 8)}):
            done = check_store(cut(store, 4096 * n), "--repair")[1]
            assert done["records"] and (done["lost"] != 0 or done["records"] == N), (n, done)
            assert done["lost"] is None or done["records"] + done["lost"] == N, (n, done)
            known += done["lost"] is not None
            unknown += done["lost"] is None
            said = command("check-store", "--repair", cut(store, 4096 * n)).stdout
            assert ("an unknown number" in said.split("repaired: ")[1].split(" lost; ")[0]) == (done["lost"] is None), said
    assert known > 8 and unknown > 4, (known, unknown)


def text_of(store, n):
    """The passages that two articles of a story share, from their kept texts."""
    with Daemon(store=store) as d, d.client() as c:
        return c.good("explain", a=f"m{n}", b=f"m{n + 1}").get("passages")


def test_a_damaged_text_is_named_and_its_article_stays():
    store = leave_store()
    whole, passages = open(file_of(store), "rb").read(), text_of(store, 80)
    assert passages
    at, found = whole.find(b"NT\1\0"), []
    while at >= 0 and not found:  # the head of a text; some stand on free pages
        flip(file_of(store), (at + 20) * 8)
        found = check_store(store, code=3 if check_any(store) else 0)[0]
        at = whole.find(b"NT\1\0", at + 1)
    assert len(found) == 1 and found[0]["what"] == "the text is damaged", found
    lines, done = check_store(store, "--repair")
    assert done["lost"] == 0 and done["texts_lost"] == 1 and done["articles"] == done["records"] == N, done
    assert [x["seq"] for x in lines if x.get("what") == "its text is lost"] == [found[0]["seq"]], lines
    assert check_store(store)[1]["ok"]
    near = found[0]["seq"] in (80, 81)
    assert near or text_of(store, 80) == passages
    with Daemon(store=store) as d, d.client() as c:
        assert all(c.op("get", key=f"m{i}")["ok"] for i in range(N))


def damage_article(store):
    """In a string behind the id."""
    for at in place_of(store, "m40"):
        flip(file_of(store), (at + len("m40") + 2) * 8)


def test_two_repairs_at_once_do_not_hurt_each_other():
    store = leave_store()
    damage_article(store)
    both = [subprocess.Popen([NEWSDUP, "check-store", "--repair", store], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             encoding="utf-8") for _ in range(4)]
    said = [(p.communicate(timeout=PATIENCE), p.returncode) for p in both]
    assert all(code == 0 or code == 3 and "another process has it open" in err for (_, err), code in said), said
    command("check-store", "--repair", store)
    assert not os.path.exists(os.path.join(store, "repair"))
    found, whole = check_store(store)
    assert not found and whole["articles"] == N - 1, (found, whole)


def test_a_repair_takes_away_its_own_rests_only():
    store = leave_store()
    damage_article(store)
    own = os.path.join(store, "repair")
    shutil.copytree(leave_store(4), own)
    assert "a store of its own" in command("check-store", "--repair", store, code=3).stderr
    assert check_store(own)[1]["articles"] == 4
    with open(os.path.join(own, "stamp"), "wb"):  # as a killed repair leaves it
        pass
    with Daemon("--sync", "no", store=own) as d, d.client() as c:
        assert "another process has it open" in command("check-store", "--repair", store, code=3).stderr
        c.put(made(5))
    command("check-store", "--repair", store)
    assert not os.path.exists(own) and check_store(store)[1]["ok"]


def check_any(store):
    return subprocess.run([NEWSDUP, "check-store", store], capture_output=True, timeout=PATIENCE).returncode


def test_flipped_bits_never_bring_anything_down():
    """Anywhere in the file: the daemon refuses it, or answers as before; repaired, it has all but one article at most."""
    store = leave_store()
    size = check_store(store)[1]["pages"] * 4096
    rnd = random.Random(7)
    with Daemon(store=store) as d, d.client() as c:
        told = {i: c.good("get", key=f"m{i}") for i in range(N)}
    whole = open(file_of(store), "rb").read()
    counts = {"found": 0, "refused": 0, "lost": 0}
    for turn in range(40 // SLOW):
        shutil.rmtree(store)
        os.mkdir(store)
        with open(file_of(store), "wb") as f:
            f.write(whole)
        flip(file_of(store), rnd.randrange(size * 8))
        damaged = subprocess.run([NEWSDUP, "check-store", store], capture_output=True, timeout=PATIENCE).returncode
        assert damaged in (0, 3)
        p = subprocess.run([NEWSDUP, "get", "--json", "--store", store, *(f"m{i}" for i in range(N))], capture_output=True,
                           timeout=PATIENCE, encoding="utf-8")
        assert p.returncode in (0, 3), p
        counts["found"] += damaged == 3
        counts["refused"] += p.returncode == 3
        if p.returncode == 0 and damaged == 0:
            assert [json.loads(x) for x in p.stdout.splitlines()] == list(told.values())
        command("check-store", "--repair", store)
        with Daemon(store=store) as d, d.client() as c:
            there = sum(c.op("get", key=f"m{i}")["ok"] for i in range(N))
            assert there >= N - 1, there
            counts["lost"] += there < N
        assert check_store(store)[1]["ok"]
    print(f"     of {40 // SLOW} flipped bits {counts}")


def test_a_damaged_page_ends_no_reader_by_a_signal():
    """Bits of the heads of pages, which LMDB follows wherever they lead."""
    store, rnd, told = leave_store(), random.Random(184), 0
    whole = open(file_of(store), "rb").read()
    for turn in range(60 // SLOW):
        data = bytearray(whole)
        data[rnd.randrange(2, len(data) // 4096) * 4096 + rnd.choice((10, 12, 14, 16, rnd.randrange(40)))] ^= 1 << rnd.randrange(8)
        with open(file_of(store), "wb") as f:
            f.write(data)
        for args in (["export", "--quiet"], ["furniture"], ["get", "m1"]):
            p = subprocess.run([NEWSDUP, *args, "--store", store], capture_output=True, timeout=PATIENCE, encoding="utf-8")
            assert p.returncode in (0, 1) or p.returncode == 3 and p.stderr, (turn, args, p)
            told += p.returncode == 3
    assert told


def test_a_leaf_that_is_none_ends_a_command_with_a_word():
    store = leave_store()
    whole = open(file_of(store), "rb").read()
    leaves = [at for at in range(2 * 4096, len(whole), 4096) if whole[at + 10] == 2 and int.from_bytes(whole[at:at + 8], "little") == at // 4096]
    told = 0
    for at in leaves[:60]:
        with open(file_of(store), "wb") as f:
            f.write(whole)
        flip(file_of(store), 8 * (at + 10) + 1)
        p = subprocess.run([NEWSDUP, "stats", "--store", store], capture_output=True, timeout=PATIENCE, encoding="utf-8")
        assert p.returncode in (0, 3), p
        assert p.returncode == 0 or "check-store" in p.stderr, p
        told += p.returncode == 3
    assert told > 0, len(leaves)


def test_a_file_that_is_cut_under_a_daemon_ends_it_with_a_word():
    store = leave_store(2000 // SLOW)
    with Daemon(store=store) as d, d.client() as c:
        os.truncate(file_of(store), 3 * 4096)
        try:
            for i in range(2000 // SLOW):
                c.op("get", key=f"m{i}")
        except (AssertionError, ConnectionError):
            pass
        d.wait(3)
        assert "check-store" in d.log(), d.log()


run(globals())
