"""From an exception to what the wire says: code, status and members, by the model where it declares a shape for it.

MandorlaError
├── WireError                a code of AWS's own, for what no meaning covers (S3's NoSuchUpload)
├── MalformedRequestError    the body is not what the protocol can read
├── UnknownOperationError    no operation answers here
├── ConstraintError          the arguments break the model's constraints; carries all violations
└── SignatureError           the caller is not who the signature says; carries the reason
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from botocore import xform_name
from botocore.model import OperationModel, ServiceModel, Shape

from mandorla.domain.errors import AccessDeniedError, ConflictError, LimitError, MandorlaError, NotFoundError
from mandorla.wire.shapes import Tree, to_wire

Reason = Literal[
    "missing", "malformed", "unknown key", "mismatch", "skewed", "expired url", "expired token", "invalid token",
    "unsigned headers", "payload mismatch",
]  # fmt: skip


class WireError(MandorlaError):
    """An error by AWS's own code; `members` are those of its shape, under our names, `headers` stand beside the body."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        members: Mapping[str, Tree] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.members = dict(members or {})
        self.headers = dict(headers or {})


class MalformedRequestError(MandorlaError):
    """The request cannot be read by the protocol's rules."""


class UnknownOperationError(MandorlaError):
    """No operation of the service answers the request."""


class SignatureError(MandorlaError):
    """The request is not proven to come from whom it names."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Violation:
    """One constraint that one field breaks. `shown` is the value as AWS shows it; nothing where it may be a person's."""

    path: str
    constraint: str
    shown: str = ""

    def __str__(self) -> str:
        return f"Value {self.shown}{' ' if self.shown else ''}at '{self.path}' failed to satisfy constraint: {self.constraint}"


class ConstraintError(MandorlaError):
    """All violations at once, in AWS's words."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = tuple(violations)
        count = len(self.violations)
        listed = "; ".join(str(violation) for violation in self.violations)
        super().__init__(f"{count} validation error{'s' if count > 1 else ''} detected: {listed}")

    @property
    def field_list(self) -> tuple[dict[str, str], ...]:
        """The member `fieldList` of Clean Rooms' ValidationException."""
        return tuple({"name": violation.path, "message": violation.constraint} for violation in self.violations)

    @property
    def reason(self) -> str:
        """The member `reason` of Clean Rooms' ValidationException."""
        return "FIELD_VALIDATION_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error ready for a protocol to write. `members` are a tree of `shape`, the error shape the model declares.

    `content_type` is the operation's own, where it has one.
    """

    code: str
    status: int
    message: str
    shape: Shape | None = None
    members: Mapping[str, Tree] = field(default_factory=dict)
    content_type: str | None = None

    @property
    def is_sender(self) -> bool:
        """Whether the caller can mend it."""
        return self.status < 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The declared error codes that stand for a meaning, the best first; and code and status where none is declared."""

    declared: tuple[str, ...] = ()
    code: str
    status: int = 400
    in_query: str | None = None
    in_xml: str | None = None
    xml_status: int | None = None


INVALID = Meaning(
    # "Create" operations of Entity Resolution declare no ResourceNotFoundException; what they name must be valid instead.
    declared=("ValidationException", "InvalidRequestException", "InvalidInputException", "InvalidParameterException"),
    code="ValidationException",
    in_query="ValidationError",
    in_xml="InvalidArgument",
)
INTERNAL = Meaning(
    declared=("InternalServerException", "InternalServiceException", "ServiceFailure"),
    code="InternalServerException",
    status=500,
    in_query="ServiceFailure",
    in_xml="InternalError",
)
MEANINGS: dict[type[Exception], Meaning] = {
    Exception: INTERNAL,
    MandorlaError: INVALID,
    MalformedRequestError: Meaning(
        # AWS's own JSON services say SerializationException; where a ValidationException is declared, clients handle that.
        code="SerializationException", in_query="MalformedInput", in_xml="MalformedXML", declared=("ValidationException",)
    ),
    UnknownOperationError: Meaning(
        code="UnknownOperationException", status=404, in_query="InvalidAction", in_xml="MethodNotAllowed", xml_status=405
    ),
    NotFoundError: Meaning(
        declared=("ResourceNotFoundException", "EntityNotFoundException", "NoSuchEntity", *INVALID.declared),
        code="ResourceNotFoundException",
        status=404,
        in_query="NoSuchEntity",
        in_xml="NoSuchKey",
    ),
    ConflictError: Meaning(
        declared=("ConflictException", "AlreadyExistsException", "EntityAlreadyExists", *INVALID.declared),
        code="ConflictException",
        status=409,
        in_query="EntityAlreadyExists",
        in_xml="OperationAborted",
    ),
    LimitError: Meaning(
        declared=(
            "ExceedsLimitException", "ServiceQuotaExceededException", "ResourceNumberLimitExceededException",
            "LimitExceeded", "TooManyRequestsException", *INVALID.declared,
        ),
        code="ServiceQuotaExceededException",
        status=402,
        in_query="LimitExceeded",
        in_xml="InvalidRequest",
        xml_status=400,
    ),
    AccessDeniedError: Meaning(
        declared=("AccessDeniedException",),
        code="AccessDeniedException",
        status=403,
        in_query="AccessDenied",
        in_xml="AccessDenied",
    ),
}  # fmt: skip

WRONG_SIGNATURE = Meaning(
    code="InvalidSignatureException", status=403, in_query="SignatureDoesNotMatch", in_xml="SignatureDoesNotMatch"
)
REASONS: dict[Reason, Meaning] = {
    "missing": Meaning(
        code="MissingAuthenticationTokenException", status=403, in_query="MissingAuthenticationToken", in_xml="AccessDenied"
    ),
    "malformed": Meaning(
        code="IncompleteSignatureException", in_query="IncompleteSignature", in_xml="AuthorizationHeaderMalformed"
    ),
    "unknown key": Meaning(
        code="UnrecognizedClientException", status=403, in_query="InvalidClientTokenId", in_xml="InvalidAccessKeyId"
    ),
    "invalid token": Meaning(
        code="UnrecognizedClientException", status=403, in_query="InvalidClientTokenId", in_xml="InvalidToken", xml_status=400
    ),
    "expired token": Meaning(
        code="ExpiredTokenException", status=403, in_query="ExpiredToken", in_xml="ExpiredToken", xml_status=400
    ),
    "mismatch": WRONG_SIGNATURE,
    "skewed": Meaning(
        code="InvalidSignatureException", status=403, in_query="SignatureDoesNotMatch", in_xml="RequestTimeTooSkewed"
    ),
    "expired url": Meaning(
        code="InvalidSignatureException", status=403, in_query="SignatureDoesNotMatch", in_xml="AccessDenied"
    ),
    "unsigned headers": Meaning(
        code="InvalidSignatureException", status=403, in_query="SignatureDoesNotMatch", in_xml="AccessDenied"
    ),
    "payload mismatch": Meaning(
        code="InvalidSignatureException", status=403, in_query="SignatureDoesNotMatch", in_xml="XAmzContentSHA256Mismatch",
        xml_status=400,
    ),
}  # fmt: skip

INTERNAL_MESSAGE = "An internal error occurred. The server's log holds the cause under this request's id."


def fault_of(error: Exception, service_model: ServiceModel, operation: OperationModel | None = None) -> Fault:
    """What the wire says of an error. What is not ours to explain is an internal error, and its text stays in the log."""
    message = error.message if isinstance(error, MandorlaError) else INTERNAL_MESSAGE
    shape = declared_shape(error, operation)
    if isinstance(error, WireError) and shape is None:
        return Fault(code=error.code, status=error.status, message=message)
    if shape is not None:
        return Fault(
            code=shape.error_code,
            status=status_of(shape, error),
            message=message,
            shape=shape,
            members=members_of(shape, error, message),
        )
    code, status = undeclared(meaning_of(error), service_model.resolved_protocol)
    return Fault(code=code, status=status, message=message)


def meaning_of(error: Exception) -> Meaning:
    """The nearest meaning among the error's ancestors."""
    if isinstance(error, SignatureError):
        return REASONS[error.reason]
    return next(MEANINGS[ancestor] for ancestor in type(error).__mro__ if ancestor in MEANINGS)


def declared_shape(error: Exception, operation: OperationModel | None) -> Shape | None:
    """The error shape that the operation declares for it."""
    if operation is None:
        return None
    shapes = {shape.error_code: shape for shape in operation.error_shapes}
    wanted = (error.code,) if isinstance(error, WireError) else meaning_of(error).declared
    return next((shapes[name] for name in wanted if name in shapes), None)


def status_of(shape: Shape, error: Exception) -> int:
    """As the model says; JSON services often say nothing, and answer 400, or 500 for what is a fault of theirs."""
    modelled = shape.metadata.get("error", {}).get("httpStatusCode")
    if modelled is not None:
        return int(modelled)
    if isinstance(error, WireError):
        return error.status
    return 500 if meaning_of(error) is INTERNAL else 400


def members_of(shape: Shape, error: Exception, message: str) -> dict[str, Tree]:
    """The members of an error shape: the message, and whatever else the error carries under the model's names."""
    members: dict[str, Tree] = {}
    for name, member in shape.members.items():
        ours = xform_name(name)
        carried = error.members.get(ours) if isinstance(error, WireError) else getattr(error, ours, None)
        value = message if ours == "message" else carried
        if value is not None:
            members[name] = to_wire(member, value)
    return members


def undeclared(meaning: Meaning, protocol: str) -> tuple[str, int]:
    """Code and status where the model has no shape for it."""
    match protocol:
        case "query":
            return meaning.in_query or meaning.code, meaning.status
        case "rest-xml":
            return meaning.in_xml or meaning.code, meaning.xml_status or meaning.status
        case "json":
            return meaning.code, 500 if meaning.status >= 500 else 400
        case _:
            return meaning.code, meaning.status
