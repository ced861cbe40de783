"""The privacy budget of a collaboration: whose it is, what is left of it, and how a query pays."""

from datetime import datetime

from mandorla.domain.errors import MandorlaError
from mandorla.domain.privacy_budget import PrivacyBudgetTemplate, PrivacySpending, left_of, loss_of, releases_in
from mandorla.domain.private_query import PrivateQuery
from mandorla.domain.protected_query import ProtectedQuery
from mandorla.jobs.stages import Work
from mandorla.services.cleanrooms.refusals import InvalidQueryError
from mandorla.services.cleanrooms.standing import brought_to
from mandorla.store.records import Records


def template_in(records: Records, collaboration_id: str) -> PrivacyBudgetTemplate | None:
    """The one template of a collaboration, if a member made it."""
    return next(iter(brought_to(records, PrivacyBudgetTemplate, collaboration_id)), None)


def releases_left(records: Records, template: PrivacyBudgetTemplate, now: datetime) -> int:
    """How many releases the budget still pays for."""
    spendings = records.children(PrivacySpending, template.collaboration_id)
    return releases_in(left_of(template, spendings, now), template.users_noise_per_query)


def require_budget(records: Records, query: ProtectedQuery, private: PrivateQuery | None, *, now: datetime) -> None:
    """InvalidQueryError where a query costs more than is left."""
    if private is None:
        return
    template = template_in(records, query.collaboration_id)
    if template is None:
        raise InvalidQueryError("Nobody has set a privacy budget for this collaboration (CreatePrivacyBudgetTemplate).")
    spendings = records.children(PrivacySpending, template.collaboration_id)
    left = left_of(template, spendings, now)
    if loss_of(private.releases, template.users_noise_per_query) > left:
        renewal = "It begins anew with the month." if template.auto_refresh == "CALENDAR_MONTH" else ""
        raise InvalidQueryError(
            f"The privacy budget is not enough: the query takes {private.releases} releases, and "
            f"{releases_in(left, template.users_noise_per_query)} are left. {renewal}".strip()
        )


def spend(work: Work, query: ProtectedQuery, private: PrivateQuery | None) -> int:
    """Pay for a query before it is answered; gives behind how many users' noise its answer hides a person.

    A query that has paid does not pay again, whatever became of its worker, and is answered behind the noise that it paid for.
    """
    if private is None:
        return 0
    price = private.releases

    def change(records: Records) -> PrivacySpending:
        paid = records.find(PrivacySpending, query.account_id, query.id)
        if paid is not None:
            if paid.releases < price:
                raise MandorlaError("The rules of the tables changed while the query ran, and it costs more now. Ask again.")
            return paid
        require_budget(records, query, private, now=work.clock())
        template = template_in(records, query.collaboration_id)
        assert template is not None, "a budget is required"
        spending = PrivacySpending(
            account_id=query.account_id,
            query_id=query.id,
            collaboration_id=query.collaboration_id,
            releases=price,
            users_noise_per_query=template.users_noise_per_query,
            spent_at=work.clock(),
        )
        records.add(spending)
        return spending

    return work.changed(change).users_noise_per_query
