#!/usr/bin/env python3
"""newsdupd: every operation, events, HTTP, and the same answers as bulk mode, before and after a restart."""
import json
import subprocess
import time

from running import *

FIELDS = ["key", "outlet", "published", "verdict", "story", "origin", "syndicated", "agency", "byline", "dateline",
          "similarity", "containment", "contained", "lead_story", "leads", "matches", "furniture"]


def sample(n_more=216):
    with open(SAMPLE, encoding="utf-8") as f:
        articles = [{"published": "2026-03-03T12:00:00Z", **json.loads(line)} for line in f]
    for a in articles:
        a["published"] = a["published"] or "2026-03-03T12:00:00Z"  # the daemon would take the time of arrival
    for i in range(n_more):
        more = article(i, seed=i if i % 3 else i // 3)
        if i % 40 == 7:
            more["id"] = "m3"  # versions of one id
        if i % 50 == 9:
            more["id"] = 9000 + i
        articles.append(more)
    return articles


def bulk_lines(articles):
    path = fresh("in.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(a) + "\n" for a in articles)
    out = fresh("out")
    subprocess.run([NEWSDUP, "bulk", "--quiet", "--out", out, path], check=True, stdout=subprocess.DEVNULL)
    with open(f"{out}/articles.jsonl", encoding="utf-8") as f, open(f"{out}/stories.jsonl", encoding="utf-8") as g:
        return [json.loads(x) for x in f], [json.loads(x) for x in g]


def compare_with(client, lines, stories):
    """get and story against what bulk says; of an id that came again the newest line counts."""
    newest = {json.dumps(line["id"]): line for line in lines}
    for line in newest.values():
        reply = client.good("get", key=line["id"])
        got = {k: reply[k] for k in FIELDS}
        want = {"key": line["id"], **{k: v for k, v in line.items() if k != "id"}}
        assert got == want, (got, want)
    for story in stories:
        if sum(line["id"] == story["id"] for line in lines) > 1:
            continue
        reply = client.good("story", key=story["id"])
        got = {k: v for k, v in reply.items() if k not in ("id", "ok", "story")}
        assert reply["story"] == story["id"]
        assert got == {k: v for k, v in story.items() if k != "id"}, (got, story)


def test_the_same_articles_give_the_same_lines_as_bulk_also_after_a_restart():
    articles = sample(2000)
    lines, stories = bulk_lines(articles)
    store = fresh("store")
    with Daemon(store=store, path=None) as d, d.client() as c:
        c.send(*({"id": i, "op": "put", "article": a} for i, a in enumerate(articles)))
        replies = [c.reply() for _ in articles]
        assert [r["id"] for r in replies] == list(range(len(articles)))
        assert all(r["ok"] for r in replies), [r for r in replies if not r["ok"]][:1]
        c.settle()
        same = sum(r["verdict"] == line["verdict"] for r, line in zip(replies, lines))
        assert same > 0.9 * len(lines), same  # some are judged again as more is known
        compare_with(c, lines, stories)
        history = c.good("get", key="m3")["history"]
        assert len(history) == len([a for a in articles if a.get("id") == "m3"]) - 1 == 50, history
    with Daemon(store=store) as d, d.client() as c:
        compare_with(c, lines, stories)
        assert c.good("get", key="m3")["history"] == history
        stats = c.good("stats")
        assert stats["versions"] == len(articles) > stats["articles"] == len({line["id"] for line in lines}), stats
        again = c.put(articles[0])
        assert again["unchanged"] is True and again["revision"] == 1


def test_hello_tells_version_profile_role_and_limits():
    with Daemon("--line-max", "1m") as d, d.client() as c:
        r = c.op("hello", id=[1, {"a": None}])
        assert r["id"] == [1, {"a": None}] and r["ok"] and r["name"] == "newsdupd" and r["protocol"] == 1
        assert len(r["profile"]) == 16 and int(r["profile"], 16) and r["role"] == "admin" and r["ready"] is True
        assert r["limits"]["line"] == 1 << 20 and r["limits"]["paragraphs"] == 100000 and r["limits"]["queue"] == 256


def test_an_id_is_echoed_byte_for_byte():
    with Daemon() as d, d.client() as c:
        for raw in (b'"\\u0041"', b"1e400", b"-0.0", b'{"a" : [1,  2]}', b"123456789012345678901234567890", b"true"):
            c.send(b'{"id":' + raw + b',"op":"hello"}\n')
            assert c.line().startswith(b'{"id":' + raw + b',"ok":true'), raw


def test_check_adds_nothing_and_put_does():
    with Daemon() as d, d.client() as c:
        assert c.good("check", article=article(1))["verdict"] == "new"
        assert c.good("stats")["articles"] == 0
        assert c.put(article(1))["verdict"] == "new"
        r = c.good("check", article=article(2, seed=1))
        assert (r["verdict"], r["story"], r["key"]) == ("identical", "m1", "m2")
        assert r["matches"][0]["id"] == "m1" and r["similarity"] == 1.0
        assert c.good("stats")["articles"] == 1
        r = c.good("check", article={"id": "none", "text": "short"})
        assert (r["verdict"], r["story"], r["lead_story"], r["leads"]) == ("too_short", "none", None, [])


def test_an_article_without_a_readable_time_gets_that_of_its_arrival():
    with Daemon() as d, d.client() as c:
        for n, published in enumerate((None, "yesterday", 17)):
            r = c.put({**article(n), "published": published})
            arrived = time.strptime(r["published"][:19], "%Y-%m-%dT%H:%M:%S")
            assert r["published"].endswith("Z") and abs(time.mktime(arrived) - time.mktime(time.gmtime())) < PATIENCE
            assert c.good("get", key=f"m{n}")["received"] == r["published"]
        assert c.put({**article(5), "published": "2026-01-02"})["published"] == "2026-01-02"


def test_get_tells_what_is_true_by_now():
    with Daemon() as d, d.client() as c:
        c.put(article(1, published="2026-03-02T00:00:00Z"))
        r = c.put(article(2, seed=1, published="2026-03-01T00:00:00Z"))
        assert (r["story"], r["origin"], r["syndicated"]) == ("m1", "m2", True)
        r = c.good("get", key="m1")
        assert (r["origin"], r["syndicated"], r["verdict"], r["history"]) == ("m2", True, "new", [])
        c.put({"id": 77, "text": text(3)})
        assert c.good("get", key=77)["key"] == 77 and c.good("get", key="77")["key"] == 77
        c.fails("not_found", "get", key="no such")
        c.fails("not_found", "get", key="")
        c.fails("bad_request", "get")
        c.fails("bad_request", "get", key=["m1"])


def test_story_and_explain():
    with Daemon() as d, d.client() as c:
        c.put(article(1))
        c.put(article(2, seed=1))
        c.put(article(3))
        r = c.good("story", key="m2")
        assert r["story"] == "m1" and [m["id"] for m in r["members"]] == ["m1", "m2"]
        assert r["members"][0]["relation"] == "leader" and r["members"][1]["relation"] == "identical"
        assert r["weakest_similarity"] == 1.0
        assert [m["id"] for m in c.good("story", key="m3")["members"]] == ["m3"]
        r = c.good("explain", a="m1", b="m2")
        assert r["verdict"] == "identical" and r["a"]["id"] == "m1" and r["archive"]["later"] == "b"
        assert c.good("explain", a="m1", b="m3")["verdict"] == "new"
        c.fails("not_found", "explain", a="m1", b="m9")
        c.fails("bad_request", "explain", a="m1", b="m1")
        c.fails("bad_request", "explain", a="m1")
        c.fails("not_found", "story", key="m9")


def test_stats_and_health_and_unknown_operations():
    with Daemon() as d, d.client() as c:
        c.put(article(1))
        c.fails("bad_request", "put")
        for op in ("remove", "denY", "lead", "OUTLETS", "frobnicate"):
            c.fails("unknown_op", op)
        r = c.good("stats")
        assert r["articles"] == 1 and r["requests"]["put"] == 2 and r["verdicts"]["new"] == 1
        assert r["rejects"] == {"bad_request": 1, "unknown_op": 5} and r["connections"] == 1
        eventually(lambda: c.good("stats")["commits"] == 1)
        r = c.good("health")
        assert r["status"] == "ok" and r["ready"] is True and r["store"] == "ok" and r["progress"] == {"done": 1, "total": 1}


def test_subscribers_hear_what_they_asked_for():
    with Daemon() as d, d.client() as c, d.client() as all_, d.client() as some, d.client() as bad:
        assert all_.good("subscribe") == {"id": None, "ok": True}
        assert some.good("subscribe", events=["origin_changed", "changed"])["ok"]
        bad.fails("bad_request", "subscribe", events=["no such"])
        assert c.good("stats")["subscribers"] == 2
        c.put(article(1, published="2026-03-05T00:00:00Z"))
        c.put(article(2, seed=1, published="2026-03-01T00:00:00Z"))
        c.put({**article(1), "text": text(1) + " " + text(99, 5)})
        got = [all_.reply() for _ in range(4)]
        assert [e["event"] for e in got] == ["new", "copy", "origin_changed", "changed"], got
        assert [e["key"] for e in got] == ["m1", "m2", "m2", "m1"] and [e["seq"] for e in got] == [0, 1, 1, 2]
        assert got[1]["story"] == "m1" and got[2]["origin"] == "m2" and got[1]["verdict"] == "identical"
        assert [some.reply()["event"] for _ in range(2)] == ["origin_changed", "changed"]
        all_.close()
        some.close()
        c.put(article(5))
        eventually(lambda: c.good("stats")["subscribers"] == 0)


def http(d, path):
    with d.client() as c:
        c.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\n\r\n".encode())
        data = b""
        while chunk := c.socket.recv(65536):
            data += chunk
    head, _, body = data.decode().partition("\r\n\r\n")
    assert f"Content-Length: {len(body)}" in head
    return int(head.split()[1]), body


def test_http_on_the_same_socket():
    with Daemon() as d, d.client() as c:
        c.put(article(1))
        c.good("check", article=article(2, seed=1))
        c.send(b"junk\n")
        c.reply()
        assert http(d, "/healthz") == (200, "ok\n") and http(d, "/readyz") == (200, "ok\n")
        status, body = http(d, "/metrics?x=1")
        assert status == 200
        values = {}
        for line in body.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                assert name not in values
                values[name] = float(value)
        assert values['newsdup_requests_total{op="put"}'] == 1
        assert values['newsdup_verdicts_total{op="put",verdict="new"}'] == 1
        assert values['newsdup_verdicts_total{op="check",verdict="identical"}'] == 1
        assert values['newsdup_rejects_total{code="bad_json"}'] == 1
        assert values["newsdup_articles"] == 1 and values["newsdup_commits_total"] == 1 and values["newsdup_ready"] == 1
        assert values['newsdup_latency_seconds_bucket{le="+Inf"}'] == values["newsdup_latency_seconds_count"] >= 3
        for name in ("stories", "index_bytes", "store_bytes", "candidates_total", "verified_total", "stop_keys", "queue",
                     "commit_seconds_total", "store_free_bytes", "store_readers", "store_oldest_reader_seconds"):
            assert f"newsdup_{name}" in values, name
        assert http(d, "/")[0] == 404 and http(d, "/" + "x" * 5000)[0] == 404


def test_http_comes_after_the_replies_before_it_and_ends_the_connection():
    with Daemon() as d, d.client() as c:
        c.send({"op": "put", "article": article(1)}, b"GET /healthz HTTP/1.0\n\n", {"op": "hello"})
        assert c.reply()["verdict"] == "new"
        assert c.line().startswith(b"HTTP/1.1 200")
        while c.line() is not None:
            pass


def test_roles_are_what_the_configuration_says():
    config = fresh("conf")
    with open(config, "w") as f:
        f.write("allow_read = none\nallow_write = none\n")
    if os.geteuid() != 0:
        return
    os.chmod(TMP.name, 0o755)
    path = fresh("s")
    os.chmod(os.path.dirname(path), 0o755)
    with Daemon("--socket-mode", "0666", config=config, path=path) as d:
        code = ("import socket,json,os,sys;os.setgid(65534);os.setuid(65534);s=socket.socket(socket.AF_UNIX);"
                "s.connect(sys.argv[1]);"
                "s.sendall(b'{\"op\":\"hello\"}\\n{\"op\":\"put\",\"article\":{\"text\":\"x\"}}\\n{\"op\":\"stats\"}\\n');"
                "s.shutdown(1);print(s.makefile().read())")

        def as_nobody():
            out = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True,
                                 timeout=PATIENCE).stdout
            return [json.loads(x) for x in out.splitlines() if x]

        r = as_nobody()
        assert r[0]["role"] == "none" and [x["error"]["code"] for x in r[1:]] == ["denied", "denied"], r
        with open(config, "w") as f:
            f.write("allow_read = everyone\nallow_write = none\n")
        d.signal(signal.SIGHUP)
        eventually(lambda: "read again" in d.log())
        r = as_nobody()
        assert r[0]["role"] == "read" and r[1]["error"]["code"] == "denied" and r[2]["ok"], r


run(globals())
