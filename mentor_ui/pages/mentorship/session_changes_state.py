"""The State behind a session's dialogs: moving, cancelling, proposing, answering, and what became of it."""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import near_start_within
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.gate import Refused, SignedIn, acting, allow, reading, writing
from mentor_ui.pages.mentorship.session_choices import cancel_lines
from mentor_ui.pages.mentorship.session_state import MentorshipSessionState
from mentor_ui.pages.mentorship.session_times import TimesToChoose, times_to_choose
from mentor_ui.pages.route import id_in
from mentor_ui.services import changes, time_proposals, verdicts
from mentor_ui.services.moves import own_booking
from mentor_ui.services.time_proposals import MOST_TIMES
from mentor_ui.settings import get_settings

TEACHERS = frozenset({Role.TUTOR, Role.MENTOR})
STUDENTS = frozenset({Role.STUDENT})
FARTHEST_DAYS = 100
LONGEST_KOBO = 15
LOOK_FIRST = "Look at what cancelling means now, then press once more."


class SessionChangesState(rx.State):
    """What is being done about the session that the page shows.

    Attributes:
        times: The week of free times on screen.
        chosen: Starts that are chosen, in ISO 8601.
        chosen_words: The same in words.
        consequence: What cancelling would do, one sentence each; empty while it is not known.
        refund_seen: What of it goes back to the student, in kobo; the form carries it along, as the page may
            have been loaded anew before the press arrives. -1 while it is not known.
        busy: What is being done.
        problem: Why the last thing could not be done; `problem_of` is what it was.
        done: Counts what was done; dialogs close when it changes.
        told: What just happened, for screen readers.
    """

    times: TimesToChoose = TimesToChoose()
    chosen: list[str] = []
    chosen_words: list[str] = []
    consequence: tuple[str, ...] = ()
    refund_seen: int = -1
    busy: str = ""
    problem: str = ""
    problem_of: str = ""
    done: int = 0
    told: str = ""

    @rx.event
    @allow(SignedIn)
    async def load(self) -> None:
        """Forget what belonged to the session that was shown before."""
        self._begin("")
        self.times, self.consequence, self.refund_seen = TimesToChoose(), (), -1
        self.chosen, self.chosen_words = [], []

    @rx.event
    @allow(SignedIn)
    async def open_times(self) -> None:
        """Show what is free, beginning with the first free week."""
        self._begin("")
        self.chosen, self.chosen_words = [], []
        await self._read_times(None)

    @rx.event
    @allow(SignedIn)
    async def turn(self, weeks: int) -> None:
        """Show an earlier or a later week, with what is free at this moment."""
        self._begin("")
        await self._read_times(self.times.number + (1 if int(weeks) > 0 else -1))
        self.told = f"{self.times.title} is shown."

    @rx.event
    @allow(SignedIn)
    async def pick(self, start: str) -> None:
        """Choose a time or let it go; a student chooses one, a tutor up to three."""
        actor, now = await acting(self), datetime.now(UTC)
        if _moment(start, now) is None:
            return
        page = await self.get_state(MentorshipSessionState)
        most = MOST_TIMES if page.choices.is_tutor else 1
        others = [one for one in self.chosen if one != start]
        if start in self.chosen:
            self.chosen = others
        elif most == 1 or len(others) < most:
            self.chosen = sorted([*others, start] if most > 1 else [start])
        self.chosen_words = [
            near_start_within(at, actor.timezone, now) for one in self.chosen if (at := _moment(one, now))
        ]
        self.problem = ""

    @rx.event
    @allow(STUDENTS)
    async def move(self) -> AsyncGenerator[None]:
        """Move the session to the chosen time."""
        actor, now = await acting(self), datetime.now(UTC)
        starts_at = _moment(self.chosen[0], now) if self.chosen else None
        if starts_at is None or self.busy:
            return
        booking_id = self._begin("move")
        yield
        moved = await writing(
            lambda session: (
                changes.reschedule(
                    session,
                    actor,
                    booking_id=booking_id,
                    starts_at=starts_at,
                    public_url=get_settings().public_url,
                    now=now,
                ).starts_at
            )
        )
        await self._finish(moved, f"Moved to {near_start_within(starts_at, actor.timezone, now)}.")
        if isinstance(moved, Refused):
            self.chosen, self.chosen_words = [], []
            await self._read_times(self.times.number, keep_problem=True)

    @rx.event
    @allow(TEACHERS)
    async def propose(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Propose the chosen times to the student."""
        actor, now = await acting(self), datetime.now(UTC)
        if self.busy:
            return
        booking_id = self._begin("propose")
        yield
        starts = [at for one in self.chosen if (at := _moment(one, now))]
        made = await writing(
            lambda session: len(
                time_proposals.propose(
                    session,
                    actor,
                    booking_id=booking_id,
                    starts=starts,
                    message=_text(form, "message"),
                    public_url=get_settings().public_url,
                    now=now,
                )
            )
        )
        await self._finish(made, "Your times are on their way to the student.")

    @rx.event
    @allow(SignedIn)
    async def look_at_cancelling(self) -> None:
        """Say what cancelling would mean at this moment."""
        self._begin("")
        await self._read_consequence()

    @rx.event
    @allow(SignedIn)
    async def cancel(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Cancel the session, unless that would now mean something else than what is on the screen."""
        actor, seen_kobo = await acting(self), _seen_kobo(form, self.refund_seen)
        if self.busy:
            return
        booking_id = self._begin("cancel")
        if seen_kobo < 0:
            self.busy, self.problem = "", LOOK_FIRST
            await self._read_consequence()
            return
        yield
        cancelled = await writing(
            lambda session: changes.cancel(
                session,
                actor,
                booking_id=booking_id,
                refund_seen_kobo=seen_kobo,
                reason=_text(form, "reason"),
                public_url=get_settings().public_url,
                now=datetime.now(UTC),
            )
        )
        await self._finish(cancelled, "The session is cancelled.")
        if isinstance(cancelled, Refused):
            await self._read_consequence()

    @rx.event
    @allow(STUDENTS)
    async def accept(self, proposal: str) -> AsyncGenerator[None]:
        """Choose one of the proposed times."""
        actor, proposal_id = await acting(self), parse_id(proposal)
        if proposal_id is None or self.busy:
            return
        self._begin("answer")
        yield
        await self._finish(
            await writing(
                lambda session: time_proposals.accept(
                    session,
                    actor,
                    proposal_id=proposal_id,
                    public_url=get_settings().public_url,
                    now=datetime.now(UTC),
                )
            ),
            "This time is yours now.",
        )

    @rx.event
    @allow(STUDENTS)
    async def decline(self) -> AsyncGenerator[None]:
        """Say that none of the proposed times suits; a paid session's money goes back."""
        actor = await acting(self)
        if self.busy:
            return
        booking_id = self._begin("answer")
        yield
        await self._finish(
            await writing(
                lambda session: time_proposals.decline(
                    session,
                    actor,
                    booking_id=booking_id,
                    public_url=get_settings().public_url,
                    now=datetime.now(UTC),
                )
            ),
            "The tutor hears that none of the times suits you.",
        )

    @rx.event
    @allow(TEACHERS)
    async def mark(self, verdict: str) -> AsyncGenerator[None]:
        """Say what became of the session."""
        actor = await acting(self)
        if verdict not in verdicts.MARKS or self.busy:
            return
        booking_id = self._begin("mark")
        yield
        await self._finish(
            await writing(
                lambda session: verdicts.mark(
                    session,
                    actor,
                    booking_id=booking_id,
                    verdict=SessionStatus(verdict),
                    public_url=get_settings().public_url,
                    now=datetime.now(UTC),
                )
            ),
            "Noted.",
        )

    @rx.event
    @allow(STUDENTS)
    async def contest(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Disagree with what became of the session."""
        actor = await acting(self)
        if self.busy:
            return
        booking_id = self._begin("contest")
        yield
        await self._finish(
            await writing(
                lambda session: verdicts.contest(
                    session,
                    actor,
                    booking_id=booking_id,
                    reason=_text(form, "reason"),
                    public_url=get_settings().public_url,
                    now=datetime.now(UTC),
                )
            ),
            "We look at it and tell you both.",
        )

    def _begin(self, what: str) -> int:
        self.busy = self.problem_of = what
        self.problem = self.told = ""
        return id_in(self) or 0

    async def _finish(self, outcome: object, told: str) -> None:
        self.busy = ""
        if isinstance(outcome, Refused):
            self.problem = outcome.message
        else:
            self.done += 1
            self.told = told
            self.consequence = ()
        page = await self.get_state(MentorshipSessionState)
        await page._reload()  # noqa: SLF001 - the page shows what was done

    async def _read_times(self, week: int | None, *, keep_problem: bool = False) -> None:
        actor, booking_id, now = await acting(self), id_in(self) or 0, datetime.now(UTC)
        found = await reading(
            lambda session: times_to_choose(
                changes.times_to_choose(session, actor, booking_id=booking_id, now=now),
                actor.timezone,
                now,
                week=week,
            )
        )
        if not isinstance(found, Refused):
            self.times = found
        elif not keep_problem:
            self.problem, self.problem_of = found.message, "times"

    async def _read_consequence(self) -> None:
        actor, booking_id = await acting(self), id_in(self) or 0
        found = await reading(_consequence_for(actor, booking_id, datetime.now(UTC)))
        if isinstance(found, Refused):
            self.problem, self.problem_of = found.message, "cancel"
            self.consequence, self.refund_seen = (), -1
        else:
            self.consequence, self.refund_seen = found


def _consequence_for(
    actor: Actor, booking_id: int, now: datetime
) -> Callable[[Session], tuple[tuple[str, ...], int]]:
    def read(session: Session) -> tuple[tuple[str, ...], int]:
        terms = changes.cancel_preview(session, actor, booking_id=booking_id, now=now)
        if terms.refusal:
            return (terms.refusal,), -1
        booking = own_booking(session, actor, booking_id)
        return cancel_lines(session, terms, booking, actor, now), terms.refund_kobo

    return read


def _moment(text: str, now: datetime) -> datetime | None:
    """Return the moment that a button stands for, or None when the text is none of ours."""
    try:
        moment = datetime.fromisoformat(text)
        return moment if abs(moment - now).days < FARTHEST_DAYS else None
    except (ValueError, TypeError):
        return None


def _seen_kobo(form: dict[str, Any], now_shown: int) -> int:
    seen = _text(form, "refund_seen")
    return int(seen) if seen.isdecimal() and len(seen) <= LONGEST_KOBO else now_shown


def _text(form: dict[str, Any], name: str) -> str:
    return str(form.get(name, ""))
