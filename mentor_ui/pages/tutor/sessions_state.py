"""The State of a tutor's dashboard."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from mentor_ui.components.next_session import NextSession
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import from_local, moment_in_words, place_of
from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import MINE, Refused, acting, allow, follow, reading, say, writing
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.sessions_shown import AskedSession, TaughtSession, read_dashboard
from mentor_ui.services import requests, sessions, time_proposals
from mentor_ui.services.sessions import TutorTab
from mentor_ui.settings import get_settings

MOST_SHOWN = 40 * sessions.PAGE_SIZE
TIME_FIELDS = ("first", "second", "third")
NO_TIME = "One of these times does not exist on that day. Choose another."


class TutorSessionsState(rx.State):
    """The tutor's booked sessions; offerings are never among them.

    Attributes:
        ready: Whether the lists were loaded.
        problem: Why they could not be.
        coming: The next session, or the one that runs.
        shown: How many each list shows at most.
        busy: The request that is being answered.
        refusal: Why an answer could not be given; in the dialog, or with its request when `refused` names it.
        refused: The request that could not be approved, if it still waits.
        reason_problem: What is wrong with the reason of a no.
        times_problem: What is wrong with the proposed times.
        answered: Counts the answers given in a dialog; each closes it.
        zone: The tutor's, as a place.
    """

    ready: bool = False
    problem: str = ""
    coming: NextSession = NextSession()
    approvals: list[AskedSession] = []
    upcoming: list[TaughtSession] = []
    active: list[TaughtSession] = []
    completed: list[TaughtSession] = []
    counts: dict[str, int] = dict.fromkeys(TutorTab, 0)
    shown: int = sessions.PAGE_SIZE
    busy: str = ""
    refusal: str = ""
    refused: str = ""
    reason_problem: str = ""
    times_problem: str = ""
    answered: int = 0
    zone: str = ""

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill the page, and keep it up to date when somebody books."""
        await follow(self, MINE)
        self.shown = sessions.PAGE_SIZE
        self.busy = ""
        self._forget_problems()
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def refresh(self) -> None:
        """Look again: a session has begun or ended."""
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def show_more(self) -> None:
        """Show more of each list."""
        self.shown = min(self.shown + sessions.PAGE_SIZE, MOST_SHOWN)
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def approve(self, booking: str) -> AsyncGenerator[None]:
        """Say yes to a request: its time is kept while the student pays."""
        actor, booking_id = await acting(self), parse_id(booking)
        if booking_id is None or self.busy:
            return
        self._forget_problems()
        self.busy = str(booking_id)
        seen = any(row.session.id == self.busy and row.over_limit for row in self.approvals)
        yield
        done = await writing(
            lambda session: requests.approve(
                session,
                actor,
                booking_id=booking_id,
                over_limit_seen=seen,
                now=datetime.now(UTC),
                public_url=get_settings().public_url,
            )
        )
        self.busy = ""
        if isinstance(done, Refused):
            self.refusal = done.message
        else:
            await say(self, _approved(done, actor.timezone))
        await self._reload()
        still_there = self.refusal and any(row.session.id == str(booking_id) for row in self.approvals)
        self.refused = str(booking_id) if still_there else ""

    @rx.event
    @allow(TEACHING)
    async def decline(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Say no to a request, with the reason that the student reads."""
        actor, booking_id = await acting(self), parse_id(form_text(form, "booking"))
        if booking_id is None or self.busy:
            return
        self._forget_problems()
        self.busy = str(booking_id)
        yield
        reason = form_text(form, "reason")
        done = await writing(
            lambda session: requests.decline(
                session,
                actor,
                booking_id=booking_id,
                reason=reason,
                now=datetime.now(UTC),
                public_url=get_settings().public_url,
            )
        )
        await self._answer(done, "Declined. The student has your reason.")

    @rx.event
    @allow(TEACHING)
    async def propose(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Propose other times for a request; the student chooses one of them."""
        actor, booking_id = await acting(self), parse_id(form_text(form, "booking"))
        if booking_id is None or self.busy:
            return
        self._forget_problems()
        typed = [text for name in TIME_FIELDS if (text := form_text(form, name))]
        starts = [start for text in typed if (start := from_local(text, actor.timezone))]
        if len(starts) < len(typed):
            self.times_problem = NO_TIME
            return
        self.busy = str(booking_id)
        yield
        message = form_text(form, "message")
        done = await writing(
            lambda session: time_proposals.propose(
                session,
                actor,
                booking_id=booking_id,
                starts=starts,
                message=message,
                public_url=get_settings().public_url,
                now=datetime.now(UTC),
            )
        )
        await self._answer(done, "Proposed. The student chooses one of your times, or none.")

    @rx.event
    @allow(TEACHING)
    async def begin_answer(self) -> None:
        """Forget what was wrong with an answer before."""
        self._forget_problems()

    async def _answer(self, done: object, told: str) -> None:
        self.busy = ""
        if not isinstance(done, Refused):
            self.answered += 1
            await say(self, told)
        elif done.field == "reason":
            self.reason_problem = done.message
        elif done.field == "starts":
            self.times_problem = done.message
        else:
            self.refusal = done.message
        await self._reload()

    def _forget_problems(self) -> None:
        self.refusal = self.refused = self.reason_problem = self.times_problem = ""

    async def _reload(self) -> None:
        actor, limit = await acting(self), self.shown
        found = await reading(lambda session: read_dashboard(session, actor, limit, datetime.now(UTC)))
        if isinstance(found, Refused):
            self.problem = found.message
            return
        self.coming, self.counts = found.coming, found.counts
        self.approvals, self.zone = found.approvals, place_of(actor.timezone)
        self.upcoming = found.lists[TutorTab.UPCOMING]
        self.active = found.lists[TutorTab.ACTIVE]
        self.completed = found.lists[TutorTab.COMPLETED]
        self.problem, self.ready = "", True


def _approved(until: datetime | None, zone: str) -> str:
    if until is None:
        return "Approved and booked, as a session of the student's package."
    return f"Approved. The time is kept until {moment_in_words(until, zone)} while the student pays."
