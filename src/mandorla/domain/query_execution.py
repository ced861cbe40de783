"""Query executions: which queries an account has run, the latest first. The query itself is a job's."""

from dataclasses import dataclass
from datetime import datetime

LATEST = 10**17


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryExecution:
    """That a query was run, and when. Its key counts down, so that the latest comes first."""

    account_id: str
    query_execution_id: str
    work_group: str
    submitted_at: datetime

    @property
    def key(self) -> str:
        """Its time, counted down, and its id."""
        return f"{LATEST - int(self.submitted_at.timestamp() * 1_000_000):018}/{self.query_execution_id}"

    @property
    def parent(self) -> str:
        """Its work group, over all accounts."""
        return f"{self.account_id}/{self.work_group}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkGroup:
    """How an account's queries are run: where their results go if a query does not say."""

    account_id: str
    name: str
    output_location: str = ""
    description: str = ""
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.name
