"""How far tests go that search at random: in the default run for seconds, with MANDORLA_TEST_DEPTH=10 ten times as far."""

import os

DEPTH = int(os.environ.get("MANDORLA_TEST_DEPTH", "1"))


def deep(examples: int) -> int:
    """How many examples a search tries that tries so many in the default run."""
    return examples * DEPTH
