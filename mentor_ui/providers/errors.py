"""What can go wrong with an outside service, told apart by what the caller should do next.

| error | the caller |
|---|---|
| `ProviderUnavailable` | tries again later; with `effect_unknown` looks for the effect first |
| `ProviderThrottled` | waits `retry_after_seconds`, or a little when it is None |
| `ProviderMisconfigured` | tells the operator; trying again is no use |
| `ProviderRejected` | changes the request, or treats the named special case |

All of them survive pickling, so that a durable workflow can record and re-raise them.
"""

from __future__ import annotations


class ProviderError(Exception):
    """Base of everything a provider client raises about the provider.

    Attributes:
        provider: Name of the service, such as `Paystack`.
        message: What happened, for operators. Never holds keys, tokens or host links.
    """

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(provider, message)
        self.provider = provider
        self.message = message

    def __str__(self) -> str:
        return f"{self.provider}: {self.message}"


class ProviderUnavailable(ProviderError):
    """The service could not be reached, broke down (5xx), took too long or answered nonsense.

    Attributes:
        effect_unknown: True when the request may have taken effect all the same. Look for the effect
            (verify, list) before sending it again.
    """

    def __init__(self, provider: str, message: str, *, effect_unknown: bool = False) -> None:
        super().__init__(provider, message)
        self.effect_unknown = effect_unknown


class ProviderThrottled(ProviderError):
    """Too many requests; nothing was done.

    Attributes:
        retry_after_seconds: How long the service asks us to wait, or None when it did not say.
    """

    def __init__(self, provider: str, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(provider, message)
        self.retry_after_seconds = retry_after_seconds


class ProviderMisconfigured(ProviderError):
    """A bad key, a missing scope, a host who may not host: an operator has to mend it; nothing was done."""


class ProviderRejected(ProviderError):
    """The service understood the request and refused it; nothing was done.

    Attributes:
        code: The service's own error code as text, or `unknown`.
        http_status: Status of the reply.
    """

    def __init__(self, provider: str, message: str, *, code: str = "unknown", http_status: int = 0) -> None:
        super().__init__(provider, message)
        self.code = code
        self.http_status = http_status


class DuplicateReference(ProviderRejected):
    """The reference was used before. Ask what became of it before minting another."""


class AlreadyReversed(ProviderRejected):
    """The transaction has been refunded in full already: the wanted state is reached."""


class BalanceTooLow(ProviderRejected):
    """The account does not hold enough money for this transfer or refund."""


class MeetingNotFound(ProviderRejected):
    """The meeting was deleted or has expired."""


class MeetingRunning(ProviderRejected):
    """The meeting is going on, and can be deleted once it has ended."""


class AccessRefused(ProviderMisconfigured):
    """The access token is no longer good; a fresh one may be taken. Nothing was done."""


class GrantEnded(ProviderRejected):
    """The owner of the account, or time, has ended our connection to it: only they can make a new one."""
