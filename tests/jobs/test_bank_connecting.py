"""The account that money goes to: confirmed by its bank, changed only by who knows the password."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from mentor_ui.domain.errors import Conflict, DomainError, InvalidInput, NotAllowed, TooManyAttempts
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.jobs import bank_connecting
from mentor_ui.models import BankAccount, OutgoingMessage, Person
from mentor_ui.resources import Resources
from mentor_ui.services.passwords import hash_password
from tests.banking import earn, payouts_of, withdraw
from tests.sandbox_process import SandboxProcess
from tests.world import make_pair, make_person

PASSWORD = "correct horse battery"
NUMBER = "0123456789"
KUDA = "50211"


@pytest.fixture(autouse=True)
def _clean(sandbox: SandboxProcess) -> Iterator[None]:
    sandbox.reset()
    bank_connecting._limit.cache_clear()
    bank_connecting._listed.clear()
    yield
    sandbox.reset()


@pytest.fixture
def tutor(served: Resources) -> Actor:
    return with_password(served, make_person(served.database, Role.TUTOR))


def with_password(tools: Resources, actor: Actor) -> Actor:
    with tools.database.transaction() as session:
        session.get_one(Person, actor.person_id).password_hash = hash_password(PASSWORD)
    return actor


def accounts_of(tools: Resources, tutor: Actor) -> list[BankAccount]:
    with tools.database.reading() as session:
        return list(
            session.exec(
                select(BankAccount)
                .where(BankAccount.tutor_id == tutor.person_id)
                .order_by(col(BankAccount.id))
            )
        )


def save(tools: Resources, tutor: Actor, number: str = NUMBER, **other: str) -> None:
    name = bank_connecting.look_up(tools, tutor, bank_code=KUDA, account_number=number).account_name
    fields = {"bank_code": KUDA, "account_number": number, "name_seen": name, "password": PASSWORD}
    bank_connecting.save(tools, tutor, **(fields | other))


def test_the_banks_are_asked_for_once_and_kept_when_paystack_is_away(
    served: Resources, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.fault("paystack.banks", "500_before", times=None)
    with pytest.raises(DomainError, match="Try again") as refused:
        bank_connecting.banks(served)
    assert (refused.value.code, refused.value.status) == ("banks_unknown", 503)
    sandbox.control("DELETE", "faults")
    names = [bank.name for bank in bank_connecting.banks(served)]
    assert "Kuda Bank" in names
    assert names == sorted(names, key=str.casefold)
    sandbox.control("DELETE", "requests")
    bank_connecting.banks(served)
    assert sandbox.calls("paystack.banks") == 0
    monkeypatch.setattr(bank_connecting, "BANKS_LAST_SECONDS", 0)
    sandbox.fault("paystack.banks", "500_before", times=None)
    assert [bank.name for bank in bank_connecting.banks(served)] == names


def test_an_account_is_confirmed_saved_and_replaced(
    served: Resources, sandbox: SandboxProcess, tutor: Actor
) -> None:
    found = bank_connecting.look_up(served, tutor, bank_code=KUDA, account_number="01234 56789")
    assert (found.bank.name, found.account_number) == ("Kuda Bank", NUMBER)
    assert found.account_name
    for _ in range(2):
        save(served, tutor)
    save(served, tutor, "1111111111")
    first, second = accounts_of(served, tutor)
    assert first.removed_at is not None
    assert (second.removed_at, second.account_number) == (None, "1111111111")
    assert second.recipient_code.startswith("RCP_")
    with served.database.reading() as session:
        mails = session.exec(select(OutgoingMessage.text).where(OutgoingMessage.kind == "bank_account")).all()
    assert ["6789" in mail for mail in mails] == [True, False]
    assert NUMBER not in "".join(mails)


def test_a_payout_on_its_way_keeps_its_account(served: Resources, sandbox: SandboxProcess) -> None:
    pair = make_pair(served.database)
    earn(served.database, pair)
    save(served, with_password(served, pair.tutor))
    withdraw(served.database, pair.tutor, 200_000)
    save(served, pair.tutor, "1111111111")
    first, _ = accounts_of(served, pair.tutor)
    assert payouts_of(served.database, pair.tutor)[0].bank_account_id == first.id


@pytest.mark.parametrize(
    ("bank", "number", "field", "code"),
    [
        ("nonsense", NUMBER, "bank", "bank_unknown"),
        (KUDA, "123456789", "account_number", "account_number_wrong"),
        (KUDA, "12345678901", "account_number", "account_number_wrong"),
        (KUDA, "٠١٢٣٤٥٦٧٨٩", "account_number", "account_number_wrong"),
        (KUDA, "9912345678", "account_number", "account_not_found"),
    ],
)
def test_what_is_wrong_with_a_number_is_said_beside_it(
    served: Resources, sandbox: SandboxProcess, tutor: Actor, *, bank: str, number: str, field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        bank_connecting.look_up(served, tutor, bank_code=bank, account_number=number)
    assert (refused.value.field, refused.value.code) == (field, code)


@pytest.mark.parametrize(
    ("fault", "more", "code"),
    [
        ("500_before", {}, "bank_unreachable"),
        ("lost_reply", {}, "bank_unreachable"),
        ("429", {}, "look_ups_used_up"),
        (
            "reply",
            {
                "status": 400,
                "body": {
                    "status": False,
                    "message": "Test mode daily limit of 3 live bank resolves exceeded. Use test bank codes",
                },
            },
            "look_ups_used_up",
        ),
        ("reply", {"status": 401, "body": {"status": False, "message": "Invalid key"}}, "bank_unreachable"),
    ],
)
def test_an_outage_is_never_called_a_wrong_account(
    served: Resources,
    sandbox: SandboxProcess,
    tutor: Actor,
    *,
    fault: str,
    more: dict[str, object],
    code: str,
) -> None:
    sandbox.fault("paystack.resolve", fault, times=None, **more)
    with pytest.raises(DomainError, match="may well be right") as refused:
        bank_connecting.look_up(served, tutor, bank_code=KUDA, account_number=NUMBER)
    assert (refused.value.code, refused.value.field) == (code, None)


def test_nothing_is_saved_without_the_password_or_with_another_name(
    served: Resources, sandbox: SandboxProcess, tutor: Actor
) -> None:
    with pytest.raises(InvalidInput) as refused:
        save(served, tutor, password="a guess")
    assert (refused.value.field, refused.value.code) == ("password", "password_wrong")
    with pytest.raises(Conflict):
        save(served, tutor, name_seen="SOMEBODY ELSE")
    sandbox.fault("paystack.recipient", "500_before", times=None)
    with pytest.raises(DomainError, match="Nothing was saved"):
        save(served, tutor)
    assert accounts_of(served, tutor) == []


def test_passwords_and_numbers_cannot_be_tried_one_after_another(
    served: Resources, sandbox: SandboxProcess, tutor: Actor
) -> None:
    for _ in range(10):
        with pytest.raises(InvalidInput):
            bank_connecting.save(
                served, tutor, bank_code=KUDA, account_number=NUMBER, name_seen="", password="guess"
            )
    with pytest.raises(TooManyAttempts):
        bank_connecting.save(
            served, tutor, bank_code=KUDA, account_number=NUMBER, name_seen="", password=PASSWORD
        )
    for _ in range(20):
        bank_connecting.look_up(served, tutor, bank_code=KUDA, account_number=NUMBER)
    with pytest.raises(TooManyAttempts):
        bank_connecting.look_up(served, tutor, bank_code=KUDA, account_number=NUMBER)
    # Somebody else's tries are their own.
    other = make_person(served.database, Role.TUTOR)
    bank_connecting.look_up(served, other, bank_code=KUDA, account_number=NUMBER)


def test_students_have_no_bank_account(served: Resources, sandbox: SandboxProcess) -> None:
    student = with_password(served, make_person(served.database, Role.STUDENT))
    with pytest.raises(NotAllowed):
        save(served, student)
