"""What the end-to-end tests have in common: applications in files, processes of the system, and patience."""

import os
import textwrap
import time
from contextlib import suppress
from pathlib import Path

APPS = Path(__file__).parents[3] / "fixtures/apps"


def write_application(folder, template, files):
    """Write a template and its functions' code; return the template's path."""
    for name, text in {"template.yaml": template, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder / "template.yaml"


def until(look, within_s=10.0, every_s=0.02):
    """Return the first truth that `look` gives."""
    end = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"nothing within {within_s:g} s, the last was {found!r}"
        time.sleep(every_s)


class Processes:
    """The processes of this machine, of Linux alone."""

    @staticmethod
    def under(pid):
        """Return a process and all that it has started, each by its number and its time of start."""
        parents = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                fields = _stat(int(folder.name))
                if fields:
                    parents.setdefault(int(fields[1]), []).append(int(folder.name))
        found, left = set(), [pid]
        while left:
            one = left.pop()
            left += parents.get(one, [])
            found.add((one, _started(one)))
        return found

    @staticmethod
    def alive(processes):
        """Return those that run still."""
        return {(pid, start) for pid, start in processes if start is not None and _started(pid) == start}

    @staticmethod
    def with_variable(text):
        """Return the numbers and commands of those that have a text in their environment."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and int(folder.name) != os.getpid():
                with suppress(OSError):
                    if text.encode() in (folder / "environ").read_bytes():
                        found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found


def _stat(pid):
    """Return what stands behind the name in /proc/…/stat; empty where it has ended, its last thread too."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        has_ended = fields[0] in "ZX" and len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
    except OSError:
        return []
    return [] if has_ended else fields


def _started(pid):
    fields = _stat(pid)
    return fields[19] if fields else None
