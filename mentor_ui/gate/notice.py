"""What the frame tells the person beyond the page itself: a message, or that the page is not theirs."""

import logging

import reflex as rx

from mentor_ui.gate.policy import Anyone, allow

FAILED = "Something went wrong on our side. Please try again in a moment."


class Notice(rx.State):
    """A message in the frame's live region.

    Attributes:
        text: The sentence; empty for none.
        trouble: Whether it tells of something that did not work.
        not_yours: Why the page itself is closed to this person; empty when it is open.
    """

    text: str = ""
    trouble: bool = False
    not_yours: str = ""
    # Whether the message belongs to the page that opens next.
    _for_next_page: bool = False
    _place: str = ""

    @rx.event
    @allow(Anyone)
    def close(self) -> None:
        """Take the message away."""
        self.text = ""

    @rx.event
    @allow(Anyone)
    def admit_failure(self) -> None:
        """Say that a handler failed."""
        self.text, self.trouble = FAILED, True


async def say(state: rx.State, text: str, *, trouble: bool = False, on_next_page: bool = False) -> None:
    """Show one sentence in the frame's live region until another page opens.

    Args:
        state: Any state of the tab.
        text: The sentence.
        trouble: Whether it tells of something that did not work.
        on_next_page: The handler leads to another page, which shows it.
    """
    notice = await state.get_state(Notice)
    notice.text, notice.trouble = text, trouble
    notice._for_next_page = on_next_page  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


async def turn_page(state: rx.State, *, counts: bool, page: str, path: str) -> None:
    """Forget what concerned the page before.

    Args:
        state: Any state of the tab.
        counts: Whether this is the navigation itself and not its preparation.
        page: The loaded page, by the name that it gave itself; empty when unknown.
        path: Where in the application it is.
    """
    notice = await state.get_state(Notice)
    if notice.not_yours:
        notice.not_yours = ""
    if not counts:
        return
    place, before = f"{page} {path}" if page else "", notice._place  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    notice._place = place  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    # A page that only connects again keeps what it was told of a press that came along.
    if notice.text and (not place or place != before):
        if not notice._for_next_page:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            notice.text = ""
        notice._for_next_page = False  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def on_backend_error(exception: Exception) -> rx.event.EventSpec:
    """Log what a handler raised and tell the person in one sentence.

    Args:
        exception: What was raised.
    """
    logging.getLogger(__name__).error("an event handler failed", exc_info=exception)
    return rx.event.EventSpec(handler=Notice.event_handlers["admit_failure"])
