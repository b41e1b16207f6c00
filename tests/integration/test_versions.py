#!/usr/bin/env python3
"""What is told of ids that came more than once: the version that counts, and no other one; the same by bulk, by a daemon
while articles come, and after a restart."""
import random
import subprocess

from running import *

WORDS = [f"{a}{b}{c}" for a in ("bar", "lin", "tor", "mes", "kad", "vel") for b in ("a", "o", "in", "esk", "un") for c in
         ("del", "rik", "tan", "mur", "gos", "lem", "sar")]
TOPICS = 12


def line(seed, words=40):
    rnd = random.Random(seed)
    return " ".join(rnd.choice(WORDS) for _ in range(words)) + "."


def body(rnd):
    """Of a few topics: all of one, its lead over another text, an excerpt, several leads, two topics, or of none."""
    of = [line(f"{rnd.randrange(TOPICS)}.{i}") for i in range(5)]
    topic = rnd.randrange(TOPICS)
    whole = [line(f"{topic}.{i}") for i in range(5)]
    kind = rnd.choices(range(6), (35, 15, 10, 15, 10, 15))[0]
    return "\n".join([whole + [line(rnd.random(), 8)], whole[:1] + [line(rnd.random()) for _ in range(3)], whole[2:4],
                      [line(f"{rnd.randrange(TOPICS)}.0") for _ in range(4)], whole + of,
                      [line(rnd.random()) for _ in range(4)]][kind])


def archive(seed, n=120, ids=60):
    rnd = random.Random(seed)
    return [{"id": f"a{rnd.randrange(ids)}", "outlet": f"outlet {rnd.randrange(6)}",
             "published": f"2026-01-01T{rnd.randrange(24):02d}:{rnd.randrange(60):02d}:00Z", "text": body(rnd)} for _ in range(n)]


def bulk(articles):
    path, out = fresh("in.jsonl"), fresh("out")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(a) + "\n" for a in articles)
    subprocess.run([NEWSDUP, "bulk", "--quiet", "--tmp", TMP.name, "--out", out, path], check=True, stdout=subprocess.DEVNULL)

    def rows(name):
        with open(os.path.join(out, name), encoding="utf-8") as f:
            return [json.loads(line) if name.endswith("l") else line.rstrip("\n").split("\t") for line in f]

    return {name: rows(name) for name in ("articles.jsonl", "stories.jsonl", "leads.jsonl", "keep.txt", "drop.txt")}


def told(client, ids):
    """get, story and leads, in the form of bulk's files."""
    client.send(*({"op": op, "key": i} for op in ("get", "story") for i in ids), {"op": "leads", "limit": 1000})
    gets, stories = [[client.reply() for _ in ids] for _ in range(2)]
    apart = ("id", "ok", "key", "received", "revision", "history")
    lines = {g["key"]: {k: v for k, v in g.items() if k not in apart} for g in gets}
    whole = {s["story"]: {k: v for k, v in s.items() if k not in ("id", "ok", "story")} for s in stories}
    return lines, whole, client.reply()["items"]


def ids_of(item):
    return [m["id"] for m in item["members"]]


def is_listed_once(item):
    ids = ids_of(item)
    return len(ids) == len(set(ids)) and len(ids) > 1


def check_lists(name, lines, stories, leads):
    wrong = [(k, s["origin"], ids_of(s)) for k, s in stories.items()
             if s["origin"] not in ids_of(s) or len(set(ids_of(s))) < len(s["members"])]
    check(f"{name}: of a story each id once, the origin among them", not wrong, wrong)
    wrong = [(i, x["story"], x["origin"]) for i, x in lines.items()
             if i not in ids_of(stories[x["story"]]) or x["origin"] != stories[x["story"]]["origin"]]
    check(f"{name}: an article is in its story, and says the same of its origin", not wrong, wrong)
    wrong = [(x["id"], ids_of(x)) for x in leads if not is_listed_once(x)]
    check(f"{name}: of a lead story each id once, and two or more", not wrong, wrong)
    wrong = [(x["id"], i) for x in leads for i in ids_of(x) if x["id"] not in lines[i]["leads"]]
    check(f"{name}: a lead story has those that name it", not wrong, wrong)


def test_bulk_daemon_restart():
    for seed in range(6):
        articles = archive(seed)
        last = {a["id"]: n for n, a in enumerate(articles)}
        files, store = bulk(articles), fresh("store")
        live = {i: {k: v for k, v in files["articles.jsonl"][n].items() if k != "id"} for i, n in last.items()}
        old = [x for n, x in enumerate(files["articles.jsonl"]) if last[x["id"]] != n]
        wrong = [x["id"] for x in old if x["leads"] or x["lead_story"] or x["story"] != x["id"] or x["origin"] != x["id"]]
        check(f"{seed}: a replaced version is in nobody's story", len(old) > 20 and not wrong, wrong)
        kept, dropped = [k for k, in files["keep.txt"]], {i: to for i, to, _ in files["drop.txt"]}
        check(f"{seed}: each id is kept or dropped, once", sorted(kept + list(dropped)) == sorted(last), (kept, dropped))
        check(f"{seed}: dropped for what is kept", set(dropped.values()) <= set(kept), dropped)
        with Daemon(store=store) as d, d.client() as c:
            for a in articles:
                c.put(a)
            c.settle()
            lines, stories, leads = told(c, last)
        check_lists(seed, lines, stories, leads)
        check(f"{seed}: bulk says the same of each", lines == live, [(i, lines[i], live[i]) for i in last if lines[i] != live[i]][:1])
        several = {k: s for k, s in stories.items() if len(s["members"]) > 1}
        check(f"{seed}: and of stories", {s.pop("id"): s for s in files["stories.jsonl"]} == several)
        check(f"{seed}: and of leads", files["leads.jsonl"] == leads, leads)
        with Daemon(store=store) as d, d.client() as c:
            check(f"{seed}: so does the daemon that is started again", told(c, last) == (lines, stories, leads))


def test_while_articles_come():
    for seed in range(3):
        wrong, ids = [], set()
        with Daemon() as d, d.client() as c:
            for a in archive(seed, 100, 30):
                ids.add(a["id"])
                c.send({"op": "put", "article": a}, *({"op": "story", "key": i} for i in sorted(ids)), {"op": "leads", "limit": 1000})
                c.reply()
                stories = [c.reply() for _ in ids]
                wrong += [(s["story"], s["origin"], ids_of(s)) for s in stories
                          if s["origin"] not in ids_of(s) or len(set(ids_of(s))) < len(s["members"])]
                wrong += [(x["id"], ids_of(x)) for x in c.reply()["items"] if not is_listed_once(x)]
        check(f"{seed}: right behind a put", not wrong, wrong[:3])


def whole(topic, *more):
    return "\n".join([line(f"{topic}.{i}") for i in range(4)] + list(more))


def put(client, key, text, hour):
    return client.put({"id": key, "outlet": f"outlet {key}", "published": f"2026-01-01T{hour:02d}:00:00Z", "text": text})


def origin(client, key):
    client.settle()
    story = client.good("story", key=key)
    assert client.good("get", key=key)["origin"] == story["origin"], story
    return story["origin"]


def test_origin():
    """An article is as old as the first of its versions that says mostly the same."""
    store = fresh("store")
    with Daemon(store=store) as d, d.client() as c:
        put(c, "a", whole("x"), 8)
        put(c, "b", whole("x", line("b", 9)), 10)
        assert put(c, "a", whole("x", line("more", 12)), 14)["verdict"] == "revision"
        assert origin(c, "b") == "a"
        put(c, "c", whole("y"), 6)
        assert put(c, "c", whole("x", line("c", 9)), 12)["origin"] == "a"
        assert origin(c, "b") == "a" and sorted(ids_of(c.good("story", key="b"))) == ["a", "b", "c"]
        assert c.good("check", article={"id": "a", "published": "2026-01-01T16:00:00Z", "text": whole("x")})["origin"] == "a"
        assert put(c, "a", whole("z"), 15)["origin"] == "a"
        assert origin(c, "b") == origin(c, "c") == "b" and origin(c, "a") == "a"
        assert c.good("check", article={"id": "a", "published": "2026-01-01T16:00:00Z", "text": whole("x")})["origin"] == "b"
        c.good("delete", key="b")
        assert origin(c, "c") == "c"
    with Daemon(store=store) as d, d.client() as c:
        assert origin(c, "c") == "c" and origin(c, "a") == "a"


def test_events_tell_of_the_version_that_counts():
    for seed in range(4):
        newest, wrong, n = {}, [], 0
        with Daemon() as d, d.client() as c, d.client() as listener:
            listener.good("subscribe")
            articles = archive(seed, 150, 50) + [{"id": "end", "text": line("end")}]
            if seed % 2:
                c.send(*({"op": "put", "article": a} for a in articles))
                for _ in articles:
                    c.reply()
            else:
                for a in articles:
                    c.put(a)
            event = {"key": ""}
            while event["key"] != "end":
                event = listener.reply()
                n += 1
                if "before" not in event and event["event"] in ("new", "copy", "changed"):
                    newest[event["key"]] = event["seq"]
                if event["seq"] != newest[event["key"]] or event.get("before", {}).get("origin") == event["origin"]:
                    wrong.append(event)
        check(f"{seed}: {n} events", n > 200 and not wrong, wrong[:3])


run(globals())
