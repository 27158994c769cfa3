"""Applications of a few lines, made in a test."""

import textwrap

import pytest


@pytest.fixture
def make_application(make_serverless, tmp_path):
    """Make the application of a template's `Resources` and of the module `src/app.py`: text, indented at will."""
    pytest.importorskip("moto")

    def make(resources, code="", *, head=""):
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "app.py").write_text(textwrap.dedent(code))
        text = f"Transform: AWS::Serverless-2016-10-31\n{textwrap.dedent(head)}Resources:\n"
        (tmp_path / "template.yaml").write_text(text + textwrap.indent(textwrap.dedent(resources), "  "))
        return make_serverless(tmp_path / "template.yaml")

    return make
