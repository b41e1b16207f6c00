#!/usr/bin/env python3
"""newsdupd: what is left of a life of deletes, revisions, rulings is what it would be, had only the rest come: stories,
origins, matches, leads; in archives full of leads over other bodies, excerpts, digests, and copies of copies."""
import collections
import random

from running import *

SYLLABLES = [chr(0xAC00 + 7 * i) for i in range(1596)]
STORES = 12 if SLOW == 1 else 3
USES = 4  # of a sentence, at most: one of more stories is furniture, and the articles that taught it count


def sentence(rnd):
    words = ["".join(rnd.choice(SYLLABLES) for _ in range(rnd.choice([2, 2, 3]))) + rnd.choice("은이을로과") for _ in range(11)]
    return " ".join(words) + " 밝혔다."


def body(rnd, n):
    return [sentence(rnd) for _ in range(n)]


def part(rnd, told, n):
    """So many sentences of an earlier article, from its beginning."""
    return rnd.choice(told)[:n]


def edited(rnd, told):
    ret = list(rnd.choice(told))
    for _ in range(rnd.randrange(1, 4)):
        ret[rnd.randrange(len(ret))] = sentence(rnd)
    return ret


def excerpt(rnd, told):
    of = rnd.choice(told)
    start = rnd.randrange(len(of))
    return of[start:start + rnd.choice([1, 2, 3])]


def copy_of_the_newest(rnd, told):
    of = rnd.choice(told[-12:])
    cut = len(of) // 4
    return body(rnd, max(1, cut)) + of[cut:]


KINDS = (
    (22, lambda rnd, told: body(rnd, rnd.choice([3, 5, 8, 11]))),
    (14, lambda rnd, told: list(rnd.choice(told)) + body(rnd, rnd.choice([0, 0, 1]))),
    (12, edited),
    (14, lambda rnd, told: part(rnd, told, 1) + body(rnd, rnd.choice([3, 5, 8]))),
    (8, lambda rnd, told: part(rnd, told, 2) + body(rnd, rnd.choice([2, 4]))),
    (8, excerpt),
    (7, lambda rnd, told: sum((part(rnd, told, rnd.choice([1, 2, 4])) for _ in range(rnd.choice([2, 3, 4]))), [])),
    (5, lambda rnd, told: body(rnd, 1) + sum((part(rnd, told, 1) + body(rnd, 1) for _ in range(4)), [])),
    (10, copy_of_the_newest),
)


def archive(seed, n=400):
    rnd = random.Random(seed)
    told, used, ret = [], collections.Counter(), []
    while len(ret) < n:
        make = rnd.choices([m for _, m in KINDS], [w for w, _ in KINDS])[0] if told else KINDS[0][1]
        text = make(rnd, told)
        if any(used[s] >= USES for s in text):
            continue
        used.update(set(text))
        told.append(text)
        ret.append({"id": f"{len(ret)}", "outlet": f"outlet {rnd.randrange(60)}", "text": "\n".join(text),
                    "published": f"2026-01-{1 + rnd.randrange(3):02d}T{rnd.randrange(24):02d}:{rnd.randrange(60):02d}:00Z"})
    return ret


def put(client, articles):
    client.send(*({"op": "put", "article": a} for a in articles))
    for _ in articles:
        assert client.reply()["ok"]


def told(client, ids):
    """But for verdicts, which say of a revision that it is one; a match of another version of itself, likewise."""
    client.settle()
    client.send(*({"op": "get", "key": i} for i in ids))
    ret = {}
    for i in ids:
        got = client.reply()
        ret[i] = {k: got[k] for k in ("story", "origin", "lead_story", "leads")}
        ret[i]["matches"] = sorted(m["id"] for m in got["matches"] if m["id"] != i)
    return ret


def check_same(name, pairs):
    """Pairs of what is told of the same articles. There is a residue: a follower that has posted nothing of its own."""
    n = sum(len(left) for left, _ in pairs)
    wrong = [(k, i, left[i], built[i]) for k, (left, built) in enumerate(pairs) for i in left if left[i] != built[i]]
    check(f"{name}: {n} articles are what they would be, all but {len(wrong)}", len(wrong) * 1000 < n, wrong[:2])


def left_and_built(articles, rest, change, flags=()):
    """What is told of the rest, when all have come and were changed, and when the rest alone has come."""
    ids = [a["id"] for a in rest]
    with Daemon(*flags) as d, Daemon(*flags) as alone, d.client() as c, alone.client() as other:
        put(c, articles)
        change(c)
        put(other, rest)
        return told(c, ids), told(other, ids)


def deleted(seed, flags=()):
    articles, rnd = archive(seed), random.Random(seed + 1000000)
    gone = [a["id"] for a in rnd.sample(articles, 120)]

    def change(client):
        for i in gone:
            client.good("delete", key=i)

    return left_and_built(articles, [a for a in articles if a["id"] not in gone], change, flags)


def test_deleted():
    check_same("deleted", [deleted(seed) for seed in range(STORES)])


def test_deleted_with_a_window():
    check_same("window", [deleted(seed, ("--window", "1d")) for seed in range(STORES // 3)])


def test_deleted_by_outlet():
    def one(seed):
        articles = archive(seed)
        gone = [f"outlet {i}" for i in range(0, 60, 4)]
        rest = [a for a in articles if a["outlet"] not in gone]
        return left_and_built(articles, rest, lambda c: [c.good("delete", outlet=o) for o in gone])

    check_same("outlets", [one(seed) for seed in range(STORES // 3)])


def test_revised():
    def one(seed):
        articles, rnd, published = archive(seed), random.Random(seed + 5), {}
        for a in articles:
            if rnd.random() < .25:
                a["id"] = rnd.choice(articles)["id"]
            a["published"] = published.setdefault(a["id"], a["published"])
        last = {a["id"]: n for n, a in enumerate(articles)}
        return left_and_built(articles, [a for n, a in enumerate(articles) if last[a["id"]] == n], lambda c: None)

    check_same("revised", [one(seed) for seed in range(STORES)])


def test_ruled():
    """It does not matter when something was ruled: rulings outlast the articles."""
    def one(seed):
        articles, rnd = archive(seed), random.Random(seed + 5)
        ids = [a["id"] for a in articles]
        with Daemon() as d, Daemon() as early, d.client() as c, early.client() as other:
            put(c, articles)
            ties = [(i, m) for i, x in told(c, ids).items() for m in x["matches"]]
            rulings = [("deny", *rnd.choice(ties)) for _ in range(10)]
            rulings += [(rnd.choice(["deny", "allow"]), *rnd.sample(ids, 2)) for _ in range(6)]
            put(other, articles)
            for op, a, b in rulings:
                c.good(op, a=a, b=b)
                other.good(op, a=a, b=b)
            for i in ids:
                other.good("delete", key=i)
            put(other, articles)
            return told(c, ids), told(other, ids)

    check_same("ruled", [one(seed) for seed in range(STORES // 3)])


# Of articles by their sentences, one is deleted. What is left was tied to it by others.
CHAINS = {
    "a lead that it alone had posted": (["abcdefgh", "iajklmno", "ipqrstu"], 0),
    "a follower's follower": (["abcdef", "ga", "ghijklmno", "pgq", "prst"], 1),
    "what came since shares a match's words": (["abc", "defghijk", "lmndomnpaq", "drst"], 0),
    "a match that has moved": (["abc", "defghifg", "abcj", "add", "dklmno"], 0),
}


def test_chains():
    for name, (texts, gone) in CHAINS.items():
        articles = []
        for seed in range(40):
            rnd = random.Random(f"{name} {seed}")
            sentences = {letter: sentence(rnd) for letter in "abcdefghijklmnopqrstuvwxyz"}
            articles += [{"id": f"{seed}.{i}", "outlet": f"outlet {i}", "text": "\n".join(sentences[x] for x in text),
                          "published": f"2026-01-01T{i:02d}:00:00Z"} for i, text in enumerate(texts)]
        rest = [a for a in articles if not a["id"].endswith(f".{gone}")]
        left, built = left_and_built(articles, rest, lambda c, g=gone: [c.good("delete", key=f"{s}.{g}") for s in range(40)])
        wrong = [(i, left[i], built[i]) for i in left if left[i] != built[i]]
        check(name, not wrong, (len(wrong), wrong[:1]))


run(globals())
