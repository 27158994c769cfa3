import re
import unicodedata
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_serverless.report.escaping import code, plain, prose

ANY = st.text(st.characters(codec=None, exclude_categories=[]))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(ANY)
def test_nothing_that_a_terminal_or_xml_obeys_is_left(text):
    kept = plain(text)

    assert not {unicodedata.category(each) for each in kept} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert len(kept.splitlines()) <= 1
    element = ET.Element("a", b=kept)
    assert ET.fromstring(ET.tostring(element)).get("b") == kept


def test_escapes_and_directions_are_taken_off():
    assert plain("\x1b[31mred\x1b[0m\u202egnp.exe\x07\r\nnext\x00") == "[31mred[0mgnp.exe  next"
    assert plain("x" * 300) == "x" * 199 + "…"
    assert plain("Größe 東京 🎉") == "Größe 東京 🎉"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text("`|\\ a<", max_size=12))
def test_a_code_span_ends_where_it_should_and_not_before(text):
    made = code(text)
    if not plain(text):
        assert made == ""
        return

    fence = re.match("`+", made).group()
    inner = made[len(fence) : -len(fence)]
    assert made.endswith(fence)
    assert len(fence) not in {len(run) for run in re.findall("`+", inner)}
    assert not re.search(r"(?<!\\)\|", inner)
    assert inner.replace("\\|", "|").strip() == plain(text)


def test_prose_is_no_markup():
    assert prose("a_b *c* <img> [x](y) `z` | ~ &lt;") == r"a\_b \*c\* \<img\> \[x\](y) \`z\` \| \~ \&lt;"


def test_nobody_is_mentioned_and_nothing_linked():
    told = prose("@everyone see #12 at https://evil.example or www.evil.example")

    assert "@everyone" not in told
    assert "#12" not in told
    assert "://" not in told
    assert "www." not in told
    assert told.replace("\u200b", "") == "@everyone see #12 at https://evil.example or www.evil.example"
