"""Answering a dispute: what speaks for us, an operator's decision, and whether Paystack took it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.errors import Conflict, InvalidInput, NotFound
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.models import (
    AttendanceKind,
    Course,
    Dispute,
    DisputeState,
    MentorshipSession,
    OutgoingMessage,
    Payment,
    Person,
)
from mentor_ui.services import attendance, audit

ANSWER_DISPUTE = "answer_dispute"
"""Name of the job that tells Paystack what an operator decided."""

DECLINED = "declined"
ACCEPTED = "merchant-accepted"
LONGEST_MESSAGE = 400
MOST_SHOWN = 50
MOST_MAILS = 20


@dataclass(frozen=True, slots=True)
class DisputeCase:
    """A dispute as an operator sees it.

    Attributes:
        reference: Ours, of the payment.
        answer: What was decided, in Paystack's word; empty before.
        problem: Why Paystack did not take the answer.
        evidence: What speaks for us, as plain text; what was sent, once it was.
    """

    id: int
    reference: str
    title: str
    student_name: str
    tutor_name: str
    amount_kobo: int
    category: str
    state: DisputeState
    due_at: datetime | None
    answer: str
    problem: str
    evidence: str


def cases(session: Session, actor: Actor, *, limit: int = MOST_SHOWN) -> tuple[DisputeCase, ...]:
    """Return disputes: first those that are not decided, the nearest deadline first.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    rows = session.exec(
        select(Dispute, Payment)
        .join(Payment, col(Payment.id) == col(Dispute.payment_id))
        .order_by(col(Dispute.resolved_at).is_not(None), col(Dispute.due_at), col(Dispute.id).desc())
        .limit(limit)
    )
    return tuple(_case(session, dispute, payment) for dispute, payment in rows.all())


def _case(session: Session, dispute: Dispute, payment: Payment) -> DisputeCase:
    booking = session.get(MentorshipSession, payment.session_id) if payment.session_id else None
    return DisputeCase(
        id=dispute.id,
        reference=payment.reference,
        title=booking.title if booking else "A package of sessions",
        student_name=session.get_one(Person, payment.student_id).name,
        tutor_name=session.get_one(Person, payment.tutor_id).name,
        amount_kobo=dispute.amount_kobo,
        category=dispute.category,
        state=DisputeState(dispute.state),
        due_at=dispute.due_at,
        answer=dispute.answer,
        problem=dispute.answer_problem,
        evidence=dispute.evidence or evidence_text(session, payment),
    )


def evidence_text(session: Session, payment: Payment) -> str:
    """Return what speaks for us as plain text: receipt, booking, course, attendance, mails; times in UTC."""
    student, tutor = session.get_one(Person, payment.student_id), session.get_one(Person, payment.tutor_id)
    paid_at = payment.paid_at or payment.created_at
    amount, way = show_naira(payment.paid_kobo or payment.amount_kobo), payment.channel or "card"
    receipt = f"Reference {payment.reference}, {amount} paid on {_moment(paid_at)} by {way}."
    lines = ["Receipt", receipt, f"Paid by {student.name} ({student.email})."]
    booking = session.get(MentorshipSession, payment.session_id) if payment.session_id else None
    if booking is not None and booking.starts_at is not None and booking.ends_at is not None:
        time = f"{_moment(booking.starts_at)} to {_moment(booking.ends_at)}, {booking.duration} minutes"
        state = booking.status.replace("_", " ").lower()
        lines += ["", "Booking", f"“{booking.title}”, one to one with {tutor.name}, {time}. It is {state}."]
        course = session.get(Course, booking.course_id) if booking.course_id else None
        lines += [f"It belongs to the course “{course.title}”."] if course else []
        names = {tutor.id: tutor.name, student.id: student.name}
        lines += ["", "Attendance", *_attendance(session, booking, names)]
    return "\n".join([*lines, "", "Mails sent to the payer", *_mails(session, student, payment)])


def _attendance(session: Session, booking: MentorshipSession, names: dict[int, str]) -> list[str]:
    seen = [
        f"{_moment(event.happened_at)}: {names.get(event.person_id or 0, 'somebody')}, "
        f"{event.kind.replace('_', ' ').lower()}{f' ({event.detail})' if event.detail else ''}"
        for event in attendance.timeline(session, booking.id)
        if event.kind != AttendanceKind.HEARTBEAT
    ]
    return seen or ["Nothing was seen of it."]


def _mails(session: Session, student: Person, payment: Payment) -> list[str]:
    about = [col(OutgoingMessage.dedupe_key).contains(str(payment.id))]
    if payment.session_id is not None:
        about.append(col(OutgoingMessage.dedupe_key).contains(str(payment.session_id)))
    sent = session.exec(
        select(OutgoingMessage.sent_at, OutgoingMessage.subject)
        .where(
            OutgoingMessage.recipient == student.email, col(OutgoingMessage.sent_at).is_not(None), or_(*about)
        )
        .order_by(col(OutgoingMessage.sent_at))
        .limit(MOST_MAILS)
    )
    return [f"{_moment(at)}: {subject}" for at, subject in sent if at] or ["None."]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def decide(
    session: Session, actor: Actor, *, dispute_id: int, answer: str, message: str, now: datetime
) -> None:
    """Decide as an operator what the bank is told, once; a job tells it.

    Args:
        session: Of a writing transaction.
        actor: An operator.
        dispute_id: Which one.
        answer: `DECLINED`, with the evidence as it stands, or `ACCEPTED`: the payer gets the money.
        message: Our words for the bank.
        now: The present moment.

    Raises:
        NotAllowed: The actor does not run the platform.
        NotFound: `dispute_not_found`.
        InvalidInput: The answer, or the message is empty or too long.
        Conflict: `dispute_answered`: it was answered or decided before.
    """
    audit.check_operator(actor)
    message = message.strip()
    if answer not in {DECLINED, ACCEPTED}:
        raise InvalidInput("A dispute is contested or accepted.", field="answer")
    if not 0 < len(message) <= LONGEST_MESSAGE:
        raise InvalidInput(
            f"Please tell the bank why, in up to {LONGEST_MESSAGE} characters.", field="message"
        )
    dispute = session.get(Dispute, dispute_id, with_for_update=True)
    if dispute is None:
        raise NotFound("There is no such dispute.", code="dispute_not_found")
    if dispute.state != DisputeState.OPEN or dispute.answer:
        raise Conflict("This dispute was answered already.", code="dispute_answered")
    payment = session.get_one(Payment, dispute.payment_id)
    dispute.answer, dispute.answer_message, dispute.answer_problem = answer, message, ""
    dispute.evidence = evidence_text(session, payment)
    session.add(dispute)
    enqueue(
        session, ANSWER_DISPUTE, f"answer-dispute-{dispute.id}-{int(now.timestamp() * 1000)}", str(dispute.id)
    )
    audit.note(
        session,
        actor,
        "answer_dispute",
        subject=f"dispute {dispute.id}",
        detail=f"{answer}: {message}",
        now=now,
    )


def refuse(session: Session, dispute_id: int, problem: str) -> None:
    """Note that Paystack did not take an answer, so that an operator can give another.

    Args:
        session: Of a writing transaction.
        dispute_id: Which one.
        problem: What Paystack said.
    """
    dispute = session.get_one(Dispute, dispute_id, with_for_update=True)
    dispute.answer, dispute.answer_problem = "", problem[:300]
    session.add(dispute)


def unsent(session: Session, limit: int = 50) -> list[int]:
    """Return disputes whose answer Paystack has not taken yet."""
    return list(
        session.exec(
            select(Dispute.id)
            .where(Dispute.state == DisputeState.OPEN, Dispute.answer != "")
            .order_by(col(Dispute.due_at))
            .limit(limit)
        )
    )
