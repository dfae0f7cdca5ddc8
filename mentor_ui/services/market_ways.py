"""The indexes of live offerings: which answers which filter, which holds which order, and what steps cost."""

from typing import Literal

from mentor_ui.services.market_cursor import Kind
from mentor_ui.services.market_filters import CHEAPEST, DEAREST, NEWEST, SOONEST

Filter = Literal["words", "tutors", "courses", "price", "duration", "free", "others"]
Way = Literal["recent", "price", "soonest", "courses", "tutors", "words"]

INDEXES: dict[Way, str] = {
    "recent": "ix_live_recent",
    "price": "ix_live_price",
    "soonest": "ix_live_soonest",
    "courses": "ix_live_course",
    "tutors": "ix_live_tutor",
}
NARROWED_BY: dict[Filter, Way] = {
    "words": "words",
    "tutors": "tutors",
    "courses": "courses",
    "price": "price",
    "free": "soonest",
}
"""Which filter is answered by a range of which index."""

WALKS: dict[str, Way] = {NEWEST: "recent", CHEAPEST: "price", DEAREST: "price", SOONEST: "soonest"}
ORDERS: dict[str, tuple[str, Kind, str]] = {
    NEWEST: ("created_at", "recent", "<"),
    CHEAPEST: ("price_kobo", "cheap", ">"),
    DEAREST: ("price_kobo", "dear", "<"),
    SOONEST: ("next_free_at", "soon", ">"),
}
"""Of each order: its column, the kind of its cursors, and where the next page lies."""

COLUMNS: dict[Filter, str] = {
    "words": "search_text",
    "tutors": "tutor_id",
    "courses": "course_id",
    "price": "price_kobo",
    "duration": "duration",
    "free": "next_free_at",
    "others": "tutor_id",
}

LOOK_UP, READ_WORDS = 12, 24
"""What one step costs that has to look the row up, or to search its words, in steps within an index."""

READ_INDEX = 0.4
"""What it costs to pass one row in the index of words, while those with a mark too are sought."""

UNKNOWN_MARKET = 3000
SOME, FEW = 0.3, 0.01
OFFERINGS_OF_TUTOR = 50
"""Guesses, where nothing was counted."""


def is_answered(way: Way, name: Filter) -> bool:
    """Return whether a way leads to nothing, or to little, that does not pass this filter."""
    return NARROWED_BY.get(name) == way or (way == "words" and name in {"price", "duration"})
