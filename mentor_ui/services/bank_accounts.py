"""Where a tutor's money goes: one current bank account, the earlier ones kept as history."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.domain.errors import DomainError, NotAllowed
from mentor_ui.domain.roles import Actor
from mentor_ui.models import BankAccount, Person
from mentor_ui.services import notifications
from mentor_ui.services.letters import wallet_news
from mentor_ui.services.turns import take_turns

WALLET_PAGE = "/tutor/wallet"


class BankUnreachable(DomainError):
    """Neither yes nor no: the bank, or Paystack on the way to it, could not be asked."""

    code = "bank_unreachable"
    status = 503


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A bank account as Paystack confirmed it."""

    bank_code: str
    bank_name: str
    account_number: str
    account_name: str
    recipient_code: str


def require_teaching(actor: Actor) -> None:
    """Refuse whoever has no wallet.

    Raises:
        NotAllowed: The actor does not teach.
    """
    if not actor.teaches:
        raise NotAllowed("Wallets are for people who teach.")


def current(session: Session, tutor_id: int) -> BankAccount | None:
    """Return the account that payouts of a tutor go to; None before there is one."""
    return session.exec(
        select(BankAccount).where(BankAccount.tutor_id == tutor_id, col(BankAccount.removed_at).is_(None))
    ).first()


def hidden_number(account_number: str) -> str:
    """Return `•••• 6789`: enough to know it again."""
    return f"•••• {account_number[-4:]}"


def name_of(account: BankAccount | NewAccount) -> str:
    """Return `Kuda Bank •••• 6789`."""
    return f"{account.bank_name} {hidden_number(account.account_number)}"


def replace(session: Session, actor: Actor, new: NewAccount, *, public_url: str, now: datetime) -> None:
    """Make an account the one that payouts go to, and tell its tutor, wherever the wish came from.

    A payout that is on its way still goes where it was sent. The same account again changes nothing.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        new: As Paystack confirmed it a moment ago.
        public_url: Base of the links.
        now: The present moment.

    Raises:
        NotAllowed: The actor does not teach.
    """
    require_teaching(actor)
    take_turns(session, [actor.person_id])
    before = current(session, actor.person_id)
    if before is not None:
        if (before.bank_code, before.account_number) == (new.bank_code, new.account_number):
            return
        before.removed_at = now
        session.add(before)
        # The new one may only come once the old one is out of the unique index.
        session.flush()
    account = BankAccount(
        tutor_id=actor.person_id,
        bank_code=new.bank_code,
        bank_name=new.bank_name,
        account_number=new.account_number,
        account_name=new.account_name,
        recipient_code=new.recipient_code,
        created_at=now,
    )
    session.add(account)
    session.flush()
    tutor = session.get_one(Person, actor.person_id)
    words = f"What you withdraw from now on goes to {name_of(account)}, {account.account_name}."
    notifications.tell_and_mail(
        session,
        tutor,
        wallet_news("Your bank account was set", tutor.name, [words], f"{public_url}{WALLET_PAGE}"),
        key=f"bank-account-{account.id}",
        kind="bank_account",
        body=words,
        link=WALLET_PAGE,
    )
