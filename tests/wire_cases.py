"""Play the calls of public clients against a server: boto3 where a step names an operation, plain HTTP where it gives one."""

import json
import re
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, PUBLISHER, Listening

ACCOUNTS = {"advertiser": ADVERTISER, "amc": PUBLISHER}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, the body as a tree, and, of an error, its code and sentence."""

    status: int
    body: Any
    code: str = ""
    message: str = ""
    text: str = ""
    content_type: str = ""


@dataclass(slots=True)
class Play:
    """A case on its way; `saved` holds what later steps are filled with."""

    server: Listening
    saved: dict[str, Any]
    replies: list[tuple[Mapping[str, Any], Reply]] = field(default_factory=list)

    def step(self, step: Mapping[str, Any]) -> None:
        """One call, held to what it expects; AssertionError says what came instead."""
        expected = step["expect"]
        reply = self.polled(step, expected)
        self.replies.append((step, reply))
        choices = expected["of"] if expected["outcome"] == "either" else [expected]
        faults = [self.faults(reply, one) for one in choices]
        assert not all(faults), f"{name_of(step)}: {faults}; {step.get('why', '')}; got {reply.status} {reply.text[:500]}"
        for name, path in step.get("save", {}).items():
            found = values_at(reply.body, path)
            if found:
                self.saved[name] = found[0]

    def polled(self, step: Mapping[str, Any], expected: Mapping[str, Any]) -> Reply:
        """The reply, asked for again until it says what the step waits for."""
        deadline = time.monotonic() + 60
        while True:
            reply = self.call(step)
            waits = expected.get("poll_until", {}).items()
            if all(values_at(reply.body, path) == [value] for path, value in waits) or time.monotonic() > deadline:
                return reply
            time.sleep(0.1)

    def call(self, step: Mapping[str, Any]) -> Reply:
        """One call as the step's account."""
        account_id = ACCOUNTS[step["as"]]
        if "http" in step:
            return self.http(self.filled(step["http"]), account_id)
        client = self.server.client(step["service"], account_id)
        try:
            body = getattr(client, xform_name(step["operation"]))(**self.filled(step["params"]))
        except ClientError as error:
            said = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return Reply(status, error.response, said["Code"], said["Message"], str(error))
        return Reply(body["ResponseMetadata"]["HTTPStatusCode"], body, text=str(body))

    def http(self, request: Mapping[str, Any], account_id: str) -> Reply:
        """A call by plain HTTP; signed for Entity Resolution unless it brings a token of its own."""
        data = json.dumps(request["json"]) if "json" in request else request.get("raw_body", "")
        headers = dict(request.get("headers", {}))
        if "json" in request:
            headers.setdefault("Content-Type", "application/json")
        url = f"{self.server.endpoint}{request['path']}"
        if not request["path"].startswith(("/amc/", "/auth/")):
            signed = AWSRequest(request["method"], url, headers, data.encode())
            key_id, secret = self.server.keys[account_id]
            SigV4Auth(Credentials(key_id, secret), "entityresolution", "us-east-1").add_auth(signed)
            headers = dict(signed.headers)
        status, answered, text = send(request["method"], url, headers, data.encode())
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        content_type = answered.get("Content-Type") or ""
        if status < 400:
            return Reply(status, body, text=text, content_type=content_type)
        told = body or {}
        code = told.get("code") or (answered.get("x-amzn-ErrorType") or "").partition(":")[0]
        message = told.get("details") or told.get("message") or told.get("error_description") or ""
        return Reply(status, body, code, message, text, content_type)

    def filled(self, value: Any) -> Any:
        """A step's parameters with what was saved put in."""
        if isinstance(value, Mapping):
            return {key: self.filled(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if isinstance(value, str):
            return re.sub(r"\$\{(\w+)\}", lambda found: str(self.saved[found[1]]), value)
        return value

    def faults(self, reply: Reply, expected: Mapping[str, Any]) -> list[str]:
        """Everything in which a reply is not as expected."""
        found = []
        for key, wanted in expected.items():
            check = CHECKS[key]
            said = check(reply, self.filled(wanted))
            found += [said] if said else []
        return found


def send(method: str, url: str, headers: Mapping[str, str], data: bytes) -> tuple[int, Mapping[str, str], str]:
    """One request, and its answer's status, headers and text, whatever the status is."""
    request = urllib.request.Request(url, method=method, headers=dict(headers), data=data or None)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def name_of(step: Mapping[str, Any]) -> str:
    """A step for people."""
    return step.get("operation") or f"{step['http']['method']} {step['http']['path']}"


def values_at(tree: Any, path: str) -> list[Any]:
    """Every value at a path such as `a.b[0].c` or `a[].b`; nothing where the path leads nowhere."""
    found = [tree]
    for part in re.findall(r"[^.\[\]]+|\[\d*\]", path):
        if part == "[]":
            found = [one for values in found if isinstance(values, list) for one in values]
        elif part.startswith("["):
            at = int(part[1:-1])
            found = [values[at] for values in found if isinstance(values, list) and len(values) > at]
        else:
            found = [values[part] for values in found if isinstance(values, Mapping) and part in values]
    return found


def outcome(reply: Reply, wanted: str) -> str:
    """Whether it went well."""
    return "" if (reply.status < 400) == (wanted == "ok") else f"wanted {wanted}"


def lacks(reply: Reply, paths: list[str]) -> str:
    """What should be there."""
    return ", ".join(path for path in paths if not values_at(reply.body, path))


def differs(reply: Reply, wanted: Mapping[str, Any]) -> str:
    """What should have a value."""
    return ", ".join(path for path, value in wanted.items() if values_at(reply.body, path) != [value])


def misses(reply: Reply, wanted: Mapping[str, Any]) -> str:
    """What should stand in a list."""
    return ", ".join(path for path, value in wanted.items() if value not in values_at(reply.body, path))


CHECKS: Mapping[str, Callable[[Reply, Any], str]] = {
    "outcome": outcome,
    "status": lambda reply, wanted: "" if wanted in (None, reply.status) else f"status {reply.status}, wanted {wanted}",
    "code": lambda reply, wanted: "" if wanted in ("*", reply.code) else f"code {reply.code}, wanted {wanted}",
    "has": lacks,
    "equals": differs,
    "contains": misses,
    "not_contains": lambda reply, wanted: ", ".join(set(wanted) - set(misses(reply, wanted).split(", "))),
    "pattern": lambda reply, wanted: ", ".join(
        path for path, one in wanted.items() if not all(re.search(one, str(value)) for value in values_at(reply.body, path))
    ),
    "one_of": lambda reply, wanted: ", ".join(
        path for path, choices in wanted.items() if not set(values_at(reply.body, path)) <= set(choices)
    ),
    "one_of_present": lambda reply, wanted: "" if any(values_at(reply.body, path) for path in wanted) else str(wanted),
    "poll_until": differs,
    "json_body": lambda reply, wanted: "" if isinstance(reply.body, dict) else "the body is no JSON object",
    "not_null_if_present": lambda reply, wanted: ", ".join(path for path in wanted if None in values_at(reply.body, path)),
    "message_should_mention": lambda reply, wanted: ", ".join(
        one for one in wanted if one.lower() not in reply.message.lower()
    ),
}


def read_case(path: Path) -> Mapping[str, Any]:
    """A case file."""
    case: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return case


def play(server: Listening, case: Mapping[str, Any], **saved: str) -> Play:
    """Every step of a case in its order."""
    played = Play(server, dict(saved))
    for step in case["steps"]:
        played.step(step)
    return played
