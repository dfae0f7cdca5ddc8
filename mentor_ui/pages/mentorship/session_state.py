"""The State of a session's page."""

from datetime import UTC, datetime

import reflex as rx

from mentor_ui.gate import MINE, Refused, SignedIn, acting, allow, follow, payment_topic, reading, room_topic
from mentor_ui.pages.mentorship.session_choices import Choices, read_choices
from mentor_ui.pages.mentorship.session_shown import SessionShown, read_session
from mentor_ui.pages.route import id_in, path_of


class MentorshipSessionState(rx.State):
    """One booked session.

    Attributes:
        shown_for: Path of the session that the rest belongs to.
        missing: Why there is nothing to show; empty when there is.
        choices: What the reader can do about it.
    """

    shown_for: str = ""
    missing: str = ""
    session: SessionShown = SessionShown()
    choices: Choices = Choices()
    _session_id: int = 0

    @rx.event
    @allow(SignedIn)
    async def load(self) -> None:
        """Fill the page, and keep it up to date."""
        self._session_id = id_in(self) or 0
        reference = await self._show()
        topics = [payment_topic(reference)] if reference else []
        await follow(self, MINE, room_topic(self._session_id), *topics)
        self.shown_for = path_of(self)

    @rx.event
    @allow(SignedIn)
    async def refresh(self) -> None:
        """Look again, because a countdown has ended."""
        await self._show()

    async def _reload(self) -> None:
        await self._show()

    async def _show(self) -> str:
        actor, session_id, now = await acting(self), self._session_id, datetime.now(UTC)
        found = await reading(
            lambda session: (
                read_session(session, actor, session_id, now),
                read_choices(session, actor, session_id, now),
            )
        )
        if isinstance(found, Refused):
            self.missing, self.session, self.choices = found.message, SessionShown(), Choices()
            return ""
        self.missing = ""
        (self.session, reference), self.choices = found
        return reference
