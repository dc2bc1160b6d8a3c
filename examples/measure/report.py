# SPDX-License-Identifier: GPL-2.0
"""The report on the paper's experiments, as Markdown.

It is made from the document that examples/paper writes as paper.json; nothing
is measured here.
"""

from . import paths, published
from .artifact import EXPERIMENTS
from .grid import UNSTEADY
from .job import BLOCK, OWN
from .options import readable
from .sysfs import is_fabrics


def judged_by(settings):
    return "cost" if settings["clock"] == "instructions" else "iops"


def percent(ratio):
    """1.234 as +23.4 %, and from ten times on as a factor."""
    if ratio >= 10:
        return f"× {ratio:.3g}"
    text = f"{(ratio - 1) * 100:+.1f} %"
    return text.replace("-", "−") if float(text[:-2]) else "0.0 %"


def spread_mark(row, what):
    """The spread of several rounds, marked where it is wide."""
    span = row[what]
    if row["rounds"] < 2:
        return "–"
    return f"{span['spread']:.1%}{'~' if span['spread'] > UNSTEADY else ''}"


def table(head, lines):
    """Of Markdown; all columns but the first are numbers, unless a line has
    words: then head says so with a colon in front.
    """
    marks = ["---" if number == 0 or name.startswith(":") else "--:"
             for number, name in enumerate(head)]
    rows = [[name.lstrip(":") for name in head], marks, *lines]
    return ["| " + " | ".join(row) + " |" for row in rows]


# -- beside the published -----------------------------------------------------

def _measured(found, names=None):
    """The pairs, as percentages with their labels."""
    return ", ".join(f"{name} {percent(one.ratio)}" for name, one in
                     zip(names or [one.label for one in found], found))


def _with_label(found, *labels):
    return [one for one in found if one.label in labels]


def _peak_lines(rows, what, missing):
    lines = []
    claim = (" to ".join(f"{(ratio - 1) * 100:.0f}"
                         for ratio in published.PEAK) +
             " % more I/Os a second at peak")
    for name, words in (("peak", "one drive"), ("two", "two drives")):
        found = paths.pairs(rows, name, what)
        best = paths.best(found, what)
        lines.append([words + ", depth 128, batches of 32", claim,
                      published.PAPER,
                      f"best against best {percent(best.ratio)} "
                      f"({_measured(found)})" if best else missing])
    return lines


def _scaling_lines(rows, what, missing):
    rise, top = (f"+{(ratio - 1) * 100:.0f} %" for ratio in
                 (published.BEGINS, published.AT_DEPTH_128))
    lines = []
    for first, last, claim in ((1, 1, "equal"), (2, 127, f"{rise}, rising"),
                               (128, 128, f"about {top}")):
        cells = []
        for name, how in (("scaling", "polled"), ("interrupt", "interrupt")):
            found = [one for one in paths.pairs(rows, name, what)
                     if first <= one.block["depth"] <= last]
            if found:
                depths = [f"depth {one.block['depth']}" for one in found]
                cells.append(f"{how}: {_measured(found, depths)}")
        title = f"depth {first}" if first == last else "depths between"
        lines.append([f"{title}, polled, fixed buffers", claim,
                      published.NOTES, "; ".join(cells) or missing])
    return lines


def _list_lines(rows, what, missing):
    lines = []
    found = paths.pairs(rows, "peak", what)
    for polled, word, labels in ((0, "by interrupt",
                                  ("plain", "fixed buffers")),
                                 (1, "polled", ("polled", "both"))):
        claims = ", ".join(
            f"{percent(published.list_ratio(depth, polled))} at depth {depth}"
            for depth in published.KIOPS)
        here = _with_label(found, *labels)
        lines.append([f"512 B random reads, {word}", claims, published.LIST,
                      f"depth 128: {_measured(here)}" if here else missing])
    return lines


def _submission_line(rows, what, unit, missing):
    block, own = published.SUBMISSION
    here = [f"{one.label}: {one.block['submission']['median']:.0f} and "
            f"{one.own['submission']['median']:.0f} {unit}"
            for one in paths.pairs(rows, "latency", what)
            if one.block["bs"] == 4096 and "submission" in one.block]
    return [["submission at depth 1, block and passthrough",
             f"{block} and {own} ns in the handler", published.NOTES,
             "; ".join(here) + " as fio sees it" if here else missing]]


def beside_published(document):
    """The table of the paper's figures and this machine's."""
    rows, what = document["rows"], judged_by(document["settings"])
    missing = "not measured"
    unit = "instructions" if what == "cost" else "ns"
    lines = (_peak_lines(rows, what, missing) +
             _scaling_lines(rows, what, missing) +
             _list_lines(rows, what, missing) +
             _submission_line(rows, what, unit, missing))
    here = "this machine"
    if means_nothing(document):
        here += ", emulated: means nothing"
    return table(["what", ":published", ":where that is from", f":{here}"],
                 lines)


# -- what can be shown here ---------------------------------------------------

def emulated_drive(environment):
    return environment["model"].startswith("QEMU")


def emulated_processor(environment):
    return "TCG" in environment["processor"]


def means_nothing(document):
    """Whether the ratios are of an emulation's times."""
    return (document["settings"]["clock"] == "wall" and
            emulated_processor(document["environments"][0]))


def _of_fabrics(document):
    """What is in the figures where a drive is not in the machine."""
    found = sorted({one.get("transport", "") for one in
                    document["environments"]})
    over = [transport for transport in found if is_fabrics(transport)]
    if not over:
        return []
    told = (f"The namespace is reached over {' and '.join(over)}: what the "
            "connection and its target take is in every figure of both "
            "paths.")
    if "loop" in over:
        told += (" The target of loop is this kernel: it uses the same "
                 "processors.")
    return [f"{told} The published figures are of drives in the machine "
            "(PCIe)."]


def reservations(document):
    """What the figures mean where they are not those of a real drive."""
    return _of_emulation(document) + _of_fabrics(document)


def _of_emulation(document):
    if document["settings"]["clock"] == "instructions":
        return [
            "The clock counts the instructions of one processor, and so do "
            "the ratios: +20 % is 20 % more I/Os for the same instructions, "
            "of the whole software path (driver, block layer, io_uring, "
            "engine, fio). They are not cycles; caches, memory and the speed "
            "of a drive are not in them.",
            "By interrupt a count repeats within a few percent, and at depth "
            "1 within about ten. A thread that polls is counted while it "
            "spins: a polled figure at a shallow depth is how long the "
            "emulated drive takes, longer on a busy host, and not what the "
            "software costs. So the scaling is measured by interrupt, too.",
            "Not shown: I/Os a second, latencies, SQPOLL, two processors."]
    if means_nothing(document):
        emulated = ("drive is emulated by QEMU and the processor"
                    if emulated_drive(document["environments"][0]) else
                    "processor is emulated")
        return [
            "**The ratios below mean nothing for the published ones.** The "
            f"{emulated} by software (TCG): times are those of the "
            "emulation, on a host that may have other work.",
            "Shown: that every experiment runs on both paths with these "
            "kernels and programs. Ratios of instructions, which mean "
            "something, are those of `--clock=instructions` in a guest that "
            "counts them (`ci/guest --icount`)."]
    if any(map(emulated_drive, document["environments"])):
        return [
            "The drive is emulated by QEMU: the emulation limits the I/Os a "
            "second and adds to each latency, and what the two paths differ "
            "by is a smaller part of both than with a real drive."]
    return []


# -- the experiments ----------------------------------------------------------

def settings_of(document, name):
    """A line on an experiment's jobs, with the block size that they had."""
    sizes = sorted({row["bs"] for row in document["rows"]
                    if row["experiment"] == name})
    return f"{', '.join(map(readable, sizes))} {EXPERIMENTS[name].settings}"


def _both(one, name, scale=1.0, form=".0f"):
    return [format(row[name]["median"] * scale, form) if name in row else ""
            for row in (one.block, one.own)]


def _ratio_cells(one):
    if min(one.block["rounds"], one.own["rounds"]) < 2:
        return [percent(one.ratio), "–"]
    return [percent(one.ratio), f"{percent(one.low)} to {percent(one.high)}"]


def _rate_table(found, what):
    name = "instructions per I/O" if what == "cost" else "IOPS"
    head = ["", f"{BLOCK}: {name}", "spread", f"{OWN}: {name}", "spread",
            "passthrough", "single rounds"]
    lines = []
    for one in found:
        block, own = _both(one, what)
        lines.append([one.label, block, spread_mark(one.block, what), own,
                      spread_mark(one.own, what), *_ratio_cells(one)])
    return table(head, lines)


def _latency_table(found, what):
    if what == "cost":
        shown = [("submission, instructions", "submission", 1, ".0f"),
                 ("instructions per I/O", "cost", 1, ".0f")]
    else:
        shown = [("submission, µs", "submission", 1e-3, ".2f"),
                 ("latency, µs", "latency", 1e-3, ".1f"),
                 ("99 %, µs", "latency_99", 1e-3, ".1f"),
                 ("CPU ns per I/O", "cost", 1, ".0f"),
                 ("CPU, %", "cpu", 1, ".0f")]
    head = ["", *(title for title, *_ in shown), "passthrough",
            "single rounds"]
    lines = [[one.label, *(" / ".join(_both(one, *rest))
                           for _, *rest in shown), *_ratio_cells(one)]
             for one in found]
    return table(head, lines)


NOTES = {
    "latency": "Each cell is the block path / passthrough. Where fio measures "
               "submission, nvme_passthru submits and reaps with a system "
               "call each; where not, as in the other experiments, one call "
               "does both.",
    "sqpoll": "With SQPOLL two processors are busy, not one.",
}


def experiment(document, name, picture=None):
    """A section, or nothing where no point was measured on both paths."""
    what = judged_by(document["settings"])
    found = paths.pairs(document["rows"], name, what)
    if not found:
        return []
    about = EXPERIMENTS[name]
    lines = [f"## {about.title}", "", f"{settings_of(document, name)}.", ""]
    lines += (_latency_table if name == "latency" else _rate_table)(found,
                                                                    what)
    if name in NOTES and (name != "sqpoll" or
                          any(one.own["sqpoll"] for one in found)):
        lines += ["", NOTES[name]]
    if picture:
        lines += ["", f"![{about.title}]({picture})"]
    return lines + [""]


# -- the machine --------------------------------------------------------------

FACTS = (("model", "model"), ("firmware", "firmware"),
         ("transport", "transport"),
         ("lba_format", "LBA format"), ("bytes", "size"),
         ("multipath_head", "multipath head"), ("scheduler", "I/O scheduler"),
         ("iommu", "IOMMU"), ("numa_node", "NUMA node"),
         ("poll_queues", "poll queues"), ("kernel", "kernel"),
         ("fio", "fio"), ("plugin", "nvme_passthru"),
         ("processor", "processor"), ("processors", "processors"),
         ("governor", "governor"))


def _fact(name, value):
    if name == "bytes":
        return readable(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)


def _pinning(settings):
    words = [f"processor {cpu}" + (f" for {device}" if len(settings["cpus"])
                                   > 1 else "")
             for cpu, device in zip(settings["cpus"], settings["devices"])]
    if settings["sq_cpu"] is not None:
        words.append(f"SQPOLL's thread on {settings['sq_cpu']}")
    return ", ".join(words)


def machine(document):
    settings, found = document["settings"], document["environments"]
    # figures of an earlier version may lack some
    lines = [[title, *(_fact(key, one.get(key)) for one in found)]
             for key, title in FACTS]
    length = (f"slopes of {settings['ios']} I/Os"
              if settings["clock"] == "instructions" else
              f"{settings['seconds']:g} s after {settings['ramp']:g} s that "
              "are not counted")
    return ["## The machine", "",
            *table(["", *(f":{name}" for name in settings["devices"])],
                   lines), "",
            f"Each run: {length}, registered file, norandommap, gtod_reduce "
            "but where latency is measured. Median of "
            f"{settings['repeats']} rounds in which the paths take turns; "
            "spread is (most − least) / median, and `single rounds` the "
            "least and the greatest ratio of one round. "
            f"Pinned to {_pinning(settings)}. {document['made']}.", ""]


def commands(document):
    if not document["commands"]:
        return []
    lines = ["## The jobs", "",
             "The first point of each experiment, on both paths:", ""]
    for name, found in document["commands"].items():
        lines += [f"{EXPERIMENTS[name].title}:", ""]
        lines += [f"    {command}" for command in found.values()] + [""]
    return lines


def make(document, pictures, no_pictures=None):
    """The whole report; pictures are names of files by experiment."""
    unit = ("for the same instructions"
            if judged_by(document["settings"]) == "cost" else "a second")
    models = " and ".join(dict.fromkeys(
        one["model"] for one in document["environments"]))
    lines = [f"# Passthrough against the block path: {models}", "",
             f"The experiments of the artifact of {published.TITLE}, with fio "
             f"on both paths: `{BLOCK}` on the block device (direct=1), and "
             f"`{OWN}` on the character device. +10 % means that passthrough "
             f"does 10 % more I/Os {unit}.", ""]
    if not document["complete"]:
        lines += ["**It did not get to its end: not all was measured.**", ""]
    told = reservations(document)
    if told:
        lines += ["## What this run can and cannot show", ""]
        lines += [f"- {text}" for text in told] + [""]
    lines += ["## Beside the published", "", *beside_published(document), "",
              published.MACHINE, ""]
    notes = [f"left out: {text}" for text in document["left_out"]]
    notes += document["notes"] + [no_pictures] * bool(no_pictures)
    if notes:
        lines += ["Notes:", ""]
        lines += [f"- {text}" for text in notes] + [""]
    for name in EXPERIMENTS:
        lines += experiment(document, name, pictures.get(name))
    return "\n".join(lines + machine(document) +
                     commands(document)).rstrip() + "\n"
