"""What the sandbox's Paystack has written down, compared with what we have, to the kobo."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlmodel import Session, col, select

from mentor_ui.db.engine import Database
from mentor_ui.models import (
    AccountKind,
    Dispute,
    DisputeState,
    MentorshipSession,
    PackagePurchase,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    Refund,
    RefundState,
)
from mentor_ui.models.payments import RETURNED_STATES
from mentor_ui.providers.paystack import Payments
from mentor_ui.services import followups, ledger, ledger_proof
from tests.sandbox_process import SandboxProcess

CONCLUSIVE = RETURNED_STATES | {PaymentState.PAID}
PAGE = 100
CAME = ("success", "reversed")
"""Paystack's words for money that came; the second is of money that all went back."""

NEVER_OWES = (
    AccountKind.TUTOR_ESCROW,
    AccountKind.STUDENT_CREDIT,
    AccountKind.PACKAGE_CREDITS,
    AccountKind.REFUNDS,
    AccountKind.PAYOUTS_IN_FLIGHT,
)


@dataclass(frozen=True)
class Paystacks:
    """Paystack's own books: kobo that came in less its fees, that went back, and that it paid out with fees.

    Attributes:
        charged: By our reference, naira only.
        returned: By Paystack's number of the refund, naira only.
        paid_out: By our reference.
        disputed: What banks took, by Paystack's number of the dispute, naira only.
    """

    charged: dict[str, int]
    returned: dict[int, int]
    paid_out: dict[str, int]
    disputed: dict[int, int]

    @property
    def left_kobo(self) -> int:
        """What Paystack still has of it."""
        out = (self.returned, self.paid_out, self.disputed)
        return sum(self.charged.values()) - sum(sum(one.values()) for one in out)


def paystacks(sandbox: SandboxProcess, gateway: Payments, payouts: list[str]) -> Paystacks:
    """Ask the sandbox for all it has; transfers are asked for one by one, as Paystack lists none."""
    rows = sandbox.control("GET", "paystack/transactions")["transactions"]
    naira = {row["id"]: row for row in rows if row["status"] in CAME and row["currency"] == "NGN"}
    sent = [(reference, gateway.verify_transfer(reference)) for reference in payouts]
    return Paystacks(
        charged={row["reference"]: row["amount"] - row["fees"] for row in naira.values()},
        returned={
            row["id"]: row["amount"]
            for row in _refunds(sandbox)
            if row["transaction"] in naira and row["status"] != "failed"
        },
        paid_out={
            reference: one.amount_kobo + (one.fee_kobo or 0)
            for reference, one in sent
            if one is not None and one.status.value == "success"
        },
        disputed={
            one["id"]: one["taken"]
            for one in sandbox.control("GET", "paystack/disputes")["disputes"]
            if one["currency"] == "NGN"
        },
    )


def _refunds(sandbox: SandboxProcess) -> Iterator[dict[str, Any]]:
    """Yield every refund that was ever asked for, page by page."""
    for page in count(1):
        query = {"perPage": PAGE, "page": page}
        reply = sandbox.http.get("/paystack/refund", params=query, headers=sandbox.paystack_headers).json()
        yield from reply["data"]
        if page >= reply["meta"]["pageCount"]:
            return


def check(database: Database, sandbox: SandboxProcess, gateway: Payments) -> None:
    """Prove that our books add up, that nobody owes who may not, and that Paystack's books say the same.

    What Paystack knows and we have not heard of yet is left out, and nothing else.
    """
    with database.reading() as session:
        assert (problems := ledger_proof.verify(session)) == [], problems
        assert sum(ledger.totals_kobo(session).values()) == 0
        assert all(ledger.totals_kobo(session)[kind] >= 0 for kind in NEVER_OWES)
        sent = list(session.exec(select(Payout.reference)))
        theirs = paystacks(sandbox, gateway, sent)
        heard = _heard(session)
        known = Paystacks(
            {key: kobo for key, kobo in theirs.charged.items() if key in heard.charged},
            {key: kobo for key, kobo in theirs.returned.items() if key in heard.returned},
            {key: kobo for key, kobo in theirs.paid_out.items() if key in heard.paid_out},
            {key: kobo for key, kobo in theirs.disputed.items() if key in heard.disputed},
        )
        ours_kobo = -ledger.balance_kobo(session, AccountKind.CUSTOMER_CLEARING)
        assert ours_kobo == known.left_kobo, f"we say {ours_kobo}, Paystack {known.left_kobo}: {known}"
        assert (lost := without_outcome(session)) == [], lost


def check_all(database: Database, sandbox: SandboxProcess, gateway: Payments) -> None:
    """As `check`, once all that Paystack knows has been heard: now nothing may be left out."""
    check(database, sandbox, gateway)
    with database.reading() as session:
        theirs = paystacks(sandbox, gateway, list(session.exec(select(Payout.reference))))
        ours_kobo = -ledger.balance_kobo(session, AccountKind.CUSTOMER_CLEARING)
        assert ours_kobo == theirs.left_kobo, f"we say {ours_kobo}, Paystack {theirs.left_kobo}: {theirs}"
        paid = sandbox.control("GET", "paystack/transactions")["transactions"]
        states = dict(session.exec(select(Payment.reference, Payment.state)).all())
        untold = followups.due(session)
    unheard = [
        row["reference"]
        for row in paid
        if row["status"] in CAME and states.get(row["reference"]) not in CONCLUSIVE
    ]
    assert unheard == [], unheard
    assert untold == [], untold


@dataclass(frozen=True)
class _Heard:
    charged: set[str]
    returned: set[int]
    paid_out: set[str]
    disputed: set[int]


def _heard(session: Session) -> _Heard:
    settled = session.exec(select(Payment.reference).where(col(Payment.state).in_(CONCLUSIVE)))
    returned = session.exec(select(Refund.provider_refund_id).where(Refund.state == RefundState.PROCESSED))
    arrived = session.exec(select(Payout.reference).where(Payout.state == PayoutState.PAID))
    lost = session.exec(select(Dispute.provider_dispute_id).where(Dispute.state == DisputeState.LOST))
    gone = {number for number in returned if number is not None}
    return _Heard(set(settled), gone, set(arrived), set(lost))


def without_outcome(session: Session) -> list[str]:
    """Return the settled payments that bought nothing and of whose money nobody knows what becomes."""
    found: list[str] = []
    for payment in session.exec(select(Payment).where(col(Payment.state).in_(CONCLUSIVE))):
        if payment.state == PaymentState.PAID:
            bought = (
                session.get(MentorshipSession, payment.session_id)
                if payment.session_id is not None
                else session.get(PackagePurchase, payment.purchase_id)
            )
            if bought is None:
                found.append(payment.reference)
            continue
        owed = session.exec(select(Refund.amount_kobo).where(Refund.payment_id == payment.id)).all()
        may_choose = payment.choose_by is not None and payment.choice != "REFUND"
        if sum(owed) != (payment.paid_kobo or 0) and not may_choose:
            found.append(payment.reference)
    return found
