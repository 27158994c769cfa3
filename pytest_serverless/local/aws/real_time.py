"""Time as it passes."""

from __future__ import annotations

from pytest_serverless.clock import SYSTEM
from pytest_serverless.deployment.virtual_time import VirtualTime

__all__ = ["RealTime"]

_LEAP_S = 60.0


class RealTime(VirtualTime):
    """The wall's time; `reach` and `skip` move it on for this process, where waits are to pass at once."""

    def __init__(self) -> None:
        super().__init__(SYSTEM)
        self._ahead = self._offset()

    def skip(self, seconds: float) -> None:
        """Move time on by `seconds`; raises BackendError where something holds it."""
        super().skip(seconds)
        self._ahead += max(seconds, 0.0)

    def has_leapt(self) -> bool:
        """Tell, once, whether the wall's clock went another way than time: the machine slept, or was set right."""
        before, self._ahead = self._ahead, self._offset()
        return abs(self._ahead - before) > _LEAP_S

    def _offset(self) -> float:
        return SYSTEM.now() - SYSTEM.monotonic()
