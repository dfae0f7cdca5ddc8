"""Reminders of a bought package that runs out: 14 and 3 days before, while sessions are left.

Each is a job that waits until its moment. It was made for one end, reads the package anew when it runs, and
does nothing when that end has moved or nothing is left.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.local_time import dated
from mentor_ui.domain.packages import REMIND_DAYS
from mentor_ui.models import PackagePurchase, Person, PurchaseState
from mentor_ui.services import notifications
from mentor_ui.services.letters import plain_letter
from mentor_ui.services.turns import take_turns

REMIND_PACKAGE = "remind_package"
"""Name of the job that sends one reminder of one bought package."""

PAGE = "/student/mentorship#book"


def schedule(session: Session, purchase: PackagePurchase, now: datetime) -> None:
    """Enqueue the reminders of a package as it stands now; those whose moment has passed are left out.

    Args:
        session: Of the transaction in which its end was set.
        purchase: Paid for.
        now: The present moment.
    """
    if purchase.expires_at is None:
        return
    ends = int(purchase.expires_at.timestamp())
    for days in REMIND_DAYS:
        wait = purchase.expires_at - timedelta(days=days) - now
        if wait > timedelta():
            enqueue(
                session,
                REMIND_PACKAGE,
                f"remind-package-{days}-{purchase.id}-{ends}",
                str(purchase.id),
                days,
                ends,
                delay_seconds=wait.total_seconds(),
            )


def remind(
    session: Session, *, purchase_id: int, days: int, ends: int, public_url: str, now: datetime
) -> bool:
    """Remind the owner of a package that its sessions run out, unless that is no longer so.

    Args:
        session: Of a writing transaction.
        purchase_id: Which package.
        days: How long before its end the reminder was meant for.
        ends: The end for which it was made, in seconds since 1970.
        public_url: Base of the links.
        now: The present moment.

    Returns:
        Whether there was something to say.
    """
    purchase = session.get(PackagePurchase, purchase_id)
    if purchase is None:
        return False
    take_turns(session, (purchase.tutor_id, purchase.student_id))
    session.refresh(purchase)
    left, expires_at = purchase.sessions - purchase.used, purchase.expires_at
    if purchase.state != PurchaseState.ACTIVE or not left or expires_at is None or expires_at <= now:
        return False
    if int(expires_at.timestamp()) != ends:
        return False
    student = session.get_one(Person, purchase.student_id)
    tutor = session.get_one(Person, purchase.tutor_id)
    what = "1 session is" if left == 1 else f"{left} sessions are"
    until = dated(expires_at, student.timezone)
    lines = [
        f"{what} left of your package “{purchase.title}” with {tutor.name}.",
        f"Choose a time for what is left before {until}. The session itself may be later.",
        "What you do not use by then is refunded by itself, at what it cost in the package.",
    ]
    notifications.tell_and_mail(
        session,
        student,
        plain_letter(
            f"{what} left of {purchase.title}", student.name, lines, ("Choose a time", f"{public_url}{PAGE}")
        ),
        key=f"package-ends-{days}-{purchase.id}-{ends}",
        kind="package_ends",
        body=" ".join(lines),
        link=PAGE,
        useful_until=expires_at,
    )
    return True
