"""What the reader of a session can still do about it, read from the database and put into words."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from mentor_ui.domain.local_time import day, near_start_within, place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.refund_words import BANKS_TAKE, THE_WAY_IT_CAME, fee_left_out
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import Mover, SessionStatus
from mentor_ui.models import MentorshipSession, Person, Refund, RefundState
from mentor_ui.pages.mentorship.session_package_words import package_cancel_lines, package_money
from mentor_ui.pages.policy_words import package_policy_line, policy_line, stretch
from mentor_ui.services import changes, refund_parts, refunds, time_proposals, verdicts
from mentor_ui.services.changes import CancelTerms
from mentor_ui.services.moves import can_still_change, own_booking, side_of, times_of
from mentor_ui.services.verdicts import Ruling


@dataclass(frozen=True)
class ProposedTime:
    """A time that the tutor proposed."""

    id: str
    when: str


@dataclass(frozen=True)
class Choices:
    """What can be done, each thing as a sentence that is empty when it cannot.

    Attributes:
        is_tutor: On which side the reader is.
        other: Who is on the other side.
        paid: Whether it is paid for.
        can_change: Whether it can still be moved or cancelled by somebody.
        moving: How often and until when the reader may move it, or why not.
        can_move: Whether the reader may.
        policy: What cancelling gives back.
        can_propose: Whether the reader may propose other times.
        proposed: The open ones.
        proposed_note: What the tutor wrote with them.
        proposed_until: Until when one can be chosen.
        marking: Until when the reader may say what became of it.
        marked: What the tutor said, of `SessionStatus`.
        contesting: Until when the reader may disagree.
        verdict: How a disagreement stands.
        in_full: What the student gets back of a session that the tutor cannot hold; empty when unpaid.
        money: What goes or went back.
        ended: Who cancelled it, and why.
    """

    is_tutor: bool = False
    other: str = ""
    paid: bool = False
    can_change: bool = False
    moving: str = ""
    can_move: bool = False
    policy: str = ""
    can_propose: bool = False
    proposed: tuple[ProposedTime, ...] = ()
    proposed_note: str = ""
    proposed_until: str = ""
    marking: str = ""
    marked: str = ""
    contesting: str = ""
    verdict: str = ""
    in_full: str = ""
    money: str = ""
    ended: str = ""


def read_choices(session: Session, actor: Actor, session_id: int, now: datetime) -> Choices:
    """Return what one of the two participants can do about a session.

    Args:
        session: For reading.
        actor: The reader.
        session_id: Which session.
        now: The present moment.

    Raises:
        NotFound: There is none, or the actor is not one of the two.
    """
    booking = own_booking(session, actor, session_id)
    is_tutor = side_of(booking, actor) == Mover.TUTOR
    other = session.get_one(Person, booking.student_id if is_tutor else booking.tutor_id)
    can_change = can_still_change(booking, now)
    moving, can_move = _moving(session, actor, booking, now) if can_change and not is_tutor else ("", False)
    proposals = time_proposals.open_for(session, booking.id, now)
    said = verdicts.terms(session, actor, booking_id=booking.id, now=now)
    return Choices(
        is_tutor=is_tutor,
        other=other.name,
        paid=booking.status == SessionStatus.SCHEDULED,
        can_change=can_change,
        moving=moving,
        can_move=can_move,
        policy=_policy(booking) if can_change and not is_tutor else "",
        can_propose=is_tutor and time_proposals.can_propose(booking, now),
        proposed=tuple(
            ProposedTime(str(one.id), span(one.starts_at, one.ends_at, actor.timezone)) for one in proposals
        ),
        proposed_note=proposals[0].message if proposals else "",
        proposed_until=_moment(proposals[0].expires_at, actor, now) if proposals else "",
        marking=_moment(said.mark_until, actor, now) if said.may_mark else "",
        marked=booking.status if booking.marked_at is not None else "",
        contesting=_moment(said.contest_until, actor, now) if said.may_contest else "",
        verdict=_verdict(said.contested, said.ruling),
        in_full=_in_full(session, booking) if can_change else "",
        money=package_money(booking, is_tutor=is_tutor, other=other.name)
        or _money(session, booking, is_tutor=is_tutor, other=other.name),
        ended=_ended(booking, actor, other.name),
    )


def cancel_lines(
    session: Session, terms: CancelTerms, booking: MentorshipSession, actor: Actor, now: datetime
) -> tuple[str, ...]:
    """Return what cancelling now would do, one sentence each.

    Args:
        session: For reading.
        terms: Of `changes.cancel_preview`.
        booking: What would be cancelled.
        actor: Who would cancel it.
        now: The present moment.
    """
    if terms.of_package:
        return package_cancel_lines(session, terms, booking, actor, now)
    if side_of(booking, actor) == Mover.TUTOR:
        other = session.get_one(Person, booking.student_id).name
        back = f"{other} gets {show_naira(terms.refund_kobo)} back in full; you receive nothing."
        if terms.tutor_kobo < 0:
            back = (
                f"{back} Paystack keeps its fee of {show_naira(-terms.tutor_kobo)}, which your wallet pays."
            )
        return (back, f"{other} hears of it at once, and the time is free for others again.")
    because = f"because it starts in {stretch(times_of(booking)[0] - now)}."
    if terms.refund_kobo == terms.paid_kobo:
        back = f"You get {show_naira(terms.refund_kobo)} back in full, {because}"
    elif terms.refund_kobo:
        back = f"You get {show_naira(terms.refund_kobo)} of {show_naira(terms.paid_kobo)} back, {because}"
    else:
        back = f"You get nothing of {show_naira(terms.paid_kobo)} back, {because}"
    fee = fee_left_out(terms.fee_kobo) if terms.fee_kobo and terms.refund_kobo else ""
    where = _where(terms)
    until = f"This holds until {_moment(terms.until, actor, now)}; later you get less." if terms.until else ""
    return tuple(filter(None, (back, fee, where, until)))


def _where(terms: CancelTerms) -> str:
    """Return which part goes back to the bank and which becomes credit, where credit paid for some of it."""
    if not terms.to_credit_kobo or terms.of_package:
        return ""
    to_bank_kobo = terms.refund_kobo - terms.to_credit_kobo
    to_credit = f"{show_naira(terms.to_credit_kobo)} comes back as credit"
    if not to_bank_kobo:
        return f"{to_credit} at once, as credit paid for it."
    return f"{show_naira(to_bank_kobo)} goes back {THE_WAY_IT_CAME}, and {to_credit} at once."


def _policy(booking: MentorshipSession) -> str:
    line = policy_line if booking.purchase_id is None else package_policy_line
    return line(booking.cancellation_policy)


def _moving(session: Session, actor: Actor, booking: MentorshipSession, now: datetime) -> tuple[str, bool]:
    terms = changes.reschedule_preview(session, actor, booking_id=booking.id, now=now)
    if terms.refusal:
        return terms.refusal, False
    often = {1: "once more", 2: "twice more"}.get(terms.left, f"{terms.left} times more")
    return f"You can move this session {often}, until {_moment(terms.until, actor, now)}.", True


def _moment(at: datetime, actor: Actor, now: datetime) -> str:
    return f"{near_start_within(at, actor.timezone, now)} ({place_of(actor.timezone)} time)"


def _verdict(contested: bool, ruling: Ruling | None) -> str:  # noqa: FBT001 - told apart by their kind
    if not contested:
        return ""
    match ruling:
        case None:
            return "The student disagrees about this session. We look at it and tell you both."
        case Ruling.HELD:
            return "We looked at it: the session was held."
        case Ruling.MISSED:
            return "We looked at it: the student missed the session."
        case Ruling.REFUNDED:
            return "We looked at it: the student gets all of the money back."


def _in_full(session: Session, booking: MentorshipSession) -> str:
    if booking.purchase_id is not None:
        return "the session of your package"
    return show_naira(refunds.left_kobo(session, booking))


def _money(session: Session, booking: MentorshipSession, *, is_tutor: bool, other: str) -> str:
    payment = refunds.bought_with(session, booking.id)
    if payment is None:
        return ""
    arrived_kobo = troubled_kobo = under_way_kobo = 0
    for refund in session.exec(select(Refund).where(Refund.payment_id == payment.id)):
        match RefundState(refund.state):
            case RefundState.PROCESSED:
                arrived_kobo += refund.amount_kobo
            case RefundState.FAILED | RefundState.NEEDS_ATTENTION:
                troubled_kobo += refund.amount_kobo
            case _:
                under_way_kobo += refund.amount_kobo
    to, whose = (other, f"{other}'s") if is_tutor else ("you", "your")
    paid_kobo, to_credit_kobo = (
        refund_parts.worth_kobo(payment),
        refund_parts.credited_kobo(session, payment.id),
    )

    def part(kobo: int) -> str:
        return show_naira(kobo) if kobo == paid_kobo else f"{show_naira(kobo)} of {show_naira(paid_kobo)}"

    lines = (
        f"{part(arrived_kobo)} went back to {to}." if arrived_kobo else "",
        f"{part(under_way_kobo)} is on its way back to {to}. {BANKS_TAKE}" if under_way_kobo else "",
        f"{part(troubled_kobo)} should go back to {to}, but the bank did not take it. We are looking into it."
        if troubled_kobo
        else "",
        f"{part(to_credit_kobo)} is {whose} credit again." if to_credit_kobo else "",
    )
    told = " ".join(filter(None, lines))
    if told or booking.status != SessionStatus.CANCELLED:
        return told
    return "Nothing is refunded for it, by the terms it was booked under."


def _ended(booking: MentorshipSession, actor: Actor, other: str) -> str:
    if booking.status != SessionStatus.CANCELLED or booking.contest_outcome:
        return ""
    who = {actor.person_id: "You", None: "We"}.get(booking.cancelled_by, other)
    reason = f" “{booking.cancel_reason}”" if booking.cancel_reason else ""
    return f"{who} cancelled this session on {day(booking.updated_at, actor.timezone)}.{reason}"
