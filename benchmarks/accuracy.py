"""How accurate our events and those of `sam local generate-event` are, by the same rules.

SAM (pinned) is installed once into an environment of its own; its generator is asked for every event it knows, with the
values that its command line has by default. A check is one value of an event that is compared with what its provider
sends; a violation is one that is not so, or is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from measure import arguments

from pytest_serverless import events
from pytest_serverless.errors import InvalidParameterError, UnrecognisedEventError

SAM = "aws-sam-cli==1.170.0"
FOLDER = Path(__file__).parents[1] / ".venv/sam"

GENERATOR = """
import json
from samcli.lib.generated_sample_events.events import Events
samples = Events()
print(json.dumps({
    f"{service} {kind}": json.loads(
        samples.generate_event(service, kind, {name: tag["default"] for name, tag in known["tags"].items()})
    )
    for service, kinds in samples.event_mapping.items() for kind, known in kinds.items()
}))
"""


def of_sam() -> dict[str, Any]:
    """Return every event that SAM generates, by its name."""
    python = FOLDER / "bin" / "python"
    stamp = FOLDER / "installed"
    if not stamp.exists() or stamp.read_text() != SAM:
        venv.create(FOLDER, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--quiet", SAM], check=True)
        stamp.write_text(SAM)
    return json.loads(subprocess.run([python, "-c", GENERATOR], capture_output=True, text=True, check=True).stdout)


def of_ours(rounds: int) -> Iterator[tuple[str, Any]]:
    """Yield every AWS event type, built as often as there are rounds, and with each choice of its parameters."""
    for event_type in events.catalog():
        if event_type.provider == "aws":
            for _ in range(rounds):
                yield event_type.name, event_type.build()
            for parameter in event_type.parameters.values():
                for choice in parameter.choices:
                    with suppress(InvalidParameterError):  # not every event type takes every choice
                        yield (
                            f"{event_type.name} {parameter.name}={choice}",
                            event_type.build(**{parameter.name: choice}),
                        )


def values(event: Any) -> int:
    """Count the values in an event."""
    if isinstance(event, (dict, list)):
        return sum(values(value) for value in (event.values() if isinstance(event, dict) else event))
    return 1


def judge(title: str, named: Iterable[tuple[str, Any]], show: Callable[..., None]) -> None:
    """Print how many of the events are clean, and what is wrong with the rest."""
    count = clean = checks = violations = unknown = 0
    for name, event in named:
        try:
            found = events.check(event)
        except UnrecognisedEventError:
            unknown += 1
            continue
        count, clean = count + 1, clean + (not found)
        checks, violations = checks + values(event), violations + len(found)
        for violation in found:
            show(f"    {name}: {violation.path}: {violation.rule}; expected {violation.expected}")
    share = 100 * violations / checks if checks else 0.0
    print(
        f"{title:>6}: {count} events judged, {clean} clean; {checks} checks, {violations} violations ({share:.1f} %)"
        f"{f'; {unknown} of sources not known here' if unknown else ''}"
    )


def main() -> None:
    quick = arguments(__doc__).quick
    judge("ours", of_ours(1 if quick else 25), print)
    judge("SAM", of_sam().items(), print)


if __name__ == "__main__":
    sys.exit(main())
