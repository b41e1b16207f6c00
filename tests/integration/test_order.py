#!/usr/bin/env python3
"""What must not depend on the order in which things became known: furniture learned early, late or in the middle; and what
is left after deletions is as if the rest had come alone."""
import random

from running import *

SYLLABLES = [chr(0xAC00 + 7 * i) for i in range(1596)]
NOTICES = ["화면 글자를 키우거나 줄이며 편하게 보실 수 있습니다", "이 소식은 편집부가 살림 갈래에 넣어 두었습니다",
           "회원이 되어 마음에 드는 글쓴이에게 힘을 보태 주세요 답글은 회원만 씁니다"]


def sentence(rnd):
    words = ["".join(rnd.choice(SYLLABLES) for _ in range(rnd.choice([2, 2, 3]))) + rnd.choice("은이을로과") for _ in range(11)]
    return " ".join(words) + " 밝혔다."


def body(rnd, n):
    return [sentence(rnd) for _ in range(n)]


def pages(seed, glue):
    """Articles of one portal that copy each other, wholly and in part, and others that teach what its notices are."""
    rnd = random.Random(seed)

    def page(name, sentences):
        return {"id": name, "outlet": f"신문 {rnd.randrange(4)}", "url": f"https://news.portal.example/{name}",
                "published": f"2026-03-02T09:{rnd.randrange(60):02d}:00+09:00",
                "text": glue.join(NOTICES[:2] + sentences + NOTICES[2:])}

    some = []
    for i in range(10):
        told = body(rnd, rnd.choice([4, 6, 9]))
        some.append(page(f"a{i}", told))
        some.append(page(f"b{i}", [told[:1] + body(rnd, 6), body(rnd, 3) + told[:2] + body(rnd, 1), told[:-1] + body(rnd, 1)][i % 3]))
    return some, [page(f"t{i}", body(rnd, 9)) for i in range(9)]


def write(articles):
    path = fresh("in.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(a, ensure_ascii=False) + "\n" for a in articles)
    return path


def settled(article):
    """What is said of one, but for the verdict: near a border the frequencies decide, which are those of all that is there
    when it is judged."""
    return {k: v for k, v in article.items() if k not in ("verdict", "matches", "leads", "lead_story")}


def test_furniture_early_late_between():
    for glue, seed in ((g, s) for g in ("\n", " ") for s in range(6)):
        some, teachers = pages(seed, glue)
        early = bulk(teachers + some)
        for name, articles in (("late", some + teachers), ("between", some[:10] + teachers + some[10:])):
            other = bulk(articles)
            wrong = [a["id"] for a in some if settled(early[a["id"]]) != settled(other[a["id"]])]
            check(f"{name}, seed {seed}, {glue!r}: as early", not wrong, wrong)


def told(client, ids):
    client.send(*({"op": "get", "key": i} for i in ids))
    return [{k: v for k, v in client.reply().items() if k not in ("received", "id")} for _ in ids]


def put(client, articles):
    client.send(*({"op": "put", "article": a} for a in articles))
    for _ in articles:
        assert client.reply()["ok"]


def texts(seed):
    """Chains of three: a copy of the first, and one that is like the copy, each published a day after the one before; and
    leads over other bodies."""
    rnd = random.Random(1000 + seed)
    lead, rest = body(rnd, 2), body(rnd, 8)
    bodies = [lead + rest, body(rnd, 2) + rest, lead + rest[:4] + body(rnd, 3), lead + body(rnd, 6), lead + body(rnd, 4),
              rest[2:4], lead + rest]
    return [{"id": f"{seed}.{i}", "outlet": f"outlet {i}", "published": f"2026-01-0{i + 1}T12:00:00Z", "text": "\n".join(b)}
            for i, b in enumerate(bodies)]


def test_deleted_as_if_never_come():
    for window in ("0", "1d"):
        with Daemon("--window", window) as d, Daemon("--window", window) as alone, d.client() as c, alone.client() as other:
            articles = [a for seed in range(40) for a in texts(seed)]
            gone = {a["id"] for i, a in enumerate(articles) if i % 7 == 0 or i % 7 == i // 7 % 7}
            rest = [a for a in articles if a["id"] not in gone]
            put(c, articles)
            for i in gone:
                assert c.ask({"op": "delete", "key": i})["ok"]
            c.settle()
            put(other, rest)
            ids = [a["id"] for a in rest]
            left, built = told(c, ids), told(other, ids)
            wrong = [(x, y) for x, y in zip(left, built) if (x["story"], x["origin"]) != (y["story"], y["origin"])]
            check(f"window {window}: {len(rest)} that are left of {len(articles)}", not wrong, wrong[:2])
            empty = [x for x in left if not x["matches"] and x["verdict"] not in ("new", "too_short")]
            check(f"window {window}: no verdict without a match", not empty, empty[:2])


run(globals())
