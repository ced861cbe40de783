"""The protocol `rest-xml`, which S3 speaks: as `rest-json`, with XML in the body and objects' bytes as they are."""

from xml.etree.ElementTree import Element, SubElement

from botocore.model import OperationModel, ServiceModel, Shape

from mandorla.wire.errors import Fault
from mandorla.wire.locations import body_members, read_located, write_headers, write_status
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.payloads import is_raw, payload_of, raw_answer, read_raw
from mandorla.wire.routing import find_rest_operation as find_operation
from mandorla.wire.shapes import Tree
from mandorla.wire.xml_values import add_members, add_namespace, from_element, parse_document, print_document

__all__ = ["find_operation", "read_input", "write_error", "write_output"]

CONTENT_TYPE = "application/xml"
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# The service model has no names for the roots of answers, and botocore asks for none; other clients do. These are those of
# the Amazon S3 API reference, where they are not the payload's own name or the operation's with "Result".
ROOT_NAMES = {
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
}

# An answer that says which range it is has a status of its own, which the service model does not name.
PARTIAL = 206

# botocore: "s3.GetBucketLocation cannot be modeled properly". The root is the member, and its text the value.
ROOT_IS_MEMBER = frozenset({"GetBucketLocation"})


def read_input(operation: OperationModel, request: HttpRequest) -> Tree:
    """The tree of all places a member may stand in."""
    shape = operation.input_shape
    if shape is None:
        return {}
    located = {name: as_modelled(shape.members[name], value) for name, value in read_located(operation, request).items()}
    payload = payload_of(shape)
    if payload is not None and is_raw(shape.members[payload]):
        return located | read_raw(shape, payload, request)
    if not request.body:
        return located
    if payload is not None:
        return located | {payload: from_element(shape.members[payload], parse_document(request.body))}
    return (from_element(shape, parse_document(request.body)) if body_members(shape) else {}) | located


def as_modelled(shape: Shape, value: Tree) -> Tree:
    """A word of the model's, in the model's letters. GUESS: S3 takes header words in any case, since Arrow's client sends
    `x-amz-checksum-mode: enabled` to it; a refusal from S3 would settle it."""
    words = {word.lower(): word for word in shape.enum} if shape.type_name == "string" else {}
    return words.get(value.lower(), value) if words and isinstance(value, str) else value


def write_output(operation: OperationModel, tree: Tree, request_id: str) -> HttpResponse:
    """The answer in all its places; an answer to HEAD has headers alone."""
    shape = operation.output_shape
    status = PARTIAL if "ContentRange" in tree else write_status(operation, tree)
    headers = (("x-amz-request-id", request_id), *(write_headers(shape, tree) if shape else ()))
    payload = payload_of(shape)
    if shape is not None and payload is not None and is_raw(shape.members[payload]):
        return raw_answer(shape.members[payload], tree.get(payload), status=status, headers=headers)
    root = None if shape is None or status == 204 or operation.http["method"] == "HEAD" else root_of(operation, shape, tree)
    if root is None:
        return HttpResponse(status=status, headers=headers)
    return HttpResponse(status=status, headers=(("Content-Type", CONTENT_TYPE), *headers), body=print_document(root))


def root_of(operation: OperationModel, shape: Shape, tree: Tree) -> Element | None:
    """The root of the body: the payload, or all members that are in no header. None when there is nothing to say."""
    payload = payload_of(shape)
    if payload is not None:
        member = shape.members[payload]
        name = member.serialization.get("name", member.name)
        return None if payload not in tree else element(name, member, tree[payload])
    inside = body_members(shape)
    name = ROOT_NAMES.get(operation.name, f"{operation.name}Result")
    if operation.name in ROOT_IS_MEMBER:
        root = Element(name, xmlns=NAMESPACE)
        root.text = next(iter(tree.values()), "")
        return root
    return element(name, shape, {key: tree[key] for key in inside if key in tree}) if inside else None


def element(name: str, shape: Shape, tree: Tree) -> Element:
    """A structure's element in S3's namespace."""
    root = Element(name, xmlns=NAMESPACE)
    add_namespace(root, shape)
    add_members(root, shape, tree)
    return root


def write_error(service_model: ServiceModel, fault: Fault, request_id: str) -> HttpResponse:
    """S3's error, which stands in no namespace."""
    root = Element("Error")
    SubElement(root, "Code").text = fault.code
    SubElement(root, "Message").text = fault.message
    if fault.shape is not None:
        named = {name: item for name, item in fault.members.items() if name.lower() != "message"}
        add_members(root, fault.shape, named)
    SubElement(root, "RequestId").text = request_id
    headers = (("Content-Type", CONTENT_TYPE), ("x-amz-request-id", request_id))
    return HttpResponse(status=fault.status, headers=headers, body=print_document(root))
