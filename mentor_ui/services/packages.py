"""Packages on sale: what tutors offer beside single sessions of an offering.

A package's terms never change. A new price is a new row and the old one leaves the sale, so that what was
bought stays as it was.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from mentor_ui.domain.money import parse_naira, price_in_range, show_naira
from mentor_ui.domain.packages import (
    FEWEST_SESSIONS,
    LONGEST_DAYS,
    MOST_SESSIONS,
    SHORTEST_DAYS,
    Saving,
    saving,
)
from mentor_ui.domain.roles import Actor
from mentor_ui.models import MentorshipSession, Package
from mentor_ui.services.turns import take_turns

MOST_ON_SALE = 5
"""Of one offering at a time, so that students can still compare them."""


@dataclass(frozen=True, slots=True)
class PackageDraft:
    """What the tutor typed.

    Attributes:
        price: Naira as a person types them: `12,000`.
    """

    sessions: object
    price: object
    valid_days: object


@dataclass(frozen=True, slots=True)
class PackageTerms:
    """A draft that is in order."""

    sessions: int
    price_kobo: int
    valid_days: int


@dataclass(frozen=True, slots=True)
class PackageOnSale:
    """A package as it can be bought.

    Attributes:
        saving: Beside single sessions at their present price.
    """

    id: int
    offering_id: int
    sessions: int
    price_kobo: int
    valid_days: int
    saving: Saving


def of_offering(session: Session, offering_id: int) -> tuple[PackageOnSale, ...]:
    """Return what is on sale for an offering, the smallest first."""
    rows = session.exec(
        select(Package, MentorshipSession.price_kobo)
        .join(MentorshipSession, col(MentorshipSession.id) == col(Package.offering_id))
        .where(Package.offering_id == offering_id, col(Package.retired_at).is_(None))
        .order_by(col(Package.sessions), col(Package.price_kobo), col(Package.id))
    ).all()
    return tuple(_on_sale(package, single_kobo) for package, single_kobo in rows)


def _on_sale(package: Package, single_kobo: int) -> PackageOnSale:
    return PackageOnSale(
        package.id,
        package.offering_id,
        package.sessions,
        package.price_kobo,
        package.valid_days,
        saving(package.price_kobo, package.sessions, single_kobo),
    )


def checked(draft: PackageDraft, single_kobo: int) -> PackageTerms:
    """Return what a draft means.

    Args:
        draft: As typed.
        single_kobo: What one session of the offering costs.

    Raises:
        InvalidInput: `sessions`, `package_price` or `valid_days` is wrong.
    """
    sessions = _number(draft.sessions, FEWEST_SESSIONS, MOST_SESSIONS, field="sessions", what="sessions")
    price_kobo = price_in_range(parse_naira(draft.price, field="package_price"), field="package_price")
    if price_kobo >= single_kobo * sessions:
        raise InvalidInput(
            f"{sessions} single sessions cost {show_naira(single_kobo * sessions)}. "
            "A package costs less than that.",
            field="package_price",
        )
    valid_days = _number(draft.valid_days, SHORTEST_DAYS, LONGEST_DAYS, field="valid_days", what="days")
    return PackageTerms(sessions, price_kobo, valid_days)


def _number(value: object, least: int, most: int, *, field: str, what: str) -> int:
    text = str(value).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if not least <= number <= most:
        raise InvalidInput(f"Choose between {least} and {most} {what}.", field=field)
    return number


def offer(
    session: Session, actor: Actor, *, offering_id: int, draft: PackageDraft, now: datetime
) -> PackageOnSale:
    """Put a package on sale; the same one a second time changes nothing.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        offering_id: Whose sessions it holds.
        draft: As typed.
        now: The present moment.

    Raises:
        NotFound: There is no such offering.
        NotAllowed: It is somebody else's.
        InvalidInput: A field is wrong.
        Conflict: `too_many_packages`.
    """
    offering = _own_offering(session, actor, offering_id)
    terms = checked(draft, offering.price_kobo)
    on_sale = of_offering(session, offering_id)
    for other in on_sale:
        if (other.sessions, other.price_kobo, other.valid_days) == (
            terms.sessions,
            terms.price_kobo,
            terms.valid_days,
        ):
            return other
    if len(on_sale) >= MOST_ON_SALE:
        raise Conflict(
            f"{MOST_ON_SALE} packages of this offering are on sale. Take one off first.",
            code="too_many_packages",
        )
    return _added(session, offering, terms, now)


def change(
    session: Session, actor: Actor, *, package_id: int, draft: PackageDraft, now: datetime
) -> PackageOnSale:
    """Sell a package under other terms from now on: a new one takes its place.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        package_id: What is on sale.
        draft: The new terms, as typed.
        now: The present moment.

    Raises:
        NotFound: `package_gone`.
        InvalidInput: A field is wrong.
    """
    package = _own_package(session, actor, package_id)
    offering = session.get_one(MentorshipSession, package.offering_id)
    terms = checked(draft, offering.price_kobo)
    if terms == PackageTerms(package.sessions, package.price_kobo, package.valid_days):
        return _on_sale(package, offering.price_kobo)
    _retire(session, package, now)
    return _added(session, offering, terms, now)


def retire(session: Session, actor: Actor, *, package_id: int, now: datetime) -> None:
    """Take a package off sale; what was bought of it stays as it is.

    Raises:
        NotFound: `package_gone`: it is not on sale, or somebody else's.
    """
    _retire(session, _own_package(session, actor, package_id), now)


def _added(
    session: Session, offering: MentorshipSession, terms: PackageTerms, now: datetime
) -> PackageOnSale:
    package = Package(
        tutor_id=offering.tutor_id,
        offering_id=offering.id,
        sessions=terms.sessions,
        price_kobo=terms.price_kobo,
        valid_days=terms.valid_days,
        created_at=now,
    )
    session.add(package)
    session.flush()
    return _on_sale(package, offering.price_kobo)


def _retire(session: Session, package: Package, now: datetime) -> None:
    package.retired_at = now
    session.add(package)
    session.flush()


def _own_offering(session: Session, actor: Actor, offering_id: int) -> MentorshipSession:
    take_turns(session, (actor.person_id,))
    offering = session.get(MentorshipSession, offering_id, populate_existing=True)
    if offering is None or not offering.is_offering:
        raise NotFound("We cannot find this offering. It may have been deleted.")
    if offering.tutor_id != actor.person_id:
        raise NotAllowed("Only the tutor who made an offering can change it.", code="not_your_offering")
    return offering


def _own_package(session: Session, actor: Actor, package_id: int) -> Package:
    take_turns(session, (actor.person_id,))
    package = session.get(Package, package_id, populate_existing=True)
    if package is None or package.tutor_id != actor.person_id or package.retired_at is not None:
        raise NotFound("This package is not on sale any more.", code="package_gone")
    return package
