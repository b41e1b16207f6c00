#!/usr/bin/env python3
"""The manuals and the completion tell what the programs' --help tells, which is made of their option tables.

After a change of a command: WRITE=1 python3 tests/integration/test_manuals.py writes newsdup.1's part anew.
"""
import glob
import os
import re
import shutil
import subprocess

from checking import PATIENCE, check, run

NEWSDUP = os.environ.get("NEWSDUP", "build/newsdup")
NEWSDUPD = NEWSDUP + "d"
MANUAL = "daemon/newsdup.1"
BEGIN = '.\\" the commands, by tests/integration/test_manuals.py\n'
END = '.\\" end of the commands\n'
COMPLETION = "scripts/completion.bash"


def output(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=PATIENCE, check=False, **more).stdout


def commands():
    """Name and purpose of each command."""
    return re.findall(r"^  ([a-z-]+) +(.*)$", output(NEWSDUP, "--help"), re.M)


def usage_of(*command):
    """The usage line, what stands below it, and the options: [(name, value, help)]."""
    text = output(*command, "--help")
    head, _, options = text.partition("\noptions:\n")
    usage, _, about = head.partition("\n\n")
    rows = re.findall(r"^  (--[a-z_-]+)(?: (\S+))? +(\S.*)$", options, re.M)
    return usage.removeprefix("usage: "), about.strip(), rows


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(dq")
    return "\n".join(("\\&" if line[:1] in ".'" else "") + line for line in text.split("\n"))


def sentence(text):
    return roff(text[0].upper() + text[1:] + "." if not text.endswith(".") else text[0].upper() + text[1:])


def manual_of(command):
    usage, about, options = usage_of(NEWSDUP, command)
    _, _, operands = usage.split(" ", 2)
    made = f".SS {roff(command)}\n.B newsdup {roff(command)}\n{roff(operands)}\n.PP\n{sentence(about)}\n"
    for name, value, text in options:
        if name != "--help":
            made += f'.TP\n.BI "{roff(name)} " "{roff(value)}"\n' if value else f".TP\n.B {roff(name)}\n"
            made += sentence(text) + "\n"
    return made


def test_the_manual_of_the_commands():
    with open(MANUAL, encoding="utf-8") as f:
        stored = f.read()
    before, rest = stored.split(BEGIN)
    after = rest.split(END)[1]
    made = before + BEGIN + "".join(manual_of(name) for name, _ in commands()) + END + after
    if os.environ.get("WRITE"):
        with open(MANUAL, "w", encoding="utf-8") as f:
            f.write(made)
        stored = made
    check("newsdup.1 has the commands and options of --help", stored == made,
          "WRITE=1 python3 tests/integration/test_manuals.py writes it")


def test_the_manual_of_the_daemon():
    if not os.path.exists(NEWSDUPD):
        print("skipped: newsdupd is not built")
        return
    with open("daemon/newsdupd.8", encoding="utf-8") as f:
        manual = f.read().replace("\\-", "-")
    with open("daemon/newsdup.conf.5", encoding="utf-8") as f:
        settings = re.findall(r'^\.BI "(\w+) = "', f.read(), re.M)
    names = [name[2:] for name, _, _ in usage_of(NEWSDUPD)[2]]
    own = [n for n in names if n.replace("-", "_") not in settings]
    check("every setting is a flag of newsdupd", {s.replace("_", "-") for s in settings} <= set(names), names)
    check("flags of newsdupd are completed", complete(NEWSDUPD, "--socket-") == ["--socket-mode", "--socket-group"])
    check("newsdupd.8 has the other flags", all(f"--{n}" in manual for n in own), own)


def complete(*words):
    """What bash offers for the last of the words."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _newsdup; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return output("bash", "-c", script, "bash", COMPLETION, *words).split()


def test_the_completion():
    if not shutil.which("bash"):
        print("skipped: no bash")
        return
    names = [name for name, _ in commands()]
    check("commands are completed", set(complete(NEWSDUP, "")) == {*names, "--help", "--version"}, complete(NEWSDUP, ""))
    check("the beginning of a command is completed", complete(NEWSDUP, "fing") == ["fingerprint"])
    for name in names:
        options = [option for option, _, _ in usage_of(NEWSDUP, name)[2]]
        check(f"options of {name} are completed", complete(NEWSDUP, name, "--") == options, complete(NEWSDUP, name, "--"))
    check("an option's file is completed", complete(NEWSDUP, "bulk", "--out", "Makef") == ["Makefile"])
    check("an operand is completed", complete(NEWSDUP, "bulk", "Makef") == ["Makefile"])
    check("a number is not", complete(NEWSDUP, "bulk", "--threads", "") == [])
    check("behind a flag operands go on", complete(NEWSDUP, "bulk", "--strict", "Makef") == ["Makefile"])
    check("words of config are completed", complete(NEWSDUP, "config", "") == ["check", "show"])


def test_the_form_of_the_manuals():
    """A manual without a fault in its roff, and in ASCII: \\- and \\(dq go everywhere."""
    pages = sorted(glob.glob("daemon/*.[1578]"))
    for page in pages:
        with open(page, "rb") as f:
            check(f"{page} is ASCII", f.read().isascii())
    if shutil.which("groff"):
        for page in pages:
            p = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True, timeout=PATIENCE,
                               check=False)
            check(f"{page} is good roff", p.returncode == 0 and not p.stderr, p.stderr)
    else:
        print("skipped: no groff")
    if shutil.which("mandoc"):
        p = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], capture_output=True, text=True, timeout=PATIENCE,
                           check=False)
        check("mandoc has nothing to complain of", p.returncode == 0, p.stdout)
    else:
        print("skipped: no mandoc")


run(globals())
