"""Bodies in chunks: AWS's two published examples, byte for byte, and what becomes of them when a part is changed.

Amazon S3 API reference, "Signature calculations for the Authorization header: Transferring payload in multiple chunks", with
the example key of all of AWS's documents.
"""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mandorla.domain.errors import MandorlaError
from mandorla.wire.bodies import held_to
from mandorla.wire.checksums import checksum_of
from mandorla.wire.messages import HttpRequest
from mandorla.wire.signature import AccessKey, verify, verify_head
from tests.wire.service_list import service

KEY = AccessKey(access_key_id="AKIAIOSFODNN7EXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
THEN = datetime(2013, 5, 24, tzinfo=UTC)
PAYLOAD = b"a" * 66560
CRC32C_OF_PAYLOAD = "sOO8/Q=="


def chunked(signatures: list[str], trailer: bytes = b"") -> bytes:
    """The payload as the example cuts it: 64 KiB, 1 KiB and nothing."""
    pieces = (PAYLOAD[:65536], PAYLOAD[65536:], b"")
    framed = [
        b"%x;chunk-signature=%s\r\n%s" % (len(piece), signature.encode(), piece)
        for piece, signature in zip(pieces, signatures, strict=True)
    ]
    return b"\r\n".join(framed) + trailer + b"\r\n"


def example(stream: str, signed_headers: str, signature: str, body: bytes, **headers: str) -> HttpRequest:
    """A request of the examples."""
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={KEY.access_key_id}/20130524/us-east-1/s3/aws4_request,"
        f"SignedHeaders={signed_headers},Signature={signature}"
    )
    common = {
        "Host": "s3.amazonaws.com",
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-content-sha256": stream,
        "Content-Encoding": "aws-chunked",
        "x-amz-decoded-content-length": "66560",
        "Authorization": authorization,
    }
    pairs = (*common.items(), *((name.replace("_", "-"), value) for name, value in headers.items()))
    return HttpRequest(method="PUT", raw_path="/examplebucket/chunkObject.txt", headers=pairs, body=body)


WITHOUT_TRAILER = example(
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    chunked(
        [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ],
        b"\r\n",
    ),
    Content_Length="66824",
)
WITH_TRAILER = example(
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    chunked(
        [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ],
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
        b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n",
    ),
    x_amz_trailer="x-amz-checksum-crc32c",
)


def payload_of(request: HttpRequest) -> HttpRequest:
    """The decoded request."""
    return verify(service("s3"), request, now=THEN, access_key_of={KEY.access_key_id: KEY}.get).request


@pytest.mark.parametrize("request_of_the_example", [WITHOUT_TRAILER, WITH_TRAILER], ids=["plain", "trailer"])
def test_the_published_examples_are_verified(request_of_the_example: HttpRequest) -> None:
    decoded = payload_of(request_of_the_example)
    assert decoded.body == PAYLOAD
    assert (decoded.header("content-encoding"), decoded.header("content-length")) == (None, "66560")


def test_a_trailing_checksum_becomes_a_header() -> None:
    assert payload_of(WITH_TRAILER).header("x-amz-checksum-crc32c") == CRC32C_OF_PAYLOAD


def changed(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """A change of the body."""
    return lambda body: body.replace(old, new, 1)


# What is done to the body with a trailer, and the error that must come of it.
CHANGES: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("a byte of a chunk", changed(b"\r\naaa", b"\r\naab"), "mismatch"),
    ("a chunk's signature", changed(b"b474d8", b"c474d8"), "mismatch"),
    ("no chunk signature", changed(b";chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", b""),
     "mismatch"),
    ("the trailing checksum", changed(b"sOO8", b"sOO9"), "mismatch"),
    ("the trailer's signature", changed(b"d81f82", b"e81f82"), "mismatch"),
    ("no trailer", lambda body: body[: body.index(b"x-amz-checksum")], "mismatch"),
    ("a size", changed(b"10000;", b"10001;"), "IncompleteBody"),
    ("the end", lambda body: body[:60000], "IncompleteBody"),
    ("no size", lambda body: b"zz" + body, "IncompleteBody"),
    ("a chunk lost", lambda body: body[body.index(b"400;") :], "mismatch"),
    ("another trailer", changed(b"x-amz-checksum", b"content-type:x\r\nx-amz-checksum"), "MalformedTrailerError"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "error"), CHANGES, ids=[row[0] for row in CHANGES])
def test_a_changed_stream_is_refused(what: str, change: Callable[[bytes], bytes], error: str) -> None:
    body = change(WITH_TRAILER.body)
    assert body != WITH_TRAILER.body
    with pytest.raises(MandorlaError) as caught:
        payload_of(replace(WITH_TRAILER, body=body))
    assert getattr(caught.value, "reason", None) == error or getattr(caught.value, "code", None) == error


def streamed(request: HttpRequest, size: int) -> tuple[bytes, dict[str, str]]:
    """The payload and trailers of a request whose body comes in pieces of that size, after its head is proven."""
    body, trailers = request.body, dict[str, str]()
    access_key_of = {KEY.access_key_id: KEY}.get
    proven = verify_head(service("s3"), replace(request, body=b""), now=THEN, access_key_of=access_key_of)
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(held_to(proven.promise, pieces, trailers)), trailers


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_a_stream_is_the_same_however_it_is_cut(size: int) -> None:
    assert streamed(WITHOUT_TRAILER, size) == (PAYLOAD, {})
    assert streamed(WITH_TRAILER, size) == (PAYLOAD, {"x-amz-checksum-crc32c": CRC32C_OF_PAYLOAD})


@pytest.mark.parametrize(("what", "change", "error"), CHANGES, ids=[row[0] for row in CHANGES])
def test_a_changed_stream_is_refused_however_it_is_cut(what: str, change: Callable[[bytes], bytes], error: str) -> None:
    with pytest.raises(MandorlaError) as caught:
        streamed(replace(WITH_TRAILER, body=change(WITH_TRAILER.body)), 999)
    assert getattr(caught.value, "reason", None) == error or getattr(caught.value, "code", None) == error


# The check values that the catalogue of CRCs and the standards publish for the text "123456789".
CHECK_VALUES = [
    ("crc32", "cbf43926"),
    ("crc32c", "e3069283"),
    ("crc64nvme", "ae8b14860a799888"),
    ("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
    ("md5", "25f9e794323b453885f5181f1b624d0b"),
]


@pytest.mark.parametrize(("algorithm", "check"), CHECK_VALUES)
def test_checksums_give_their_published_values(algorithm: str, check: str) -> None:
    assert checksum_of(algorithm, b"123456789").hex() == check


def test_the_crc32c_of_the_example() -> None:
    assert base64.b64encode(checksum_of("crc32c", PAYLOAD)).decode() == CRC32C_OF_PAYLOAD
