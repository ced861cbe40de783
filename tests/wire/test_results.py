"""What a handler may give: mappings and records; and what the wire makes of failures that are ours."""

import base64
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from mandorla.domain.errors import MandorlaError
from mandorla.wire.errors import INTERNAL_MESSAGE, WireError
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.protocols import PROTOCOLS, parse_request, protocol_of, serialize_error, serialize_response
from mandorla.wire.service_models import load_service_model
from tests.wire.service_list import SERVICES, service


class Type(StrEnum):
    """As the domain has its words."""

    DATE = "DATE"


@dataclass(frozen=True, slots=True)
class Field:
    """A record of ours."""

    field_name: str
    type: Type
    match_key: str | None = None
    ours_alone: str = "not for the wire"


@dataclass(frozen=True, slots=True)
class Mapping:
    """A record with records inside."""

    schema_name: str
    mapped_input_fields: tuple[Field, ...]
    description: str = ""


def body_of(response: HttpResponse) -> bytes:
    """The body, which is whole here."""
    assert isinstance(response.body, bytes)
    return response.body


def test_a_record_is_answered_by_its_members() -> None:
    operation = service("entityresolution").operation_model("CreateSchemaMapping")
    response = serialize_response(operation, Mapping("s", (Field("a", Type.DATE),)), "r")
    fields = [{"fieldName": "a", "type": "DATE"}]
    assert json.loads(body_of(response)) == {"schemaName": "s", "mappedInputFields": fields, "description": ""}


def test_a_name_that_the_model_does_not_have_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="colour"):
        serialize_response(service("entityresolution").operation_model("GetIdNamespace"), {"colour": "red"}, "r")


def test_nothing_to_say_is_an_answer() -> None:
    assert serialize_response(service("s3").operation_model("DeleteObjectTagging"), None, "r").status == 204
    assert body_of(serialize_response(service("glue").operation_model("CreateDatabase"), None, "r")) == b"{}"


def test_an_object_may_be_streamed() -> None:
    chunks = iter([b"a", b"b"])
    assert serialize_response(service("s3").operation_model("GetObject"), {"body": chunks}, "r").body is chunks


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "北京"])
def test_a_header_of_the_answer_cannot_be_broken_into_two(value: str) -> None:
    with pytest.raises(WireError):
        serialize_response(service("s3").operation_model("GetObject"), {"content_disposition": value}, "r")


@pytest.mark.parametrize("service_name", SERVICES)
def test_a_failure_of_ours_says_nothing_of_itself(service_name: str) -> None:
    response = serialize_error(service(service_name), KeyError("ann.lee@example.com"), "request-1")
    assert response.status == 500
    assert INTERNAL_MESSAGE.split("'")[0].encode() in body_of(response)
    assert b"ann.lee" not in body_of(response)


@pytest.mark.parametrize("service_name", SERVICES)
def test_every_service_has_a_protocol(service_name: str) -> None:
    assert protocol_of(service(service_name)) in PROTOCOLS.values()


def test_our_models_are_found_beside_those_of_botocore(tmp_path: Path) -> None:
    model = {
        "metadata": {"apiVersion": "2026-01-02", "protocol": "rest-json", "serviceId": "Ours", "endpointPrefix": "ours"},
        "operations": {
            "GetRoom": {
                "name": "GetRoom",
                "http": {"method": "GET", "requestUri": "/rooms/{roomId}", "contentType": "application/vnd.rooms.v1+json"},
                "input": {"shape": "Room"},
                "output": {"shape": "Answer"},
            }
        },
        "shapes": {
            "Room": {
                "type": "structure",
                "required": ["roomId"],
                "members": {"roomId": {"shape": "Id", "location": "uri", "locationName": "roomId"}},
            },
            "Answer": {"type": "structure", "members": {"roomId": {"shape": "Id"}}},
            "Id": {"type": "string"},
        },
    }
    folder = tmp_path / "ours" / "2026-01-02"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model))
    ours = load_service_model("ours", our_models=tmp_path)
    operation, arguments = parse_request(ours, HttpRequest(method="GET", raw_path="/rooms/a%2Fb"))
    response = serialize_response(operation, arguments, "r")
    assert ("Content-Type", "application/vnd.rooms.v1+json") in response.headers
    assert json.loads(body_of(response)) == {"roomId": "a/b"}


# A header that speaks of the body, its value, and the code of the refusal, if it is one.
DIGESTS = [
    ("Content-MD5", base64.b64encode(bytes(16)).decode(), "BadDigest"),
    ("Content-MD5", "CY9rzUYh03PK3k6DJie09g==", None),
    ("Content-MD5", "not base64", "InvalidDigest"),
    ("x-amz-checksum-crc32", "2H9+DA==", None),
    ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
    ("x-amz-checksum-crc32c", "hqBywA==", None),
    ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", "BadDigest"),
    ("x-amz-checksum-xxhash3", "AAAA", "InvalidRequest"),
    ("x-amz-sdk-checksum-algorithm", "CRC32", None),
]


@pytest.mark.parametrize(("name", "value", "code"), DIGESTS)
def test_a_body_is_held_to_what_its_headers_say(name: str, value: str, code: str | None) -> None:
    request = HttpRequest(method="PUT", raw_path="/photos/k", headers=((name, value),), body=b"test")
    if code is None:
        assert parse_request(service("s3"), request)[1]["body"] == b"test"
        return
    with pytest.raises(WireError) as caught:
        parse_request(service("s3"), request)
    assert caught.value.code == code


def test_the_checksum_of_a_whole_object_is_not_that_of_the_request() -> None:
    request = HttpRequest(
        method="POST", raw_path="/photos/k", query_string="uploadId=u", headers=(("x-amz-checksum-crc32", "AAAAAA=="),)
    )
    assert parse_request(service("s3"), request)[1]["checksum_crc32"] == "AAAAAA=="


def test_errors_of_ours_are_of_the_domains_tree() -> None:
    assert issubclass(WireError, MandorlaError)
