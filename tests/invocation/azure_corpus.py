"""Functions of one Azure app, for what its worker does with what they set and return."""

import azure.functions as func

app = func.FunctionApp()


@app.route("response")
def response(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(
        req.params.get("name", "nobody"), status_code=201, headers={"X-Custom": "1"}, mimetype="text/html"
    )


@app.route("text")
def text(req: func.HttpRequest) -> str:
    return "plain text"


@app.route("cookies")
def cookies(req: func.HttpRequest):
    answer = func.HttpResponse(b"\xff")
    answer.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly")
    answer.headers.add("Set-Cookie", "b=2; Max-Age=60")
    return answer


@app.route("nothing")
def nothing(req: func.HttpRequest):
    return None


@app.route("a_dict")
def a_dict(req: func.HttpRequest):
    return {"a": 1}


@app.route("raising")
def raising(req: func.HttpRequest):
    raise ValueError("bad request")


@app.route("body")
async def body(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return func.HttpResponse(f"{req.get_json()['a']} {context.function_name} {context.invocation_id}")


@app.route("outputs")
@app.queue_output(arg_name="one", queue_name="q", connection="C")
@app.queue_output(arg_name="many", queue_name="q", connection="C")
@app.queue_output(arg_name="unset", queue_name="q", connection="C")
def outputs(req: func.HttpRequest, one: func.Out[str], many: func.Out[func.QueueMessage], unset: func.Out[str]) -> str:
    one.set("first")
    one.set("last")
    many.set(func.QueueMessage(id="1", body="hello"))
    return "sent"


@app.route("wrong_output")
@app.queue_output(arg_name="out", queue_name="q", connection="C")
def wrong_output(req: func.HttpRequest, out) -> str:
    out.set(object())
    return "sent"


@app.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
def message(msg: func.QueueMessage) -> None:
    assert msg.dequeue_count == 1


@app.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
@app.queue_output(arg_name="$return", queue_name="done", connection="C")
def forward(msg: func.QueueMessage) -> str:
    return msg.get_body().decode().upper()


@app.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
@app.queue_output(arg_name="$return", queue_name="done", connection="C")
def forward_nothing(msg: func.QueueMessage):
    return None


@app.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
def as_text(msg: str) -> None:
    assert msg == "hello", msg


@app.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
def returning(msg: func.QueueMessage):
    return "not asked for"


@app.queue_trigger(arg_name="msg", queue_name="orders", connection="C")
def by_id(msg: func.QueueMessage) -> None:
    raise LookupError(msg.id)


HTTP = ("response", "text", "cookies", "nothing", "a_dict", "raising", "body", "outputs", "wrong_output")
QUEUE = ("message", "forward", "forward_nothing", "as_text", "returning", "by_id")
