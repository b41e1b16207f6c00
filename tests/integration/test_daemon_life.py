#!/usr/bin/env python3
"""newsdupd's life: its socket, activation, signals, kill -9, the service manager, a store that cannot be used."""
import resource
import shutil
import stat
import threading

from running import *


def refused(*args, code=3, **more):
    """Starts one that must not start; returns its log."""
    with Daemon(*args, wait=False, **more) as d:
        d.wait(code)
        return d.log()


# --- the socket ---

def test_a_stale_socket_is_replaced_and_removed_at_the_end():
    path = fresh("s")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)
    with Daemon(path=path) as d, d.client() as c:
        assert c.good("hello")
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o660
    assert not os.path.exists(path)


def test_a_live_socket_is_an_error():
    with Daemon() as d, d.client() as c:
        assert "cannot listen" in refused(path=d.path)
        assert c.good("hello") and os.path.exists(d.path)
        with d.client() as other:
            assert other.good("hello")


def test_a_file_that_is_no_socket_is_left_alone():
    path = fresh("s")
    with open(path, "w") as f:
        f.write("precious")
    assert "cannot listen" in refused(path=path)
    with open(path) as f:
        assert f.read() == "precious"


def test_a_path_over_107_bytes_is_an_error_and_one_of_107_is_not():
    folder = os.path.dirname(fresh("s"))
    path = folder + "/" + "x" * (107 - len(folder) - 1)
    with Daemon(path=path) as d, d.client() as c:
        assert c.good("hello")
    log = refused(path=path + "x", code=2)
    assert "107" in log and not os.path.exists(path)


def test_a_missing_folder_is_made():
    path = os.path.join(fresh("folder"), "s")
    with Daemon(path=path):
        assert os.path.exists(path)


def test_socket_activation():
    if not shutil.which("systemd-socket-activate"):
        print("     no systemd-socket-activate: skipped")
        return
    path = fresh("s")
    with Daemon(path=path, command=["systemd-socket-activate", "-l", path]) as d, d.client() as c:
        assert c.put(article(1))["verdict"] == "new"
        d.stop()
        assert os.path.exists(path), "a socket that was handed over is not the daemon's to remove"
    assert "handed over" in d.log()


# --- the configuration ---

def test_a_wrong_configuration_is_told_and_ends_it_with_2():
    config = fresh("conf")
    with open(config, "w") as f:
        f.write("queue_max = many\n")
    assert ":1: queue_max" in refused(config=config, code=2)


def test_sighup_takes_over_what_may_change_and_keeps_the_old_on_error():
    config = fresh("conf")

    def write(text_):
        with open(config, "w") as f:
            f.write(text_)
        d.signal(signal.SIGHUP)

    open(config, "w").close()
    with Daemon(config=config) as d, d.client() as c:
        write("line_max = 2k\nthreads = 7\n")
        eventually(lambda: "read again" in d.log())
        assert c.good("hello")["limits"]["line"] == 2048 and "threads" in d.log()
        c.fails("too_large", "check", article={"text": "x" * 3000})
        write("line_max = 3k\nnonsense = 1\n")
        eventually(lambda: "the old one stays" in d.log())
        assert c.good("hello")["limits"]["line"] == 2048 and ":2:" in d.log()


# --- the store ---

def test_a_store_in_use_is_an_error():
    store = fresh("store")
    with Daemon(store=store):
        assert "another process has it open" in refused(store=store)


def test_a_store_of_nonsense_is_an_error():
    store = fresh("store")
    os.mkdir(store)
    with open(f"{store}/store.mdb", "wb") as f:
        f.write(b"nonsense" * 10000)
    assert "cannot open store" in refused(store=store)


def fill(c, n=1500):
    """Fills a small store with m0, m1, ...; returns the keys that are in it, and the first that is not.

    A large batch that had no room leaves some for a small one: so the last articles come one by one, until one is
    refused. Then no batch is on its way and nothing is pending: what the store is now, it stays.
    """
    c.send(*({"op": "put", "article": article(i, words=300)} for i in range(n)))
    replies = [c.reply() for _ in range(n)]
    while replies[-1]["ok"] or len(replies) == n:
        replies.append(c.op("put", article=article(len(replies), words=300)))
    good = [r["key"] for r in replies if r["ok"]]
    codes = {r["error"]["code"] for r in replies if not r["ok"]}
    assert good and codes == {"store_full"}, codes
    return good, f"m{len(replies) - 1}"


def test_a_full_store_answers_store_full_and_keeps_what_it_has():
    store = fresh("store")
    with Daemon("--store-max", "1m", store=store) as d, d.client() as c:
        good, refused_ = fill(c)
        assert c.good("health")["status"] == "failing"
        assert c.good("stats")["articles"] == len(good)
        c.fails("not_found", "get", key=refused_)
        assert c.good("get", key=good[-1])
    with Daemon(store=store) as d, d.client() as c:
        assert c.good("stats")["articles"] == len(good)


def test_a_full_disk_is_told_and_goes_by_when_there_is_room_again():
    disk = mounted("3m")
    if not disk:
        return
    try:
        with Daemon(store=disk + "/store") as d, d.client() as c:
            good = 0
            while c.op("put", article=article(good, words=300))["ok"]:
                good += 1
            assert good
            for i in range(3):
                c.fails("store_full", "put", article=article(good, words=300))
            assert d.log().count("<3>cannot write to the store: the store is full") == 1, d.log()
            assert c.good("health")["status"] == "failing"
            subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
            eventually(lambda: c.op("put", article=article(good, words=300))["ok"])  # it is looked for each second
            assert d.log().count("can be written to again") == 1 and c.good("health")["status"] == "ok"
            assert c.good("stats")["articles"] == good + 1
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_disk_without_any_room_is_an_error_at_the_start():
    disk = mounted("64k")
    if not disk:
        return
    try:
        with open(disk + "/fill", "wb", buffering=0) as f:
            try:
                while f.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        assert "No space left on device" in refused(store=disk + "/store")
    finally:
        subprocess.run(["umount", disk], check=True)


# --- the end ---

class Load:
    """Puts without end on a connection of its own; knows what was answered."""

    def __init__(self, d, base):
        self.client, self.base, self.answered, self.sent = d.client(), base, [], 0
        self.threads = [threading.Thread(target=f, daemon=True) for f in (self.send, self.receive)]
        for t in self.threads:
            t.start()

    def send(self):
        try:
            while True:
                self.client.send(*({"op": "put", "article": article(self.base + self.sent + i)} for i in range(20)))
                self.sent += 20
        except OSError:
            pass

    def receive(self):
        try:
            while line := self.client.line():
                r = json.loads(line)
                if r["ok"]:
                    self.answered.append((r["key"], r["verdict"], r["story"]))
        except (OSError, AssertionError):
            pass
        try:
            self.client.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def join(self):
        for t in self.threads:
            t.join()
        self.client.close()
        return self.answered


def check_all_there(store, answered):
    with Daemon(store=store) as d, d.client() as c:
        for start in range(0, len(answered), 100):
            part = answered[start:start + 100]
            c.send(*({"op": "get", "key": key} for key, _, _ in part))
            for key, verdict, story in part:
                r = c.reply()
                assert r["ok"] and (r["key"], r["verdict"], r["story"]) == (key, verdict, story), r


def test_sigterm_under_load_loses_nothing_that_was_answered():
    store = fresh("store")
    d = Daemon(store=store)
    loads = [Load(d, n * 1000000) for n in range(3)]
    eventually(lambda: all(len(x.answered) > 50 for x in loads))
    d.stop()
    answered = [a for x in loads for a in x.join()]
    assert len(answered) > 150 and "stopped" in d.log()
    check_all_there(store, answered)


def test_sigterm_answers_what_is_in_flight():
    with Daemon(store=fresh("store")) as d, d.client() as c, d.client() as listening:
        listening.good("subscribe")
        c.send(*({"id": i, "op": "put", "article": article(i)} for i in range(50)))
        assert c.reply()["id"] == 0  # so all have been read, in one piece or two
        d.signal()
        got = 1
        while (line := c.line()) is not None:
            r = json.loads(line)
            assert r["id"] == got and r["ok"]
            got += 1
        assert got > 1
        assert sum(1 for _ in iter(listening.line, None)) == got
        d.wait()


def test_a_client_that_does_not_read_delays_the_end_for_a_while_only():
    with Daemon() as d, d.client() as c:
        c.put(article(1))
        stuff(d, c)
        d.signal()
        d.wait()
        assert "does not read its last replies" in d.log()


def test_a_second_sigterm_ends_it_at_once():
    with Daemon() as d, d.client() as c:
        c.put(article(1))
        stuff(d, c)
        d.signal()
        eventually(lambda: "stopping" in d.log())
        d.signal()
        d.wait(3)


def test_kill_9_under_load_loses_nothing_that_was_answered():
    store, answered = fresh("store"), []
    for round_ in range(20 if SLOW == 1 else 3):
        d = Daemon(store=store)
        loads = [Load(d, (round_ * 2 + n + 1) * 1000000) for n in range(2)]
        eventually(lambda: all(len(x.answered) > round_ * 37 % 100 for x in loads))
        d.process.kill()
        d.process.wait()
        answered += [a for x in loads for a in x.join()]
    check_all_there(store, answered)


def connected(d):
    """A client of a daemon that may not listen yet; else None."""
    try:
        return d.client()
    except (FileNotFoundError, ConnectionRefusedError):
        return None


def seen_loading(store, n):
    """Starts it over n articles, and asks until it is ready; whether it said that it was not."""
    health = set()
    with Daemon(store=store, wait=False) as d, eventually(lambda: connected(d)) as c:
        while not (r := c.op("check", article=article(1)))["ok"]:
            assert r["error"]["code"] == "busy" and r["error"]["retry_ms"] and f"of {n}" in r["error"]["message"], r
            health.add(c.good("health")["status"])
        assert c.good("health")["progress"] == {"done": n, "total": n}
    return "starting" in health


def test_while_the_index_is_loaded_put_and_check_are_busy():
    store = fresh("store")
    n = 4000
    with Daemon("--sync", "no", store=store) as d, d.client() as c:
        sender = send_behind(c, *({"op": "put", "article": article(i, words=40)} for i in range(n)))
        for _ in range(n):
            c.reply()
        sender.join()
    if not any(seen_loading(store, n) for _ in range(5)):
        print("     it was always ready too soon to be seen loading")


def test_without_descriptors_it_says_so():
    for n in (7, 12, 20):
        log = refused(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))
        assert f"only {n} files may be open at once" in log, log
    with Daemon(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24)), store=fresh("store")) as d, d.client() as c:
        assert c.put(article(1))["verdict"] == "new"
        assert "connections_max is 2048, but only 24 files may be open at once" in d.log(), d.log()


def test_who_may_not_listen_any_more_is_dropped_by_a_reload():
    config = fresh("conf")
    with open(config, "w"):
        pass
    if os.geteuid() != 0:
        return
    path = fresh("s")
    os.chmod(os.path.dirname(path), 0o755)
    os.chmod(TMP.name, 0o755)
    with Daemon("--socket-mode", "0666", config=config, path=path) as d, d.client() as root:
        root.good("subscribe")
        code = ("import socket,os,sys;os.setgid(65534);os.setuid(65534);s=socket.socket(socket.AF_UNIX);"
                "s.connect(sys.argv[1]);s.sendall(b'{\"op\":\"subscribe\"}\\n');f=s.makefile();print(f.readline(),flush=True);"
                "print(repr(f.read()))")
        with subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True) as nobody:
            assert '"ok":true' in nobody.stdout.readline()
            with open(config, "w") as f:
                f.write("allow_read = none\nallow_write = none\n")
            d.signal(signal.SIGHUP)
            assert nobody.communicate(timeout=PATIENCE)[0].strip() == "''"
        with d.client() as c:
            assert c.good("stats")["subscribers"] == 1  # root's


# --- the service manager ---

def test_the_manager_hears_ready_watchdog_reloading_and_stopping():
    path = fresh("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(PATIENCE)
        heard = []

        def hear(what):
            while not any(what in h for h in heard):
                heard.append(s.recv(4096).decode())
            heard.clear()

        with Daemon(env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"}) as d:  # 10 messages wait, then some are lost
            hear("READY=1")
            for _ in range(3):
                hear("WATCHDOG=1")
            d.signal(signal.SIGHUP)
            hear("RELOADING=1")
            hear("READY=1")
            d.signal()
            hear("STOPPING=1")
            d.wait()


def test_the_watchdog_is_fed_while_the_store_is_full():
    """Started anew it would be as full, and who reads would have nobody meanwhile."""
    path = fresh("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        with Daemon("--store-max", "1m", store=fresh("store"), env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "100000"}) as d, \
                d.client() as c:
            fill(c)
            assert c.good("health")["status"] == "failing"
            s.setblocking(False)
            try:
                while s.recv(4096):
                    pass
            except BlockingIOError:
                pass
            s.settimeout(PATIENCE)
            assert "WATCHDOG" in s.recv(4096).decode()


run(globals())
