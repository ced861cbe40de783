"""Method and raw path to operation, and the signature's service name to service. Paths are decoded only after routing."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel

from mandorla.wire.errors import UnknownOperationError
from mandorla.wire.messages import HttpRequest

CREDENTIAL = re.compile(r"Credential=[^/,\s]+/\d{8}/[^/,\s]+/([^/,\s]+)/aws4_request")
LABEL = re.compile(r"\{(\w+)(\+?)\}")

# The protocols whose operations stand at paths of their own; S3's, which takes any path, comes last by its name.
BY_PATH = ("rest-json", "rest-xml")

# Parameters that signatures and clients add to any request, which no operation declares.
FOREIGN_PARAMETERS = re.compile(r"x-amz-.*|x-id", re.IGNORECASE)


def signing_name_of(request: HttpRequest) -> str | None:
    """The service in the credential scope, of the header or of a presigned URL; None when nobody signed.

    >>> signing_name_of(HttpRequest(method="GET", raw_path="/", headers=(
    ...     ("Authorization", "AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/glue/aws4_request, SignedHeaders=host"),)))
    'glue'
    """
    claimed = request.header("authorization") or f"Credential={request.query_value('X-Amz-Credential')}"
    found = CREDENTIAL.search(claimed)
    if found is None and (claimed.startswith("AWS ") or is_url_of_version_2(request)):
        return "s3"  # the one service that still takes signature version 2, which names none
    return found[1] if found else None


def is_url_of_version_2(request: HttpRequest) -> bool:
    """Whether a URL is presigned as S3 took it before version 4, and as boto3 still makes them unless told otherwise."""
    names = {name for name, _ in request.query_pairs}
    return {"AWSAccessKeyId", "Signature", "Expires"} <= names


def find_service(service_models: Iterable[ServiceModel], request: HttpRequest) -> ServiceModel | None:
    """The service that a request is for: as signed; unsigned (AMC, and operations of STS), as path, target or version say.

    What nobody signed is refused; by whom, the path alone says: a service that has an operation there, or S3, which has any.
    """
    signing_name = signing_name_of(request)
    if signing_name is not None:
        return next((model for model in service_models if model.signing_name == signing_name), None)
    if request.raw_path.startswith("/amc/"):
        return next((model for model in service_models if model.service_name == "amc"), None)
    target = (request.header("x-amz-target") or "").rpartition(".")[0]
    version = request.query_value("Version") or dict(form_pairs_of(request)).get("Version")
    for model in service_models:
        is_by_version = model.resolved_protocol == "query" and model.api_version == version
        if is_by_version or (target and model.metadata.get("targetPrefix") == target):
            return model
    by_path = sorted(service_models, key=lambda model: model.resolved_protocol)
    return next((model for model in by_path if model.resolved_protocol in BY_PATH and has_route(model, request)), None)


def has_route(service_model: ServiceModel, request: HttpRequest) -> bool:
    """Whether an operation of the service is at the request's method and path."""
    return any(route.is_match(request) for route in routes_of(service_model))


def form_pairs_of(request: HttpRequest) -> list[tuple[str, str]]:
    """The pairs of a form; none if the body is something else."""
    is_form = (request.header("content-type") or "").startswith("application/x-www-form-urlencoded")
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True) if is_form else []


def with_bucket_in_path(request: HttpRequest, *, endpoint_host: str) -> str:
    """The raw path as if the bucket stood in it, for clients that put it into the host name. Signatures keep the original.

    >>> request = HttpRequest(method="GET", raw_path="/a%20b", headers=(("Host", "photos.localhost:4700"),))
    >>> with_bucket_in_path(request, endpoint_host="localhost")
    '/photos/a%20b'
    """
    host = (request.header("host") or "").rpartition(":")[0] or (request.header("host") or "")
    bucket, found, _ = host.partition(f".{endpoint_host}")
    return f"/{bucket}{request.raw_path}" if found and host == f"{bucket}.{endpoint_host}" else request.raw_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation's place: method, path and the literals that its URI has after the question mark."""

    name: str
    method: str
    path: re.Pattern[str]
    literals: frozenset[tuple[str, str]]
    parameters: frozenset[str]
    required_parameters: frozenset[str]
    required_headers: frozenset[str]
    is_deprecated: bool
    position: tuple[int, int]

    def rank(self, request: HttpRequest) -> tuple[int, ...]:
        """The closer a route describes the request, the higher.

        A word in the path beats a label. Then the model leaves S3's operations apart by query string and headers alone:
        UploadPart is PutObject with an `uploadId`, CopyObject is PutObject with a source.
        """
        sent_parameters = {name for name, _ in request.query_pairs}
        sent_headers = {name.lower() for name, _ in request.headers}
        is_complete = self.required_parameters <= sent_parameters and self.required_headers <= sent_headers
        required = len(self.required_parameters) + len(self.required_headers)
        return (*self.position, len(self.literals), is_complete, required, not self.is_deprecated)

    def is_match(self, request: HttpRequest) -> bool:
        """Whether method, path and literals agree."""
        agrees = self.method == request.method and self.path.fullmatch(request.raw_path) is not None
        return agrees and self.literals <= frozenset(request.query_pairs)

    def unknown_subresources(self, request: HttpRequest) -> set[str]:
        """Parameters without a value that mean nothing here: `PUT /bucket/key?unheard-of` must not write an object."""
        known = self.parameters | {name for name, _ in self.literals}
        without_value = {name for name, value in request.query_pairs if not value}
        return {name for name in without_value - known if not FOREIGN_PARAMETERS.fullmatch(name)}


def find_rest_operation(service_model: ServiceModel, request: HttpRequest) -> OperationModel:
    """The operation whose route describes the request best."""
    routes = [route for route in routes_of(service_model) if route.is_match(request)]
    if not routes:
        raise UnknownOperationError(why_nothing_answers(service_model, request))
    best = max(routes, key=lambda route: route.rank(request))
    unknown = best.unknown_subresources(request)
    if unknown:
        raise UnknownOperationError(f"{best.name} has no sub-resource {sorted(unknown)[0][:60]!r}.")
    return service_model.operation_model(best.name)


def why_nothing_answers(service_model: ServiceModel, request: HttpRequest) -> str:
    """What the path is not for, or which methods it has; a model of ours may say of whole paths why they are not served."""
    for beginning, why in service_model.metadata.get("notServed", {}).items():
        if request.raw_path.startswith(beginning):
            return str(why)
    methods = sorted({route.method for route in routes_of(service_model) if route.path.fullmatch(request.raw_path)})
    instead = f"; {' and '.join(methods)} would be answered" if methods else ""
    return f"No operation of {service_model.service_name} answers {request.method} at this path{instead}."


def read_routes(service_models: Iterable[ServiceModel]) -> None:
    """Read all routes now, so that no service's first caller waits for it."""
    for model in service_models:
        if model.resolved_protocol in BY_PATH:
            routes_of(model)


@cache
def routes_of(service_model: ServiceModel) -> tuple[Route, ...]:
    """The routes of a service, read from its model once."""
    return tuple(route_of(service_model.operation_model(name)) for name in service_model.operation_names)


def route_of(operation: OperationModel) -> Route:
    """The route of an operation."""
    path, _, query = operation.http["requestUri"].partition("?")
    shape = operation.input_shape
    located = {"querystring": set[str](), "header": set[str]()}
    required = {"querystring": set[str](), "header": set[str]()}
    for name, member in shape.members.items() if shape else ():
        location = member.serialization.get("location")
        if location in located:
            located[location].add(member.serialization.get("name", name))
            required[location].update({member.serialization.get("name", name)} if name in shape.required_members else ())
    segments = path.split("/")[1:]
    return Route(
        name=operation.name,
        method=operation.http["method"],
        path=path_pattern(path),
        literals=frozenset(HttpRequest(method="", raw_path="", query_string=query).query_pairs),
        parameters=frozenset(located["querystring"]),
        required_parameters=frozenset(required["querystring"]),
        required_headers=frozenset(name.lower() for name in required["header"]),
        is_deprecated=bool(operation.deprecated),
        position=(sum(not LABEL.fullmatch(segment) for segment in segments), len(segments)),
    )


@cache
def path_pattern(template: str) -> re.Pattern[str]:
    """A URI template as a pattern over the raw path. A label is one segment; `{Key+}` takes all that follows, and not nothing.

    >>> path_pattern("/{Bucket}/{Key+}").fullmatch("/photos/2026/a%2Fb.jpg").groupdict()
    {'Bucket': 'photos', 'Key': '2026/a%2Fb.jpg'}
    """
    parts = LABEL.split(template)
    pattern = "".join(
        re.escape(literal) + (f"(?P<{label}>{'.+' if greedy else '[^/]+'})" if label else "")
        for literal, label, greedy in zip(parts[::3], [*parts[1::3], ""], [*parts[2::3], ""], strict=True)
    )
    # "/bucket/" is the bucket: that is how clients write it when nothing follows.
    return re.compile(pattern + ("/?" if template.endswith("}") else ""), re.DOTALL)


def labels_of(operation: OperationModel, raw_path: str) -> Mapping[str, str]:
    """The decoded labels of a path; a `+` is itself there."""
    found = path_pattern(operation.http["requestUri"].partition("?")[0]).fullmatch(raw_path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else {}
