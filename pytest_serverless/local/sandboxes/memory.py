"""How much memory the processes of a sandbox take; known on Linux alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import Callable, Iterator

__all__ = ["MemoryGauge", "MemoryWatch"]

_PAGE_KB = (os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096) // 1024
_PEAK = re.compile(rb"VmHWM:\s*(\d+) kB")
_COST_S = 0.001


class MemoryGauge:
    """Reads what one process and its descendants have in memory, in KiB; 0 where the system does not tell."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen_kb = 0
        try:
            self._status = os.open(f"/proc/{pid}/status", os.O_RDONLY)
        except OSError:
            self._status = -1

    def peak_kb(self) -> int:
        """Return the most that was ever seen, by the system of the process itself, or by `now_kb` of all."""
        with contextlib.suppress(OSError):
            found = _PEAK.search(os.pread(self._status, 4096, 0))
            if found:
                self._seen_kb = max(self._seen_kb, int(found[1]))
        return self._seen_kb

    def now_kb(self) -> int:
        """Return what all of them have now; pages that a descendant shares are counted once."""
        total = _resident_kb(self._pid, shared=True)
        total += sum(_resident_kb(pid, shared=False) for pid in _descendants(self._pid))
        self._seen_kb = max(self._seen_kb, total)
        return total

    def close(self) -> None:
        """Give back what watching takes."""
        if self._status >= 0:
            os.close(self._status)
            self._status = -1


class MemoryWatch:
    """Looks at the sandboxes that are busy, every `period_s` seconds or, if they are many, less often."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._busy: dict[MemoryGauge, tuple[int, Callable[[], None]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, gauge: MemoryGauge, limit_kb: int, exceed: Callable[[], None]) -> None:
        """Let `exceed` be called once there is more than `limit_kb`."""
        self._busy[gauge] = (limit_kb, exceed)
        if self._timer is None:
            self._later()

    def stop(self, gauge: MemoryGauge) -> None:
        """Look at it no more."""
        self._busy.pop(gauge, None)

    def close(self) -> None:
        """Look at nothing any more."""
        self._busy.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _later(self) -> None:
        wait = max(self._period_s, len(self._busy) * _COST_S)
        self._timer = asyncio.get_running_loop().call_later(wait, self._look)

    def _look(self) -> None:
        self._timer = None
        for gauge, (limit_kb, exceed) in list(self._busy.items()):
            if gauge.now_kb() > limit_kb:
                self.stop(gauge)
                exceed()
        if self._busy:
            self._later()


def _resident_kb(pid: int, *, shared: bool) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    if len(fields) < 3:
        return 0
    return (int(fields[1]) - (0 if shared else int(fields[2]))) * _PAGE_KB


def _descendants(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  # it is read a hundred times a second
    except OSError:
        return
    for thread in threads:
        for child in map(int, _read(f"/proc/{pid}/task/{thread}/children").split()):
            yield child
            yield from _descendants(child)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""
