"""A newsdupd that a test may stop, kill and start again, on the same socket and store."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from running import BUILD, NEWSDUP, NEWSDUPD, PATIENCE, SAMPLE, check, eventually, in_folder, run  # noqa: F401


def article(n, text=None, **more):
    """An article of its own: the words of two numbers are never the same."""
    words = " ".join(f"w{n}x{i}" for i in range(60))
    return {"id": f"a{n}", "outlet": f"o{n % 5}", "published": "2031-05-03T09:00:00Z", "text": text or words, **more}


class Daemon:
    """with Daemon() as d: d.socket is that of a daemon that is ready."""

    def __init__(self, *options, store="mem:"):
        self.folder = tempfile.mkdtemp(prefix="newsdup-")
        self.socket = os.path.join(self.folder, "s")
        self.store = os.path.join(self.folder, "store") if store == "dir" else store
        self.options = options
        self.process = None

    def start(self):
        log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen([NEWSDUPD, "--config", "/dev/null", "--socket", self.socket, "--store", self.store, *self.options],
                                        stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        eventually(lambda: self.listens() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise RuntimeError("newsdupd does not start:\n" + self.log())
        return self

    def listens(self):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(self.socket)
                s.settimeout(PATIENCE)
                s.sendall(b'{"op":"health"}\n')
                return b'"ready":true' in s.recv(4096)
            except OSError:
                return False

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self, how=signal.SIGTERM):
        """Stops it; its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        code = self.stop(signal.SIGKILL if kind else signal.SIGTERM)
        check("the daemon ends well", kind or code in (0, None), (code, self.log()[-3000:]))
        shutil.rmtree(self.folder, ignore_errors=True)
