#!/usr/bin/env python3
"""newsdupd and bad input: an error reply with a code of the list, nothing lost, other clients unaffected."""
import random

from running import *

CODES = {"bad_json", "bad_utf8", "bad_request", "unknown_op", "too_large", "too_deep", "not_found", "busy",
         "rate_limited", "denied", "overrun", "profile_mismatch", "store_full", "store_error", "shutting_down",
         "internal", "bad_charset", "missing_text"}


def still_fine(d):
    with d.client() as c:
        assert c.good("health")["status"] == "ok"


def test_each_kind_of_bad_line_has_its_code():
    deep = b"[" * 40 + b"]" * 40
    cases = [
        (b"\n{", "bad_json"), (b"hello", "bad_json"), (b"{}", "bad_request"), (b"[]", "bad_request"), (b"7", "bad_request"),
        (b'"x"', "bad_request"), (b"null", "bad_request"), (b'{"op":7}', "bad_request"), (b'{"op":null}', "bad_request"),
        (b'{"op":"hello"} x', "bad_json"), (b'{"op":"hello","op":"hello"}', "bad_request"),
        (b'{"id":1,"id":1,"op":"hello"}', "bad_request"), (b'{"op":"x"}', "unknown_op"), (b'{"op":""}', "unknown_op"),
        (b'{"op":"hel\\u0000lo"}', "unknown_op"), (b'{"op":"hello","x":' + deep + b"}", "too_deep"),
        (b'{"op":"hello","id":' + deep + b"}", "too_deep"), (b'{"op":"hello","id":"' + b"x" * 2000 + b'"}', "too_large"),
        (b'{"op":"\xff"}', "bad_utf8"), (b'{"op":"hello","id":"\xed\xa0\x80"}', "bad_utf8"),
        (b'{"op":"hello","id":"\\ud800"}', "bad_json"), (b'{"op":"hello","id":01}', "bad_json"),
        (b'{"op":"get","key":{}}', "bad_request"), (b'{"op":"get","key":true}', "bad_request"),
        (b'{"op":"get","key":"' + b"k" * 2000 + b'"}', "too_large"), (b'{"op":"get","key":1e999}', "not_found"),
        (b'{"op":"put","article":[]}', "bad_request"), (b'{"op":"put","article":"x"}', "bad_request"),
        (b'{"op":"put","article":{}}', "missing_text"), (b'{"op":"put","article":{"text":7}}', "bad_request"),
        (b'{"op":"put","article":{"text":"x"},"article":{"text":"y"}}', "bad_request"),
        (b'{"op":"put","article":{"text":"x","id":[]}}', "bad_request"),
        (b'{"op":"put","article":{"text":"x","id":"' + b"i" * 1100 + b'"}}', "too_large"),
        (b'{"op":"put","article":{"text_base64":"!"}}', "bad_request"),
        (b'{"op":"put","article":{"text_base64":"/w==","charset":"utf-8"}}', "bad_charset"),
        (b'{"op":"put","article":{"text_base64":"QQ==","charset":"no such"}}', "bad_charset"),
        (b'{"op":"subscribe","events":"new"}', "bad_request"), (b'{"op":"subscribe","events":[1]}', "bad_request"),
        (b'{"op":"subscribe","events":[' + b'"new",' * 20 + b'"new"]}', "too_large"),
        (b'\x00', "bad_json"), (b'{"op":"hel\x00lo"}', "bad_json"), (b'{"op":"hello"\x00}', "bad_json"), (b"\xff\xfe", "bad_utf8"),
        (b"POST /metrics HTTP/1.1", "bad_json"), (b"get / HTTP/1.1", "bad_json"),
    ]
    with Daemon() as d, d.client() as c:
        for line, code in cases:
            c.send(line + b"\n")
            r = c.reply()
            assert r["ok"] is False and r["error"]["code"] == code, (line[:80], r)
        c.send(*(line + b"\n" for line, _ in cases))
        assert [c.reply()["error"]["code"] for _ in cases] == [code for _, code in cases]
        assert c.good("stats")["articles"] == 0


def test_an_error_tells_the_id_wherever_it_stands():
    with Daemon() as d, d.client() as c:
        for line in (b'{"id":5,"op":"put","article":{}}', b'{"op":"put","article":{},"id":5}', b'{"id":5,"op":7}',
                     b'{"id":5,"op":"hello",]', b'{"op":"x","id":5}'):
            c.send(line + b"\n")
            assert c.reply()["id"] == 5, line


def test_unknown_fields_and_blank_lines_are_ignored():
    with Daemon() as d, d.client() as c:
        c.send(b"\n\r\n  \t\n", {"op": "hello", "future": {"a": [1]}, "id": 1}, b'{"op":"hello","id":2}\r\n')
        assert [c.reply()["id"], c.reply()["id"]] == [1, 2]


def test_a_line_of_17_mb_then_a_good_one():
    with Daemon() as d, d.client() as c, d.client() as other:
        c.send(b'{"id":1,"op":"hello"}\n' + b"x" * (17 << 20) + b'\n{"id":3,"op":"hello"}\n')
        assert c.reply()["id"] == 1
        r = c.reply()
        assert r["error"]["code"] == "too_large" and r["id"] is None
        assert c.reply()["id"] == 3
        assert other.good("hello")


def test_a_text_over_the_limit_and_one_just_below():
    with Daemon("--text-max", "1m") as d, d.client() as c:
        c.fails("too_large", "check", article={"text": "x" * (1 << 20) + "y"})
        assert c.good("check", article={"text": "word " * 200000})
        c.fails("too_large", "check", article={"paragraphs": ["x"] * 100001})
        c.fails("too_large", "check", article={"text": "x\n" * 100001})


def test_a_large_article_is_taken():
    body = " ".join(text(i, 200) for i in range(2500))
    with Daemon() as d, d.client() as c:
        assert len(body) > 3 << 20
        assert c.put({"id": "large", "text": body})["verdict"] == "new"
        assert c.good("check", article={"text": body, "id": "again"})["verdict"] == "identical"


def test_half_a_line_is_a_request_when_its_client_ends_it_so():
    with Daemon() as d, d.client() as c:
        c.send(b'{"id":1,"op":"hello"}\n{"id":2,"op":"hello"}')
        assert c.reply()["id"] == 1
        c.socket.shutdown(socket.SHUT_WR)
        assert c.reply()["id"] == 2 and c.line() is None


def test_a_client_that_shuts_its_side_gets_all_replies():
    with Daemon(store=fresh("store")) as d, d.client() as c:
        c.send(*({"id": i, "op": "put", "article": article(i)} for i in range(200)))
        c.socket.shutdown(socket.SHUT_WR)
        assert [c.reply()["id"] for _ in range(200)] == list(range(200))
        assert c.line() is None


def test_clients_that_die_in_the_middle_hurt_nobody():
    with Daemon() as d, d.client() as c:
        for i in range(20):
            with d.client() as dying:
                dying.send(b'{"op":"put","article":{"id":"dead","text":"' + b"x" * i * 1000)
            with d.client() as dying:
                dying.send(*({"op": "put", "article": article(i * 100 + n)} for n in range(30)))
            with d.client() as dying:
                dying.send(*({"op": "stats"} for n in range(100)))
                dying.line()
        assert c.good("hello")
        eventually(lambda: c.good("stats")["connections"] == 1)
        eventually(lambda: c.good("stats")["queue"] == 0)
        c.fails("not_found", "get", key="dead")


def test_random_bytes_get_errors_and_no_crash():
    rng = random.Random(3)
    with Daemon() as d:
        for i in range(60):
            with d.client() as c:
                junk = bytes(rng.randrange(256) if rng.random() < 0.7 else 10 for _ in range(rng.randrange(3000)))
                c.send(junk.replace(b"GET ", b"get "))
                c.socket.shutdown(socket.SHUT_WR)
                while (line := c.line()) is not None:
                    assert json.loads(line)["error"]["code"] in CODES
        still_fine(d)


def test_mutated_requests_get_replies_in_order():
    rng = random.Random(4)
    good = [json.dumps(r).encode() for r in ({"id": 1, "op": "put", "article": article(1)}, {"id": 2, "op": "get", "key": "m1"},
                                             {"op": "explain", "a": "m1", "b": "m2"}, {"op": "check", "article": article(2)})]
    with Daemon() as d, d.client() as c:
        for round_ in range(20):
            batch = []
            for _ in range(50):
                line = bytearray(rng.choice(good))
                for _ in range(rng.randrange(3)):
                    at = rng.randrange(len(line))
                    line[at:at + rng.randrange(3)] = rng.choice((b"{", b"}", b'"', b"\\", b"\x00", b"\xff", b"[", b",", b"9"))
                batch.append(bytes(line) + b"\n")
            c.send(*batch, {"id": f"end {round_}", "op": "hello"})
            replies = [c.reply() for _ in range(51)]
            assert replies[-1]["id"] == f"end {round_}"
            assert all(r["ok"] or r["error"]["code"] in CODES for r in replies)
        still_fine(d)


run(globals())
