"""Clean Rooms' errors with the members that its model declares beside the message."""

from typing import Literal

from mandorla.domain.errors import AccessDeniedError, ConflictError, LimitError, MandorlaError, NotFoundError

# The model has no value for what is not listed: MEMBERSHIP stands for whatever hangs on one.
ResourceType = Literal["CONFIGURED_TABLE", "COLLABORATION", "MEMBERSHIP", "CONFIGURED_TABLE_ASSOCIATION"]
Reason = Literal["ALREADY_EXISTS", "SUBRESOURCES_EXIST", "INVALID_STATE"]


class ResourceNotFoundError(NotFoundError):
    """There is no such thing, or it is not the caller's to see."""

    def __init__(self, what: str, resource_id: str, resource_type: ResourceType = "MEMBERSHIP") -> None:
        super().__init__(f"{what} {resource_id!r} was not found.")
        self.resource_id = resource_id
        self.resource_type = resource_type


class ResourceConflictError(ConflictError):
    """The thing exists already, something hangs on it, or its state forbids the change."""

    def __init__(
        self, message: str, *, reason: Reason, resource_id: str = "", resource_type: ResourceType = "MEMBERSHIP"
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.resource_id = resource_id
        self.resource_type = resource_type


class QuotaError(LimitError):
    """A quota is reached; the message says which, and what it is."""

    def __init__(self, quota_name: str, quota_value: int) -> None:
        super().__init__(f"The quota is reached: {quota_name}, {quota_value}. Delete what is not used, or raise the quota.")
        self.quota_name = quota_name
        self.quota_value = float(quota_value)


class NotAMemberError(AccessDeniedError):
    """Clean Rooms says "access denied" of a collaboration that is not there as of one that is another's."""

    reason = "INSUFFICIENT_PERMISSIONS"

    def __init__(self, collaboration_id: str) -> None:
        super().__init__(f"There is no collaboration {collaboration_id} that you are a member of.")


class InvalidQueryError(MandorlaError):
    """A question that may not be asked; Clean Rooms says so with a reason of its own."""

    reason = "INVALID_QUERY"
