import _pytest.pytester
import pytest

# A run within this process takes back what it was the first to import. These cannot be loaded a second time: moto's
# services know each other and their state by what was there first, and the parser in C of yaml breaks.
LOADED_ONCE = ("boto", "moto", "s3transfer", "yaml", "_yaml", "zope", "readline")


class SysModulesSnapshot(_pytest.pytester.SysModulesSnapshot):
    def __init__(self, preserve=None):
        super().__init__(preserve=lambda name: name.startswith(LOADED_ONCE))


_pytest.pytester.SysModulesSnapshot = SysModulesSnapshot


@pytest.fixture
def pytester(pytester, monkeypatch):
    """Runs of pytest that other plugins stay out of: their order and their warnings are not ours."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:randomly -p no:xdist -p no:hypothesispytest")
    return pytester
