"""What the plugin costs a test run that does not use it: whole processes, with and without it, in turns.

Both runs load pytest and nothing else from outside; `-p no:serverless_toolkit` keeps the plugin out of one of them.
"""

from __future__ import annotations

import importlib.metadata
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import arguments, median_ratio, take_turns

OURS = "serverless_toolkit"
FORBIDDEN = ("boto3", "botocore", "locust", "moto", "pydantic", "responses", "yaml")


def command(*options: str) -> list[str]:
    """Return the command of a run in which no other plugin takes part."""
    others = sorted({entry.name for entry in importlib.metadata.entry_points(group="pytest11")} - {OURS})
    out = [option for name in others for option in ("-p", f"no:{name}")]
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *out, *options]


def process(folder: str, *options: str) -> tuple[float, float]:
    """Run pytest once; return its processor time and its duration, in milliseconds."""
    start = time.perf_counter()
    child = subprocess.Popen(command(*options), cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"pytest failed with {child.returncode}: {' '.join(child.args)}")
    return (usage.ru_utime + usage.ru_stime) * 1000, wall * 1000


def heavy_modules(folder: str) -> list[str]:
    """Return which of the libraries that must stay out were imported by a run with the plugin."""
    probe = f"""
import atexit, sys
atexit.register(lambda: print("heavy:", *sorted(set({FORBIDDEN}) & set(sys.modules))))
"""
    Path(folder, "conftest.py").write_text(probe)
    result = subprocess.run(command(), cwd=folder, capture_output=True, text=True, check=True)
    Path(folder, "conftest.py").unlink()
    return result.stdout.rpartition("heavy:")[2].split()


def main() -> None:
    rounds = 3 if arguments(__doc__).quick else 30
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    assert True\n")
        subjects = {"without": ("-p", f"no:{OURS}"), "with": ()}
        for options in subjects.values():
            process(folder, *options)  # compiles what is not compiled yet
        cpu: dict[str, list[float]] = {name: [] for name in subjects}

        def measure(name: str) -> float:
            processor, wall = process(folder, *subjects[name])
            cpu[name].append(processor)
            return wall

        wall = take_turns({name: lambda name=name: measure(name) for name in subjects}, rounds)  # type: ignore[misc]
        heavy = heavy_modules(folder)
    print(f"one test that uses nothing of ours, {rounds} rounds")
    for title, times in (("processor", cpu), ("wall", wall)):
        bare, plugged = statistics.median(times["without"]), statistics.median(times["with"])
        ratio = median_ratio(times["with"], times["without"])
        print(
            f"{title:>10}: without {bare:6.1f} ms   with {plugged:6.1f} ms   +{plugged - bare:.1f} ms   {ratio:.3f} x"
        )
    print(f"  imported: {', '.join(heavy) or 'none'} of {', '.join(FORBIDDEN)}")


if __name__ == "__main__":
    main()
