"""The two ends of an exchange: a request as the server received it, and the answer it is to send."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """`raw_path` is still percent-encoded: an ARN in a path holds an encoded slash, which decoding would lose."""

    method: str
    raw_path: str
    query_string: str = ""
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """All values of the header, joined as HTTP allows; None when it was not sent.

        >>> HttpRequest(method="GET", raw_path="/", headers=(("Host", "a"), ("x-y", "1"), ("X-Y", "2"))).header("X-y")
        '1,2'
        """
        values = [value for other, value in self.headers if other.lower() == name.lower()]
        return ",".join(values) if values else None

    @property
    def query_pairs(self) -> tuple[tuple[str, str], ...]:
        """The decoded query string; a key without `=` has an empty value.

        >>> HttpRequest(method="GET", raw_path="/", query_string="uploads&prefix=a%20b").query_pairs
        (('uploads', ''), ('prefix', 'a b'))
        """
        return tuple(parse_qsl(self.query_string, keep_blank_values=True))

    def query_value(self, name: str) -> str | None:
        """The first value of a query parameter; None when it was not sent."""
        return next((value for other, value in self.query_pairs if other == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """`body` is bytes, or the chunks of a streamed object, which the server passes on without gathering them."""

    status: int
    headers: Headers = ()
    body: bytes | Iterable[bytes] = b""
