"""What an operator has Paystack asked about at once, instead of waiting for the sweep."""

from datetime import UTC, datetime

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.jobs import disputing, paying_out, refunding
from mentor_ui.jobs.daily_books import prove
from mentor_ui.models import Dispute, Payment, RefundState
from mentor_ui.resources import Resources
from mentor_ui.services import audit, unspent_money
from mentor_ui.services.money_subjects import Subject, SubjectKind, subjects
from mentor_ui.services.paystack_silence import in_words
from mentor_ui.services.settlement import settle

SILENCE = "Paystack does not tell just now. It is asked again by itself; look here in a moment."


def verify(resources: Resources, actor: Actor, *, subject_id: int) -> Subject:
    """Ask Paystack about a payment, refund, payout or dispute now, and do what follows from its answer.

    Nothing is done that the sweep would not do: a refund that was never sent is sent, money whose payer's
    time to choose is over goes back.

    Args:
        resources: With what.
        actor: An operator; the deed is logged.
        subject_id: Of the payment, refund, payout or dispute.

    Returns:
        How it stands afterwards.

    Raises:
        NotAllowed: The actor does not run the platform.
        NotFound: There is no such thing.
        PaystackSilent: Paystack could not be asked, or refuses.
    """
    subject = _noted(resources, actor, subject_id)
    with in_words(SILENCE):
        _ask(resources, subject)
    return _subject(resources, subject_id)


def prove_now(resources: Resources, actor: Actor) -> None:
    """Recompute the ledger now; what came of it stands on the money page.

    Raises:
        NotAllowed: The actor does not run the platform.
    """
    audit.check_operator(actor)
    with resources.database.transaction() as session:
        audit.note(session, actor, "prove_ledger", subject="ledger", now=datetime.now(UTC))
    prove("now")


def confirm_payout(resources: Resources, actor: Actor, *, payout_id: int, code: str) -> Subject:
    """Confirm a payout with the code that Paystack sent to the account's owner.

    Returns:
        How it stands afterwards.

    Raises:
        NotAllowed: The actor does not run the platform.
        Conflict: `payout_not_waiting`.
        InvalidInput: `otp_wrong`; beside the field `otp`.
        PaystackSilent: Paystack could not be asked; a code that it took all the same is not lost.
    """
    with in_words(SILENCE):
        paying_out.finalize(resources, actor, payout_id=payout_id, otp=code)
    return _subject(resources, payout_id)


def _noted(resources: Resources, actor: Actor, subject_id: int) -> Subject:
    audit.check_operator(actor)
    subject = _subject(resources, subject_id)
    with resources.database.transaction() as session:
        what = f"{subject.kind} {subject.reference}"
        audit.note(session, actor, "verify", subject=what, now=datetime.now(UTC))
    return subject


def _subject(resources: Resources, subject_id: int) -> Subject:
    with resources.database.reading() as session:
        found = subjects(session, {subject_id}).get(subject_id)
    if found is None:
        raise NotFound("This is not there any more.", code="subject_gone")
    return found


def _ask(resources: Resources, subject: Subject) -> None:
    match subject.kind:
        case SubjectKind.PAYMENT:
            _ask_about_payment(resources, subject)
        case SubjectKind.REFUND if subject.state in {RefundState.DUE, RefundState.ASKED}:
            refunding.ask_for(str(subject.id))
        case SubjectKind.REFUND:
            refunding.follow(resources, subject.id)
        case SubjectKind.PAYOUT:
            paying_out.pursue(resources, subject.id)
        case SubjectKind.DISPUTE:
            with resources.database.reading() as session:
                dispute = session.get_one(Dispute, subject.id)
            disputing.look_at(resources, dispute.provider_dispute_id)


def _ask_about_payment(resources: Resources, subject: Subject) -> None:
    now = datetime.now(UTC)
    settle(resources.database, resources.payments, resources.rules, subject.reference, now)
    with resources.database.reading() as session:
        payment = session.get_one(Payment, subject.id)
    if payment.choose_by is not None and payment.choose_by <= now and not payment.choice:
        with resources.database.transaction() as session:
            unspent_money.send_back_overdue(session, resources.rules.public_url, subject.reference, now)
    if payment.provider_id is not None:
        refunding.look_at(resources, subject.reference)
