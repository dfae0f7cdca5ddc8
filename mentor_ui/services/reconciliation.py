"""Comparing our payments with Paystack's own list, both ways."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from mentor_ui.db.engine import Database
from mentor_ui.models import IncidentKind, Payment, PaymentState
from mentor_ui.providers.paystack import Payments
from mentor_ui.providers.paystack_replies import ChargeStatus
from mentor_ui.services.incidents import raise_incident
from mentor_ui.services.settlement import CONCLUSIVE, SettlementRules, settle


@dataclass(slots=True)
class Findings:
    """What a comparison found.

    Attributes:
        compared: How many of Paystack's successful transactions are ours.
        settled: How many of them we had not settled until now.
        unknown: References that Paystack lists and we never made; other products of the account.
        missing: References that we count as paid and Paystack does not list.
        apart: References of which Paystack tells another amount than we wrote down.
    """

    compared: int = 0
    settled: int = 0
    unknown: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])
    apart: list[str] = field(default_factory=list[str])


def reconcile(
    database: Database, gateway: Payments, rules: SettlementRules, since: datetime, until: datetime
) -> Findings:
    """Settle what Paystack lists as paid and we have not, and report what does not match.

    Args:
        database: Ours.
        gateway: Paystack.
        rules: Of settling.
        since: Aware start of the period.
        until: Aware end of the period.

    Raises:
        ProviderError: Paystack could not be asked; what was settled before stays so.
    """
    findings = Findings()
    listed: set[str] = set()
    for charge in gateway.list_transactions(since, until):
        listed.add(charge.reference)
        if charge.status != ChargeStatus.SUCCESS:
            continue
        with database.reading() as session:
            payment = session.exec(select(Payment).where(Payment.reference == charge.reference)).first()
        if payment is None:
            findings.unknown.append(charge.reference)
            continue
        findings.compared += 1
        if PaymentState(payment.state) not in CONCLUSIVE:
            settle(database, gateway, rules, charge.reference, until)
            findings.settled += 1
        elif (charge.amount_kobo, charge.currency) != (payment.paid_kobo, payment.paid_currency):
            findings.apart.append(charge.reference)
    with database.reading() as session:
        paid = session.exec(
            select(Payment.reference).where(
                col(Payment.state).in_(CONCLUSIVE),
                # What credit paid for whole, Paystack never heard of.
                Payment.amount_kobo > 0,
                col(Payment.created_at) >= since,
                col(Payment.created_at) < until,
            )
        ).all()
    findings.missing = sorted(set(paid) - listed)
    return findings


def report(session: Session, found: Findings, now: datetime) -> None:
    """Put before the operators what does not match; what is not ours is no business of theirs.

    Args:
        session: Of a writing transaction.
        found: By comparing.
        now: The present moment.
    """
    for reference, trouble in (
        *((reference, "is paid here, and Paystack does not list it") for reference in found.missing),
        *((reference, "is of another amount at Paystack") for reference in found.apart),
    ):
        raise_incident(
            session,
            IncidentKind.UNMATCHED,
            key=f"unmatched-{reference}",
            summary=f"{reference} {trouble}.",
            subject_id=session.exec(select(Payment.id).where(Payment.reference == reference)).first(),
            now=now,
        )
