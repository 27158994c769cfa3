import pytest
import yaml  # noqa: F401  # its parser in C cannot be loaded again once pytester has put `sys.modules` back


@pytest.fixture
def pytester(pytester, monkeypatch):
    """Runs of pytest that other plugins stay out of: their order and their warnings are not ours."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:randomly -p no:xdist -p no:hypothesispytest")
    return pytester
