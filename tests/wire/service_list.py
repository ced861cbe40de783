"""The services whose every operation is held to botocore, and the few operations that no request can reach."""

from functools import cache

from botocore.model import OperationModel, ServiceModel

from mandorla.wire.service_models import load_service_model

SERVICES = ("entityresolution", "cleanrooms", "amc", "sts", "iam", "athena", "glue", "s3")

# Operations whose requests look exactly like another's, under an older name or for another kind of bucket.
SHADOWED = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
}

# An event stream; and two deprecated operations whose model gives two members one XML name.
OUT_OF_SCOPE = frozenset({"SelectObjectContent", "GetBucketNotification", "PutBucketNotification"})


@cache
def service(name: str) -> ServiceModel:
    """The service model, loaded once for all tests."""
    return load_service_model(name)


def operations() -> list[OperationModel]:
    """Every operation of every service in scope."""
    every = (service(name).operation_model(operation) for name in SERVICES for operation in service(name).operation_names)
    return [operation for operation in every if operation.name not in OUT_OF_SCOPE]


def label(operation: OperationModel) -> str:
    """What a test is called in the report."""
    return f"{operation.service_model.service_name}.{operation.name}"
