"""A wallet's month on paper: what was there, each line, what was left; each time made from the ledger."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, func, select

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.local_time import month_around, zone_named
from mentor_ui.domain.roles import Actor
from mentor_ui.models import AccountKind, LedgerAccount, LedgerEntry, LedgerTransaction, Person
from mentor_ui.services import bank_accounts, ledger, wallet
from mentor_ui.services.wallet import Line

MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of a wallet.

    Attributes:
        month: Such as `2026-11`.
        title: Such as `November 2026`.
        tutor: The owner's name.
        zone: In which the month begins and ends, and in which times are written.
        begins: UTC.
        ends: UTC; the first moment that does not belong to it.
        made_at: UTC; of the present month, all until here is in it.
        opening_kobo: The balance when it began.
        closing_kobo: The balance when it ended.
        lines: The oldest first.
    """

    month: str
    title: str
    tutor: str
    zone: str
    begins: datetime
    ends: datetime
    made_at: datetime
    opening_kobo: int
    closing_kobo: int
    lines: list[Line]


def statement(session: Session, actor: Actor, *, month: str, now: datetime) -> Statement:
    """Return a month of the actor's wallet, in the actor's own zone.

    Args:
        session: Any.
        actor: The tutor.
        month: Such as `2026-11`.
        now: The present moment.

    Raises:
        NotAllowed: The actor does not teach.
        NotFound: `no_such_month`: it is none, or it has not begun.
    """
    bank_accounts.require_teaching(actor)
    begins, ends = _bounds(month, actor.timezone, now)
    wallet_kind, tutor_id = AccountKind.TUTOR_WALLET, actor.person_id
    return Statement(
        month=month,
        title=f"{begins.astimezone(zone_named(actor.timezone)):%B %Y}",
        tutor=session.get_one(Person, tutor_id).name,
        zone=actor.timezone,
        begins=begins,
        ends=ends,
        made_at=now,
        opening_kobo=ledger.balance_kobo(session, wallet_kind, tutor_id, until=begins),
        closing_kobo=ledger.balance_kobo(session, wallet_kind, tutor_id, until=ends),
        lines=wallet.lines_between(session, actor, begins, ends),
    )


def _bounds(month: str, zone: str, now: datetime) -> tuple[datetime, datetime]:
    try:
        first = datetime.strptime(month, "%Y-%m").replace(day=15, tzinfo=zone_named(zone))
        begins, ends = month_around(first.astimezone(UTC), zone)
    except (ValueError, OverflowError):
        begins = now + timedelta(days=1)
        ends = begins
    if begins > now or len(month) != len("2026-11"):
        raise NotFound("There is no statement for this month.", code="no_such_month")
    return begins, ends


def months(session: Session, actor: Actor, now: datetime) -> list[tuple[str, str]]:
    """Return the months that have a statement as key and name, the latest first.

    From the month of the wallet's first line until now, at most three years.

    Raises:
        NotAllowed: The actor does not teach.
    """
    bank_accounts.require_teaching(actor)
    first_at = session.exec(
        select(func.min(LedgerTransaction.created_at))
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(LedgerAccount.kind == AccountKind.TUTOR_WALLET, LedgerAccount.owner_id == actor.person_id)
    ).one()
    zone = zone_named(actor.timezone)
    begins, _ = month_around(now, actor.timezone)
    oldest, _ = month_around(first_at or now, actor.timezone)
    found: list[tuple[str, str]] = []
    while begins >= oldest and len(found) < MOST_MONTHS:
        local = begins.astimezone(zone)
        found.append((f"{local:%Y-%m}", f"{local:%B %Y}"))
        begins, _ = month_around(begins - timedelta(days=1), actor.timezone)
    return found
