from pathlib import Path

import pytest

from pytest_serverless.errors import InvalidParameterError, PlatformError
from pytest_serverless.local.pool import Pool

TEMPLATE = Path("template.yaml")


class FakePlatform:
    made = ()

    def __init__(self, settings):
        self.settings = settings
        self.is_running = False
        self.resets = 0

    def start(self):
        if self.settings.seed == "bad":
            raise PlatformError("No.")
        self.is_running = True
        FakePlatform.made = (*FakePlatform.made, self)
        return self

    def reset(self):
        self.resets += 1

    def stop(self):
        self.is_running = False


@pytest.fixture
def pool(monkeypatch):
    monkeypatch.setattr(FakePlatform, "made", ())
    with Pool(FakePlatform) as found:
        yield found


def borrow(pool, **given):
    return pool.borrow(TEMPLATE, {"parameters": {}}, given)


def test_a_platform_is_started_once_and_reset_for_each_later_test(pool):
    first = borrow(pool)
    assert borrow(pool) is first
    assert first.resets == 0
    pool.give_back()

    assert borrow(pool) is first
    assert first.resets == 1
    assert borrow(pool) is first
    assert first.resets == 1


def test_other_settings_are_another_platform(pool):
    assert borrow(pool, seed="1") is not borrow(pool, seed="2")
    assert pool.borrow(TEMPLATE, {"parameters": {"A": "1"}}, {}) is not borrow(pool)
    assert len(FakePlatform.made) == 4


def test_ports_are_free_ones_and_code_is_not_watched(pool):
    settings = borrow(pool).settings

    assert (settings.template, settings.port, settings.reload) == (TEMPLATE, 0, False)


def test_few_are_kept_after_a_test_and_those_that_were_used_last(pool):
    seeds = ["1", "2", "3", "4"]
    found = [borrow(pool, seed=seed) for seed in seeds]
    assert all(each.is_running for each in found), "a test may use as many as it likes"
    borrow(pool, seed="1")

    pool.give_back()

    assert [seed for seed, each in zip(seeds, found, strict=True) if each.is_running] == ["1", "4"]


def test_one_that_has_died_is_started_again(pool):
    first = borrow(pool)
    pool.give_back()
    first.is_running = False

    second = borrow(pool)

    assert second is not first
    assert second.resets == 0


def test_one_that_cannot_start_is_not_kept(pool):
    for _ in range(2):
        with pytest.raises(PlatformError):
            borrow(pool, seed="bad")
    pool.give_back()

    assert FakePlatform.made == ()


def test_all_are_stopped_at_the_end():
    with Pool(FakePlatform) as pool:
        found = [borrow(pool, seed=seed) for seed in "123"]

    assert not any(each.is_running for each in found)


def test_a_setting_that_there_is_none_of(pool):
    with pytest.raises(InvalidParameterError, match=r"no setting 'limit'; it takes .*limits"):
        borrow(pool, limit={})


def test_one_that_cannot_be_reset_is_replaced(pool, monkeypatch):
    def gone(platform):
        raise PlatformError("The mocked services do not answer.")

    first = borrow(pool)
    pool.give_back()
    monkeypatch.setattr(FakePlatform, "reset", gone)
    second = borrow(pool)

    assert second is not first
    assert (first.is_running, second.is_running) == (False, True)
