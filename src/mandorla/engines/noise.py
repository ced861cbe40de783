"""Noise from OpenDP, the only place that knows it. Whole numbers go in and come out: nothing is lost to floating point.

Each function is one release. OpenDP itself says what it costs, and `Noise` keeps the sum.
"""

from collections.abc import Mapping, Sequence
from math import sqrt

from opendp.domains import atom_domain, map_domain, vector_domain
from opendp.measurements import make_gaussian, make_gaussian_threshold
from opendp.metrics import absolute_distance, l02inf_distance, l2_distance
from opendp.mod import enable_features

from mandorla.domain.privacy_budget import DELTA_OF_SELECTION, least_users, loss_of

# Numbers that OpenDP rounds up may be more than ours by their last digits.
ROUNDING = 1e-9


class Noise:
    """The noise of one answer, which hides a person behind that of `users`. `loss` is the ρ that it has cost so far."""

    def __init__(self, users: int) -> None:
        enable_features("contrib")
        self.users = users
        self.loss = 0.0

    def added_to(self, values: Sequence[int], sensitivity: float) -> list[int]:
        """Whole numbers with noise, of which a person changes all together by no more than the sensitivity (in L2)."""
        space = vector_domain(atom_domain(T="i64")), l2_distance(T="f64")
        measurement = make_gaussian(*space, scale=self.users * sensitivity)
        self._spend(measurement.map(float(sensitivity)))  # type: ignore[no-untyped-call]  # OpenDP's own annotations lack it
        return list(measurement(list(values))) if values else []

    def groups_to_show(self, users_of: Mapping[int, int], rows_per_user: int) -> list[int]:
        """The groups that have so many users, noise included, that no single one of them can have made a group appear."""
        space = (
            map_domain(atom_domain(T="i64"), atom_domain(T="i64")),
            l02inf_distance(absolute_distance(T="f64")),
        )
        measurement = make_gaussian_threshold(
            *space,
            scale=self.users * sqrt(rows_per_user),
            threshold=least_users(self.users, rows_per_user),
        )
        # OpenDP's own annotations lack a type here.
        loss, delta = measurement.map((rows_per_user, sqrt(rows_per_user), 1.0))  # type: ignore[no-untyped-call]
        assert delta <= DELTA_OF_SELECTION, "the threshold keeps the promise"
        self._spend(loss)
        return sorted(measurement(dict(users_of))) if users_of else []

    def _spend(self, loss: float) -> None:
        assert loss <= float(loss_of(1, self.users)) * (1 + ROUNDING), "a release costs what the budget counts"
        self.loss += loss
