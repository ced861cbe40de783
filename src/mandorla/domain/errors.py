"""What a caller can cause, as one tree. A broken promise of our own code is an `assert`, never one of these.

MandorlaError
├── InvalidInputError    a file, a payload or an option is not what it must be; carries its findings
├── LimitError           a documented quota is reached
├── ConflictError        the thing exists already, or its state forbids the change
├── NotFoundError        there is no such thing, or it is not the caller's to see
└── AccessDeniedError    the caller, or the role it works as, lacks a permission
"""

from collections.abc import Sequence

from mandorla.domain.finding import Finding


class MandorlaError(Exception):
    """One sentence that says what is wrong and what to do about it. It never holds a person's value."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInputError(MandorlaError):
    """The input breaks rules; every finding names the place, the cause and the mend."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class LimitError(MandorlaError):
    """A documented quota is reached."""


class ConflictError(MandorlaError):
    """The thing exists already, or its state forbids the change."""


class NotFoundError(MandorlaError):
    """There is no such thing, or it is not the caller's to see."""


class AccessDeniedError(MandorlaError):
    """The caller, or the role it works as, lacks a permission."""
