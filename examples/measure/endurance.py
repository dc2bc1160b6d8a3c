# SPDX-License-Identifier: GPL-2.0
"""What FDP drives counted, from jobs' records: one figure for each endurance
group.

Jobs that overlap in time were one run: each read counters that all of them
moved, so of their readings only the first and the last count. Runs are added
up; what was written between them was not by them.
"""

import collections
import dataclasses

WRITE = 0x01
COUNTERS = ("hbmw", "mbmw", "mbe")
# What the engine writes of a counter that has outgrown 64 bits.
FULL = (1 << 64) - 1


def drive_of(file):
    """What names a drive wherever it is plugged in."""
    return file["subsystem"] or file["serial"] or file["path"]


def key_of(file):
    return drive_of(file), file["endurance_group"]


def name_of(record):
    return f"{record['job']['name'] or ''} {record['job']['number']}".strip()


@dataclasses.dataclass
class Use:
    """A job, and those of its files that are in the group."""
    record: dict
    files: list

    @property
    def readings(self):
        return [file["fdp"] for file in self.files
                if file["fdp"] and "error" not in file["fdp"]]

    @property
    def reasons(self):
        """Why there are no readings of a file."""
        return [file["fdp"]["error"] for file in self.files
                if file["fdp"] and "error" in file["fdp"]]

    @property
    def times(self):
        """All that are known: a job may have read before it was started."""
        job = self.record["job"]
        return [job["started"], job["ended"]] + [
            reading[end]["time"] for reading in self.readings
            for end in ("before", "after")]


@dataclasses.dataclass
class Run:
    """Jobs that overlap."""
    uses: list
    until: float

    @property
    def readings(self):
        return [reading for use in self.uses for reading in use.readings]

    @property
    def before(self):
        return min((reading["before"] for reading in self.readings),
                   key=lambda one: one["time"])

    @property
    def after(self):
        return max((reading["after"] for reading in self.readings),
                   key=lambda one: one["time"])

    def difference(self):
        before, after = self.before, self.after
        return {name: after[name] - before[name] for name in COUNTERS}

    def describe(self):
        return {"started": min(min(use.times) for use in self.uses),
                "ended": self.until,
                "jobs": [name_of(use.record) for use in self.uses],
                **(self.difference() if self.readings else {})}


def runs_of(uses):
    """The uses in runs, the first of them first."""
    runs = []
    for use in sorted(uses, key=lambda use: min(use.times)):
        if runs and min(use.times) < runs[-1].until:
            runs[-1].uses.append(use)
            runs[-1].until = max(runs[-1].until, max(use.times))
        else:
            runs.append(Run([use], max(use.times)))
    return runs


def uses_of(records):
    """The jobs by group, of the groups that have FDP."""
    found = collections.defaultdict(list)
    for record in records:
        files = collections.defaultdict(list)
        for file in record["files"]:
            files[key_of(file)].append(file)
        for key, those in files.items():
            found[key].append(Use(record, those))
    return {key: uses for key, uses in found.items()
            if any(file["fdp"] for use in uses for file in use.files)}


# -- what the jobs say themselves ---------------------------------------------

def own_bytes(use):
    """Bytes of the job's Writes to the group, or None where they are not
    told apart from those to another.
    """
    total = sum(kind["bytes"] for kind in use.record["commands"]
                if kind["opcode"] == WRITE)
    if not total or len(use.files) == len(use.record["files"]):
        return total
    if any(file["placement"] is None for file in use.files):
        return None
    return sum(row["bytes"] for file in use.files
               for row in file["placement"]["written"])


def events_of(uses):
    """Rows of events of one name, with their number.

    Several readings tell of the same event; in one of them all are others.
    """
    found = collections.Counter()
    for reading in (reading for use in uses for reading in use.readings):
        found |= collections.Counter(
            tuple(event[name] for name in (
                "log", "type", "name", "flags", "identifier", "time_ms",
                "nsid", "group", "handle"))
            for event in reading["events"])
    counts = collections.Counter()
    for (log, number, name, *_), count in found.items():
        counts[log, number, name or f"type {number:#x}"] += count
    return [{"log": log, "type": number, "name": name, "count": count}
            for (log, number, name), count in sorted(counts.items())]


# -- figures ------------------------------------------------------------------

def _back(before, after):
    """Of two readings, what went backwards, in words, or None."""
    for name in COUNTERS:
        if after[name] < before[name]:
            return (f"{name.upper()} went back from {before[name]} to "
                    f"{after[name]} while jobs ran (a format, FDP enabled "
                    "anew, or another drive): no figure")
    return None


def _error(runs):
    """Why there is no figure, or None."""
    read = [run for run in runs if run.readings]
    if not read:
        reasons = [reason for run in runs for use in run.uses
                   for reason in use.reasons]
        return f"not read: {reasons[0]}"
    pairs = [(reading["before"], reading["after"])
             for run in read for reading in run.readings]
    pairs += [(run.before, run.after) for run in read]
    return next(filter(None, (_back(*pair) for pair in pairs)), None)


def _lacking(runs):
    """Sentences on jobs that could not read."""
    reasons = collections.defaultdict(list)
    for use in (use for run in runs for use in run.uses):
        for reason in dict.fromkeys(use.reasons):
            reasons[reason].append(name_of(use.record))
    told = [f"no reading by {', '.join(jobs)}: {reason}"
            for reason, jobs in reasons.items()]
    unread = [name_of(use.record) for run in runs if not run.readings
              for use in run.uses]
    if unread:
        told.append(f"left out, as nothing was read while they ran: "
                    f"{', '.join(unread)}")
    return told


def _reservations(read):
    """Sentences on what the figures of these runs mean."""
    told = []
    for before, after in zip(read, read[1:]):
        if _back(before.after, after.before):
            told.append("the counters began anew between two runs; each of "
                        "them is counted by itself")
            break
    if any(reading[end][name] == FULL for run in read
           for reading in run.readings for end in ("before", "after")
           for name in COUNTERS):
        told.append(f"a counter is at {FULL}, where its reading ends: the "
                    "drive may have counted further")
    if any(file["lba_format"]["metadata_bytes"] for run in read
           for use in run.uses for file in use.files):
        told.append("what host and media wrote includes metadata")
    return told


def _shares(read, host):
    """What the jobs wrote, its share of the host's, sentences on it."""
    uses = [use for run in read for use in run.uses]
    own = [own_bytes(use) for use in uses]
    told = [f"{name_of(use.record)} has files of other groups too, and "
            "without placement does not say what it wrote to which"
            for use, count in zip(uses, own) if count is None]
    if told:
        return None, None, told
    return sum(own), sum(own) / host if host else None, []


def reduce_group(key, uses):
    """A group as it is printed; figures are None where there are none."""
    runs = runs_of(uses)
    read = [run for run in runs if run.readings]
    error = _error(runs)
    file = uses[0].files[0]
    group = {
        "drive": key[0], "endurance_group": key[1],
        "subsystem": file["subsystem"], "serial": file["serial"],
        "model": file["model"],
        "paths": sorted({file["path"] for use in uses for file in use.files}),
        "jobs": len(uses), "error": error, "remarks": [],
        **dict.fromkeys((*COUNTERS, "write_amplification", "jobs_bytes",
                         "jobs_share")),
        "events": events_of(uses), "runs": []}
    if error:
        return group
    group["runs"] = [run.describe() for run in runs]
    differences = [run.difference() for run in read]
    for name in COUNTERS:
        group[name] = sum(one[name] for one in differences)
    if group["hbmw"]:
        group["write_amplification"] = group["mbmw"] / group["hbmw"]
    own, share, told = _shares(read, group["hbmw"])
    group.update(jobs_bytes=own, jobs_share=share)
    group["remarks"] = _lacking(runs) + _reservations(read) + told
    return group


def groups(records):
    """All, by drive and number; one that is not known comes last."""
    found = uses_of(records)
    return [reduce_group(key, found[key]) for key in sorted(
        found, key=lambda key: (key[0], key[1] is None, key[1] or 0))]
