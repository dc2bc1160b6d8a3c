# SPDX-License-Identifier: GPL-2.0
"""The tables that people read."""

import xml.etree.ElementTree as ET

from .judge import HELD, MISSED
from .points import BY_NAME, LABELS, OWN

WIDTH = 40


# -- the bench ----------------------------------------------------------------

def head(environment, settings):
    """What every figure depends on."""
    machine = environment
    return [
        "Instructions a command, and system calls (io_uring_enter) a command",
        f"Linux {machine['kernel']}, {machine['fio']}, nvme_passthru "
        f"{machine['plugin']}, {machine['model']} with a null backend, IOMMU: "
        f"{machine['iommu']},",
        "clock: instructions of the guest's one processor (QEMU, icount); "
        "registered file,",
        "norandommap, gtod_reduce; slope over "
        f"{settings['ios']} commands, median of {settings['rounds']} to "
        f"{settings['most']}, contenders in turn",
    ]


def rows(found, base=OWN):
    """The lines of one point: found is contender -> summary."""
    lines = []
    for name, row in found.items():
        ratio = row["cost"] / found[base]["cost"] if base in found else 0
        lines.append(f"  {LABELS[name]:<{WIDTH}}{row['cost']:>8.0f}"
                     f"{ratio:>7.3f}{row['spread']:>8.1%}"
                     f"{len(row['runs']):>5}{row['calls']:>9.4f}")
    return lines


def columns():
    return (f"  {'':<{WIDTH}}{'instr.':>8}{'ratio':>7}{'spread':>8}"
            f"{'runs':>5}{'calls':>9}")


def bench(results):
    """The whole table, from the object that --json writes."""
    lines = []
    for kind, boot in results["boots"].items():
        lines += [*head(boot["environment"], results["settings"]),
                  KINDS[kind], "", columns()]
        for name, found in boot["points"].items():
            lines += [BY_NAME[name].name + ": " + BY_NAME[name].text,
                      *rows(found)]
            lines += [f"    {gate['text']}" for gate in results["gates"]
                      if gate["boot"] == kind and gate["point"] == name]
        lines.append("")
    return lines


KINDS = {
    "head": "The namespace is a multipath head, the kernel's default for "
            "this drive as for any of several ports",
    "ordinary": "The namespace is an ordinary one, without a multipath head",
}


def verdict(results):
    """The last line, and what failed."""
    gates = results["gates"]
    counts = {HELD: 0, MISSED: 0}
    for gate in gates:
        counts[gate["outcome"]] = counts.get(gate["outcome"], 0) + 1
    lines = [f"FAILED {gate['point']}: {gate['text']}" for gate in gates
             if gate["fails"]]
    return lines + ["gates: " + ", ".join(
        f"{count} {outcome}" for outcome, count in counts.items())]


def junit(results, path):
    """The gates as test cases; one that stays open is skipped."""
    gates = results["gates"]
    suite = ET.Element("testsuite", name="bench", tests=str(len(gates)))
    for gate in gates:
        peer = gate["peer"] or "system calls"
        case = ET.SubElement(suite, "testcase",
                             classname=f"bench.{gate['point']}",
                             name=f"{gate['contender']} : {peer}")
        if gate["fails"]:
            ET.SubElement(case, "failure", message=gate["text"])
        elif gate["outcome"] != HELD:
            ET.SubElement(case, "skipped", message=gate["text"])
    ET.ElementTree(suite).write(path)


# -- the profile --------------------------------------------------------------

def own_cost(profile):
    """What the plugin's own functions cost.

    Samples in liburing are mostly the kernel's: on its way out of a system
    call it cannot be interrupted, and is sampled just behind.
    """
    return profile["parts"]["engine"]


def _function(cost, name):
    return f"  {name:<{WIDTH}}{cost:>8.1f}"


def profile(point, found, kernel=0):
    """The split of each contender, and the engine's functions."""
    lines = [f"Instructions a command: {point.text}", ""]
    for contender, one in found.items():
        lines += [f"{LABELS[contender]}: {one['cost']:.0f}, shared by "
                  f"{one['samples']} samples"]
        lines += [_function(cost, name)
                  for name, cost in one["parts"].items() if cost]
        lines.append("")
        if contender.startswith(("nvme_passthru", "scatter")):
            lines.append("  of the engine and liburing:")
            lines += [_function(cost, name) for part in ("engine", "liburing")
                      for cost, name in one["functions"][part]
                      if cost >= 0.05]
            lines.append("")
        if kernel:
            lines.append("  of the kernel:")
            lines += [_function(cost, name) for cost, name
                      in one["functions"]["kernel"][:kernel]]
            lines.append("")
    return lines[:-1]
