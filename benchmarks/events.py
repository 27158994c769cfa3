"""How fast events are built on one core, beside the floor: parsing the same event from the text of a sample file."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable

from measure import arguments, median_ratio, seconds_per_call, take_turns

from pytest_serverless import events

SUBJECTS = {
    "aws.sqs.standard": ("SQS records", 1),
    "aws.rest_api.request": ("REST API events", 1),
    "aws.http_api.request": ("HTTP API events", 1),
}


def main() -> None:
    quick = arguments(__doc__).quick
    rounds, calls = (3, 50) if quick else (25, 400)
    for name, (title, records) in SUBJECTS.items():
        build: Callable[[], object] = events.catalog()[name].build
        text = json.dumps(build())
        times = take_turns(
            {
                "built": seconds_per_call(build, calls),
                "parsed": seconds_per_call(lambda text=text: json.loads(text), calls),
            },
            rounds,
        )
        rates = {subject: records / statistics.median(seconds) for subject, seconds in times.items()}
        ratio = median_ratio(times["built"], times["parsed"])
        print(
            f"{title:>16}: built {rates['built']:9,.0f} /s   parsed {rates['parsed']:9,.0f} /s   {ratio:.1f} x the time"
        )


if __name__ == "__main__":
    main()
