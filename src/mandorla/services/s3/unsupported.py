"""What callers ask for that does not exist here is refused by name, never passed over in silence."""

from collections.abc import Mapping
from typing import Any

from mandorla.wire.errors import WireError

# Members that change nothing of what a handler here does: checksums are verified before it, and who pays is nobody's concern.
WITHOUT_EFFECT = frozenset({
    "request_payer", "content_md5", "checksum_algorithm", "confirm_remove_self_bucket_access", "mfa",
    "bypass_governance_retention", "optional_object_attributes", "bucket_key_enabled", "ssekms_encryption_context",
    "content_length",
    *(f"checksum_{name}" for name in ("crc32", "crc32_c", "crc64_nvme", "sha1", "sha256", "sha512", "md5")),
})  # fmt: skip

# Members of which some values ask for nothing but what is so anyway. Encryption at rest is the disk's; ACLs are S3's old way,
# switched off by default since 2023: "A majority of modern use cases in Amazon S3 no longer require the use of ACLs".
ACCEPTED: Mapping[str, tuple[Any, ...]] = {  # Any: values of the service model
    "acl": ("private", "bucket-owner-full-control"),
    "storage_class": ("STANDARD",),
    "version_id": ("null",),
    "server_side_encryption": ("AES256", "aws:kms"),
    "object_ownership": ("BucketOwnerEnforced",),
    "object_lock_enabled_for_bucket": (False,),
    "object_lock_legal_hold_status": ("OFF",),
    "annotation_directive": ("COPY",),
    "bucket_namespace": ("global",),
}
CODES = {
    "acl": ("AccessControlListNotSupported", 400),
    "grant_full_control": ("AccessControlListNotSupported", 400),
    "grant_read": ("AccessControlListNotSupported", 400),
    "grant_write": ("AccessControlListNotSupported", 400),
    "grant_read_acp": ("AccessControlListNotSupported", 400),
    "grant_write_acp": ("AccessControlListNotSupported", 400),
    "storage_class": ("InvalidStorageClass", 400),
    "version_id": ("NoSuchVersion", 404),
}


def refuse_unsupported(others: Mapping[str, Any]) -> None:
    """Look at the members that a handler has no parameter for."""
    for name, value in others.items():
        if value is not None and name not in WITHOUT_EFFECT and value not in ACCEPTED.get(name, ()) and name != "ssekms_key_id":
            code, status = CODES.get(name, ("NotImplemented", 501))
            accepted = ", ".join(str(item) for item in ACCEPTED.get(name, ()))
            mend = f"Use one of: {accepted}." if accepted else "Leave it out."
            raise WireError(code, f"{name} asks for what is not implemented here. {mend}", status=status)
