"""The way of a request: which service, who asks, which operation, with what, may they, and what comes of it."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from botocore.model import OperationModel, ServiceModel
from sqlalchemy import Connection

from mandorla.domain.account import Caller, Credential
from mandorla.domain.errors import MandorlaError
from mandorla.server.amc_requests import as_amc_reads, unpacked
from mandorla.server.parts import SERVICES, Parts
from mandorla.server.streaming import handle_stream
from mandorla.services.amc.login import caller_of
from mandorla.services.call import Call, Handler
from mandorla.services.iam.asked_resources import context_of_tags, resource_of
from mandorla.services.iam.authorization import require_caller_may
from mandorla.store.accounts import derive_secret, derive_session_token
from mandorla.store.database import committed, transaction
from mandorla.store.job_queue import JobQueue
from mandorla.store.records import Records
from mandorla.wire.bodies import whole
from mandorla.wire.errors import SignatureError
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.protocols import find_operation, read_arguments, serialize_error, serialize_response
from mandorla.wire.routing import find_service, is_url_of_version_2
from mandorla.wire.shapes import Tree
from mandorla.wire.signature import AccessKey, Proven, verify_head
from mandorla.wire.signature_version_2 import verify_url

LOG = logging.getLogger("mandorla.requests")

MakeCall = Callable[[Records, JobQueue], Call]

# Operations that change nothing share the database; all others take their turn.
READING = ("Get", "List", "Head", "Describe", "BatchGet", "Filter")

# STS, GetCallerIdentity: "No permissions are required to perform this operation".
FREE = frozenset({"GetCallerIdentity"})

# S3's bucket policies give rights to other accounts too, so it decides by itself, with the resource in hand.
DECIDES_ITSELF = frozenset({"s3"})

# AMC, the specification: "Get a list of AMC Accounts that the user have access to", without the headers of one.
WITHOUT_ACCOUNT = frozenset({"ListAmcAccounts"})


@dataclass(slots=True)
class Exchange:
    """A request on its way; what is known of it grows from step to step, and is what an error can be told with."""

    request_id: str
    service: ServiceModel | None = None
    operation: OperationModel | None = None
    account_id: str = "-"


def answer(parts: Parts, request: HttpRequest, incoming: Iterable[bytes] | None = None) -> HttpResponse:
    """The answer to a request, whatever happens. The log has one line for it, without anybody's values.

    A body that streams comes in `incoming`; any other is in the request.
    """
    exchange, started = Exchange(request_id=str(uuid4())), time.monotonic()
    try:
        response = answered(parts, request, incoming, exchange)
    except MandorlaError as error:
        response = refusal(exchange, error)
    except Exception as error:  # noqa: BLE001  # the caller gets an internal error; the log says where, and holds no values
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
        LOG.error("request %s broke: %s at %s", exchange.request_id, type(error).__name__, where)
        response = refusal(exchange, error)
    service = exchange.service.service_name if exchange.service else "-"
    operation = exchange.operation.name if exchange.operation else "-"
    parts.metrics.count(service, operation, response.status, time.monotonic() - started)
    LOG.info("%s %s.%s account=%s status=%d", exchange.request_id, service, operation, exchange.account_id, response.status)
    return response


def answered(parts: Parts, request: HttpRequest, incoming: Iterable[bytes] | None, exchange: Exchange) -> HttpResponse:
    """The steps, in their order."""
    exchange.service = service = find_service(parts.models, request)
    if service is None:
        raise SignatureError("missing", "The request is not signed for any service that runs here.")
    if service.signature_version == "bearer":
        return answered_by_token(parts, service, request, exchange)
    proven, caller = prove(parts, service, request, body=None if incoming is not None else request.body)
    exchange.account_id = caller.account_id
    exchange.operation = operation = find_operation(service, replace(proven.head, body=request.body))
    refuse_other_regions(parts, proven.region)
    handler = permitted(operation, handler_of(operation))
    make_call = partial(call_for, parts, caller, proven.region, exchange.request_id)
    handle = partial(handled, parts, make_call, is_reading=operation.name.startswith(READING))
    if incoming is None:
        arguments = read_arguments(operation, whole(proven.head, proven.promise, request.body))
        result = handle(handler, arguments)
    else:
        result = handle_stream(parts, operation, proven, incoming, partial(handled, parts, make_call), handler)
    return serialize_response(operation, result, exchange.request_id)


def answered_by_token(parts: Parts, service: ServiceModel, request: HttpRequest, exchange: Exchange) -> HttpResponse:
    """The steps of AMC, whose callers bring a token in place of a signature."""
    request = as_amc_reads(request)
    exchange.operation = operation = find_operation(service, request)
    with transaction(parts.database, writes=False) as connection:
        records, is_for_account = Records(connection), operation.name not in WITHOUT_ACCOUNT
        caller = caller_of(records, parts.server_key, request, now=parts.clock(), is_for_account=is_for_account)
    exchange.account_id = caller.account_id
    arguments = read_arguments(operation, unpacked(request, largest_body=parts.settings.largest_body_bytes))
    make_call = partial(call_for, parts, caller, parts.settings.regions[0], exchange.request_id)
    is_reading = operation.name.startswith(READING)
    result = handled(parts, make_call, handler_of(operation), arguments, is_reading=is_reading)
    return serialize_response(operation, result, exchange.request_id)


def refusal(exchange: Exchange, error: Exception) -> HttpResponse:
    """An error as the service says it; as plain text where no service could be made out."""
    if exchange.service is None:
        text = error.message if isinstance(error, MandorlaError) else "An internal error occurred."
        return HttpResponse(status=403, headers=(("Content-Type", "text/plain; charset=utf-8"),), body=text.encode())
    return serialize_error(exchange.service, error, exchange.request_id, operation=exchange.operation)


def prove(parts: Parts, service: ServiceModel, request: HttpRequest, *, body: bytes | None) -> tuple[Proven, Caller]:
    """The head with its signature checked, and whose it is."""
    found: list[Credential] = []

    def access_key_of(access_key_id: str) -> AccessKey | None:
        with transaction(parts.database, writes=False) as connection:
            credential = Records(connection).find_anywhere(Credential, access_key_id)
        found[:] = [] if credential is None else [credential]
        return None if credential is None else access_key(parts, credential)

    if service.service_name == "s3" and is_url_of_version_2(request):
        region = parts.settings.regions[0]
        proven = verify_url(request, now=parts.clock(), access_key_of=access_key_of, region=region)
    else:
        proven = verify_head(service, request, now=parts.clock(), access_key_of=access_key_of, body=body)
    [credential] = found
    caller = Caller(
        account_id=credential.account_id,
        role_arn=credential.role_arn,
        session_name=credential.session_name,
        session_policies=credential.session_policies,
    )
    return proven, caller


def access_key(parts: Parts, credential: Credential) -> AccessKey:
    """A credential with its secret."""
    token = derive_session_token(parts.server_key, credential.access_key_id) if credential.is_temporary else None
    return AccessKey(
        access_key_id=credential.access_key_id,
        secret_access_key=derive_secret(parts.server_key, credential.access_key_id),
        session_token=token,
        expires_at=credential.expires_at,
    )


def refuse_other_regions(parts: Parts, region: str) -> None:
    """The guide: "For the current deployment, only us-east-1 region is supported."."""
    if region not in parts.settings.regions:
        listed = ", ".join(parts.settings.regions)
        raise MandorlaError(
            f"The request is signed for the Region {region[:40]!r}; only {listed} is supported here. "
            "Use that Region, or allow more with the setting MANDORLA_REGIONS."
        )


def handler_of(operation: OperationModel) -> Handler:
    """The function of the operation's name."""
    service_name = operation.service_model.service_name
    handler = SERVICES[service_name].get(operation.name)
    if handler is None:
        raise MandorlaError(f"{operation.name} is not served here; docs/reference/operations.md lists what is.")
    return handler


def permitted(operation: OperationModel, handler: Handler) -> Handler:
    """The handler, behind the question whether its caller may do that, on what it is asked for."""
    model = operation.service_model
    if operation.name in FREE or model.service_name in DECIDES_ITSELF:
        return handler
    # GUESS: policies call an operation by its name after the service's prefix; the Service Authorization Reference has all.
    action = f"{model.signing_name}:{operation.name}"

    def asked(call: Call, **arguments: Tree) -> Tree:
        if call.caller.role_arn:
            resource = resource_of(call, model.service_name, operation.name, arguments)
            context = {"aws:requestedregion": (call.region,), **context_of_tags(call, resource, arguments)}
            require_caller_may(call.records, call.caller, action=action, resource=resource, more=context, now=call.now)
        return handler(call, **arguments)

    return asked


def call_for(parts: Parts, caller: Caller, region: str, request_id: str, records: Records, jobs: JobQueue) -> Call:
    """The call that a handler is given."""
    return Call(
        caller=caller,
        region=region,
        now=parts.clock(),
        request_id=request_id,
        records=records,
        jobs=jobs,
        contents=parts.contents,
        limits=parts.limits,
        server_key=parts.server_key,
    )


def handled(parts: Parts, make_call: MakeCall, handler: Handler, arguments: dict[str, Tree], *, is_reading: bool) -> Tree:
    """The handler's result, from a transaction that is on the disk before the caller hears of it."""

    def handle(connection: Connection) -> Tree:
        return handler(make_call(Records(connection), JobQueue(connection)), **arguments)

    return committed(parts.database, handle, writes=not is_reading)
