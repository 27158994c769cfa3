import base64
import uuid

from pytest_serverless.clock import FixedClock
from pytest_serverless.events.mint import Mint


def drawn(mint):
    return [
        mint.uuid(),
        mint.hex(32),
        mint.digits(20),
        mint.alphanumeric(16),
        mint.base64(12),
        mint.number(1, 10**9),
        mint.choice("abcdefgh"),
        mint.serial(),
    ]


def test_one_seed_gives_the_same_values_and_another_others():
    assert drawn(Mint(seed=1)) == drawn(Mint(seed=1))
    assert drawn(Mint(seed="a test's name")) == drawn(Mint(seed="a test's name"))
    assert drawn(Mint(seed=1))[:6] != drawn(Mint(seed=2))[:6]


def test_values_differ_within_a_mint_and_between_mints_without_seed():
    mint = Mint()

    assert all(one != other for one, other in zip(drawn(mint)[:6], drawn(mint)[:6], strict=True))
    assert Mint().uuid() != Mint().uuid()


def test_values_are_of_their_form():
    mint = Mint(seed=3)

    for _ in range(50):
        text = mint.uuid()
        assert str(uuid.UUID(text)) == text
        assert (uuid.UUID(text).version, uuid.UUID(text).variant) == (4, uuid.RFC_4122)
        assert len(mint.hex(5)) == 5
        assert len(mint.digits(3)) == 3
        assert mint.digits(1) != "0"
        assert len(base64.b64decode(mint.base64(7))) == 7
        assert mint.alphanumeric(9).isalnum()
        assert 3 <= mint.number(3, 5) <= 5


def test_time_is_the_clocks_to_the_millisecond():
    clock = FixedClock(1_795_000_000.123456)
    mint = Mint(clock=clock)

    assert (mint.now(), mint.now_ms()) == (1_795_000_000.123, 1_795_000_000_123)
    clock.advance(1)
    assert mint.now_ms() == 1_795_000_001_123


def test_serial_numbers_count_up():
    mint = Mint(seed=1)

    assert [mint.serial(), mint.serial(), mint.serial()] == [1, 2, 3]
