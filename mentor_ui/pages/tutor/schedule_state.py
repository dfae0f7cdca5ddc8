"""What a tutor does to offerings: create, change, copy, hide, delete."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import TEACHING
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.gate import MINE, Refused, acting, allow, follow, reading, say, writing
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.offering_rows import CourseRows, Figures, OfferingRow, blank_form, read_schedule
from mentor_ui.pages.tutor.packages_state import PackagesState
from mentor_ui.services import offerings
from mentor_ui.services.offering_drafts import OfferingDraft, draft_errors
from mentor_ui.services.offerings import OfferingDetails
from mentor_ui.settings import get_settings

MARKS_KEPT = 20
BESIDE = frozenset({"course", "schedule"})
"""Fields that only the database can judge."""


@dataclass(frozen=True)
class OfferingErrors:
    """What is wrong with the form, by field; `whole` concerns no single one."""

    title: str = ""
    course: str = ""
    description: str = ""
    duration: str = ""
    price: str = ""
    booking_mode: str = ""
    schedule: str = ""
    notice: str = ""
    buffer_before: str = ""
    buffer_after: str = ""
    whole: str = ""


FEE_NOTES = {
    FeeBearer.PLATFORM: "our cost",
    FeeBearer.TUTOR: "your cost",
    FeeBearer.STUDENT: "added to the price",
}


class ScheduleState(rx.State):
    """The tutor's offerings and the two dialogs about them.

    Attributes:
        ready: Whether the lists were loaded.
        problem: Why they could not be.
        share: Percent of a price that the tutor receives.
        bearer: Whose cost Paystack's fee is: `platform`, `tutor` or `student`.
        fee_note: The same in words for the tutor.
        saving: An offering is being stored.
        saved: Grows when one was, which closes the form.
        deleting: One is being deleted.
        deleted: Grows when that dialog has done its work, which closes it.
        refusal: Why the offering cannot be deleted.
        refused_id: The offering that cannot be deleted but can be hidden; empty when there is none.
    """

    ready: bool = False
    problem: str = ""
    linked: list[CourseRows] = []
    standalone: list[OfferingRow] = []
    linked_count: str = ""
    standalone_count: str = ""
    figures: Figures = Figures()
    courses: list[SelectOption] = []
    course_notes: str = "{}"
    hours: list[SelectOption] = []
    blank: str = ""
    share: int = 70
    bearer: str = FeeBearer.PLATFORM.value
    fee_note: str = FEE_NOTES[FeeBearer.PLATFORM]
    errors: OfferingErrors = OfferingErrors()
    saving: bool = False
    saved: int = 0
    deleting: bool = False
    deleted: int = 0
    refusal: str = ""
    refused_id: str = ""
    _marks: list[str] = []

    @rx.event
    @allow(TEACHING)
    async def load(self):  # noqa: ANN201 - Reflex takes the event that follows
        """Fill the page, and keep its figures up to date."""
        await follow(self, MINE)
        self.errors = OfferingErrors()
        self._forget_refusal()
        await self._reload()
        return PackagesState.load

    async def _reload(self) -> None:
        actor = await acting(self)
        settings, now = get_settings(), datetime.now(UTC)
        found = await reading(lambda session: read_schedule(session, actor, now=now))
        if isinstance(found, Refused):
            self.problem = found.message
            return
        self.linked, self.standalone = found.linked, found.standalone
        self.linked_count, self.standalone_count = found.linked_count, found.standalone_count
        self.figures, self.courses, self.course_notes = found.figures, found.courses, found.course_notes
        self.hours = found.hours
        # A form that is being filled in keeps its mark.
        self.blank = self.blank or found.blank
        bearer = FeeBearer(settings.fee_bearer)
        self.bearer, self.fee_note = bearer.value, FEE_NOTES[bearer]
        self.share, self.problem, self.ready = 100 - settings.platform_share_percent, "", True

    def _forget_refusal(self) -> None:
        self.refusal = self.refused_id = ""

    @rx.event
    @allow(TEACHING)
    def start_over(self) -> None:
        """Forget what was wrong with the form or the deletion before."""
        self.errors = OfferingErrors()
        self._forget_refusal()

    @rx.event
    @allow(TEACHING)
    async def save(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Store a new or a changed offering, or say beside the fields what is wrong."""
        mark, offering = form_text(form, "mark"), form_text(form, "offering")
        if mark and mark in self._marks:
            # The same filled-in form once more: a double press.
            return
        actor, draft, now = await acting(self), _draft(form), datetime.now(UTC)
        wrong = draft_errors(draft)
        self.errors = replace(OfferingErrors(), **wrong)
        if wrong:
            return
        self.saving = True
        yield
        try:
            done = await writing(
                lambda session: (
                    offerings.update(session, actor, offering_id=_known(offering), draft=draft, now=now)
                    if offering
                    else offerings.create(session, actor, draft=draft, now=now)
                )
            )
        finally:
            self.saving = False
        if isinstance(done, Refused):
            self.errors = replace(
                OfferingErrors(), **{done.field if done.field in BESIDE else "whole": done.message}
            )
            return
        if not offering:
            self._marks = [*self._marks, mark][-MARKS_KEPT:]
            self.blank = blank_form(actor)
        self.saved += 1
        await say(self, _told(done, new=not offering))
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def duplicate(self, offering_id: str) -> None:
        """Copy an offering; the copy is hidden until it is published."""
        actor, now = await acting(self), datetime.now(UTC)
        done = await writing(
            lambda session: offerings.duplicate(session, actor, offering_id=_known(offering_id), now=now)
        )
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
        else:
            await say(self, f"“{done.title}” is ready. It stays hidden until you publish it.")
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def hide(self, offering_id: str) -> None:
        """Take an offering out of sight."""
        await self._show(offering_id, published=False)

    @rx.event
    @allow(TEACHING)
    async def publish(self, offering_id: str) -> None:
        """Show an offering to students."""
        await self._show(offering_id, published=True)

    @rx.event
    @allow(TEACHING)
    async def hide_refused(self) -> None:
        """Hide the offering that cannot be deleted, and close the question."""
        await self._show(self.refused_id, published=False)
        self._forget_refusal()
        self.deleted += 1

    def _live(self, offering_id: str) -> bool:
        rows = (*self.standalone, *(row for group in self.linked for row in group.offerings))
        return any(row.id == offering_id and row.live for row in rows)

    async def _show(self, offering_id: str, *, published: bool) -> None:
        actor, now = await acting(self), datetime.now(UTC)
        change = offerings.publish if published else offerings.hide
        done = await writing(lambda session: change(session, actor, offering_id=_known(offering_id), now=now))
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
        elif published:
            await say(self, "The offering is live. Students can book it now.")
        else:
            await say(self, "The offering is hidden. What is booked goes on as planned.")
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def delete(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Delete an offering, or say why that has to wait."""
        offering, title = form_text(form, "offering"), form_text(form, "title")
        actor, now = await acting(self), datetime.now(UTC)
        self._forget_refusal()
        self.deleting = True
        yield
        try:
            done = await writing(
                lambda session: offerings.delete(session, actor, offering_id=_known(offering), now=now)
            )
        finally:
            self.deleting = False
        if isinstance(done, Refused):
            self.refusal = done.message
            self.refused_id = (
                offering if done.code == offerings.UNFINISHED_BOOKINGS and self._live(offering) else ""
            )
        else:
            self.deleted += 1
            await say(self, f"“{title}” is deleted." if title else "The offering is deleted.")
        await self._reload()


def _draft(form: dict[str, Any]) -> OfferingDraft:
    return OfferingDraft(
        title=form_text(form, "title"),
        description=form_text(form, "description"),
        duration_minutes=form_text(form, "duration"),
        price=form_text(form, "price"),
        course_id=form_text(form, "course"),
        booking_mode=form_text(form, "booking_mode") or BookingMode.INSTANT,
        schedule_id=form_text(form, "schedule"),
        notice_minutes=form_text(form, "notice"),
        buffer_before_minutes=form_text(form, "buffer_before"),
        buffer_after_minutes=form_text(form, "buffer_after"),
        published=bool(form.get("published")),
    )


def _known(offering_id: str) -> int:
    found = parse_id(offering_id)
    if found is None:
        raise NotFound("We cannot find this offering. It may have been deleted.")
    return found


def _told(done: OfferingDetails, *, new: bool) -> str:
    if not done.published:
        return f"“{done.title}” is saved. It stays hidden until you publish it."
    if done.next_free_at is None:
        return f"“{done.title}” is live, but has no free time. Look at your hours under Availability."
    if new:
        return f"“{done.title}” is live. Students can book it now."
    return f"“{done.title}” is changed. Sessions already booked keep their terms."
