"""How the tests in Python are run: each by its name, to an end that is told whatever happens. Standard library only."""
import functools
import os
import signal
import sys
import tempfile
import threading
import time
import traceback

PATIENCE = 120  # seconds that anything may take that is waited for: it ends a hang and decides nothing else
TEST_MAX = 2 * PATIENCE  # seconds that a test may take
CLEAN_MAX = 20           # seconds in which one that was broken off must have ended what it had started

failed = 0      # checks
ended = False  # from outside: no further test is begun


class BrokenOff(BaseException):
    """A test has not come to its end in time. No Exception: no test catches it."""


def check(name, good, detail=""):
    """One of several expectations of a test: a failed one is told, and the test goes on."""
    global failed
    failed += not good
    print(("PASS " if good else "FAIL ") + name + ("" if good else f": {detail}"), flush=True)


def eventually(what, seconds=PATIENCE):
    """Waits until what() is true, and returns it."""
    until = time.monotonic() + seconds
    while not (ret := what()):
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)
    return ret


def _tell_and_end(name, why):
    """A test that does not even end when it is broken off: where its threads stand, and out."""
    print(f"FAIL {name}: {why}, nor when it was broken off", flush=True)
    for ident, frame in sys._current_frames().items():
        print(f"thread {ident}:\n" + "".join(traceback.format_stack(frame)), flush=True)
    os._exit(1)


def _guard(name):
    """Breaks the test off after TEST_MAX, or when the runner of the tests ends us."""
    def on_signal(number, _):
        global ended
        ended |= number == signal.SIGTERM
        why = f"no end after {TEST_MAX} s" if number == signal.SIGALRM else "ended from outside"
        signal.signal(signal.SIGALRM, lambda *_: _tell_and_end(name, why))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.alarm(CLEAN_MAX if number == signal.SIGALRM else CLEAN_MAX // 4)
        raise BrokenOff(f"{name}: {why}")

    signal.signal(signal.SIGALRM, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    signal.alarm(TEST_MAX)


def _one(name, test):
    """Whether it passed."""
    before, started = failed, time.monotonic()
    _guard(name)
    trace = ""
    try:
        test()
    except (Exception, BrokenOff):
        trace = traceback.format_exc()
    signal.alarm(0)
    good = not trace and failed == before
    print(f"{'PASS' if good else 'FAIL'} {name} {time.monotonic() - started:.1f} s", flush=True)
    print(trace, end="", flush=True)
    return good


def in_folder(test):
    """A test with a folder of its own, whose path it is given."""
    @functools.wraps(test)
    def ret():
        with tempfile.TemporaryDirectory() as folder:
            test(folder)

    return ret


def run(tests):
    """Runs those that are named test_*, or whose name has the first argument in it, and ends the process."""
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    good = [_one(n, t) for n, t in list(tests.items()) if n.startswith("test_") and only in n and not ended]
    if not good:
        print(f"no test is named '{only}'")
    sys.stdout.flush()
    left = [t for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon]
    if left and not all(good):
        os._exit(1)  # what a broken test has left behind would be waited for
    sys.exit(0 if good and all(good) else 1)
