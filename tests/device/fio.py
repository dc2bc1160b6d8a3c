# SPDX-License-Identifier: GPL-2.0
"""Runs fio and takes its answers apart."""

import functools
import json
import os
import re
import subprocess

PLUGIN = os.environ.get("NVME_PASSTHRU_SO") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)),
    "../../build/nvme_passthru.so")
PLUGIN = os.path.abspath(PLUGIN)
ENGINE = "external:" + PLUGIN
HEAD = "nvme_passthru "
PATIENCE = 120


def kernel():
    return tuple(int(part) for part in
                 re.match(r"(\d+)\.(\d+)", os.uname().release).groups())


class Result:
    """What a run of fio left: status, both streams, and the JSON in one."""

    def __init__(self, arguments, status, out, err):
        self.arguments = arguments
        self.status = status
        self.out = out
        self.err = err

    @functools.cached_property
    def json(self):
        # client and server print other lines before the document
        start = self.out.index("{")
        return json.loads(self.out[start:])

    @property
    def jobs(self):
        return self.json["jobs"]

    @property
    def job(self):
        jobs = self.jobs
        assert len(jobs) == 1, self
        return jobs[0]

    def total(self, direction, key="total_ios"):
        return sum(job[direction][key] for job in self.jobs)

    @property
    def refusal(self):
        """The one line in which the engine said no."""
        lines = {line for line in self.err.splitlines()
                 if line.startswith(HEAD)}
        assert len(lines) == 1, self
        return lines.pop()

    def good(self):
        """Assert that it went well and that nothing was said on stderr."""
        assert self.status == 0 and self.err == "", self
        return self

    def clean(self):
        """good(), and that every job says so in valid JSON."""
        self.good()
        assert self.json["jobs"], self
        for job in self.jobs:
            assert job["error"] == 0 and not job.get("total_err"), self
        return self

    def refused(self, *words):
        """Assert that the engine refused it in one line with these words."""
        # fio's status is the number of jobs that failed
        assert self.status > 0, self
        line = self.refusal
        for word in words:
            assert str(word) in line, (word, line)
        return line

    def __repr__(self):
        return (f"\n$ {' '.join(self.arguments)}\nstatus {self.status}\n"
                f"--- stdout\n{self.summary()}\n--- stderr\n"
                f"{self.err[-4000:]}\n---")

    def summary(self):
        """What a failed test needs to know of a JSON document's pages."""
        try:
            jobs = self.json["jobs"]
        except (ValueError, KeyError):
            return self.out[-4000:]
        return "\n".join(
            f"{job['jobname']}: error {job['error']}" + "".join(
                f", {job[way]['total_ios']} {way}s "
                f"{job[way]['io_bytes']} bytes"
                for way in ("read", "write", "trim"))
            for job in jobs)


def arguments_of(name, options):
    """A job as arguments; the engine comes before the options it defines."""
    options = dict(options)
    engine = options.pop("ioengine", ENGINE)
    arguments = [f"--name={name}", f"--ioengine={engine}"]
    for key, value in options.items():
        if value is None:
            continue
        if value is True:
            arguments.append(f"--{key}")
        else:
            arguments.append(f"--{key}={value}")
    return arguments


def raw(*arguments, cwd=None, before=(), timeout=PATIENCE, **more):
    """Run fio with these very arguments."""
    command = [*before, "fio", *arguments]
    ran = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=timeout, text=True, check=False, **more)
    return Result(command, ran.returncode, ran.stdout, ran.stderr)


def join(jobs, form="json"):
    arguments = [f"--output-format={form}"] if form else []
    for number, options in enumerate(jobs):
        arguments += arguments_of(f"job{number}", options)
    return arguments


class Runner:
    """Runs fio in a folder of its own, where it leaves its state files."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []

    def __call__(self, *jobs, form="json", before=(), arguments=(),
                 timeout=PATIENCE, **options):
        """Run one job given by options, or several given as dicts."""
        if options:
            jobs = [*jobs, options]
        return raw(*arguments, *join(jobs, form), cwd=self.folder,
                   before=before, timeout=timeout)

    def start(self, *jobs, form="json", arguments=(), session=False,
              **options):
        """Start it and return the process, with both streams as pipes."""
        if options:
            jobs = [*jobs, options]
        process = subprocess.Popen(
            ["fio", *arguments, *join(jobs, form)], cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=session)
        self.started.append(process)
        return process

    def stop(self):
        """What a failed test left running is in no other test's way."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.wait()

    def file(self, text, *arguments, form="json", before=(), name="job.fio"):
        """Run a job file."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return raw(f"--output-format={form}", *arguments, path,
                   cwd=self.folder, before=before)


def finish(process, timeout=PATIENCE):
    """Wait for a process from Runner.start()."""
    out, err = process.communicate(timeout=timeout)
    return Result(process.args, process.returncode, out, err)


@functools.lru_cache(maxsize=None)
def version():
    text = raw("--version").out
    found = re.match(r"fio-(\d+)\.(\d+)", text)
    assert found, text
    return int(found[1]), int(found[2])


@functools.lru_cache(maxsize=None)
def command_help(option):
    """fio's own words on one of its core options, or an empty string."""
    run = raw(f"--cmdhelp={option}")
    return "" if "No such" in run.out + run.err else run.out


@functools.lru_cache(maxsize=None)
def engine_options(engine):
    """The names of an engine's options."""
    text = raw(f"--enghelp={engine}").out
    return {line.split()[0] for line in text.splitlines() if " : " in line}


def values_of(option):
    """The words that fio takes for one of its core options."""
    text = command_help(option)
    return re.findall(r"^ *(?:valid values)?: (\S+)", text, re.MULTILINE)[
        (1 if "type:" in text.split("\n")[0] else 0):]
