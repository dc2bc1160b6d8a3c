# SPDX-License-Identifier: GPL-2.0
"""What runs say, and whether gates are held.

The spread of a figure is the width of the range that its true median lies in
with nine tenths' certainty, as a part of the median: of five runs from the
least to the most, of more runs less, as the outermost are left out.
"""

import dataclasses
import math
import statistics

from .points import BY_NAME, LABELS, TOOL

CERTAINTY = 0.9
# A figure of a wider spread decides nothing, unless any median in it would.
SPREAD = 0.04

HELD = "held"
MISSED = "missed"
# The runs differ too much.
OPEN = "not judged"
# A contender that could not be had.
ABSENT = "absent"


def trimmed(count):
    """How many of the outermost runs may be left out on either side."""
    skip = 0
    outside = 1 / 2 ** count
    while skip < (count - 1) // 2:
        outside += math.comb(count, skip + 1) / 2 ** count
        if 1 - 2 * outside < CERTAINTY:
            break
        skip += 1
    return skip


def bounds(costs):
    """The range that the true median of some runs lies in."""
    ordered = sorted(costs)
    skip = trimmed(len(ordered))
    return ordered[skip], ordered[-1 - skip]


def spread(costs):
    """See above; infinite where there are no runs."""
    if not costs:
        return math.inf
    least, most = bounds(costs)
    return (most - least) / statistics.median(costs)


def summary(costs, calls):
    """A contender's runs in a point, as a JSON object."""
    return {"cost": statistics.median(costs), "spread": spread(costs),
            "calls": calls, "runs": list(costs)}


@dataclasses.dataclass
class Verdict:
    """What became of a gate."""
    point: object
    gate: object
    outcome: str
    value: float = None
    why: str = ""

    @property
    def text(self):
        left = LABELS[self.gate.contender]
        if self.gate.peer:
            what = f"{left} : {LABELS[self.gate.peer]}"
            unit = ""
        else:
            what, unit = left, " system calls a command"
        value = "" if self.value is None else f" {self.value:.3f}"
        aim = f", aim {self.gate.aim:.2f}" if self.gate.aim else ""
        why = f": {self.why}" if self.why else ""
        return (f"{self.outcome:<11}{what}{value}{unit} "
                f"(gate {self.gate.limit:.2f}{aim}){why}")


def _ratio(gate, found):
    """The value of a gate, and why it cannot be told, if so."""
    sides = [gate.contender] + ([gate.peer] if gate.peer else [])
    for side in sides:
        if not found.get(side):
            return None, f"{LABELS[side]} was not measured", ABSENT
    if not gate.peer:
        return found[gate.contender]["calls"], "", None
    value = found[gate.contender]["cost"] / found[gate.peer]["cost"]
    for side in sides:
        width = found[side]["spread"]
        if width >= SPREAD:
            return value, (f"spread {width:.1%} of {LABELS[side]} in "
                           f"{len(found[side]['runs'])} runs"), OPEN
    return value, "", None


def _worst(gate, found):
    """The greatest that a ratio can be with any medians in their ranges."""
    return (bounds(found[gate.contender]["runs"])[1] /
            bounds(found[gate.peer]["runs"])[0])


def _holds(value, limit):
    return value <= limit if limit != 1.0 else value < 1.0


def judge(point, found, slack=0):
    """The verdicts on a point's gates; found: contender -> summary.

    A ratio holds up to that many percent above its limit.
    """
    verdicts = []
    for gate in point.gates:
        value, why, outcome = _ratio(gate, found)
        limit = gate.limit * (1 + slack / 100 if gate.peer else 1)
        if outcome is None:
            outcome = HELD if _holds(value, limit) else MISSED
        elif outcome == OPEN and _holds(worst := _worst(gate, found), limit):
            outcome = HELD
            why += f": {worst:.3f} at worst"
        verdicts.append(Verdict(point, gate, outcome, value, why))
    return verdicts


def settled(point, found):
    """Whether more runs could not change what is told of a point's gates."""
    sides = {side for gate in point.gates if gate.peer
             for side in (gate.contender, gate.peer)}
    return all(found[side]["spread"] < SPREAD for side in sides
               if found.get(side))


def fails(verdict, strict=False):
    """Whether a verdict makes the bench fail.

    By interrupt runs repeat whatever else the host does, so what cannot be
    judged there is a failure. A polled run counts how long the host lets it
    spin: on a busy host it is open, and that says nothing of the engine.
    The same holds for a single command by interrupt, where the host decides
    what else the guest's clock fires while all sleep.
    Nor does it when the source of t/io_uring cannot be had.
    """
    if verdict.outcome == ABSENT:
        return strict or verdict.gate.peer != TOOL
    if verdict.outcome == OPEN:
        return strict or not (verdict.point.polled or
                              verdict.point.depth == 1)
    return verdict.outcome == MISSED


def gates(boots, strict=False, asked=None, slack=0):
    """All verdicts, as JSON objects: gates are those of the first boot.

    An ordinary namespace's block device costs less than a multipath head's,
    which the gates are made for. Where only some contenders were asked for,
    gates of others are left out.
    """
    found = []
    for name, summaries in boots.get("head", {}).get("points", {}).items():
        for verdict in judge(BY_NAME[name], summaries, slack):
            sides = {verdict.gate.contender, verdict.gate.peer} - {None}
            if asked and not sides <= set(asked):
                continue
            found.append({
                "boot": "head", "point": name,
                "contender": verdict.gate.contender,
                "peer": verdict.gate.peer, "limit": verdict.gate.limit,
                "aim": verdict.gate.aim, "value": verdict.value,
                "outcome": verdict.outcome, "why": verdict.why,
                "text": verdict.text, "fails": fails(verdict, strict)})
    return found
