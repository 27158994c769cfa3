"""The house's order: what may import what, where each library lives, and how large a file may grow."""

import ast
import sys
from pathlib import Path

import pytest

import pytest_serverless

PACKAGE = Path(pytest_serverless.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# Data flows down: a room imports from the rows above its own, and within itself.
ROWS = [
    {"errors"},
    {"clock", "child"},
    {"app"},
    {"outcome"},
    {"hookspecs"},
    {"registry"},
    {"events", "contexts", "templates", "backends", "triggers", "admission", "pricing", "audits"},
    {"invocation"},
    {"web"},
    {"deployment"},
    {"local"},
    {"load"},
    {"report"},
    {"providers"},
    {"plugin", "cli", "locust"},
]
RANKS = {room: rank for rank, rooms in enumerate(ROWS) for room in rooms}

# `load` measures what `local` serves, and must meet it as it meets any other server.
STRANGERS = {("load", "local")}

# The folders and files in which a library from outside may be imported; everywhere else it is met through these.
HOMES = {
    "pytest": ("plugin",),
    "_pytest": ("plugin",),
    "argparse": ("cli",),
    "moto": ("backends/moto",),
    "responses": ("backends/web.py",),
    "requests": ("backends",),
    "urllib3": ("backends",),
    "yaml": ("templates",),
    "simplejson": ("invocation", "local/sandboxes/bootstrap.py"),
    "locust": ("locust",),
    "gevent": ("locust", "load/drivers"),
    "geventhttpclient": ("load/drivers",),
    "certifi": ("load/drivers/tls.py",),
    "boto3": ("backends", "load/observing/clients.py", "load/targets/aws_calls.py", "load/scenarios/setting_up.py"),
    "botocore": ("backends", "load/observing/clients.py", "load/targets/aws_calls.py", "load/auth/standard_keys.py"),
    "aiobotocore": ("backends/aio.py",),
    "awslambdaric": ("local",),
    "httptools": ("local/wire",),
    "watchfiles": ("local",),
    "rich": ("cli",),
    "azure": ("contexts/azure.py", "events/azure", "invocation", "providers/azure.py"),
    "functions_framework": ("contexts/gcp.py", "events/gcp", "invocation", "providers/gcp.py"),
    "flask": ("invocation", "locust"),
    "werkzeug": ("invocation",),
    "cloudevents": ("invocation", "events/gcp"),
    "time_machine": ("deployment",),
    "packaging": ("cli/doctor.py",),
    "pluggy": ("hookspecs.py", "registry.py"),
}


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def room_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imports(node):
    """Every module that is imported at run time, at the top or in a function; `from a import b` may mean `a.b`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert not child.level, f"line {child.lineno}: imports are absolute here"
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif is_type_checking(child):
            yield from (module for branch in child.orelse for module in imports(branch))
        else:
            yield from imports(child)


def imports_of(path):
    return list(imports(ast.parse(path.read_text(encoding="utf-8"))))


def rooms_imported(path):
    parts = [module.split(".") for module in imports_of(path) if module.split(".")[0] == "pytest_serverless"]
    return {part[1] for part in parts if len(part) > 1 and part[1] in RANKS}


def each_module(test):
    return pytest.mark.parametrize("path", MODULES, ids=name_of)(test)


def test_every_room_has_its_row():
    assert {room_of(path) for path in MODULES} - set(RANKS) == {"__init__"}


@each_module
def test_a_module_imports_only_from_rows_above_its_own(path):
    room = room_of(path)
    if room == "__init__":
        return  # the door: it opens on every room, lazily

    upward = {other for other in rooms_imported(path) - {room} if RANKS[other] >= RANKS[room]}

    assert not upward, f"{name_of(path)} imports {', '.join(sorted(upward))}, which stand beside or below {room}"


@each_module
def test_strangers_do_not_meet(path):
    assert not {(room_of(path), other) for other in rooms_imported(path)} & STRANGERS


@each_module
def test_a_library_is_imported_in_its_home_alone(path):
    libraries = {module.split(".")[0] for module in imports_of(path)}
    name = name_of(path)

    away = [
        library
        for library in libraries & set(HOMES)
        if not any(name == home or name.startswith(f"{home}/") for home in HOMES[library])
    ]

    assert not away, f"{name} imports {', '.join(away)}"


@each_module
def test_every_library_has_a_home(path):
    libraries = {module.split(".")[0] for module in imports_of(path)}

    assert libraries - sys.stdlib_module_names - {"pytest_serverless"} <= set(HOMES)


@each_module
def test_no_file_grows_over_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@each_module
def test_a_file_is_named_after_what_it_knows(path):
    stem = path.stem if path.stem != "__init__" else path.parent.name

    assert stem not in {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
    assert stem not in sys.stdlib_module_names - {"pytest_serverless"}
