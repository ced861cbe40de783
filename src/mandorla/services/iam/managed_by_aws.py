"""The policies of AWS's own that roles may be given by ARN: what they allow, as far as it exists here."""

from collections.abc import Mapping
from typing import Any

PREFIX = "arn:aws:iam::aws:policy/"


def allowing(*actions: str) -> dict[str, Any]:
    """A policy document that allows actions on everything."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


# Any: policy documents are JSON.
POLICIES_OF_AWS: Mapping[str, dict[str, Any]] = {
    f"{PREFIX}AdministratorAccess": allowing("*"),
    f"{PREFIX}AmazonS3FullAccess": allowing("s3:*"),
    f"{PREFIX}AmazonS3ReadOnlyAccess": allowing("s3:Get*", "s3:List*", "s3:Describe*"),
    f"{PREFIX}AWSGlueConsoleFullAccess": allowing("glue:*", "s3:Get*", "s3:List*", "iam:ListRoles", "iam:GetRole"),
    f"{PREFIX}service-role/AWSGlueServiceRole": allowing(
        "glue:*", "s3:GetBucketLocation", "s3:ListBucket", "s3:ListAllMyBuckets", "s3:GetBucketAcl"
    ),
    f"{PREFIX}AmazonAthenaFullAccess": allowing("athena:*", "glue:Get*", "glue:BatchGetPartition", "s3:*"),
    f"{PREFIX}AWSEntityResolutionConsoleFullAccess": allowing("entityresolution:*", "glue:Get*", "s3:List*", "iam:ListRoles"),
    f"{PREFIX}AWSEntityResolutionConsoleReadOnlyAccess": allowing("entityresolution:Get*", "entityresolution:List*"),
    f"{PREFIX}AWSCleanRoomsFullAccess": allowing("cleanrooms:*", "glue:Get*", "s3:List*", "iam:ListRoles"),
    f"{PREFIX}AWSCleanRoomsReadOnlyAccess": allowing("cleanrooms:Get*", "cleanrooms:List*", "cleanrooms:BatchGet*"),
    f"{PREFIX}CloudWatchLogsReadOnlyAccess": allowing("logs:Describe*", "logs:Get*", "logs:FilterLogEvents"),
}
