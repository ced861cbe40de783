"""Bodies that are too long to be held: settled while they come in, held to what their heads say, named by the handler."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from botocore import xform_name
from botocore.model import OperationModel

from mandorla.domain.errors import MandorlaError
from mandorla.server.parts import BEFORE_BODY, Parts
from mandorla.services.call import Handler
from mandorla.store.objects.receiving import Received, receive
from mandorla.wire.bodies import held_to
from mandorla.wire.checksums import algorithm_of, declared_checksums, refuse_wrong_checksum
from mandorla.wire.messages import HttpRequest
from mandorla.wire.payloads import payload_of
from mandorla.wire.protocols import find_operation, read_head_arguments
from mandorla.wire.routing import find_service
from mandorla.wire.shapes import Tree
from mandorla.wire.signature import Proven


class Handle(Protocol):
    """Runs a handler with its arguments in a transaction."""

    def __call__(self, handler: Handler, arguments: dict[str, Tree], *, is_reading: bool) -> Tree:
        """The handler's result."""
        ...


def is_streamed(parts: Parts, head: HttpRequest) -> bool:
    """Whether the operation that a head asks for takes a body of any length. Nothing is proven yet."""
    service = find_service(parts.models, head)
    if service is None or service.service_name not in BEFORE_BODY:
        return False
    try:
        return bool(find_operation(service, head).has_streaming_input)
    except MandorlaError:
        return False


def handle_stream(
    parts: Parts, operation: OperationModel, proven: Proven, incoming: Iterable[bytes], handle: Handle, handler: Handler
) -> Tree:
    """The handler's result. It gets settled bytes, which are removed again if it refuses them.

    The caller is asked for his rights before a byte is read, and again with the bytes named in one transaction.
    """
    before_body = BEFORE_BODY[operation.service_model.service_name][operation.name]
    wanted: Iterable[str] = handle(before_body, read_head_arguments(operation, proven.head), is_reading=True)
    received, head = received_body(parts, operation, proven, incoming, wanted)
    arguments = read_head_arguments(operation, head) | {xform_name(payload_of(operation.input_shape) or ""): received}
    try:
        return handle(handler, arguments, is_reading=False)
    except MandorlaError:  # only then is it sure that nothing names them
        parts.contents.discard(received.content.content_id)
        raise


def received_body(
    parts: Parts, operation: OperationModel, proven: Proven, incoming: Iterable[bytes], wanted: Iterable[str]
) -> tuple[Received, HttpRequest]:
    """The settled bytes, verified by signature, length and every checksum; and the head with what trailed behind them."""
    trailers: dict[str, str] = {}

    def complete_head() -> HttpRequest:
        return replace(proven.head, headers=(*proven.head.headers, *trailers.items()))

    def check(digests: Mapping[str, bytes]) -> None:
        for header, value in declared_checksums(operation, complete_head()).items():
            refuse_wrong_checksum(header, value, digests[algorithm_of(header)])

    headers = {*declared_checksums(operation, proven.head), *proven.promise.announced}
    algorithms = {algorithm_of(header) for header in headers} | set(wanted)
    payload = held_to(proven.promise, incoming, trailers)
    received = receive(parts.contents, payload, algorithms=sorted(algorithms), check=check)
    return received, complete_head()
