r"""The regular expressions of filter patterns, between percent signs: fewer characters than usual, and no groups.

Letters, digits, some symbols, and the operators `^ $ ? [ ] { } | \ * + .`; any other character is written `\xhh`.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html (2026-11). A pattern has at most
two. That the service refuses `(`, `!` and letters outside ASCII was measured (see `log_patterns`).
"""

from __future__ import annotations

import re
import warnings

from pytest_serverless.triggers.log_pattern_reader import Reader, refuse

__all__ = ["read_regex"]

_BETWEEN_PERCENT_SIGNS = re.compile(r"%([^%]*)%")
_TOKEN = re.compile(
    r"\\x[0-9A-Fa-f]{2}|\\[dDsSwWtnr]|\\[:_#=@/;,\-^$?\[\]{}|\\*+.]|[A-Za-z0-9:_#=@/;,\- ^$?\[\]{}|*+.]"
)
_POSSESSIVE = re.compile(r"(?<!\\)[*+?}]\+")
_MOST = 2


def read_regex(reader: Reader) -> re.Pattern[str] | None:
    """Take a regular expression if one comes next."""
    if not reader.rest.startswith("%"):
        return None
    found = reader.find(_BETWEEN_PERCENT_SIGNS)
    if found is None or not found[1]:
        refuse(f"Invalid character(s) in term '{reader.rest}'", "A regular expression stands between percent signs")
    reader.regexes += 1
    if reader.regexes > _MOST:
        refuse(f"Your input has exceeded the maximum of {_MOST} regular expressions per filter pattern.")
    return _compiled(found[1])


def _compiled(source: str) -> re.Pattern[str]:
    position = 0
    while position < len(source):
        token = _TOKEN.match(source, position)
        if token is None:
            refuse(
                f"Invalid character(s) in term '%{source[: position + 1]}'",
                rf"A regular expression has no {source[position]!r} here; characters it cannot have are written \xhh",
            )
        position = token.end()
    try:
        return _quietly_compiled(source)
    except (re.error, OverflowError) as error:
        refuse("Failed to compile regular expression.", f"In {source!r}: {error}")


def _quietly_compiled(source: str) -> re.Pattern[str]:
    if found := _POSSESSIVE.search(source):  # means something in newer Pythons alone
        raise re.error("multiple repeat", source, found.start())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of brackets in brackets
        return re.compile(source, re.ASCII)
