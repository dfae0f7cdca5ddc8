"""How often a job tries again by itself, in the place of its queue that it holds meanwhile.

A queue has few places. A step that waits long between its tries keeps everybody else's work from its turn, so
it gives up early, and the sweeper enqueues it anew after a pause in which it holds no place.
"""

from mentor_ui.providers.errors import ProviderMisconfigured, ProviderRejected

FEW_TRIES = 3


def may_pass(failure: BaseException) -> bool:
    """Return whether a failure may be over within seconds; a refusal is not."""
    return not isinstance(failure, ProviderMisconfigured | ProviderRejected)
