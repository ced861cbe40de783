"""What the query log of a collaboration is told of an instance's questions: they are asked as the customer."""

from collections.abc import Mapping
from typing import Any

from mandorla.domain.amc import AmcInstance
from mandorla.domain.protected_query import SqlDialect
from mandorla.services.cleanrooms.query_log import QUERY_LOG, what_is_asked


def logged_question(instance: AmcInstance, text: str, receivers: tuple[str, ...]) -> Mapping[str, Any]:  # Any: JSON
    """An argument of a question's job; none where no collaboration stands behind the instance, so that nobody could read it."""
    if not instance.collaboration_id:
        return {}
    told = what_is_asked(
        collaboration_id=instance.collaboration_id,
        requester=instance.aws_account_id,
        receivers=receivers,
        text=text,
        dialect=SqlDialect.AMC,
    )
    return {QUERY_LOG: told}
