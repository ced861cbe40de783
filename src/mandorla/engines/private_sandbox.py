"""The sandbox's other program: it answers questions under differential privacy.

It stands apart because OpenDP takes longer to load than most questions take to be answered.
"""

from dataclasses import asdict, replace

import duckdb

from mandorla.engines.noise import Noise
from mandorla.engines.private_answers import prepare_answer
from mandorla.engines.sandbox import Answer, Question, serve, write_rows


def privately_written(connection: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    """Find the noisy numbers once, and write the answer that is made of them to every output."""
    assert question.private is not None
    found = prepare_answer(connection, question.private, Noise(question.users_noise_per_query))
    answer = write_rows(connection, question.sql, question)
    return replace(answer, found=tuple(asdict(one) for one in found))


def main() -> None:
    """Answer one question."""
    serve(privately_written)
