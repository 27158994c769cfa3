"""Which template a test belongs to."""

import pytest

from pytest_serverless.errors import TemplateError
from pytest_serverless.templates import find


@pytest.fixture
def make(tmp_path):
    def make(*paths):
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()
        return tmp_path

    return make


def test_the_nearest_one_above_wins(make):
    root = make("template.yaml", "orders/template.yml", "orders/tests/unit/test_a.py", "tests/test_b.py")

    assert find(root / "orders/tests/unit/test_a.py", root=root) == root / "orders/template.yml"
    assert find(root / "tests/test_b.py", root=root) == root / "template.yaml"
    assert find(root / "orders", root=root) == root / "orders/template.yml"


def test_without_one_there_is_none_and_nothing_above_the_root_is_looked_at(make):
    root = make("template.yaml", "project/tests/test_a.py") / "project"

    assert find(root / "tests/test_a.py", root=root) is None


def test_a_setting_says_which_files_are_templates(make):
    root = make("a/stack.yaml", "a/template.yaml", "b/stack.yaml", "a/test_a.py", "b/sub/test_b.py", "c/test_c.py")

    assert find(root / "a/test_a.py", root=root, patterns=["*/stack.yaml"]) == root / "a/stack.yaml"
    assert find(root / "b/sub/test_b.py", root=root, patterns=["*/stack.yaml"]) == root / "b/stack.yaml"
    assert find(root / "c/test_c.py", root=root, patterns=["*/stack.yaml"]) is None


def test_the_only_template_of_a_setting_is_every_tests(make):
    root = make("infra/app.yaml", "tests/test_a.py")

    assert find(root / "tests/test_a.py", root=root, patterns=["infra/*.yaml"]) == root / "infra/app.yaml"


@pytest.mark.parametrize("patterns", [[], ["one/*.y*ml"]])
def test_two_in_one_folder_are_an_error_that_names_the_setting(make, patterns):
    root = make("one/template.yaml", "one/serverless.yml", "one/test_a.py")

    with pytest.raises(TemplateError) as caught:
        find(root / "one/test_a.py", root=root, patterns=patterns)

    assert "in one folder, and nothing says which of them the tests are about." in str(caught.value)
    assert "Set serverless_templates, for example to one/" in str(caught.value)
