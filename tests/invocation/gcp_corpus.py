"""Functions for Google Cloud, for what its framework does with what they return and raise."""

import flask
import functions_framework
from functions_framework import aio

received = []


@functions_framework.http
def text(request):
    return f"{request.method} {request.path} {request.args.get('name')} {request.get_data(as_text=True)}"


@functions_framework.http
def a_dict(request):
    return {"b": 1, "a": [request.get_json(silent=True)]}


@functions_framework.http
def with_status(request):
    return "made", 201, {"X-Custom": "1"}


@functions_framework.http
def bytes_of(request):
    return flask.Response(b"\xff", mimetype="image/png")


@functions_framework.http
def streamed(request):
    return flask.Response(flask.stream_with_context(part + request.path for part in "ab"))


@functions_framework.http
def aborting(request):
    flask.abort(403, description="not yours")


@functions_framework.http
def nothing(request):
    return None


@functions_framework.http
def raising(request):
    raise ValueError("bad request")


def undecorated(request):
    return flask.request.headers["Function-Execution-Id"] + flask.current_app.name


@functions_framework.cloud_event
def event(cloud_event):
    received.append((cloud_event.get_attributes(), cloud_event.data))


@functions_framework.cloud_event
def raising_event(cloud_event):
    raise ValueError(cloud_event["id"])


@functions_framework.cloud_event
def aborting_event(cloud_event):
    flask.abort(503)


@aio.http
async def async_dict(request):
    return {"a": (await request.json())["a"], "name": request.query_params["name"], "path": request.url.path}, 202


@aio.http
async def async_text(request):
    return "plain"


@aio.cloud_event
async def async_event(cloud_event):
    received.append((cloud_event.get_attributes(), cloud_event.data))


@aio.http
async def async_raising(request):
    raise ValueError("bad request")


HTTP = ("text", "a_dict", "with_status", "bytes_of", "streamed", "aborting", "nothing", "raising", "undecorated")
EVENTS = ("event", "raising_event", "aborting_event")
ASYNC = ("async_dict", "async_text")
