"""Filter patterns of CloudWatch Logs, which choose what subscription filters hand on.

Three kinds: terms in any text, `{ ... }` for JSON, `[ ... ]` for fields with spaces between them. Source:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html (2026-11). What it leaves open was
measured of TestMetricFilter and FilterLogEvents in September 2026:
https://github.com/radkawar/stackd/blob/main/testdata/aws/logs/filters.json
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_serverless.triggers.log_pattern_fields import Fields
from pytest_serverless.triggers.log_pattern_json import read_json_pattern
from pytest_serverless.triggers.log_pattern_reader import Test, refuse
from pytest_serverless.triggers.log_pattern_terms import read_terms

__all__ = ["LogPattern"]

_LONGEST = 1024


@dataclass(frozen=True)
class LogPattern:
    """A filter pattern that the service takes; `text` is how it is written."""

    text: str
    _matches: Test = field(repr=False, compare=False)
    _fields: Fields | None = field(default=None, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> LogPattern:
        """Read a pattern, or raise InvalidPatternError; one without any text matches everything."""
        if len(text) > _LONGEST:
            refuse(
                "Member must have length less than or equal to 1024", f"The filter pattern has {len(text)} characters"
            )
        stripped = text.strip()
        if stripped.startswith("["):
            fields = Fields.parse(stripped)
            return cls(text, lambda message: fields.extract(message) is not None, fields)
        if stripped.startswith("{"):
            return cls(text, read_json_pattern(stripped))
        return cls(text, read_terms(stripped))

    def matches(self, message: str) -> bool:
        """Tell whether a message is of the kind that the pattern describes."""
        return self._matches(message)

    def extract(self, message: str) -> Mapping[str, str]:
        """Return the fields of a message that matches, under `$name` or `$1`; other kinds of patterns have none."""
        return (self._fields.extract(message) if self._fields else None) or {}
