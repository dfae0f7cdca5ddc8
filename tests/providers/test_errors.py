"""Provider errors cross process borders."""

import pickle

import pytest

from mentor_ui.providers.errors import (
    DuplicateReference,
    ProviderError,
    ProviderMisconfigured,
    ProviderThrottled,
    ProviderUnavailable,
)


@pytest.mark.parametrize(
    "error",
    [
        ProviderUnavailable("Zoom", "gone", effect_unknown=True),
        ProviderThrottled("Zoom", "slow down", retry_after_seconds=3.5),
        ProviderMisconfigured("Zoom", "bad key"),
        DuplicateReference("Paystack", "again", code="duplicate_reference", http_status=400),
    ],
)
def test_a_durable_workflow_can_record_an_error_and_raise_it_again(error: ProviderError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == f"{error.provider}: {error.message}"
