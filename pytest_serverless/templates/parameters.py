"""The `Parameters` section: what is given, what is declared, and what is missing.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_serverless.app.model import Origin
from pytest_serverless.errors import or_list
from pytest_serverless.templates.conditions import as_text
from pytest_serverless.templates.faults import Faults
from pytest_serverless.templates.intrinsics import UNKNOWN, hint
from pytest_serverless.templates.reader import origin_of

__all__ = ["values_of"]

SIMPLE = ("String", "Number", "List<Number>", "CommaDelimitedList")
OF_AWS = re.compile(r"(List<)?AWS::[A-Za-z0-9:]+>?")
OF_SSM = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def values_of(
    section: Any, given: Mapping[str, Any], imports: Mapping[str, Any], faults: Faults, *, also: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a value for each declared parameter; what is wrong with one is collected, and `Unknown` stands for it.

    `given` are the caller's, who has to spell them; of `also` (a file's, which may serve several templates) those that
    the template declares are taken.
    """
    if not isinstance(section, dict):
        section = {}
    for name in given:
        if name not in section:
            do = hint(name, section, f"There are: {', '.join(section) or 'none'}.")
            faults.add("A value is given for this parameter, which the template does not declare.", do, id=name)
    merged = {**also, **given}
    return {name: _Parameter(name, declared, merged, imports, faults).value() for name, declared in section.items()}


class _Parameter:
    """One declared parameter."""

    def __init__(
        self, name: str, declared: Any, given: Mapping[str, Any], imports: Mapping[str, Any], faults: Faults
    ) -> None:
        self.name = name
        self.declared: dict[str, Any] = declared if isinstance(declared, dict) else {}
        self.given = given
        self.imports = imports
        self.faults = faults
        self.type = str(self.declared.get("Type", "String"))

    def origin(self, key: str | None = None) -> Origin | None:
        return origin_of(self.declared, key)

    def fault(self, what: str, do: str, key: str | None = None) -> Any:
        self.faults.add(what, do, id=self.name, at=self.origin(key))
        return UNKNOWN

    def value(self) -> Any:
        looked_up = OF_SSM.fullmatch(self.type)
        kind = looked_up[1] if looked_up else self.type
        if kind not in SIMPLE and not (OF_AWS.fullmatch(kind) or kind == "List<String>"):
            do = hint(kind, SIMPLE, f"There are: {', '.join(SIMPLE)}, and AWS's own, such as AWS::EC2::VPC::Id.")
            return self.fault(f"There is no parameter type {self.type!r}.", do, "Type")
        if self.name in self.given:
            raw = self.given[self.name]
        elif "Default" in self.declared:
            raw = self.declared["Default"]
        else:
            return self.fault(
                "This parameter has no value: it has no Default, and none is given.",
                f"Give one: serverless_parameters = {self.name}=…, @pytest.mark.serverless(parameters={{"
                f"{self.name!r}: …}}), or parameter_overrides in samconfig.toml.",
            )
        return self._looked_up(kind, str(raw)) if looked_up else self._typed(kind, raw)

    def _looked_up(self, kind: str, name: str) -> Any:
        key = f"ssm:{name}"
        if key in self.imports:
            return self._as_kind(kind, self.imports[key])
        return self.fault(
            f"Its value is the SSM parameter {name!r}, which is not known here.",
            hint(key, self.imports, f"Give one in serverless_imports under {key!r}."),
            "Default",
        )

    def _typed(self, kind: str, raw: Any) -> Any:
        value = self._as_kind(kind, raw)
        for item in value if isinstance(value, list) else [value]:
            if not self._check(kind, str(item)):
                return UNKNOWN
        return value

    def _as_kind(self, kind: str, raw: Any) -> Any:
        if kind.startswith("List<") or kind == "CommaDelimitedList":
            return [as_text(item).strip() for item in (raw if isinstance(raw, list) else as_text(raw).split(","))]
        return as_text(raw)

    def _check(self, kind: str, value: str) -> bool:
        """Judge one value by every rule that is declared."""
        if kind in ("Number", "List<Number>") and not NUMBER.fullmatch(value):
            return self._refuse(value, "which is no number", "Give a number.", "Default")
        allowed = [as_text(item) for item in self.declared.get("AllowedValues", ())]
        if allowed and value not in allowed:
            return self._refuse(value, "which is not among AllowedValues", f"Give {or_list(allowed)}.", "AllowedValues")
        pattern = self.declared.get("AllowedPattern")
        if pattern is not None and not self._matches(str(pattern), value):
            do = str(self.declared.get("ConstraintDescription") or "Give a value that matches.")
            return self._refuse(value, f"which does not match AllowedPattern {pattern!r}", do, "AllowedPattern")
        return self._check_size(kind, value)

    def _matches(self, pattern: str, value: str) -> bool:
        try:
            return re.fullmatch(pattern, value) is not None
        except re.error:  # a pattern of Java's dialect, which only AWS can judge
            return True

    def _check_size(self, kind: str, value: str) -> bool:
        size = float(value) if kind in ("Number", "List<Number>") else len(value)
        low, high = ("MinValue", "MaxValue") if kind in ("Number", "List<Number>") else ("MinLength", "MaxLength")
        if low in self.declared and size < float(self.declared[low]):
            return self._refuse(value, f"which is under {low} {self.declared[low]}", "Give more.", low)
        if high in self.declared and size > float(self.declared[high]):
            return self._refuse(value, f"which is over {high} {self.declared[high]}", "Give less.", high)
        return True

    def _refuse(self, value: str, why: str, do: str, key: str) -> bool:
        shown = "****" if str(self.declared.get("NoEcho")).lower() == "true" else repr(value)
        self.fault(f"Its value is {shown}, {why}.", do, key)
        return False
