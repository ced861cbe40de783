"""What the policy on a resource lets another account do with it."""

from mandorla.domain.arn import parse_arn
from mandorla.domain.policy import AccessRequest
from mandorla.domain.resource_policy import ResourcePolicy
from mandorla.services.iam.evaluation import evaluate
from mandorla.services.iam.policy_documents import policy_of
from mandorla.store.records import Records

# IAM's global condition key: the first service in the chain that acts for the caller. Keys are in lower case.
CALLED_VIA = "aws:calledviafirst"


def may_use(records: Records, resource_arn: str, action: str, account_id: str, *, called_via: str = "") -> bool:
    """Whether the owner's policy allows the action to the account, or to `called_via`, a service that acts for it."""
    policy = records.find(ResourcePolicy, parse_arn(resource_arn).account_id, resource_arn)
    if policy is None:
        return False
    context = {CALLED_VIA: (called_via,)} if called_via else {}
    request = AccessRequest(action=action, resource=resource_arn, account_id=account_id, context=context)
    document = {"Version": "2012-10-17", "Statement": list(policy.statements)}
    return bool(policy.statements) and evaluate(request, [policy_of(document, of_resource=True)]).is_allowed
