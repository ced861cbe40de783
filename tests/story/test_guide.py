"""The guide with boto3, from an empty account to an answer. Read `guide.py` beside this first: it is the story."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.story.guide import Party, play
from tests.story.serving import Program, serving
from tests.world import SOURCE_CSV

ADVERTISER, PUBLISHER = "111122223333", "444455556666"


def party_of(program: Program, name: str, account_id: str) -> Party:
    """A new account's keys, as boto3 takes them."""
    keys = program.mandorla("account", "create", name, "--account-id", account_id)
    return Party(
        name=name,
        account_id=account_id,
        endpoint=program.endpoint,
        access_key_id=keys["accessKeyId"],
        secret_access_key=keys["secretAccessKey"],
    )


def test_the_guide(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path / "data", database_url) as program:
        advertiser = party_of(program, "advertiser", ADVERTISER)
        publisher = party_of(program, "publisher", PUBLISHER)
        outcome = play(advertiser, publisher)
        header, *rows = outcome.looked_at
        assert (header, len(rows)) == (SOURCE_CSV.splitlines()[0].split(","), 4)
        assert (outcome.metrics["inputRecords"], outcome.metrics["totalMappedSourceRecords"]) == (8, 3)
        assert outcome.schemas == ["mapping"]
        assert outcome.answer == [["hats", "1"], ["shoes", "3"]]
        for party, other in ((advertiser, publisher), (publisher, advertiser)):
            with pytest.raises(ClientError, match="Access"):
                party.client("s3").list_objects_v2(Bucket=f"{other.name}-data")
