#!/usr/bin/env python3
"""newsdup config: what it prints and how it exits, and that the example file is right."""
import json
import os
import subprocess

from checking import PATIENCE, check, in_folder, run as run_tests

NEWSDUP = os.environ.get("NEWSDUP", "build/newsdup")
EXAMPLE = "systemd/newsdup.conf"


def run(*args):
    p = subprocess.run([NEWSDUP, "config", *args], capture_output=True, text=True, timeout=PATIENCE)
    return p.returncode, p.stdout, p.stderr


def uncommented(path):
    """The example with every setting in force."""
    with open(path, encoding="utf-8") as f:
        return "".join(line[1:] if line.startswith(";") else line for line in f)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def write_good(folder):
    return write(folder, "good.conf", "# a comment\nrate = 5\nidle_timeout = 90s\nline_max = 1m\nsync = no\nstore = /tmp/기사\n")


def values(shown):
    """What `show` prints, without the places."""
    return [line.split(" ; ")[0] for line in shown.splitlines()]


@in_folder
def test_a_good_file(folder):
    good = write_good(folder)
    rc, out, err = run("check", "--config", good)
    check("a good file is said to be right", (rc, out, err) == (0, "1 file read, all is right\n", ""), (rc, out, err))
    rc, out, err = run("show", "--config", good)
    check("show tells values and where they were set",
          rc == 0 and f"rate = 5 ; {good}:2\n" in out and "idle_timeout = 90s ; " in out
          and "threads = 0 ; default\n" in out, out)
    shown = write(folder, "shown.conf", out)
    rc, again, err = run("show", "--config", shown)
    check("what show prints is a configuration with the same values",
          rc == 0 and values(again) == values(out),
          err)


@in_folder
def test_show_as_json(folder):
    good = write_good(folder)
    rc, out, err = run("show", "--json", "--config", good)
    shown = json.loads(out)
    s = shown["settings"]
    check("show --json tells numbers in ms and bytes",
          rc == 0 and shown["ok"] and shown["files"] == 1 and shown["errors"] == []
          and s["idle_timeout"] == {"value": 90000, "from": f"{good}:3"}
          and s["line_max"]["value"] == 1 << 20 and s["sync"]["value"] is False
          and s["store"]["value"] == "/tmp/기사" and s["socket_mode"] == {"value": "0660", "from": None}, out)


@in_folder
def test_a_bad_file_and_a_missing_one(folder):
    bad, missing = write(folder, "bad.conf", "rate = fast\nspeed = 1\n"), os.path.join(folder, "missing.conf")
    for what in ("check", "show"):
        rc, out, err = run(what, "--config", bad)
        check(f"{what} of a bad file tells all that is wrong and exits 2",
              rc == 2 and out == "" and err.startswith(f"{bad}:1: rate wants ") and f"{bad}:2: no setting" in err,
              (rc, out, err))
        rc, out, err = run(what, "--json", "--config", bad)
        told = json.loads(out)
        check(f"{what} --json of a bad file", rc == 2 and not told["ok"] and len(told["errors"]) == 2
              and "settings" not in told and err == "", (rc, out, err))
        rc, out, err = run(what, "--config", missing)
        check(f"{what} of a missing file exits 3", rc == 3 and out == "" and missing in err, (rc, out, err))
    rc, out, err = run("check", "--config", folder)
    check("a folder is no file", rc == 3 and folder in err, (rc, out, err))


def test_usage():
    for args in ((), ("checks",), ("check", "show"), ("check", "--unknown"), ("check", "--config")):
        rc, out, err = run(*args)
        check(f"usage: config {' '.join(args)}", rc == 2 and out == "" and "usage: newsdup config" in err, err)


@in_folder
def test_the_example(folder):
    example = write(folder, "example.conf", uncommented(EXAMPLE))
    rc, out, err = run("check", "--config", EXAMPLE)
    check("the example is right", (rc, err) == (0, ""), err)
    rc, defaults, err = run("show", "--config", EXAMPLE)
    rc2, out, err = run("show", "--config", example)
    check("the example changes nothing", rc == 0 and " ; systemd" not in defaults, defaults)
    check("the example names every setting with its default",
          rc2 == 0 and values(out) == values(defaults)
          and "default" not in out, err or out)


@in_folder
def test_a_full_disk(folder):
    good = write_good(folder)
    with open("/dev/full", "w", encoding="ascii") as full:
        p = subprocess.run([NEWSDUP, "config", "show", "--config", good], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE)
    check("a full disk is told", p.returncode == 3 and b"cannot write" in p.stderr, p)


run_tests(globals())
