"""The arithmetic of a privacy budget: exact, whatever was spent behind which noise, and new with a month where it is to be."""

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mandorla.domain.privacy_budget import (
    AutoRefresh,
    PrivacyBudgetTemplate,
    PrivacySpending,
    left_of,
    loss_of,
    releases_in,
    whole_loss,
)

NOW = datetime(2031, 2, 1, 0, 5, tzinfo=UTC)


def template(epsilon: int, users: int, refresh: AutoRefresh = "NONE") -> PrivacyBudgetTemplate:
    return PrivacyBudgetTemplate(
        account_id="111122223333",
        id="t",
        arn="arn:t",
        membership_id="m",
        collaboration_id="c",
        auto_refresh=refresh,
        epsilon=epsilon,
        users_noise_per_query=users,
        create_time=NOW,
        update_time=NOW,
    )


def spending(releases: int, users: int, at: datetime = NOW) -> PrivacySpending:
    return PrivacySpending(
        account_id="111122223333",
        query_id=f"{releases} {users} {at}",
        collaboration_id="c",
        releases=releases,
        users_noise_per_query=users,
        spent_at=at,
    )


@given(epsilon=st.integers(1, 20), prices=st.lists(st.tuples(st.integers(1, 9), st.integers(10, 100)), max_size=60))
def test_what_is_paid_while_it_is_there_never_adds_up_to_more_than_the_whole(
    epsilon: int, prices: list[tuple[int, int]]
) -> None:
    paid: list[PrivacySpending] = []
    for releases, users in prices:
        left = left_of(template(epsilon, users), paid, NOW)
        if loss_of(releases, users) <= left:
            paid.append(spending(releases, users))
            assert left_of(template(epsilon, users), paid, NOW) == left - loss_of(releases, users)
    total = sum((Fraction(one.releases, 2 * one.users_noise_per_query**2) for one in paid), Fraction(0))
    assert total <= whole_loss(epsilon)


@given(epsilon=st.integers(1, 20), users=st.integers(10, 100))
def test_as_many_releases_are_in_a_budget_as_it_pays_for(epsilon: int, users: int) -> None:
    count = releases_in(whole_loss(epsilon), users)
    assert loss_of(count, users) <= whole_loss(epsilon) < loss_of(count + 1, users)


@pytest.mark.parametrize(
    ("refresh", "spent_at", "is_counted"),
    [
        ("NONE", datetime(2030, 5, 1, tzinfo=UTC), True),
        ("CALENDAR_MONTH", datetime(2031, 1, 31, 23, 59, tzinfo=UTC), False),
        ("CALENDAR_MONTH", datetime(2031, 2, 1, tzinfo=UTC), True),
        ("CALENDAR_MONTH", datetime(2030, 2, 1, tzinfo=UTC), False),
        # A minute past seven in the evening of the last of January is February already in UTC.
        ("CALENDAR_MONTH", datetime(2031, 1, 31, 19, 1, tzinfo=timezone(timedelta(hours=-5))), True),
    ],
)
def test_a_budget_begins_anew_with_the_month_in_utc(refresh: AutoRefresh, spent_at: datetime, is_counted: bool) -> None:
    left = left_of(template(3, 30, refresh), [spending(5, 30, spent_at)], NOW)
    assert (left < whole_loss(3)) is is_counted


def test_less_than_was_spent_leaves_nothing() -> None:
    assert left_of(template(1, 30), [spending(200, 30)], NOW) == 0
