"""What the checkout says when something cannot be, and beside which part of the page it says it."""

from mentor_ui.gate import Refused

OF_THE_TIME = frozenset(
    {
        "time_taken",
        "time_not_open",
        "time_passed",
        "too_many_holds",
        "availability_unknown",
        "too_soon_to_ask",
        "already_asked",
        "too_many_requests",
        "ask_first",
        "book_at_once",
    }
)
"""Refusals that belong beside the times."""

AWAITING = frozenset({"already_asked", "too_many_requests"})
"""Refusals whose way out is on the list of requests."""

NO_OFFERING = Refused(
    "offering_gone", "This session is no longer offered. The marketplace has others like it."
)
LET_GO = "This time is free again. Choose another whenever you like."
NOT_FREE = "This time is no longer free. Please choose another to ask for."
PICK_FIRST = "Choose a time first, then ask for it."
TIME_IS_UP = "{when} is no longer held for you. Nothing was charged. Choose a time again:"
