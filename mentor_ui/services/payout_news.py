"""What a tutor hears of a payout that ended."""

from sqlmodel import Session

from mentor_ui.domain.money import show_naira
from mentor_ui.models import BankAccount, Payout, PayoutState, Person
from mentor_ui.services import notifications
from mentor_ui.services.bank_accounts import WALLET_PAGE, name_of
from mentor_ui.services.letters import wallet_news


def tell_tutor(session: Session, payout: Payout, account: BankAccount, *, public_url: str) -> None:
    """Tell a tutor, in the application and by mail, that a payout arrived or came back.

    Args:
        session: Of the writing transaction in which it ended.
        payout: As it stands afterwards.
        account: Where it went.
        public_url: Base of the links.
    """
    tutor = session.get_one(Person, payout.tutor_id)
    subject, lines = _words(payout, account)
    notifications.tell_and_mail(
        session,
        tutor,
        wallet_news(subject, tutor.name, lines, f"{public_url}{WALLET_PAGE}"),
        key=f"payout-{payout.state.lower()}-{payout.id}",
        kind=f"payout_{payout.state.lower()}",
        body=" ".join(lines),
        link=WALLET_PAGE,
    )


def _words(payout: Payout, account: BankAccount) -> tuple[str, list[str]]:
    amount, where = show_naira(payout.amount_kobo), name_of(account)
    if payout.state == PayoutState.PAID:
        return f"{amount} was sent to your bank", [
            f"{amount} has left for {where}.",
            "Most banks show it within minutes, some by the next working day.",
        ]
    back = show_naira(payout.amount_kobo + payout.fee_kobo)
    why = [f"The reason given: {payout.reason.rstrip('.')}."] if payout.reason else []
    what = (
        f"{where} sent your withdrawal of {amount} back."
        if payout.charged_kobo is not None
        else f"Your withdrawal of {amount} to {where} did not go through."
    )
    return f"{back} is back in your wallet", [
        what,
        *why,
        f"{back} is in your wallet again, the fee included. Check the account, then withdraw once more.",
    ]
