#!/usr/bin/env python3
"""Asks newsdupd over its Unix socket. Python 3.9 or later, standard library only.

    from newsdup_client import Client

    with Client() as newsdup:
        reply = newsdup.put({"url": "https://news.example/1", "text": "..."})
        if reply["verdict"] in ("identical", "copy"):
            print("seen before, in", reply["story"])

        for article, reply in newsdup.put_many(articles):    # pipelined
            ...

Replies are dicts, as the protocol has them. A refusal is an exception with the protocol's code:
`except NewsdupError as error: error.code`. Without a daemon it is NoDaemon.

The first connection is tried once. One that is lost later is made again, with pauses that grow, for `retry`
seconds; what was not answered is sent again, which every operation allows. A put that was done before its
reply was lost is answered "unchanged" then, and such a reply has "resent": True.
`busy` and `rate_limited` are waited out for `retry` seconds.
"""
import json
import os
import random
import select
import socket
import threading
import time
from collections import deque
from typing import Any, Deque, Dict, Iterable, Iterator, List, Optional, Tuple

__all__ = ["Client", "NewsdupError", "NoDaemon", "Timeout", "DEFAULT_SOCKET", "is_own"]

DEFAULT_SOCKET = "/run/newsdup/newsdupd.sock"
BUSY = ("busy", "rate_limited", "shutting_down")
PATH_MAX = 107  # bytes of a socket's path

Article = Dict[str, Any]
Reply = Dict[str, Any]


class NewsdupError(Exception):
    """A refusal. `code` is the protocol's, as bad_request or store_full; `retry_ms` comes with busy."""

    def __init__(self, code: str, message: str = "", retry_ms: Optional[int] = None) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.retry_ms = retry_ms


class NoDaemon(NewsdupError):
    """Nobody listens at the socket, or the connection was lost and is not to be had again."""

    def __init__(self, message: str) -> None:
        super().__init__("no_daemon", message)


class Timeout(NewsdupError):
    """No reply in time. Nothing is under way any more; what was sent may have been done."""

    def __init__(self, message: str) -> None:
        super().__init__("timeout", message)


def is_own(reply: Reply) -> bool:
    """Whether the article itself was there: it is unchanged, or its best match is an earlier version (the same id)."""
    if reply.get("unchanged"):
        return True
    matches = reply.get("matches") or []
    return bool(matches) and matches[0].get("id") == reply.get("key")


def _error_of(reply: Reply) -> NewsdupError:
    error = reply.get("error") or {}
    return NewsdupError(error.get("code", "internal"), error.get("message", ""), error.get("retry_ms"))


class _Backoff:
    """Pauses that double up to a maximum, each between half of its share and all of it."""

    def __init__(self, first: float, most: float) -> None:
        self.first, self.most = first, most
        self.reset()

    def reset(self) -> None:
        self.next = min(self.first, self.most)

    def pause(self) -> float:
        most, self.next = self.next, min(2 * self.next, self.most)
        return random.uniform(most / 2, most)


class _Ticket:
    """A request under way."""

    __slots__ = ("line", "reply", "touched", "resent", "busy_until")

    def __init__(self, line: bytes) -> None:
        self.line = line
        self.reply: Optional[Reply] = None
        self.touched = False  # some of it was written to the connection at hand
        self.resent = False
        self.busy_until: Optional[float] = None


class _Link:
    """A connection: bytes out and lines in, without waiting for either side longer than told."""

    def __init__(self, path: str, timeout: float) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.lines: Deque[bytes] = deque()
        self._part: List[bytes] = []
        try:
            self._connect(path, timeout)
        except BaseException:
            self.sock.close()
            raise

    def _connect(self, path: str, timeout: float) -> None:
        """A full queue of connections is EAGAIN for a socket with a time-out: to be tried again until then."""
        until = time.monotonic() + timeout
        self.sock.settimeout(timeout)
        while True:
            try:
                self.sock.connect(path)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise socket.timeout("the daemon takes no connection") from None
                time.sleep(0.005)
        self.sock.setblocking(False)

    def close(self) -> None:
        self.sock.close()

    def write(self, data: memoryview) -> int:
        try:
            return self.sock.send(data)  # Python ignores SIGPIPE from the start
        except BlockingIOError:
            return 0

    def read(self) -> bool:
        """Takes up what is there; False when that is nothing. ConnectionError at the end."""
        try:
            data = self.sock.recv(1 << 18)
        except BlockingIOError:
            return False
        if not data:
            raise ConnectionResetError("the daemon has closed the connection")
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._part.append(line)
            self.lines.append(b"".join(self._part))
            self._part.clear()
        if rest:
            self._part.append(rest)
        return True

    def idle(self) -> bool:
        """Whether nothing has come, not even the end."""
        try:
            return not self.read() and not self.lines and not self._part
        except OSError:
            return False

    def wait(self, writing: bool, timeout: Optional[float]) -> bool:
        """Until something can be read, or written when writing. False: time is over."""
        poll = select.poll()  # select() knows no descriptor over 1023
        poll.register(self.sock, select.POLLIN | (select.POLLOUT if writing else 0))
        return bool(poll.poll(None if timeout is None else max(0, int(timeout * 1000 + 0.999))))


class _Pipeline:
    """Requests under way on one connection after another; replies in the order of the requests.

    Two orders: `tickets`, in which replies are handed out, and `flight`, in which the socket had the requests
    and in which replies come. They differ once a busy daemon had a request sent again.
    """

    def __init__(self, client: "Client") -> None:
        self.client = client
        self.tickets: Deque[_Ticket] = deque()
        self.flight: Deque[_Ticket] = deque()   # written whole, not answered
        self.unwritten: Deque[_Ticket] = deque()
        self.held: List[_Ticket] = []
        self.held_until = 0.0
        self.written = 0                        # bytes of unwritten[0]
        self.alive = time.monotonic()

    def add(self, line: bytes) -> None:
        ticket = _Ticket(line)
        self.tickets.append(ticket)
        (self.held if self.held else self.unwritten).append(ticket)

    def again(self) -> None:
        """A new connection: all that is not answered flies again, in order."""
        self.flight.clear()
        self.held.clear()
        self.unwritten = deque(t for t in self.tickets if t.reply is None)
        self.written = 0
        for ticket in self.unwritten:
            ticket.resent |= ticket.touched
            ticket.touched = False

    def clear(self) -> None:
        for part in (self.tickets, self.flight, self.unwritten, self.held):
            part.clear()
        self.written = 0

    def receive(self) -> Reply:
        """The reply to the oldest request."""
        self.alive = time.monotonic()
        while self.tickets[0].reply is None:
            link = self.client._connected(self)
            try:
                self._move(link)
            except ConnectionError:
                self._broken()
        ticket = self.tickets.popleft()
        reply = ticket.reply
        assert reply is not None
        if ticket.resent:
            reply["resent"] = True
        return reply

    def try_move(self) -> None:
        """Writes and reads what can be without waiting."""
        link = self.client._connected(self)
        try:
            self._try_move(link)
        except ConnectionError:
            self._broken()

    def _broken(self) -> None:
        """Of a connection on which nothing is awaited nothing is lost."""
        if self.flight or self.unwritten or self.held:
            self.client._lose()
        else:
            self.client._disconnect()

    def _move(self, link: _Link) -> None:
        if self.held and not self.flight and not self.unwritten:
            self._send_held()
        if self._try_move(link) or not (self.flight or self.unwritten):
            return
        left = self.alive + self.client.timeout - time.monotonic()
        if not link.wait(bool(self.unwritten), left) and left <= 0:
            raise self.client._give_up(Timeout(f"no reply in {self.client.timeout:g} s"), self)

    def _try_move(self, link: _Link) -> bool:
        gone: Optional[ConnectionError] = None
        moved = False
        try:
            moved = self._write(link)
        except ConnectionError as error:
            gone = error  # it may have answered before
        try:
            while link.read():
                moved = True
                self._take(link)
        finally:
            self._take(link)
            if moved:
                self.alive = time.monotonic()
        if gone:
            raise gone
        return moved

    def _write(self, link: _Link) -> bool:
        moved = False
        while self.unwritten:
            ticket = self.unwritten[0]
            n = link.write(memoryview(ticket.line)[self.written:])
            if n == 0:
                break
            moved = ticket.touched = True
            self.written += n
            if self.written == len(ticket.line):
                self.flight.append(self.unwritten.popleft())
                self.written = 0
        return moved

    def _take(self, link: _Link) -> None:
        while self.flight and link.lines:
            self._answered(self.flight.popleft(), link.lines.popleft())

    def _answered(self, ticket: _Ticket, line: bytes) -> None:
        try:
            reply = json.loads(line)
        except ValueError:
            raise self.client._give_up(NewsdupError("internal", "the reply is no JSON"), self) from None
        if not reply.get("ok") and self._hold(ticket, reply):
            return
        ticket.reply = reply
        ticket.line = b""
        self.client._answered()

    def _hold(self, ticket: _Ticket, reply: Reply) -> bool:
        """Holds what the daemon was too busy for; False when it is another error, or patience ends."""
        error = reply.get("error") or {}
        if error.get("code") not in BUSY:
            return False
        now, pause = time.monotonic(), (error.get("retry_ms") or 100) / 1000
        if ticket.busy_until is None:
            ticket.busy_until = now + self.client.retry
        if now + pause > ticket.busy_until:
            return False
        self.held_until = max(self.held_until, now + pause)
        ticket.touched = False
        self.held.append(ticket)
        return True

    def _send_held(self) -> None:
        time.sleep(max(0.0, self.held_until - time.monotonic()))
        self.alive = time.monotonic()
        held = set(map(id, self.held))
        self.unwritten.extend(t for t in self.tickets if id(t) in held)
        self.held.clear()


class Client:
    """A connection to newsdupd. Threads may share it: their calls wait for each other.

    socket_path: default: NEWSDUP_SOCKET of the environment, else /run/newsdup/newsdupd.sock.
    timeout, connect_timeout: seconds without a byte while a reply is awaited; for a connection.
    retry: seconds of patience with a lost connection and with a busy daemon; 0: none.
    pause, pause_max: seconds between two attempts, the first and the most.
    window: requests under way at once in *_many.
    """

    def __init__(self, socket_path: Optional[str] = None, *, timeout: float = 30.0, connect_timeout: float = 5.0,
                 retry: float = 60.0, pause: float = 0.05, pause_max: float = 5.0, window: int = 64) -> None:
        self.socket_path = socket_path or os.environ.get("NEWSDUP_SOCKET") or DEFAULT_SOCKET
        if len(os.fsencode(self.socket_path)) > PATH_MAX:
            raise ValueError(f"a socket's path has at most {PATH_MAX} bytes: {self.socket_path}")
        if window < 1:
            raise ValueError("window is at least 1")
        self.timeout = timeout
        self.connect_timeout = connect_timeout
        self.retry = retry
        self.window = window
        self.reconnects = 0
        self._backoff = _Backoff(pause, pause_max)
        self._lock = threading.RLock()
        self._link: Optional[_Link] = None
        self._lost: Optional[float] = None   # when, since the last reply
        self._established = False            # a connection has been there: a loss is worth patience
        self._many = False

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; the next call makes a new one."""
        with self._lock:
            self._disconnect()
            self._lost = None

    # --- one request, one reply ---

    def call(self, op: str, **fields: Any) -> Reply:
        """Any operation of the protocol. Raises NewsdupError when it is refused."""
        with self._lock:
            if self._many:
                raise RuntimeError("a *_many generator is under way on this client")
            self._check_idle()
            pipeline = _Pipeline(self)
            pipeline.add(self._line(op, fields))
            reply = pipeline.receive()
        if not reply.get("ok"):
            raise _error_of(reply)
        return reply

    def put(self, article: Article) -> Reply:
        """Judges an article and remembers it; the reply has key, verdict, story, matches..."""
        return self.call("put", article=article)

    def check(self, article: Article) -> Reply:
        """The same without remembering it."""
        return self.call("check", article=article)

    def get(self, key: Any) -> Reply:
        """What is known of an article by now. Raises NewsdupError with the code not_found."""
        return self.call("get", key=key)

    def story(self, key: Any) -> Reply:
        """The story of an article: its members, origin, weakest similarity."""
        return self.call("story", key=key)

    def explain(self, a: Any, b: Any) -> Reply:
        """Why two articles are what they are to each other."""
        return self.call("explain", a=a, b=b)

    def stats(self) -> Reply:
        """Counts: articles, stories, requests..."""
        return self.call("stats")

    def health(self) -> Reply:
        """Whether the daemon is ready, and its store well."""
        return self.call("health")

    def hello(self) -> Reply:
        """Version, profile, role and limits."""
        return self.call("hello")

    # --- many ---

    def put_many(self, articles: Iterable[Article]) -> Iterator[Tuple[Article, Reply]]:
        """Puts articles, pipelined; yields each with its reply, in order.

        A refused article is no exception: its reply has "ok": False and "error". After `busy` an article may
        be taken after those behind it, up to `window`; where the order of arrival matters, use window=1.
        """
        return self._run_many("put", articles)

    def check_many(self, articles: Iterable[Article]) -> Iterator[Tuple[Article, Reply]]:
        """The same without remembering them."""
        return self._run_many("check", articles)

    def _run_many(self, op: str, articles: Iterable[Article]) -> Iterator[Tuple[Article, Reply]]:
        with self._lock:  # until the generator ends or is closed
            if self._many:
                raise RuntimeError("a *_many generator is under way on this client")
            self._many = True
            pipeline = _Pipeline(self)
            waiting: Deque[Article] = deque()
            try:
                self._check_idle()
                for article in articles:
                    pipeline.add(self._line(op, {"article": article}))
                    waiting.append(article)
                    pipeline.try_move()
                    if len(waiting) >= self.window:
                        reply = pipeline.receive()
                        yield waiting.popleft(), reply
                while waiting:
                    reply = pipeline.receive()
                    yield waiting.popleft(), reply
            finally:
                self._many = False
                if waiting:  # left before the end: replies would be taken for those of the next call
                    self._disconnect()

    def subscribe(self, events: Optional[Iterable[str]] = None, *, timeout: Optional[float] = None
                  ) -> Iterator[Reply]:
        """Events, as they happen, on a connection of its own; ends after `timeout` seconds without one.

        {"event": "overrun", "missed": n} says that some were lost as they were not read fast enough. When the
        connection is lost and made again, {"event": "reconnected"} says that some may be missing.
        """
        fields = {} if events is None else {"events": list(events)}
        own = Client(self.socket_path, timeout=self.timeout, connect_timeout=self.connect_timeout,
                     retry=self.retry, pause=self._backoff.first, pause_max=self._backoff.most)
        try:
            while True:
                own.call("subscribe", **fields)
                link = own._link
                assert link is not None
                try:
                    while True:
                        while link.lines:
                            yield json.loads(link.lines.popleft())
                        if not link.wait(False, timeout):
                            return
                        link.read()
                except ConnectionError:
                    yield from map(json.loads, link.lines)
                    own._lose()
                yield {"event": "reconnected"}
        finally:
            own.close()

    # --- the connection ---

    @staticmethod
    def _line(op: str, fields: Dict[str, Any]) -> bytes:
        text = json.dumps({"op": op, **fields}, ensure_ascii=False, separators=(",", ":"))
        try:
            return text.encode("utf-8") + b"\n"
        except UnicodeEncodeError:  # lone surrogates: the daemon says what is wrong with them
            return json.dumps({"op": op, **fields}, separators=(",", ":")).encode("ascii") + b"\n"

    def _check_idle(self) -> None:
        """A daemon that has closed an idle connection has lost nothing of ours."""
        if self._link and not self._link.idle():
            self._disconnect()

    def _disconnect(self) -> None:
        if self._link:
            self._link.close()
        self._link = None

    def _lose(self) -> None:
        self._disconnect()
        if self._lost is None:
            self._lost = time.monotonic()

    def _give_up(self, error: NewsdupError, pipeline: _Pipeline) -> NewsdupError:
        self._disconnect()
        self._lost = None
        pipeline.clear()
        return error

    def _answered(self) -> None:
        self._lost = None
        self._backoff.reset()

    def _connected(self, pipeline: _Pipeline) -> _Link:
        """The connection; a lost one is made again, with pauses, as long as patience lasts."""
        while self._link is None:
            if self._lost is not None and not self._pause():
                self._established = False
                raise self._give_up(NoDaemon(f"the connection to {self.socket_path} is lost"), pipeline)
            try:
                self._link = _Link(self.socket_path, self.connect_timeout)
            except (FileNotFoundError, ConnectionError, socket.timeout) as error:
                if not self._established:
                    raise self._give_up(NoDaemon(f"{self.socket_path}: {error.args[-1]}"), pipeline) from None
                if self._lost is None:
                    self._lost = time.monotonic()
                continue
            except OSError as error:
                raise self._give_up(NoDaemon(f"{self.socket_path}: {error}"), pipeline) from None
            self.reconnects += self._lost is not None
            self._established = True
            pipeline.alive = time.monotonic()
            pipeline.again()
        return self._link

    def _pause(self) -> bool:
        assert self._lost is not None
        left = self._lost + self.retry - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, self._backoff.pause()))
        return True
