"""The image pipeline on the platform: an upload by boto3, three copies, a record, and a notice to a website."""

import io
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("PIL")

from PIL import Image

from pytest_serverless.templates import load
from tests.local.end_to_end.stage import APPS
from tests.local.end_to_end.states import normal, state_of

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="the local platform does not run on Windows"),
]

TEMPLATE = APPS / "image_pipeline/template.yaml"
KEY = "été 2026/tom & jerry ✨+1.jpg"


class Website(BaseHTTPRequestHandler):
    """Says yes to every notice, unless it has other answers left."""

    def do_POST(self):  # the name that http.server looks for
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.path, self.headers["X-Notice-Id"], json.loads(body)))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def listening():
    with ThreadingHTTPServer(("127.0.0.1", 0), Website) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def website(listening):
    listening.told, listening.answers = [], []
    return listening


@pytest.fixture(scope="module")
def parameters(listening):
    return {"WebhookUrl": f"http://127.0.0.1:{listening.server_port}/hook"}


@pytest.fixture(scope="module")
def app(parameters):
    return load(TEMPLATE, parameters=parameters)


@pytest.fixture(scope="module")
def running(start_platform, parameters):
    return start_platform(TEMPLATE, skip_idle=True, choices={"parameters": parameters})


@pytest.fixture
def platform(running, website):
    running.reset()
    return running


def picture(width=1600, height=1000, image_format="JPEG"):
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(file, image_format)
    return file.getvalue()


def upload(client, app):
    """Upload what the pipeline takes, what is no image, and what it leaves alone."""
    bucket = app.resources["Uploads"].name
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key=KEY, Body=picture())
    s3.put_object(Bucket=bucket, Key="icon.png", Body=picture(64, 48, "PNG"))
    s3.put_object(Bucket=bucket, Key="notes.txt", Body=b"no image")
    s3.put_object(Bucket=bucket, Key="broken/cat.jpg", Body=picture()[:2000])


def test_the_state_in_the_end_is_that_of_the_application_in_process(
    platform, app, website, parameters, make_serverless, web_backend
):
    upload(platform.client, app)
    platform.wait_quiet()
    left, told = state_of(app, platform.client), sorted(body["key"] for _, _, body in website.told)

    web_backend.post(parameters["WebhookUrl"], status=204)
    serverless = make_serverless(TEMPLATE, parameters=parameters)
    with serverless.expect_failures("Resize", times=3):
        upload(serverless.aws.client, serverless.app)
        serverless.settle()
    in_process = state_of(serverless.app, serverless.aws.client)

    assert without_traces(left) == without_traces(in_process)
    assert told == sorted(json.loads(call.request.body)["key"] for call in web_backend.calls) == ["icon.png", KEY]
    assert set(left["Resized"]) == {f"{width}/{key}" for width in (1280, 640, 320) for key in (KEY, "icon.png")}
    assert platform.truth()["functions"]["Resize"]["arrivals"] == len(serverless.invocations("Resize")) == 5


def without_traces(state):
    """Leave out what an event has of the request and the network that caused it."""
    (failed,) = state["Failed"]
    for record in failed["body"]["Records"]:
        for name in ("responseElements", "requestParameters", "eventTime", "userIdentity"):
            assert record.pop(name)
        assert record["s3"]["object"].pop("sequencer")
        assert record["s3"]["bucket"].pop("ownerIdentity")
    return normal(json.dumps(state, sort_keys=True))


def test_an_upload_becomes_three_sizes_and_the_website_is_told_of_it(platform, app, website):
    s3 = platform.client("s3")
    s3.put_object(Bucket=app.resources["Uploads"].name, Key=KEY, Body=picture())
    platform.wait_quiet()

    bucket = app.resources["Resized"].name
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    sizes = {key: Image.open(s3.get_object(Bucket=bucket, Key=key)["Body"]).size for key in keys}
    assert sizes == {f"1280/{KEY}": (1280, 800), f"640/{KEY}": (640, 400), f"320/{KEY}": (320, 200)}
    ((path, _, body),) = website.told
    assert (path, body) == ("/hook", {"key": KEY, "copies": [f"{width}/{KEY}" for width in (1280, 640, 320)]})


def test_a_website_in_trouble_is_told_again(platform, app, website):
    website.answers[:] = [503, 503]
    platform.client("s3").put_object(Bucket=app.resources["Uploads"].name, Key="cat.jpg", Body=picture(40, 30))
    platform.wait_quiet()

    assert [body["key"] for _, _, body in website.told] == ["cat.jpg"] * 3
    assert len({notice for _, notice, _ in website.told}) == 1
    assert state_of(app, platform.client)["Untold"] == []


def test_a_notice_that_the_website_does_not_take_is_kept(platform, app, website):
    website.answers[:] = [410] * 3
    platform.client("s3").put_object(Bucket=app.resources["Uploads"].name, Key="cat.jpg", Body=picture(40, 30))
    platform.wait_quiet()

    (untold,) = state_of(app, platform.client)["Untold"]
    assert untold["body"]["requestContext"]["condition"] == "RetriesExhausted"
    assert untold["body"]["requestContext"]["approximateInvokeCount"] == 3
    assert untold["body"]["responsePayload"]["errorType"] == "HTTPError"


@pytest.mark.parametrize("said", ["image/jpeg", "application/x-www-form-urlencoded"])  # the second is curl's
def test_an_upload_by_a_presigned_url_sets_it_off_as_well(platform, app, website, said):
    place = {"Bucket": app.resources["Uploads"].name, "Key": "cat.jpg"}
    url = platform.client("s3").generate_presigned_url("put_object", Params=place)

    sent = Request(url, data=picture(40, 30), method="PUT", headers={"Content-Type": said})
    with urlopen(sent, timeout=10) as answer:
        assert answer.status == 200
    platform.wait_quiet()

    assert [body["key"] for _, _, body in website.told] == ["cat.jpg"]
