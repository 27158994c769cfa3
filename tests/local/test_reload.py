import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_serverless.errors import MissingExtraError
from pytest_serverless.local.reload import changed_functions, forget_bytecode, is_source, watch
from tests.local.happenings import app, function


@pytest.fixture
def shop(tmp_path):
    """Two functions with a folder each, and a layer that both have."""
    for name in ("resize", "checkout", "layer"):
        (tmp_path / name).mkdir()
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    layers = (tmp_path / "layer",)
    return replace(
        app(
            function("Resize", code=tmp_path / "resize", layers=layers),
            function("Checkout", code=tmp_path / "checkout", layers=layers),
        ),
        template=tmp_path / "template.yaml",
    )


@pytest.mark.parametrize(
    ("path", "functions"),
    [
        ("resize/app.py", ["Resize"]),
        ("checkout/deep/er/table.json", ["Checkout"]),
        ("layer/python/shared.py", ["Resize", "Checkout"]),
        ("elsewhere/app.py", []),
        ("resized/app.py", []),
    ],
)
def test_a_file_is_of_the_functions_whose_code_or_layer_it_is_in(shop, tmp_path, path, functions):
    assert changed_functions(shop, [tmp_path.resolve() / path]) == functions


def test_what_python_has_kept_of_a_changed_module_is_removed(tmp_path):
    for name in ("app.cpython-312.pyc", "app.cpython-312.opt-1.pyc", "app_two.cpython-312.pyc"):
        (tmp_path / "__pycache__").mkdir(exist_ok=True)
        (tmp_path / "__pycache__" / name).touch()

    forget_bytecode([tmp_path / "app.py", tmp_path / "gone/other.py", tmp_path / "app_two.json"])

    assert os.listdir(tmp_path / "__pycache__") == ["app_two.cpython-312.pyc"]


@pytest.mark.parametrize(
    "path",
    [
        "__pycache__/app.cpython-312.pyc",
        "app.pyc",
        ".git/HEAD.py",
        "node_modules/left-pad/index.js",
        ".venv/lib/site.py",
        ".app.py.swp",
        "app.py~",
        "data.sqlite",
        "",
    ],
)
def test_what_tools_make_and_what_is_no_source_is_not(tmp_path, path):
    assert not is_source(tmp_path / path, tmp_path)


@pytest.mark.parametrize("path", ["app.py", "index.mjs", "dist/index.js", "templates/mail.html", "lib.so"])
def test_what_code_is_made_of_is_source(tmp_path, path):
    assert is_source(tmp_path / path, tmp_path)


def test_a_project_that_stands_in_a_hidden_folder_is_watched_as_any_other():
    root = Path("/home/me/.work/node_modules/shop")

    assert is_source(root / "app.py", root)


def test_a_folder_that_is_moved_in_is_source(tmp_path):
    (tmp_path / "package").mkdir()

    assert is_source(tmp_path / "package", tmp_path)


class Watched:
    """What the watch tells, while a test changes files."""

    def __init__(self, shop):
        self.shop = shop
        self.told = asyncio.Queue()
        self.templates = asyncio.Event()

    async def __aenter__(self):
        self.task = asyncio.ensure_future(
            watch(self.shop, changed=self.told.put_nowait, template_changed=self.templates.set)
        )
        await asyncio.sleep(0.3)
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.wait([self.task])

    async def next(self):
        return await asyncio.wait_for(self.told.get(), 10)


def running(check):
    asyncio.run(asyncio.wait_for(check, 30))


@pytest.mark.realtime
def test_functions_are_told_whose_files_were_written_replaced_or_removed(shop, tmp_path):
    async def check():
        async with Watched(shop) as watched:
            (tmp_path / "resize" / "app.py").write_text("x = 1")
            assert await watched.next() == ["Resize"]
            draft = tmp_path / "checkout" / ".draft"
            draft.write_text("x = 2")
            draft.replace(tmp_path / "checkout" / "app.py")  # as editors save
            assert await watched.next() == ["Checkout"]
            (tmp_path / "layer" / "shared.py").write_text("x = 3")
            assert await watched.next() == ["Resize", "Checkout"]
            (tmp_path / "resize" / "app.py").unlink()
            assert await watched.next() == ["Resize"]

    running(check())


@pytest.mark.realtime
def test_changes_close_to_each_other_are_told_once(shop, tmp_path):
    async def check():
        async with Watched(shop) as watched:
            for number in range(20):
                (tmp_path / "resize" / f"m{number}.py").write_text("x = 1")
            await watched.next()
            await asyncio.sleep(0.6)
            assert watched.told.qsize() <= 1

    running(check())


@pytest.mark.realtime
def test_what_python_makes_of_code_reloads_nothing(shop, tmp_path):
    async def check():
        async with Watched(shop) as watched:
            (tmp_path / "resize" / "__pycache__").mkdir()
            (tmp_path / "resize" / "__pycache__" / "app.cpython-312.pyc").write_bytes(b"x")
            await asyncio.sleep(0.6)
            assert watched.told.empty()

    running(check())


@pytest.mark.realtime
def test_a_changed_template_is_told_of_and_reloads_nothing(shop, tmp_path):
    async def check():
        async with Watched(shop) as watched:
            draft = tmp_path / "draft"
            draft.write_text("Resources: {A: 1}\n")
            draft.replace(tmp_path / "template.yaml")
            await asyncio.wait_for(watched.templates.wait(), 10)
            assert watched.told.empty()

    running(check())


@pytest.mark.realtime
def test_an_archive_that_is_replaced_is_told_of(tmp_path):
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    (tmp_path / "code.zip").write_bytes(b"one")
    shop = replace(app(function("Zipped", code=tmp_path / "code.zip")), template=tmp_path / "template.yaml")

    async def check():
        async with Watched(shop) as watched:
            (tmp_path / "draft").write_bytes(b"another")
            (tmp_path / "draft").replace(tmp_path / "code.zip")
            assert await watched.next() == ["Zipped"]
            assert not watched.templates.is_set()

    running(check())


@pytest.mark.realtime
def test_an_application_without_code_of_its_own_is_watched_for_its_template(tmp_path):
    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    shop = replace(app(function("Image")), template=tmp_path / "template.yaml")

    async def check():
        async with Watched(shop) as watched:
            os.utime(tmp_path / "template.yaml", (1, 1))
            await asyncio.wait_for(watched.templates.wait(), 10)

    running(check())


def test_it_says_which_extra_it_needs(shop, monkeypatch):
    monkeypatch.setitem(sys.modules, "watchfiles", None)

    with pytest.raises(MissingExtraError, match=r"toolkit\[local\]"):
        asyncio.run(watch(shop, changed=list, template_changed=list))
