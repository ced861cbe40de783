"""How much of their privacy the people of a collaboration have given away, and how much is left to ask with.

Everything an answer releases is counted in releases. One release hides a person behind the noise of `users_noise_per_query`
people, and costs 1 / (2 · users_noise_per_query²) in ρ, the unit of zero-concentrated differential privacy. ρ adds up, so it is
kept in fractions. `docs/differential-privacy.md` says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil, log, sqrt
from statistics import NormalDist
from typing import Literal

AutoRefresh = Literal["CALENDAR_MONTH", "NONE"]

# The chance that the promise of ε fails: half of 1e-6 is for the noise, the other half for showing the names of groups. Every
# selection of groups costs a release, and no budget holds 100,000 of them.
DELTA_OF_NOISE = 5e-7
DELTA_OF_SELECTION = 5e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyBudgetTemplate:
    """What a member lets others learn about its people: ε in all, and behind how many people's noise one of them hides."""

    account_id: str
    id: str
    arn: str
    membership_id: str
    collaboration_id: str
    auto_refresh: AutoRefresh
    epsilon: int
    users_noise_per_query: int
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id

    @property
    def parent(self) -> str:
        """The membership that made it."""
        return self.membership_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySpending:
    """What one protected query cost. It has the query's id, so that no query is charged twice, and hangs on the collaboration,
    so that another template does not forget it."""

    account_id: str
    query_id: str
    collaboration_id: str
    releases: int
    users_noise_per_query: int
    spent_at: datetime

    @property
    def key(self) -> str:
        """The query's id."""
        return self.query_id

    @property
    def parent(self) -> str:
        """The collaboration."""
        return self.collaboration_id


def whole_loss(epsilon: int) -> Fraction:
    """The ρ that may be spent under an ε: the largest for which ρ + 2 · √(ρ · ln(1/δ)) is no more than ε.

    >>> round(float(whole_loss(3)), 4)
    0.1409
    """
    root = sqrt(log(1 / DELTA_OF_NOISE))
    return Fraction((sqrt(root * root + epsilon) - root) ** 2)


def loss_of(releases: int, users_noise_per_query: int) -> Fraction:
    """The ρ of some releases.

    >>> loss_of(3, 10)
    Fraction(3, 200)
    """
    return Fraction(releases, 2 * users_noise_per_query**2)


def releases_in(loss: Fraction, users_noise_per_query: int) -> int:
    """How many releases a ρ pays for.

    >>> releases_in(whole_loss(3), 30)
    253
    """
    return max(0, int(loss / loss_of(1, users_noise_per_query)))


def left_of(template: PrivacyBudgetTemplate, spendings: Iterable[PrivacySpending], now: datetime) -> Fraction:
    """The ρ that is left: of this month, in UTC, where the budget begins anew with each, and of all time where it does not."""
    counted = [one for one in spendings if template.auto_refresh == "NONE" or _month(one.spent_at) == _month(now)]
    spent = sum((loss_of(one.releases, one.users_noise_per_query) for one in counted), Fraction(0))
    return max(Fraction(0), whole_loss(template.epsilon) - spent)


def least_users(users_noise_per_query: int, rows_per_user: int) -> int:
    """How many users, noise included, a group needs for its name to be shown, where a user is in no more groups than rows.

    >>> least_users(10, 1)
    71
    """
    tail = -NormalDist().inv_cdf(DELTA_OF_SELECTION / rows_per_user)
    return 2 + ceil(users_noise_per_query * sqrt(rows_per_user) * tail)


def _month(moment: datetime) -> tuple[int, int]:
    in_utc = moment.astimezone(UTC)
    return in_utc.year, in_utc.month
