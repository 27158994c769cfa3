"""Layers of a template, from their folders to the handler that imports from them."""

import json
import sys

import pytest

from pytest_serverless.invocation.invoker import Invoker
from pytest_serverless.templates import load

VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def invoked(tmp_path):
    """Return what a handler says that imports `name`, with layers of these modules: `{"one/python/x.py": code}`."""

    def invoke(name, **layers):
        for folder, text in layers.items():
            path = tmp_path / folder.replace("__", "/") / f"{name}.py"
            path.parent.mkdir(parents=True)
            path.write_text(text)
        code = tmp_path / "src" / f"uses_{name}.py"
        code.parent.mkdir()
        code.write_text(f"import {name}\ndef handler(event, context): return {name}.NAME\n")
        tops = dict.fromkeys(folder.split("__")[0] for folder in layers)
        resources = {
            top.title(): {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": top}} for top in tops
        }
        properties = {
            "Handler": f"uses_{name}.handler",
            "Runtime": "python3.12",
            "CodeUri": "src",
            "Layers": [{"Ref": top.title()} for top in tops],
        }
        resources["Fn"] = {"Type": "AWS::Serverless::Function", "Properties": properties}
        template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}
        (tmp_path / "template.json").write_text(json.dumps(template))
        outcome, error = Invoker().run(load(tmp_path / "template.json").functions["Fn"])
        sys.modules.pop(name, None)
        if error is not None:
            raise error
        return outcome.value

    return invoke


@pytest.mark.parametrize("folder", ["python", f"python__lib__{VERSION}__site-packages"])
def test_a_handler_finds_the_modules_of_its_layers(invoked, folder):
    assert invoked("in_a_layer", **{f"layer__{folder}": "NAME = 'found'"}) == "found"


def test_modules_of_a_layer_that_sam_is_to_build_are_found_where_they_are(invoked):
    assert invoked("in_an_unbuilt_layer", layer="NAME = 'found'") == "found"


def test_the_last_layer_lies_over_the_others(invoked):
    assert invoked("in_two_layers", first__python="NAME = 'first'", second__python="NAME = 'second'") == "second"
