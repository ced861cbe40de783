"""What anything must have to be kept: an owner, a name that is unique with that owner, and perhaps a parent."""

from typing import Protocol


class Record(Protocol):
    """A frozen dataclass of this folder. Its class is its kind; its fields are stored as they are."""

    @property
    def account_id(self) -> str:
        """Who owns it."""
        ...

    @property
    def key(self) -> str:
        """Its name or id, unique among the owner's records of that kind."""
        ...

    @property
    def parent(self) -> str:
        """The key of what it belongs to, over all accounts; empty for what stands alone."""
        ...
