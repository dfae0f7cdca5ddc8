"""What a use case refuses, each with a stable code, a sentence for the person and an HTTP status."""

from typing import ClassVar


class DomainError(Exception):
    """A rule said no.

    Attributes:
        code: Stable machine word, the same in the API and in tests.
        message: One sentence for the person, saying what to do next.
        field: The form field beside which the message belongs, or None.
    """

    code: str = "refused"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class InvalidInput(DomainError):
    """A value is missing or out of range; `field` names it."""

    code = "invalid_input"
    status = 422


class SignInRequired(DomainError):
    """Nobody is signed in and the use case needs somebody."""

    code = "sign_in_required"
    status = 401

    def __init__(self, message: str = "Please sign in to go on.") -> None:
        super().__init__(message)


class NotAllowed(DomainError):
    """The person may not do this."""

    code = "not_allowed"
    status = 403

    def __init__(
        self, message: str = "This is not open to your account.", *, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)


class NotFound(DomainError):
    """There is no such thing, or it is not this person's to see."""

    code = "not_found"
    status = 404


class Conflict(DomainError):
    """The world changed, or two wishes exclude each other."""

    code = "conflict"
    status = 409


class TooManyAttempts(DomainError):
    """A limit was reached; waiting helps."""

    code = "too_many_attempts"
    status = 429
