"""Requests: what they say, what they refuse, how they end, and that one of many wins."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models import AppMessage, MentorshipSession, OutgoingMessage, TutorRules
from mentor_ui.services import bookings, claims, request_ends, requests
from tests.services.test_bookings import quarters, refusal, status_of, take
from tests.world import FREE_TIME, NOON, Pair, make_offering, make_pair, make_person

URL = "http://localhost:3000"
FAR = NOON + timedelta(days=6)
"""So far ahead that the tutor has all of the 72 hours."""


def asking_pair(database: Database, mode: BookingMode = BookingMode.REQUEST) -> Pair:
    return make_pair(database, mode=mode)


def ask(
    database: Database,
    student: Actor,
    offering_id: int,
    *,
    starts_at: datetime = FAR,
    message: str = "I get stuck on hooks.",
    now: datetime = NOON,
) -> requests.Request:
    with database.transaction() as session:
        return requests.ask(
            session,
            student,
            offering_id=offering_id,
            starts_at=starts_at,
            message=message,
            price_seen_kobo=500_000,
            now=now,
            public_url=URL,
        )


def approve(database: Database, tutor: Actor, booking_id: int, now: datetime = NOON) -> datetime:
    with database.transaction() as session:
        return requests.approve(session, tutor, booking_id=booking_id, now=now, public_url=URL)


def decline(database: Database, tutor: Actor, booking_id: int, reason: str, now: datetime = NOON) -> None:
    with database.transaction() as session:
        requests.decline(session, tutor, booking_id=booking_id, reason=reason, now=now, public_url=URL)


def withdraw(database: Database, student: Actor, booking_id: int, now: datetime = NOON) -> None:
    with database.transaction() as session:
        requests.withdraw(session, student, booking_id=booking_id, now=now, public_url=URL)


def sweep(database: Database, now: datetime) -> tuple[int, int, int]:
    """Lapse holds and requests, and tell of the unpaid, as the sweeper does; return how many of each."""
    with database.transaction() as session:
        return (
            bookings.lapse_expired(session, now),
            request_ends.lapse_unanswered(session, now, public_url=URL),
            request_ends.tell_unpaid(session, now, public_url=URL),
        )


def booking(database: Database, booking_id: int) -> MentorshipSession:
    with database.reading() as session:
        return session.get_one(MentorshipSession, booking_id)


def told(database: Database, person: Actor) -> list[str]:
    with database.reading() as session:
        return list(
            session.exec(
                select(AppMessage.kind)
                .where(AppMessage.person_id == person.person_id)
                .order_by(col(AppMessage.id))
            )
        )


def test_asking_claims_nothing_and_pins_the_terms(database: Database) -> None:
    pair = asking_pair(database)
    with database.transaction() as session:
        session.add(
            TutorRules(
                tutor_id=pair.tutor.person_id,
                buffer_before_minutes=15,
                buffer_after_minutes=30,
                cancellation_policy=CancellationPolicy.STRICT,
            )
        )
        session.get_one(MentorshipSession, pair.offering_id).buffer_after_minutes = 45
    request = ask(database, pair.student, pair.offering_id)
    assert request.expires_at == NOON + requests.ANSWER_TIME
    row = booking(database, request.booking_id)
    assert (row.status, row.booking_mode, row.payment_status) == (
        SessionStatus.PENDING_MENTOR_REVIEW,
        BookingMode.REQUEST,
        PaymentStatus.NONE,
    )
    assert (row.buffer_before_minutes, row.buffer_after_minutes, row.cancellation_policy) == (
        15,
        45,
        CancellationPolicy.STRICT,
    )
    assert (row.request_message, row.request_expires_at) == ("I get stuck on hooks.", request.expires_at)
    assert quarters(database, pair.tutor.person_id) == quarters(database, pair.student.person_id) == 0
    assert told(database, pair.tutor) == told(database, pair.student) == ["requested"]


def test_the_time_to_answer_ends_before_the_notice_that_the_tutor_wants(database: Database) -> None:
    pair = asking_pair(database)
    near = ask(database, pair.student, pair.offering_id, starts_at=FREE_TIME)
    assert near.expires_at == FREE_TIME - timedelta(minutes=120)
    with database.transaction() as session:
        session.get_one(MentorshipSession, pair.offering_id).notice_minutes = 0
    nearer = ask(database, pair.student, pair.offering_id, starts_at=NOON + timedelta(hours=20))
    assert nearer.expires_at == NOON + timedelta(hours=20) - timedelta(minutes=45)
    # Whoever says yes at the last moment still leaves the student the shortest time to pay.
    until = approve(database, pair.tutor, nearer.booking_id, nearer.expires_at - timedelta(seconds=1))
    assert until == NOON + timedelta(hours=20) - requests.PAY_MARGIN


def test_each_refusal_to_ask_has_its_own_code_and_changes_nothing(database: Database) -> None:
    pair = asking_pair(database)
    instant = make_offering(database, pair.tutor)
    other = make_person(database, Role.STUDENT)
    taken = make_offering(database, pair.tutor)
    take(database, other, taken, starts_at=FREE_TIME + timedelta(hours=3))
    soon = NOON + timedelta(hours=2)
    student, offering = pair.student, pair.offering_id

    def asked(**changes: object) -> Callable[[], object]:
        return lambda: ask(database, **{"student": student, "offering_id": offering, **changes})  # type: ignore[arg-type]

    found = {
        "own_offering": refusal(asked(student=pair.tutor)),
        "not_a_student": refusal(asked(student=make_person(database, Role.ADMIN))),
        "offering_gone": refusal(asked(offering_id=123)),
        "book_at_once": refusal(asked(offering_id=instant)),
        "time_passed": refusal(asked(starts_at=NOON - timedelta(hours=1))),
        "time_not_open": refusal(asked(starts_at=FREE_TIME + timedelta(minutes=7))),
        "too_soon_to_ask": refusal(asked(starts_at=soon)),
        "time_taken": refusal(asked(starts_at=FREE_TIME + timedelta(hours=3, minutes=30))),
        "too_long": refusal(asked(message="x" * 1001)),
    }
    assert {code: code for code in found} == found
    assert told(database, pair.tutor) == []


def test_the_same_time_is_asked_for_once_and_only_a_few_at_a_time(database: Database) -> None:
    pair = asking_pair(database)
    first = ask(database, pair.student, pair.offering_id)
    assert refusal(lambda: ask(database, pair.student, pair.offering_id)) == "already_asked"
    ask(database, make_person(database, Role.STUDENT), pair.offering_id)
    for hours in range(1, requests.MOST_OPEN_REQUESTS):
        ask(database, pair.student, pair.offering_id, starts_at=FAR + timedelta(hours=hours))
    more = FAR + timedelta(hours=9)
    too_many = refusal(lambda: ask(database, pair.student, pair.offering_id, starts_at=more))
    assert too_many == "too_many_requests"
    withdraw(database, pair.student, first.booking_id)
    ask(database, pair.student, pair.offering_id)


def test_a_yes_claims_the_time_and_says_until_when_to_pay(database: Database) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    until = approve(database, pair.tutor, request.booking_id)
    row = booking(database, request.booking_id)
    assert (row.status, row.payment_status, row.hold_expires_at) == (
        SessionStatus.HELD,
        PaymentStatus.AWAITING,
        NOON + requests.PAY_TIME,
    )
    assert until == row.hold_expires_at
    assert quarters(database, pair.tutor.person_id) == quarters(database, pair.student.person_id) == 4
    assert told(database, pair.tutor) == told(database, pair.student) == ["requested", "approved"]
    assert refusal(lambda: approve(database, pair.tutor, request.booking_id)) == "request_over"


def test_buffers_are_kept_around_the_tutors_sessions_and_are_no_claims(database: Database) -> None:
    pair = asking_pair(database)
    with database.transaction() as session:
        session.add(
            TutorRules(tutor_id=pair.tutor.person_id, buffer_before_minutes=15, buffer_after_minutes=20)
        )
    request = ask(database, pair.student, pair.offering_id)
    approve(database, pair.tutor, request.booking_id)
    assert quarters(database, pair.student.person_id) == quarters(database, pair.tutor.person_id) == 4
    other = make_person(database, Role.STUDENT)
    beside, clear = FAR + timedelta(minutes=60), FAR + timedelta(minutes=90)
    assert refusal(lambda: ask(database, other, pair.offering_id, starts_at=beside)) == "time_not_open"
    ask(database, other, pair.offering_id, starts_at=clear)


def test_two_requests_for_one_time_are_never_both_approved(database: Database) -> None:
    pair = asking_pair(database)
    longer = make_offering(database, pair.tutor, duration_minutes=120, mode=BookingMode.REQUEST)
    first = ask(database, pair.student, pair.offering_id)
    second = ask(database, make_person(database, Role.STUDENT), longer, starts_at=FAR - timedelta(hours=1))
    approve(database, pair.tutor, first.booking_id)
    assert refusal(lambda: approve(database, pair.tutor, second.booking_id)) == claims.TAKEN
    # The loser is not lost: it still waits, to be declined or moved.
    assert status_of(database, second.booking_id) == SessionStatus.PENDING_MENTOR_REVIEW
    decline(database, pair.tutor, second.booking_id, "I am taken then.")
    assert status_of(database, second.booking_id) == SessionStatus.REJECTED


def test_a_no_needs_a_reason_and_is_final(database: Database) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    assert refusal(lambda: decline(database, pair.tutor, request.booking_id, "  ")) == "invalid_input"
    assert refusal(lambda: decline(database, pair.tutor, request.booking_id, "x" * 501)) == "too_long"
    decline(database, pair.tutor, request.booking_id, " I travel that week. ")
    row = booking(database, request.booking_id)
    assert (row.status, row.decline_reason) == (SessionStatus.REJECTED, "I travel that week.")
    assert told(database, pair.student) == ["requested", "declined"]
    for action in (approve, withdraw):
        person = pair.tutor if action is approve else pair.student
        assert refusal(lambda: action(database, person, request.booking_id)) == "request_over"  # noqa: B023
    with database.reading() as session:
        mail = session.exec(select(OutgoingMessage).where(OutgoingMessage.kind == "declined")).one()
    assert "I travel that week." in mail.text


def test_withdrawing_ends_a_request_or_an_approved_one_and_tells_both(database: Database) -> None:
    pair = asking_pair(database)
    waiting = ask(database, pair.student, pair.offering_id)
    withdraw(database, pair.student, waiting.booking_id)
    approved = ask(database, pair.student, pair.offering_id)
    approve(database, pair.tutor, approved.booking_id)
    withdraw(database, pair.student, approved.booking_id)
    for request in (waiting, approved):
        row = booking(database, request.booking_id)
        assert (row.status, row.cancelled_by) == (SessionStatus.CANCELLED, pair.student.person_id)
    assert quarters(database, pair.tutor.person_id) == 0
    assert (
        told(database, pair.tutor).count("withdrawn") == told(database, pair.student).count("withdrawn") == 2
    )
    take(database, make_person(database, Role.STUDENT), make_offering(database, pair.tutor), starts_at=FAR)


def test_nobody_answers_or_withdraws_what_is_not_theirs(database: Database) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    stranger, colleague = make_person(database, Role.STUDENT), make_person(database, Role.TUTOR)
    held = take(database, stranger, make_pair(database).offering_id)
    found = [
        refusal(lambda: withdraw(database, stranger, request.booking_id)),
        refusal(lambda: withdraw(database, pair.tutor, request.booking_id)),
        refusal(lambda: approve(database, colleague, request.booking_id)),
        refusal(lambda: approve(database, pair.student, request.booking_id)),
        refusal(lambda: decline(database, colleague, request.booking_id, "No.")),
        refusal(lambda: approve(database, pair.tutor, pair.offering_id)),
        refusal(lambda: approve(database, pair.tutor, 17)),
        refusal(lambda: withdraw(database, stranger, held.booking_id)),
    ]
    assert found == ["request_not_found"] * 8
    assert status_of(database, request.booking_id) == SessionStatus.PENDING_MENTOR_REVIEW


def test_an_unanswered_request_ends_and_tells_both_once(database: Database) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    late = request.expires_at
    assert sweep(database, late - timedelta(seconds=1)) == (0, 0, 0)
    assert refusal(lambda: approve(database, pair.tutor, request.booking_id, late)) == "request_lapsed"
    assert sweep(database, late) == (0, 1, 0)
    assert sweep(database, late) == (0, 0, 0)
    assert status_of(database, request.booking_id) == SessionStatus.EXPIRED
    assert told(database, pair.tutor) == told(database, pair.student) == ["requested", "lapsed"]
    assert refusal(lambda: approve(database, pair.tutor, request.booking_id, late)) == "request_over"


def test_an_approved_time_that_is_not_paid_for_is_free_at_once_and_both_are_told(database: Database) -> None:
    pair = asking_pair(database, BookingMode.EITHER)
    request = ask(database, pair.student, pair.offering_id)
    until = approve(database, pair.tutor, request.booking_id)
    other = make_person(database, Role.STUDENT)
    early = until - timedelta(seconds=1)
    assert refusal(lambda: take(database, other, pair.offering_id, starts_at=FAR, now=early)) == claims.TAKEN
    # No sweeper ran: the next taker finds the time free, and the sweep afterwards still tells of it.
    take(database, other, pair.offering_id, starts_at=FAR, now=until)
    assert status_of(database, request.booking_id) == SessionStatus.EXPIRED
    assert sweep(database, until) == (0, 0, 1)
    assert sweep(database, until) == (0, 0, 0)
    news = ["requested", "approved", "payment_lapsed"]
    assert told(database, pair.tutor) == told(database, pair.student) == news


def test_the_sweeper_ends_unpaid_approvals_and_tells_of_them(database: Database) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    until = approve(database, pair.tutor, request.booking_id)
    assert sweep(database, until) == (1, 0, 1)
    assert quarters(database, pair.tutor.person_id) == 0
    assert status_of(database, request.booking_id) == SessionStatus.EXPIRED


def test_a_hold_is_refused_where_the_tutor_answers_first(database: Database) -> None:
    pair = asking_pair(database)
    assert refusal(lambda: take(database, pair.student, pair.offering_id)) == "ask_first"


def test_choosing_a_time_of_the_same_tutor_leaves_an_approved_request_alone(database: Database) -> None:
    pair = asking_pair(database, BookingMode.EITHER)
    request = ask(database, pair.student, pair.offering_id)
    approve(database, pair.tutor, request.booking_id)
    held = take(database, pair.student, pair.offering_id)
    take(database, pair.student, pair.offering_id, starts_at=FREE_TIME + timedelta(hours=2))
    assert status_of(database, held.booking_id) == SessionStatus.EXPIRED
    assert status_of(database, request.booking_id) == SessionStatus.HELD
    with pytest.raises(DomainError) as caught, database.transaction() as session:
        bookings.release_hold(session, pair.student, booking_id=request.booking_id, now=NOON)
    assert caught.value.code == "booking_not_found"


def test_what_is_told_leads_to_where_something_can_be_done(database: Database) -> None:
    pair = asking_pair(database)
    request = ask(database, pair.student, pair.offering_id)
    approve(database, pair.tutor, request.booking_id)
    with database.reading() as session:
        links = {
            (row.kind, row.person_id == pair.tutor.person_id): row.link
            for row in session.exec(select(AppMessage))
        }
        mail = session.exec(select(OutgoingMessage).where(OutgoingMessage.kind == "approved")).all()
    assert links["requested", True] == "/tutor/mentorship#approvals"
    assert links["requested", False] == "/student/mentorship#awaiting"
    assert links["approved", False] == "/student/mentorship#pay"
    assert links["approved", True] == f"/mentorship/session/{request.booking_id}"
    assert any(f"{URL}/student/mentorship#pay" in one.text for one in mail)


def limit(database: Database, tutor: Actor, **limits: int) -> None:
    with database.transaction() as session:
        session.add(TutorRules(tutor_id=tutor.person_id, **limits))


@pytest.mark.parametrize(
    "limits",
    [
        {"most_sessions_day": 1},
        {"most_minutes_day": 90},
        {"most_sessions_week": 1},
        {"most_minutes_week": 90},
    ],
)
def test_a_yes_that_goes_over_a_limit_has_to_be_meant(database: Database, limits: dict[str, int]) -> None:
    pair = asking_pair(database, BookingMode.EITHER)
    asked = ask(database, pair.student, pair.offering_id).booking_id
    take(database, make_person(database, Role.STUDENT), pair.offering_id, starts_at=FAR - timedelta(hours=3))
    limit(database, pair.tutor, **limits)
    assert refusal(lambda: approve(database, pair.tutor, asked)) == requests.OVER_LIMIT
    assert booking(database, asked).status == SessionStatus.PENDING_MENTOR_REVIEW
    with database.transaction() as session:
        requests.approve(
            session, pair.tutor, booking_id=asked, over_limit_seen=True, now=NOON, public_url=URL
        )
    assert booking(database, asked).status == SessionStatus.HELD
    assert quarters(database, pair.tutor.person_id) == 8


def test_a_yes_within_the_limits_needs_no_second_thought(database: Database) -> None:
    pair = asking_pair(database, BookingMode.EITHER)
    asked = ask(database, pair.student, pair.offering_id).booking_id
    # Another day counts in the week alone, another week not at all, and a hold that ran out nowhere.
    for days in (1, -1):
        other = make_person(database, Role.STUDENT)
        take(database, other, pair.offering_id, starts_at=FAR + timedelta(days=days))
    limit(database, pair.tutor, most_sessions_day=1, most_sessions_week=1)
    assert refusal(lambda: approve(database, pair.tutor, asked)) == requests.OVER_LIMIT
    approve(database, pair.tutor, asked, NOON + timedelta(hours=1))
    assert booking(database, asked).status == SessionStatus.HELD
