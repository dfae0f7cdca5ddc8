"""The State of a student's dashboard."""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

import reflex as rx
from sqlmodel import Session

from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.ways_to_pay import parse_way
from mentor_ui.gate import MINE, Refused, acting, allow, follow, reading, say, writing
from mentor_ui.pages.paying import payment_page
from mentor_ui.pages.student.packages_state import StudentPackages
from mentor_ui.pages.student.sessions_shown import Dashboard, read_dashboard
from mentor_ui.services import bookings, requests, time_proposals
from mentor_ui.settings import get_settings

STUDENTS = (Role.STUDENT,)


class StudentMentorship(rx.State):
    """A student's sessions.

    Attributes:
        ready: Whether they were loaded.
        busy: The booking on which something is being done.
        problem: Why that could not be done.
        leave_to: Paystack's page, once it is known.
    """

    ready: bool = False
    board: Dashboard = Dashboard()
    busy: str = ""
    problem: str = ""
    leave_to: str = ""

    @rx.event
    @allow(STUDENTS)
    async def load(self):  # noqa: ANN201 - Reflex takes the event that follows
        """Fill the page, and keep it up to date."""
        self.busy = self.problem = self.leave_to = ""
        await follow(self, MINE)
        await self._reload()
        return StudentPackages.load

    @rx.event
    @allow(STUDENTS)
    async def refresh(self) -> None:
        """Look again, because a countdown has ended."""
        await self._reload()

    async def _reload(self) -> None:
        actor = await acting(self)
        found = await reading(lambda session: read_dashboard(session, actor, datetime.now(UTC)))
        if not isinstance(found, Refused):
            self.board, self.ready = found, True

    @rx.event
    @allow(STUDENTS)
    async def pay(self, booking: str, way: str) -> AsyncGenerator[None]:
        """Go to Paystack's page for a held time, to pay by card or by bank transfer."""
        booking_id = parse_id(booking)
        if booking_id is None or self.busy:
            return
        self.problem = self.leave_to = ""
        self.busy = booking
        yield
        opened = await payment_page(self, booking_id, parse_way(way))
        self.busy = ""
        if isinstance(opened, Refused):
            self.problem = opened.message
            await self._reload()
        else:
            self.leave_to = opened

    @rx.event
    @allow(STUDENTS)
    async def let_go(self, booking: str) -> AsyncGenerator[None]:
        """Give a held time back."""
        if self._begins(booking):
            yield
            await self._do(
                lambda session, actor, booking_id: bookings.release_hold(
                    session, actor, booking_id=booking_id, now=datetime.now(UTC)
                ),
                booking,
                "This time is free again. Nothing was charged.",
            )

    @rx.event
    @allow(STUDENTS)
    async def withdraw(self, booking: str) -> AsyncGenerator[None]:
        """Take a request back, answered or not."""
        if self._begins(booking):
            yield
            await self._do(
                lambda session, actor, booking_id: requests.withdraw(
                    session,
                    actor,
                    booking_id=booking_id,
                    now=datetime.now(UTC),
                    public_url=get_settings().public_url,
                ),
                booking,
                "Your request is withdrawn. Nothing was charged.",
            )

    @rx.event
    @allow(STUDENTS)
    async def take_time(self, proposal: str) -> AsyncGenerator[None]:
        """Choose a time that the tutor proposed; it is kept for paying at once."""
        if self._begins(proposal):
            yield
            await self._do(
                lambda session, actor, proposal_id: time_proposals.accept(
                    session,
                    actor,
                    proposal_id=proposal_id,
                    public_url=get_settings().public_url,
                    now=datetime.now(UTC),
                ),
                proposal,
                "The time is kept for you. You find it under “Ready to pay”.",
            )

    @rx.event
    @allow(STUDENTS)
    async def decline_times(self, booking: str) -> AsyncGenerator[None]:
        """Say that none of the proposed times suits; the request stays as it was."""
        if self._begins(booking):
            yield
            await self._do(
                lambda session, actor, booking_id: time_proposals.decline(
                    session,
                    actor,
                    booking_id=booking_id,
                    public_url=get_settings().public_url,
                    now=datetime.now(UTC),
                ),
                booking,
                "Your tutor knows that these times do not suit you. Your request still stands.",
            )

    def _begins(self, thing: str) -> bool:
        if parse_id(thing) is None or self.busy:
            return False
        self.busy, self.problem = thing, ""
        return True

    async def _do(self, work: Callable[[Session, Actor, int], object], thing: str, done: str) -> None:
        actor, thing_id = await acting(self), parse_id(thing) or 0
        outcome = await writing(lambda session: work(session, actor, thing_id))
        self.busy = ""
        if isinstance(outcome, Refused):
            self.problem = outcome.message
        else:
            await say(self, done)
        await self._reload()
