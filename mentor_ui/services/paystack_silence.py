"""Paystack's silence and its refusals as sentences for the operator who has it asked."""

from collections.abc import Generator
from contextlib import contextmanager

from mentor_ui.domain.errors import DomainError
from mentor_ui.providers.errors import ProviderError, ProviderRejected


class PaystackSilent(DomainError):
    """Paystack does not answer, or refuses."""

    code = "paystack_unavailable"
    status = 503


NO_ANSWER = "Paystack does not answer just now. Please try again in a moment."


@contextmanager
def in_words(
    silence: str = "Paystack does not answer just now. Please try again in a moment.",
) -> Generator[None]:
    """Turn what goes wrong with Paystack into a sentence.

    Args:
        silence: What to say when it gives no answer.

    Raises:
        PaystackSilent: With that sentence, or with Paystack's reason for a refusal.
    """
    try:
        yield
    except ProviderRejected as error:
        raise PaystackSilent(f"Paystack refuses: {error.message}") from error
    except ProviderError as error:
        raise PaystackSilent(silence) from error
