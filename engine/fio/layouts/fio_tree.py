# SPDX-License-Identifier: GPL-2.0
"""A fio source tree: a configured copy of it, and its options as text."""

import os
import re
import shutil
import subprocess
import sys

# What the engine shares with fio is declared in these, options.c first: it
# has the option array, and includes what the others need.
HEADERS = ("options.c", "fio.h", "ioengines.h", "optgroup.h", "zbd.h",
           "zbd_types.h", "verify.h", "debug.h", "stat.h", "log.h",
           "gettime.h")

HERE = os.path.dirname(os.path.abspath(__file__))


def die(text):
    sys.exit(f"{os.path.basename(sys.argv[0])}: {text}")


def run(argv, cwd, what, check=True):
    # make's own variables would reach the tree's Makefile.
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(argv, cwd=cwd, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, check=False, env=env)
    if check and done.returncode:
        die(f"{what} failed: {' '.join(argv)}\n{done.stdout[-3000:]}")
    return done


def configured_copy(source, work):
    """Copy the tree into `work` and configure it, unless it is already.

    The user's tree stays as it is. -march=native moves no member, and
    leaving it out makes a table independent of the machine.
    """
    if not os.path.exists(os.path.join(source, "thread_options.h")):
        die(f"FIO_SRC={source} is not a fio source tree")
    tree = os.path.join(work, "fio")
    shutil.copytree(source, tree, symlinks=True,
                    ignore=shutil.ignore_patterns(".git", "*.o", "*.a"))
    if not os.path.exists(os.path.join(tree, "config-host.h")):
        run(["sh", "./configure", "--disable-native"], tree, "configure")
    return tree


def version(tree):
    run(["make", "FIO-VERSION-FILE"], tree, "finding the version")
    with open(os.path.join(tree, "FIO-VERSION-FILE"), encoding="ascii") as f:
        return f.read().split("=")[1].strip().removeprefix("fio-")


def compile_probe(tree, text, check=True):
    """Compile `text`, as a file of this tree, with this tree's own flags."""
    with open(os.path.join(tree, "probe.c"), "w", encoding="ascii") as f:
        f.write(text)
    flags = "-g3 -w -fno-eliminate-unused-debug-types"
    return run(["make", "probe.o", "EXTFLAGS=" + flags], tree,
               "compiling the probe", check)


def imports():
    with open(os.path.join(HERE, "imports.tsv"), encoding="ascii") as f:
        return [line.strip() for line in f if not line.startswith("#")]


def _directive(stack, line):
    """Follow #if, #else and #endif; `stack` holds the conditions in force."""
    word, _, rest = line.strip("# \t\n").partition(" ")
    rest = rest.split("/*")[0].strip()
    if word == "ifdef":
        stack.append(rest)
    elif word == "ifndef":
        stack.append("!" + rest)
    elif word == "if":
        stack.append("(" + rest + ")")
    elif word in ("else", "elif"):
        stack[-1] = "!" + stack[-1]
    elif word == "endif":
        stack.pop()


def options(tree):
    """Return name -> (condition, member) of every option in options.c.

    The member is the one that off1 names, or None. The condition is the
    #if around the option. What a build leaves out is found as well: of two
    branches the one with a member counts, the other says FIO_OPT_UNSUPPORTED.
    """
    found, stack, inside = {}, [], False
    name = condition = None
    with open(os.path.join(tree, "options.c"), encoding="utf-8") as f:
        for line in f:
            if line.startswith("struct fio_option fio_options["):
                inside = True
            elif inside and line.startswith("};"):
                break
            if line.startswith("#"):
                _directive(stack, line)
            if not inside:
                continue
            match = re.search(r"^\s*\.name\s*=\s*\"([^\"]+)\"", line)
            if match:
                name, condition = match[1], " && ".join(stack)
                found.setdefault(name, (condition, None))
            match = re.search(
                r"\.off1\s*=\s*offsetof\(struct thread_options,\s*([^)]+)\)",
                line)
            if match and name:
                found[name] = (condition, match[1].strip())
    return found
