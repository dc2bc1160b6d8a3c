# SPDX-License-Identifier: GPL-2.0
"""A model of a flash translation layer that maps pages: reclaim units,
placement, and greedy garbage collection. It knows no drive.
"""

import collections

from .trace import np

STEADY = 0.01


class Work:
    """What the host does to its pages, from 0 to `pages`, in order.

    `handle` is the number of a placement identifier, or -1 where the page is
    deallocated. `before` and `after` are the places of the page's last and
    next mention.
    """

    def __init__(self, page, handle, pages):
        self.page, self.handle, self.pages = page, handle, pages
        count = len(page)
        order = np.argsort(page, kind="stable")
        first, second = order[:-1], order[1:]
        same = page[first] == page[second]
        self.before = np.full(count, -1)
        self.before[second[same]] = first[same]
        self.after = np.full(count, count)
        self.after[first[same]] = second[same]
        self.handles = int(handle.max(initial=0)) + 1
        self.of = [np.flatnonzero(handle == number)
                   for number in range(self.handles)]
        self.written = int((handle >= 0).sum())

    def merged(self):
        return Work(self.page, np.minimum(self.handle, 0), self.pages)


class Flash:
    """Reclaim units of a page-mapped translation layer.

    A stream is what has an open unit: the host's handles, and after those
    where data is relocated to.
    """

    def __init__(self, pages, units, size, handles=1, persistent=False):
        self.size, self.handles, self.persistent = size, handles, persistent
        self.where = np.full(pages, -1)
        self.holds = np.zeros(units * size, np.intp)
        self.valid = np.zeros(units, np.intp)
        self.closed = np.zeros(units, bool)
        self.owner = [0] * units
        self.free = collections.deque(range(units))
        streams = handles + (handles if persistent else 1)
        self.unit, self.used = [None] * streams, [size] * streams
        self.written = self.moved = 0

    @staticmethod
    def reserve(handles, persistent):
        """Units beyond T: one for each stream, and the free one without
        which nothing could be relocated.
        """
        return handles + (handles if persistent else 1) + 1

    def replay(self, work):
        """Everything once; returns the write amplification of it."""
        written, moved = self.written, self.moved
        done, at, count = [0] * work.handles, 0, len(work.page)
        while at < count:
            # up to the first write that finds its unit full
            end = count
            for handle, places in enumerate(work.of):
                stop = done[handle] + self.size - self.used[handle]
                if stop < len(places) and places[stop] < end:
                    end, short = int(places[stop]), handle
            if end > at:
                self._step(work, at, end, done)
            if end < count:
                self._open(short)
            at = end
        written, moved = self.written - written, self.moved - moved
        return (written + moved) / written if written else 1.0

    def _step(self, work, at, end, done):
        """The host's pages at..end, for which there is room. Of a page's
        mentions among them, only the last one stays.
        """
        pages = work.page[at:end]
        old = self.where[pages[work.before[at:end] < at]]
        self.valid -= np.bincount(old[old >= 0] // self.size,
                                  minlength=len(self.valid))
        self.where[pages] = -1
        for handle, places in enumerate(work.of):
            start = done[handle]
            stop = start + int(np.searchsorted(places[start:], end))
            if stop > start:
                mine = places[start:stop]
                self._append(handle, work.page[mine], work.after[mine] >= end)
                self.written += stop - start
                done[handle] = stop

    def _append(self, stream, pages, stay):
        """To the open unit, which has room; `stay` chooses those that are
        not overwritten at once.
        """
        unit, used = self.unit[stream], self.used[stream]
        slots = unit * self.size + used + np.arange(len(pages))
        self.holds[slots] = pages
        staying = slots[stay]
        self.where[pages[stay]] = staying
        self.valid[unit] += len(staying)
        self.used[stream] += len(pages)

    def _open(self, handle):
        """Another unit for the host's writes; one is kept for relocating."""
        while len(self.free) < 2:
            self._collect()
        self._take(handle, handle)

    def _take(self, stream, owner):
        if self.unit[stream] is not None:
            self.closed[self.unit[stream]] = True
        self.unit[stream], self.used[stream] = self.free.popleft(), 0
        self.owner[self.unit[stream]] = owner

    def _collect(self):
        """Relocate the valid pages of the unit that has the fewest."""
        victim = int(np.argmin(np.where(self.closed, self.valid,
                                        self.size + 1)))
        slots = np.arange(victim * self.size, (victim + 1) * self.size)
        pages = self.holds[slots]
        pages = pages[self.where[pages] == slots]
        assert len(pages) < self.size, "no unit has anything to be gained"
        owner = self.owner[victim]
        stream = self.handles + (owner if self.persistent else 0)
        self.moved += len(pages)
        while len(pages):
            room = self.size - self.used[stream]
            if not room:
                self._take(stream, owner)
                continue
            self._append(stream, pages[:room], slice(None))
            pages = pages[room:]
        self.valid[victim] = 0
        self.closed[victim] = False
        self.free.append(victim)


def settle(flash, work, passes):
    """Replay until that changes nothing any more, or so many times; returns
    the last pass's write amplification, the passes, and whether it settled.
    """
    full, last = len(flash.holds), None
    for number in range(1, passes + 1):
        begun = flash.written
        found = flash.replay(work)
        if last and abs(found - last) <= STEADY * found:
            return found, number, True
        last = found if begun >= full else None
    return found, passes, False
