"""Tokens and servers that the tests make up."""

import base64
import json
from types import SimpleNamespace

NOW = 1_790_000_000.0


def jwt(**claims):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.c2lnbmF0dXJl"


class Server:
    """Answers each request with what is next, and keeps what it was sent."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def __call__(self, method, url, headers, body):
        self.sent.append(SimpleNamespace(method=method, url=url, headers=headers, body=body))
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        status, content, *more = answer
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return status, (more[0] if more else {}), body
