"""What cancelling a session of a package means, and what has become of it, in words."""

from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.local_time import near_start_within, place_of
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.refund_words import THE_WAY_IT_CAME
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, Person
from mentor_ui.services import package_returns
from mentor_ui.services.changes import CancelTerms


def package_cancel_lines(
    session: Session, terms: CancelTerms, booking: MentorshipSession, actor: Actor, now: datetime
) -> tuple[str, ...]:
    """Return what cancelling a session of a package now would do, one sentence each.

    Args:
        session: For reading.
        terms: Of `changes.cancel_preview`.
        booking: What would be cancelled.
        actor: Who would cancel it.
        now: The present moment.
    """
    by_tutor = actor.person_id == booking.tutor_id
    worth = show_naira(booking.price_kobo)
    counts_again = package_returns.counts_again(session, booking, now, by_tutor=by_tutor)
    if by_tutor:
        other = session.get_one(Person, booking.student_id).name
        back = (
            f"The session is back in the package of {other}, who can choose another time; "
            "you receive nothing for it."
            if counts_again
            else f"{other}'s package has ended, so {worth} goes back to {other}; you receive nothing for it."
        )
        return (back, f"{other} hears of it at once, and the time is free for others again.")
    if not terms.refund_kobo:
        return (f"It is too late to have it back: the session ({worth} of your package) counts as used.",)
    back = (
        "The session is back in your package, and you can choose another time for it."
        if counts_again
        else f"Your package has ended, so its part of the price, {worth}, {_where(session, booking)}."
    )
    if terms.until is None:
        return (back,)
    until = f"{near_start_within(terms.until, actor.timezone, now)} ({place_of(actor.timezone)} time)"
    return (back, f"This holds until {until}; later the session counts as used.")


def _where(session: Session, booking: MentorshipSession) -> str:
    """Return where the part of a session goes whose package has ended."""
    if package_returns.bought_with(session, booking.purchase_id or 0).credit_kobo:
        return "becomes your credit again"
    return f"goes back {THE_WAY_IT_CAME}"


def package_money(booking: MentorshipSession, *, is_tutor: bool, other: str) -> str:
    """Return what has become of a session of a package that is off; empty for any other."""
    whose = f"the package of {other}" if is_tutor else "your package"
    if booking.payment_status == PaymentStatus.CREDIT_BACK:
        return f"The session counts as unused in {whose} again, or is refunded if that has ended."
    if booking.purchase_id is not None and booking.status == SessionStatus.CANCELLED:
        return f"The session counts as used in {whose}, by the terms it was booked under."
    return ""
