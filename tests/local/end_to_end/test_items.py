"""The items API on the platform: every way to ask it, the same answers and the same table as in process."""

import json
import sys

import pytest

from pytest_serverless.templates import load
from tests.local.end_to_end.stage import APPS
from tests.local.end_to_end.states import normal, state_of
from tests.project.node_modules import copy_with_modules

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

PYTHON = APPS / "items_api"
NODE = APPS / "items_api_node"
TEMPLATES = {
    "sam": PYTHON / "template.yaml",
    "serverless framework": PYTHON / "serverless.yml",
    "node": NODE / "template.yaml",
}


def api_of(app, kind):
    return next(trigger.source for trigger in app.triggers if trigger.kind == kind)


def scenario(site, app):
    """Do what users of the application do, by each of its APIs; return every answer, its ids replaced."""
    return [answer for kind in ("rest_api", "http_api") for answer in use(site, api_of(app, kind))]


def use(site, api):
    said = []

    def done(method, path, **given):
        answer = site.request(method, path, api=api, **given)
        body = json.loads(answer.body) if answer.body else None
        if isinstance(body, dict) and "items" in body:
            body["items"].sort(key=lambda item: item["name"])
        headers = [answer.headers.get(name) for name in ("content-type", "location")]
        said.append(json.loads(normal(json.dumps([method, path, answer.status, headers, body]))))
        return answer

    teapot = done("POST", "/items", json={"name": "Teapot", "price": 12.5}).json()
    cup = done("POST", "/items", json={"name": "Tom & Jerry's ☕", "price": 3}).json()
    done("POST", "/items", data=json.dumps({"name": "Saucer", "price": 1}).encode())
    done("GET", f"/items/{teapot['id']}")
    done("GET", "/items")
    done("GET", "/items", params={"limit": "0"})
    done("GET", "/items", params={"next": "a"})
    for wrong in ({"name": "", "price": 1}, {"name": "x" * 101, "price": 1}, {"name": "Pot", "price": -1}, ["Pot"]):
        done("POST", "/items", json=wrong)
    done("POST", "/items", data="{")
    done("DELETE", f"/items/{cup['id']}")
    done("GET", f"/items/{cup['id']}")
    done("DELETE", f"/items/{cup['id']}")
    done("PUT", "/items/1")
    done("GET", "/things")
    return said


@pytest.fixture(scope="module")
def running(start_platform, tmp_path_factory):
    started = {}

    def run(name):
        if name not in started:
            started[name] = start_platform(template_of(name))
        started[name].reset()
        return started[name]

    def template_of(name):
        if name != "node":
            return TEMPLATES[name]
        folder = tmp_path_factory.mktemp("node") / NODE.name
        copy_with_modules(NODE, folder)
        return folder / "template.yaml"

    return run


@pytest.mark.parametrize("name", ["sam", "serverless framework", "node"])
def test_the_answers_and_the_table_are_those_of_the_application_in_process(running, make_serverless, name):
    platform, app = running(name), load(TEMPLATES[name])
    theirs = scenario(platform, app)
    platform.wait_quiet()
    left, truth = state_of(app, platform.client), platform.truth()

    serverless = make_serverless(TEMPLATES["sam" if name == "node" else name])
    ours = scenario(serverless, serverless.app)

    assert theirs == ours
    assert left == state_of(serverless.app, serverless.aws.client)
    assert [item["name"]["S"] for item in left["Items"]] == ["Saucer", "Saucer", "Teapot", "Teapot"]
    ran = {id_: len(serverless.invocations(id_)) for id_ in serverless.app.functions}
    assert {id_: counts["arrivals"] for id_, counts in truth["functions"].items()} == ran
    assert truth["cold_starts"] == len(ran), "one sandbox each: nobody asked two at a time"


def test_pages_of_the_list_lead_to_each_item_once(running):
    platform, app = running("sam"), load(TEMPLATES["sam"])
    api = api_of(app, "http_api")
    names = {f"Cup {number}" for number in range(5)}
    for name in names:
        assert platform.request("POST", "/items", json={"name": name, "price": 1}, api=api).status == 201

    pages = [platform.request("GET", "/items", params={"limit": 2}, api=api).json()]
    while "next" in pages[-1]:
        params = {"limit": 2, "next": pages[-1]["next"]}
        pages.append(platform.request("GET", "/items", params=params, api=api).json())

    assert sorted(item["name"] for page in pages for item in page["items"]) == sorted(names)


def test_a_browser_may_ask_from_the_shop(running):
    platform, app = running("sam"), load(TEMPLATES["sam"])
    asked = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "POST"}

    answer = platform.request("OPTIONS", "/items", headers=asked, api=api_of(app, "http_api"))

    assert answer.headers["access-control-allow-origin"] == "https://shop.example.com"
    assert platform.truth()["arrivals"] == 0
