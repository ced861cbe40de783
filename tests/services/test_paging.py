"""Every list comes in pages: asked for in pages of two, it is the list as it comes at once, each entry once and in order."""

from collections.abc import Mapping
from typing import Any

import botocore.session
import jmespath
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from mandorla.server.parts import SERVICES
from tests.listening import Listening
from tests.services.cleanrooms.rooms import Room
from tests.services.several import SEVERAL, Asked, several_of_everything

MODELS = botocore.session.Session()
OURS = [service for service in SERVICES if service not in ("amc", "sts")]

# What there is one or none of, whatever one does.
BUDGETS = ("PrivacyBudgets", "CollaborationPrivacyBudgetTemplates", "CollaborationPrivacyBudgets")
FEW = {
    "ListProviderServices": 0, "ListInstanceProfilesForRole": 0, "ListDataCatalogs": 1, "ListProtectedQueries": 0,
    "ListPrivacyBudgetTemplates": 0,
    **{f"List{name}": 1 for name in BUDGETS},
}  # fmt: skip


def rules_of(service: str) -> Mapping[str, Any]:
    """The lists of a service that botocore knows how to page through, as far as they are served."""
    every = MODELS.get_paginator_model(service)._paginator_config
    return {name: rule for name, rule in every.items() if name in SERVICES[service]}


LISTS = [(service, name) for service in OURS for name in rules_of(service)]


@pytest.fixture(scope="module")
def world(server: Listening) -> tuple[Room, Mapping[str, Asked]]:
    """Several of everything."""
    return several_of_everything(server)


def result_keys(rule: Mapping[str, Any]) -> list[str]:
    """Where a page has its entries."""
    keys = rule["result_key"]
    return keys if isinstance(keys, list) else [keys]


def entries_of(page: Mapping[str, Any], rule: Mapping[str, Any]) -> list[Any]:
    """The entries of a page."""
    return [entry for key in result_keys(rule) for entry in jmespath.search(key, page) or []]


@pytest.mark.parametrize(("service", "name"), LISTS)
def test_pages_together_are_the_list(world: tuple[Room, Mapping[str, Asked]], service: str, name: str) -> None:
    room, asked = world
    client, rule, given = room.advertiser.client(service), rules_of(service)[name], asked[service][name]
    limit = MODELS.get_service_model(service).operation_model(name).input_shape.members[rule["limit_key"]]
    size = max(2, int(limit.metadata.get("min", 1)))
    every = entries_of(getattr(client, xform_name(name))(**given), rule)
    assert len(every) == FEW[name] if name in FEW else len(every) >= SEVERAL, every
    pages = list(client.get_paginator(xform_name(name)).paginate(**given, PaginationConfig={"PageSize": size}))
    assert [entry for page in pages for entry in entries_of(page, rule)] == every
    assert all(len(entries_of(page, rule)) <= size for page in pages)
    assert len(pages) == max(1, -(-len(every) // size)), [len(entries_of(page, rule)) for page in pages]


@pytest.mark.parametrize(("service", "name"), [row for row in LISTS if row[0] != "s3" and FEW.get(row[1]) is None])
def test_a_token_that_nobody_gave_out_is_refused(world: tuple[Room, Mapping[str, Asked]], service: str, name: str) -> None:
    room, asked = world
    rule, given = rules_of(service)[name], asked[service][name]
    with pytest.raises(ClientError, match=r"(?i)valid|InvalidRequest|InvalidInput"):
        getattr(room.advertiser.client(service), xform_name(name))(**given, **{rule["input_token"]: "nobodys"})
