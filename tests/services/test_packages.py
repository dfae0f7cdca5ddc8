"""Packages on sale: what can be offered, and that what was bought is never touched."""

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.roles import Role
from mentor_ui.models import MentorshipSession, Package
from mentor_ui.services import offerings, packages
from mentor_ui.services.packages import PackageDraft
from tests.package_deals import bought, code_of, offer, purchase_in, sweep
from tests.world import NOON, Pair, make_pair, make_person


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def on_sale(database: Database, pair: Pair) -> list[tuple[int, int, int]]:
    with database.reading() as session:
        found = packages.of_offering(session, pair.offering_id)
        return [(one.sessions, one.price_kobo, one.valid_days) for one in found]


def test_a_package_says_what_each_session_costs_and_what_it_saves(database: Database, pair: Pair) -> None:
    package = offer(database, pair, price="₦12,000")
    assert (package.price_kobo, package.sessions, package.valid_days) == (1_200_000, 3, 180)
    assert (package.saving.each_kobo, package.saving.saved_kobo) == (400_000, 300_000)
    assert offer(database, pair, price="12000").id == package.id
    assert on_sale(database, pair) == [(3, 1_200_000, 180)]


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ((1, "4000", 180), "sessions"),
        ((51, "4000", 180), "sessions"),
        (("three", "4000", 180), "sessions"),
        (("", "4000", 180), "sessions"),
        ((3, "", 180), "package_price"),
        ((3, "499.99", 180), "package_price"),
        ((3, "15000", 180), "package_price"),
        ((3, "12000.001", 180), "package_price"),
        ((3, "12000", 13), "valid_days"),
        ((3, "12000", 731), "valid_days"),
        ((3, "12000", "-20"), "valid_days"),
    ],
)
def test_wrong_terms_are_said_beside_their_field(
    database: Database, pair: Pair, terms: tuple[object, object, object], field: str
) -> None:
    sessions, price, valid_days = terms
    with pytest.raises(InvalidInput) as refusal:
        offer(database, pair, sessions=sessions, price=price, valid_days=valid_days)
    assert refusal.value.field == field
    assert on_sale(database, pair) == []


def test_only_its_tutor_sells_packages_of_an_offering(database: Database, pair: Pair) -> None:
    other = make_person(database, Role.TUTOR)
    thief = Pair(other, pair.student, pair.offering_id, pair.price_kobo)
    assert code_of(lambda: offer(database, thief)) == "not_your_offering"
    package = offer(database, pair)
    with database.transaction() as session:
        for act in (
            lambda: packages.retire(session, other, package_id=package.id, now=NOON),
            lambda: packages.change(
                session, other, package_id=package.id, draft=PackageDraft(3, "9000", 90), now=NOON
            ),
            lambda: packages.retire(session, pair.tutor, package_id=1, now=NOON),
        ):
            assert code_of(act) == "package_gone"
    assert len(on_sale(database, pair)) == 1


def test_there_are_not_too_many_to_compare(database: Database, pair: Pair) -> None:
    for sessions in range(2, 2 + packages.MOST_ON_SALE):
        offer(database, pair, sessions=sessions, price=sessions * 4000)
    assert code_of(lambda: offer(database, pair, sessions=10, price="40000")) == "too_many_packages"


def test_another_price_is_another_package_and_what_was_bought_stays(database: Database, pair: Pair) -> None:
    package = offer(database, pair)
    purchase_id = bought(database, pair, package)
    before = purchase_in(database, purchase_id).model_dump()
    with database.transaction() as session:
        new = packages.change(
            session, pair.tutor, package_id=package.id, draft=PackageDraft(3, "13000", 90), now=NOON
        )
        same = packages.change(
            session, pair.tutor, package_id=new.id, draft=PackageDraft(3, "13,000", "90"), now=NOON
        )
    assert new.id == same.id != package.id
    assert on_sale(database, pair) == [(3, 1_300_000, 90)]
    with database.transaction() as session:
        packages.retire(session, pair.tutor, package_id=new.id, now=NOON)
    assert on_sale(database, pair) == []
    with database.reading() as session:
        assert len(session.exec(select(Package)).all()) == 2
    assert purchase_in(database, purchase_id).model_dump() == before


def test_an_offering_that_is_deleted_gives_what_is_left_back(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    with database.transaction() as session:
        offerings.delete(session, pair.tutor, offering_id=pair.offering_id, now=NOON)
    with database.reading() as session:
        assert session.get(MentorshipSession, pair.offering_id) is None
    assert purchase_in(database, purchase_id).offering_id is None
    assert sweep(database, NOON) == [1_200_001]
    assert sweep(database, NOON) == []
