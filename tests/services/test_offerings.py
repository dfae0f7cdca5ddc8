"""Offerings: who makes them, what they may hold, and when they go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.money import split_price
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.domain.slots import WeeklyRange
from mentor_ui.models import AccountKind, MentorshipSession, Payment, PaymentState
from mentor_ui.services import changes, ledger, offerings, weekly_hours
from mentor_ui.services.offering_drafts import OfferingDraft, draft_errors
from mentor_ui.services.own_offerings import list_own
from tests.catalogue import NOW, booking, course, finished, offering, person, student, titles, tutor
from tests.paid import buy
from tests.services.test_changes import cancel
from tests.world import NOON, make_offering, make_pair

DRAFT = OfferingDraft(title="React Mastery 1:1", duration_minutes=60, price="₦5,000")
START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("role", [Role.TUTOR, Role.MENTOR])
def test_a_new_offering_is_a_scheduled_row_with_its_tutor_as_placeholder(
    database: Database, role: Role
) -> None:
    with database.transaction() as session:
        teacher = person(session, "Tunde Bakare", role)
        linked = course(session, teacher)
        draft = replace(
            DRAFT, title="  React   Mastery 1:1 ", description=" Deep dive\r\n", course_id=str(linked.id)
        )
        made = offerings.create(session, teacher, draft=draft, now=NOW)
        row = session.get_one(MentorshipSession, int(made.id))
    assert (row.is_offering, row.status, row.published) == (True, SessionStatus.SCHEDULED, True)
    assert row.student_id == row.tutor_id == teacher.person_id
    assert (row.title, row.description) == ("React Mastery 1:1", "Deep dive")
    assert (row.duration, row.price_kobo, row.course_id) == (60, 500_000, linked.id)
    assert row.search_text == "react mastery 1 deep dive tunde bakare from zero"
    assert row.next_free_at is not None
    assert (made.course_title, made.course_slug, made.own) == (linked.title, linked.slug, True)


@pytest.mark.parametrize("role", [Role.STUDENT, Role.ADMIN])
def test_only_those_who_teach_make_offerings(database: Database, role: Role) -> None:
    with database.transaction() as session:
        nobody = person(session, "Ada Obi", role)
        with pytest.raises(NotAllowed) as refused:
            offerings.create(session, nobody, draft=DRAFT, now=NOW)
        assert refused.value.code == "not_a_tutor"
        assert session.exec(select(MentorshipSession)).all() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "   "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"description": "x" * 2001}, "description"),
        ({"duration_minutes": 50}, "duration"),
        ({"duration_minutes": "sixty"}, "duration"),
        ({"duration_minutes": "-60"}, "duration"),
        ({"price": ""}, "price"),
        ({"price": "a lot"}, "price"),
        ({"price": "499.99"}, "price"),
        ({"price": "10000000.01"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"booking_mode": "NEVER"}, "booking_mode"),
        ({"notice_minutes": "-1"}, "notice"),
        ({"buffer_before_minutes": 20}, "buffer_before"),
        ({"buffer_after_minutes": "300"}, "buffer_after"),
        ({"schedule_id": "17"}, "schedule"),
        ({"course_id": "17"}, "course"),
        ({"course_id": "nonsense"}, "course"),
    ],
)
def test_a_wrong_field_is_named(database: Database, changes: dict[str, object], field: str) -> None:
    draft = replace(DRAFT, **changes)
    with database.transaction() as session:
        with pytest.raises(InvalidInput) as refused:
            offerings.create(session, tutor(session), draft=draft, now=NOW)
        assert refused.value.field == field
    if field not in {"course", "schedule"}:
        assert list(draft_errors(draft)) == [field]


def test_a_draft_tells_everything_that_is_wrong_at_once() -> None:
    wrong = OfferingDraft(title="", duration_minutes="", price="-1", description="x" * 2001)
    assert set(draft_errors(wrong)) == {"title", "description", "duration", "price"}
    assert draft_errors(DRAFT) == {}


def test_a_course_is_linked_by_its_tutor_or_creator_only(database: Database) -> None:
    with database.transaction() as session:
        teacher, creator, stranger = (tutor(session, name) for name in ("Tunde B", "Chi Eze", "Amina Y"))
        linked = course(session, teacher)
        linked.creator_id = creator.person_id
        session.add(linked)
        draft = replace(DRAFT, course_id=linked.id)
        for allowed in (teacher, creator):
            assert offerings.create(session, allowed, draft=draft, now=NOW).course_id == str(linked.id)
        with pytest.raises(InvalidInput) as refused:
            offerings.create(session, stranger, draft=draft, now=NOW)
        assert (refused.value.code, refused.value.field) == ("not_your_course", "course")


def test_only_the_owner_changes_an_offering(database: Database) -> None:
    with database.transaction() as session:
        teacher, other = tutor(session), tutor(session, "Amina Yusuf")
        number = offering(session, teacher)
        before = session.get_one(MentorshipSession, number).model_dump()
        for attempt in (
            lambda: offerings.update(session, other, offering_id=number, draft=DRAFT, now=NOW),
            lambda: offerings.duplicate(session, other, offering_id=number, now=NOW),
            lambda: offerings.hide(session, other, offering_id=number, now=NOW),
            lambda: offerings.publish(session, other, offering_id=number, now=NOW),
            lambda: offerings.delete(session, other, offering_id=number, now=NOW),
        ):
            with pytest.raises(NotAllowed):
                attempt()
        assert session.get_one(MentorshipSession, number).model_dump() == before
        assert len(session.exec(select(MentorshipSession)).all()) == 1


def test_a_booking_is_not_an_offering(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        sold = booking(session, student(session), offering(session, teacher), START)
        for attempt in (
            lambda: offerings.update(session, teacher, offering_id=sold.id, draft=DRAFT, now=NOW),
            lambda: offerings.delete(session, teacher, offering_id=sold.id, now=NOW),
            lambda: offerings.details(session, teacher, offering_id=sold.id),
        ):
            with pytest.raises(NotFound):
                attempt()


def test_an_edit_leaves_earlier_bookings_as_they_were(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher, linked_to=course(session, teacher))
        sold = booking(session, student(session), number, START)
        draft = OfferingDraft(
            title="Vue", duration_minutes="90", price=7500.5, course_id=None, published=False
        )
        changed = offerings.update(session, teacher, offering_id=number, draft=draft, now=START)
        row = session.get_one(MentorshipSession, number)
        assert (changed.title, changed.duration_minutes, changed.price_kobo) == ("Vue", 90, 750_050)
        assert (changed.course_id, changed.published) == ("", False)
        assert (row.search_text, row.updated_at) == ("vue tunde bakare", START)
        assert (sold.title, sold.duration, sold.price_kobo) == ("React Mastery 1:1", 60, 500_000)


def test_a_copy_is_hidden_and_its_title_fits(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        linked = course(session, teacher)
        number = offering(session, teacher, "x" * 120, linked_to=linked)
        copy = offerings.duplicate(session, teacher, offering_id=number, now=NOW)
    assert copy.title.endswith(" (copy)")
    assert len(copy.title) == 120
    assert (copy.published, copy.course_id, copy.price_kobo) == (False, str(linked.id), 500_000)


def test_a_hidden_offering_is_there_for_its_tutor_only(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        number = offering(session, teacher)
        offerings.hide(session, teacher, offering_id=number, now=NOW)
        assert not offerings.details(session, teacher, offering_id=number).published
        for viewer in (None, learner):
            with pytest.raises(NotFound):
                offerings.details(session, viewer, offering_id=number)
        offerings.publish(session, teacher, offering_id=number, now=NOW)
        assert not offerings.details(session, learner, offering_id=number).own


def _hold(session: Session, number: int, *, minutes: int, status: SessionStatus) -> MentorshipSession:
    return booking(
        session,
        student(session),
        number,
        START,
        status=status,
        paid=False,
        hold_expires_at=NOW + timedelta(minutes=minutes),
    )


@pytest.mark.parametrize(
    ("status", "deleted"),
    [
        (SessionStatus.PENDING_MENTOR_REVIEW, False),
        (SessionStatus.SCHEDULED, False),
        (SessionStatus.IN_PROGRESS, False),
        (SessionStatus.COMPLETED, True),
        (SessionStatus.CANCELLED, True),
        (SessionStatus.NO_SHOW, True),
        (SessionStatus.REJECTED, True),
    ],
)
def test_an_offering_is_deleted_only_without_unfinished_bookings(
    database: Database, status: SessionStatus, *, deleted: bool
) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        sold = booking(session, student(session), number, START, status=status)
        if not deleted:
            with pytest.raises(Conflict, match="Hide it instead") as refused:
                offerings.delete(session, teacher, offering_id=number, now=NOW)
            assert refused.value.code == "has_unfinished_bookings"
            return
        offerings.delete(session, teacher, offering_id=number, now=NOW)
        kept = session.get_one(MentorshipSession, sold.id)
        assert (kept.offering_id, kept.title, kept.status) == (None, "React Mastery 1:1", status)
        assert session.get(MentorshipSession, number) is None


@pytest.mark.parametrize("status", [SessionStatus.HELD, SessionStatus.EXPIRED])
@pytest.mark.parametrize(
    ("minutes", "payment", "age", "deleted"),
    [
        (5, None, timedelta(), False),
        (-5, None, timedelta(), True),
        (-5, PaymentState.AWAITING, timedelta(hours=1), False),
        (-5, PaymentState.AWAITING, timedelta(hours=25), True),
        (-5, PaymentState.FAILED, timedelta(hours=1), True),
    ],
)
def test_a_lapsed_hold_is_in_the_way_while_its_money_may_come(
    database: Database,
    status: SessionStatus,
    minutes: int,
    payment: PaymentState | None,
    age: timedelta,
    *,
    deleted: bool,
) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher)
        held = _hold(session, number, minutes=minutes, status=status)
        if payment is not None:
            session.add(
                Payment(
                    reference=f"bk-{held.id}-1",
                    session_id=held.id,
                    student_id=held.student_id,
                    tutor_id=held.tutor_id,
                    amount_kobo=held.price_kobo,
                    state=payment,
                    created_at=NOW - age,
                )
            )
            session.flush()
        if status == SessionStatus.EXPIRED and payment is None:
            deleted = True
        if deleted:
            offerings.delete(session, teacher, offering_id=number, now=NOW)
            return
        with pytest.raises(DomainError) as refused:
            offerings.delete(session, teacher, offering_id=number, now=NOW)
        assert refused.value.code == "has_unfinished_bookings"


def test_own_offerings_by_course_with_what_came_of_them(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        react, types = course(session, teacher), course(session, teacher, "TypeScript")
        for name in ("Ada Obi", "Bola Ojo"):
            finished(session, student(session, name), react)
        first = offering(session, teacher, "One", linked_to=react, naira=5000)
        offering(session, teacher, "Two", linked_to=types, now=NOW + timedelta(minutes=1))
        offering(session, teacher, "Three", now=NOW + timedelta(minutes=2), published=False)
        offering(session, teacher, "Four", linked_to=react, now=NOW + timedelta(minutes=3))
        offering(session, tutor(session, "Amina Yusuf"), "Not mine")
        booking(session, learner, first, START)
        booking(session, learner, first, START + timedelta(days=1), status=SessionStatus.COMPLETED)
        booking(session, learner, first, START + timedelta(days=2), paid=False, status=SessionStatus.HELD)
        odd = booking(session, learner, first, START + timedelta(days=3))
        odd.price_kobo = 500_001
        gone = booking(session, learner, first, START + timedelta(days=4), status=SessionStatus.CANCELLED)
        gone.payment_status = PaymentStatus.REFUNDED
        session.add_all([odd, gone])
        own = list_own(session, teacher)
    assert [(group.title, group.graduates, group.booked) for group in own.linked] == [
        ("React from Zero", 2, 3),
        ("TypeScript", 0, 0),
    ]
    assert titles(own.linked[0].offerings) == ["Four", "One"]
    assert titles(own.standalone) == ["Three"]
    assert (own.live, own.hidden, own.booked) == (3, 1, 3)


def test_what_an_offering_earned_is_what_the_ledger_left_to_its_tutor(database: Database) -> None:
    pair = make_pair(database, price_kobo=500_001)
    other = make_offering(database, pair.tutor)
    bought = [
        buy(database, pair, NOON + timedelta(hours=hours), now=NOON, share_percent=percent)
        for hours, percent in ((16, 30), (40, 30), (70, 20))
    ]
    # Half goes back of the first, and all of the second; the third was sold at another share.
    back_kobo: list[int] = []
    for booking_id in bought[:2]:
        with database.reading() as session:
            terms = changes.cancel_preview(session, pair.student, booking_id=booking_id, now=NOON)
        back_kobo.append(cancel(database, pair.student, booking_id, terms.refund_kobo))
    assert 0 < back_kobo[0] < back_kobo[1] == pair.price_kobo
    with database.reading() as session:
        own = list_own(session, pair.tutor)
        by_id = {row.id: (row.booked, row.earned_kobo) for row in own.standalone}
        owed = ledger.balance_kobo(session, AccountKind.TUTOR_ESCROW, pair.tutor.person_id)
    kept_kobo = split_price(pair.price_kobo - back_kobo[0], 30).tutor_kobo
    kept_kobo += split_price(pair.price_kobo, 20).tutor_kobo
    assert by_id == {str(pair.offering_id): (1, kept_kobo), str(other): (0, 0)}
    assert own.earned_kobo == owed == kept_kobo


def test_overrides_are_kept_copied_and_cleared(database: Database) -> None:
    with database.transaction() as session:
        teacher, other = tutor(session), tutor(session, "Amina Yusuf")
        evenings = weekly_hours.create_schedule(
            session, teacher, name="Evenings", ranges=[WeeklyRange(0, 1200, 1320)], now=NOW
        )
        draft = replace(
            DRAFT,
            booking_mode=BookingMode.EITHER,
            schedule_id=str(evenings.schedule_id),
            notice_minutes="1440",
            buffer_before_minutes="15",
            buffer_after_minutes=0,
        )
        made = offerings.create(session, teacher, draft=draft, now=NOW)
        copy = offerings.duplicate(session, teacher, offering_id=int(made.id), now=NOW)
        for number in (int(made.id), int(copy.id)):
            row = session.get_one(MentorshipSession, number)
            assert (row.booking_mode, row.schedule_id) == (BookingMode.EITHER, evenings.schedule_id)
            assert (row.notice_minutes, row.buffer_before_minutes, row.buffer_after_minutes) == (1440, 15, 0)
        with pytest.raises(InvalidInput) as refused:
            offerings.create(session, other, draft=draft, now=NOW)
        assert (refused.value.code, refused.value.field) == ("not_your_hours", "schedule")
        offerings.update(session, teacher, offering_id=int(made.id), draft=DRAFT, now=NOW)
        row = session.get_one(MentorshipSession, int(made.id))
        assert (row.booking_mode, row.schedule_id) == (BookingMode.INSTANT, None)
        assert (row.notice_minutes, row.buffer_before_minutes, row.buffer_after_minutes) == (None,) * 3
