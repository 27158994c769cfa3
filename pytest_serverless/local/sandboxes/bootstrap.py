"""Runs a Python handler as AWS's own runtime interface client does, where that cannot be installed.

It is run as a script in the sandbox, `python bootstrap.py module.function`, with the standard library and simplejson
(the encoder of AWS's client) alone. It is held to `awslambdaric` by the corpus that the tests have for both; frames of
a file of this name are left out of a stack trace by both.
"""

from __future__ import annotations

import contextlib
import decimal
import importlib
import json
import logging
import math
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

import simplejson

_PATH = "/2018-06-01/runtime/"
_LEVEL_FRAMES = {0: 2, 10: 10, 20: 14, 30: 18, 40: 22, 50: 26}


class FaultError(Exception):
    """Something that the runtime says in its own words."""

    def __init__(self, kind: str, message: str, trace: Sequence[str] = ()) -> None:
        self.kind = kind
        self.message = message
        self.trace = list(trace)


# JSON


class Encoder(simplejson.JSONEncoder):
    """Decimals are bare numbers; text is escaped before Python 3.12, by the variable that says so."""

    def __init__(self) -> None:
        minor = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("AWS_Lambda_python3.")[2]
        super().__init__(use_decimal=False, allow_nan=True, ensure_ascii=not (minor.isdigit() and int(minor) >= 12))

    def default(self, o: Any) -> Any:
        if isinstance(o, decimal.Decimal):
            return math.nan if o.is_nan() else simplejson.RawJSON(str(o))
        return super().default(o)


def marshal(value: Any) -> tuple[bytes, str]:
    """Return what a handler returned as it is sent, and its media type."""
    if isinstance(value, bytes):
        return value, "application/unknown"
    try:
        return Encoder().encode(value).encode(), "application/json"
    except Exception as error:  # noqa: BLE001  # whatever it is, it cannot be sent
        raise FaultError("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def unmarshal(body: bytes) -> Any:
    """Return an event as the handler is given it."""
    try:
        return simplejson.loads(body)
    except Exception as error:  # noqa: BLE001  # whatever it is, it cannot be read
        raise FaultError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


# HTTP


class Connection:
    """A connection to the Runtime API: one request after the other."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = address
        self._socket = socket.create_connection((host.strip("[]"), int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        lines = [f"{method} {_PATH}{path} HTTP/1.1", f"Host: {self._address}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "".join(f"{line}\r\n" for line in lines).encode(errors="replace")
        self._socket.sendall(head + b"\r\n" + body)
        status = self._file.readline()
        if not status:
            sys.exit(1)  # the platform has hung up
        answered: dict[str, str] = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode(errors="replace").partition(":")
            answered[name.lower()] = value.strip()
        return int(status.split()[1]), answered, self._file.read(int(answered.get("content-length", 0)))


# The log


class Log:
    """Where messages go: in frames to the descriptor for them, if there is one, else to stdout."""

    request_id = ""
    tenant_id: str | None = None

    def __init__(self) -> None:
        descriptor = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
        self._file = os.fdopen(int(descriptor), "wb", 0) if descriptor else None
        self.is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"

    def write(self, text: str, level: int = 0) -> None:
        if self._file is None:
            sys.stdout.write(text)
            return
        data = text.encode()
        kind = 0xA55A0000 | _LEVEL_FRAMES.get(level, 2) | (0 if self.is_json else 1)
        head = kind.to_bytes(4, "big") + len(data).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big")
        self._file.write(head + data)

    def report(self, result: dict[str, Any]) -> None:
        if self.is_json:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            self.write(Encoder().encode({"timestamp": stamp, "level": "ERROR", **result}), logging.ERROR)
            return
        head = " ".join(["[ERROR]", result["errorType"]]).rstrip()
        head += f"{':' if result['errorType'] else ''} {result['errorMessage']}" if result["errorMessage"] else ""
        frames = [_indented(line) for frame in result["stackTrace"] for line in (frame.splitlines() or [""])]
        lines = [head, "Traceback (most recent call last):", *frames]
        if self._file is None:
            sys.stdout.write("\r".join(lines) + "\n")
        else:
            self.write("\n".join(lines), logging.ERROR)


def _indented(line: str) -> str:
    text = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(text)) + text


class Handler(logging.Handler):
    """Writes the messages of the logging module, in the platform's format."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self.log_sink = log
        self.addFilter(self._mark)
        if log.is_json:
            self.setFormatter(JsonFormatter())
            return
        pattern = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        self.setFormatter(logging.Formatter(pattern, "%Y-%m-%dT%H:%M:%S"))

    def _mark(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.log_sink.request_id
        record.tenant_id = self.log_sink.tenant_id
        return True

    def emit(self, record: logging.LogRecord) -> None:
        level = min(50, max(0, record.levelno)) // 10 * 10
        framed = self.log_sink.is_json or "AWS_LAMBDA_LOG_LEVEL" in os.environ
        self.log_sink.write(self.format(record), level if framed else 0)


class JsonFormatter(logging.Formatter):
    """Messages as JSON objects: what the platform says of each, and what the caller added."""

    _own = frozenset(vars(logging.makeLogRecord({}))) | {"aws_request_id", "tenant_id", "message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        kind, error, trace = record.exc_info or (None, None, None)
        is_bare = isinstance(record.msg, dict) and not record.args
        result = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": logging.getLevelName(min(50, max(0, record.levelno)) // 10 * 10),
            "message": record.msg if is_bare else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(trace) if record.exc_info else None,
            "errorType": kind.__name__ if kind else None,
            "errorMessage": str(error) if record.exc_info else None,
            "requestId": getattr(record, "aws_request_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if record.exc_info else None,
            "tenantId": getattr(record, "tenant_id", None),
        }
        more = {key: value for key, value in vars(record).items() if key not in self._own and key not in result}
        kept = {key: value for key, value in {**result, **more}.items() if value is not None}
        return json.dumps(kept, ensure_ascii=False, default=str) + "\n"


class Unbuffered:
    """A stream that keeps nothing back."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def writelines(self, lines: Sequence[str]) -> None:
        self._stream.writelines(lines)
        self._stream.flush()


# What the handler is told


def record(name: str, *slots: str) -> Callable[[dict[str, Any]], Any]:
    """Return a class whose objects have just these attributes, None unless given."""

    def __init__(self: Any, values: dict[str, Any]) -> None:  # noqa: N807  # it becomes a method
        for slot in slots:
            setattr(self, slot, values.get(slot))

    def __repr__(self: Any) -> str:  # noqa: N807  # it becomes a method
        return f"{name}([{','.join(f'{slot}={getattr(self, slot)}' for slot in slots)}])"

    return type(name, (), {"__slots__": slots, "__init__": __init__, "__repr__": __repr__})


CognitoIdentity = record("CognitoIdentity", "cognito_identity_id", "cognito_identity_pool_id")
Client = record("Client", "installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
ClientContext = record("ClientContext", "custom", "env", "client")
_SHOWN = (
    "aws_request_id",
    "log_group_name",
    "log_stream_name",
    "function_name",
    "memory_limit_in_mb",
    "function_version",
    "invoked_function_arn",
)


class LambdaContext:
    """What a function is told about its invocation."""

    def __init__(self, headers: dict[str, str], log: Log) -> None:
        client = _parsed(headers, "client-context", "Client Context")
        identity = _parsed(headers, "cognito-identity", "Cognito Identity") or {}
        w3c = client.pop("w3c", None) if isinstance(client, dict) else None
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        fields = ((name, w3c.get(name)) for name in ("traceparent", "tracestate", "baggage")) if w3c else ()
        self._w3c_fields = {name: value for name, value in fields if isinstance(value, str)}
        self.client_context = None if client is None else ClientContext(client)
        if self.client_context is not None and client.get("client") is not None:
            self.client_context.client = Client(client["client"])
        self.identity = CognitoIdentity(
            {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        )
        self._log = log
        self._epoch_deadline_time_in_ms = int(headers.get("lambda-runtime-deadline-ms", 0))

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        return dict(self._w3c_fields)

    def log(self, msg: object) -> None:
        self._log.write(str(msg))

    def __repr__(self) -> str:
        shown = (*_SHOWN, "client_context", "identity", "tenant_id")
        return f"LambdaContext([{','.join(f'{name}={getattr(self, name)}' for name in shown)}])"


def _parsed(headers: dict[str, str], name: str, title: str) -> Any:
    text = headers.get(f"lambda-runtime-{name}")
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        message = f"Unable to parse {title} JSON: {error}"
        raise FaultError("Runtime.LambdaContextUnmarshalError", message) from None


# From the beginning to the end


def find(name: str) -> Callable[[Any, Any], Any]:
    """Return the handler; every way that can fail has a name of its own."""
    try:
        module_name, attribute = name.rsplit(".", 1)
    except ValueError as error:
        raise FaultError("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise FaultError("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise FaultError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{module_name}': {error}"
        raise FaultError("Runtime.UserCodeSyntaxError", message, trace) from None
    try:
        return getattr(module, attribute)  # type: ignore[no-any-return]  # whatever it is, it is called
    except AttributeError:
        message = f"Handler '{attribute}' missing on module '{module_name}'"
        raise FaultError("Runtime.HandlerNotFound", message) from None


def told(error: BaseException, request_id: str = "") -> dict[str, Any]:
    """Return an error as it is sent."""
    if isinstance(error, FaultError):
        kind, message, trace = error.kind, error.message, error.trace
    else:
        kind, message, trace = type(error).__name__, str(error), frames(error.__traceback__)
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}


def frames(trace: TracebackType | None) -> list[str]:
    """Return the frames below the runtime's own."""
    found = traceback.extract_tb(trace)
    begin = next((at for at, frame in enumerate(found) if "/bootstrap.py" not in frame.filename), 0)
    return traceback.format_list([(one.filename, one.lineno or 0, one.name, one.line) for one in found[begin:]])


def serve(api: Connection, handler: Callable[[Any, Any], Any], log: Log) -> None:
    """Run one invocation."""
    _, headers, body = api.ask("GET", "invocation/next")
    request_id = log.request_id = headers["lambda-runtime-aws-request-id"]
    log.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
    os.environ.pop("_X_AMZN_TRACE_ID", None)
    if "lambda-runtime-trace-id" in headers:
        os.environ["_X_AMZN_TRACE_ID"] = headers["lambda-runtime-trace-id"]
    try:
        context = LambdaContext(headers, log)
        payload, kind = marshal(handler(unmarshal(body), context))
    except Exception as error:  # noqa: BLE001  # whatever a handler raises is sent
        result = told(error, request_id)
        log.report(result)
        headers = {"Lambda_Runtime_Function_Error_Type": result["errorType"]}
        api.ask("POST", f"invocation/{request_id}/error", Encoder().encode(result).encode(), **headers)
    else:
        api.ask("POST", f"invocation/{request_id}/response", payload, Content_Type=kind)


def main(handler_name: str) -> None:
    """Load the handler, and run invocations for ever."""
    sys.path[0] = os.getcwd()  # noqa: PTH109  # not the folder of this script
    sys.stdout, sys.stderr = Unbuffered(sys.stdout), Unbuffered(sys.stderr)
    log = Log()
    logging.Formatter.converter = time.gmtime
    root = logging.getLogger()
    root.addHandler(Handler(log))
    level = {"TRACE": "DEBUG"}.get(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper(), "")
    with contextlib.suppress(ValueError):
        root.setLevel(level or os.environ.get("AWS_LAMBDA_LOG_LEVEL", "WARNING").upper())
    api = Connection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = find(handler_name)
    except Exception as error:  # noqa: BLE001  # whatever an import raises is sent
        result = told(error)
        log.report(result)
        headers = {"Lambda_Runtime_Function_Error_Type": result["errorType"]}
        api.ask("POST", "init/error", Encoder().encode(result).encode(), **headers)
        sys.exit(1)
    while True:
        serve(api, handler, log)


if __name__ == "__main__":
    main(sys.argv[1])
