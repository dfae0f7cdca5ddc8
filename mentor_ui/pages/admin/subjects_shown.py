"""What an incident or something stuck is about, in words, with the ways that lead to it."""

import json
from dataclasses import dataclass
from urllib.parse import quote

import reflex as rx

from mentor_ui.components.links import link, text_link
from mentor_ui.components.values import shown
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import show_money
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.models import DisputeState, PaymentState, PayoutState, RefundState
from mentor_ui.services.money_subjects import Subject, SubjectKind

PATH = "/admin/mentorship"

STATE_WORDS: dict[SubjectKind, dict[str, str]] = {
    SubjectKind.PAYMENT: {
        PaymentState.AWAITING: "no money has come",
        PaymentState.FAILED: "the bank declined it",
        PaymentState.PAID: "paid, and it bought what it was for",
        PaymentState.PAID_LATE: "paid too late",
        PaymentState.MISMATCH: "not the amount that was asked for",
        PaymentState.DUPLICATE: "paid twice",
    },
    SubjectKind.REFUND: {
        RefundState.DUE: "queued",
        RefundState.ASKED: "being sent",
        RefundState.PENDING: "with Paystack",
        RefundState.PROCESSING: "with the bank",
        RefundState.PROCESSED: "arrived",
        RefundState.FAILED: "failed",
        RefundState.NEEDS_ATTENTION: "waits for the payer's bank account",
    },
    SubjectKind.PAYOUT: {
        PayoutState.REQUESTED: "being sent",
        PayoutState.PENDING: "with the bank",
        PayoutState.OTP: "waits for a code",
        PayoutState.UNKNOWN: "Paystack does not know yet",
        PayoutState.PAID: "arrived",
        PayoutState.FAILED: "failed, and the money is in the wallet again",
        PayoutState.REVERSED: "came back, and the money is in the wallet again",
    },
    SubjectKind.DISPUTE: {
        DisputeState.OPEN: "our answer is awaited",
        DisputeState.ANSWERED: "the bank decides",
        DisputeState.WON: "won",
        DisputeState.LOST: "lost",
    },
}


@dataclass(frozen=True)
class SubjectLine:
    """A subject in words; without one, as of the ledger itself, `id` is empty.

    Attributes:
        amount: With its currency.
        state: How it stands.
        about: Whose it is, what it is for and since when.
        code: Of a payout that waits for a code, what the form that takes it begins with (JSON); else empty.
        receipt: Path of the receipt; empty of a payout.
        payment: Path to the payment on this page; empty of a payout.
        session: Path to the session on this page; empty when it is about none.
        tutor: Path to the tutor of a payout on this page.
    """

    id: str = ""
    amount: str = ""
    state: str = ""
    about: str = ""
    reference: str = ""
    code: str = ""
    receipt: str = ""
    payment: str = ""
    session: str = ""
    tutor: str = ""


def state_words(subject: Subject) -> str:
    """Return how a subject stands; it ends a sentence."""
    return STATE_WORDS[subject.kind].get(subject.state, subject.state.lower())


def subject_line(subject: Subject, zone: str) -> SubjectLine:
    """Return a subject in words, its times in the operator's zone."""
    is_payout = subject.kind == SubjectKind.PAYOUT
    parts = (subject.title, subject.person, f"since {moment_in_words(subject.since, zone)}")
    amount, about = show_money(subject.amount, subject.currency), " · ".join(filter(None, parts))
    waits_for_code = is_payout and subject.state == PayoutState.OTP
    code = json.dumps({"payout": str(subject.id), "named": f"{amount}, {about}", "otp": ""})
    return SubjectLine(
        id=str(subject.id),
        amount=amount,
        state=state_words(subject),
        about=about,
        reference=subject.reference,
        code=code if waits_for_code else "",
        receipt="" if is_payout else receipt_path(subject.reference),
        payment="" if is_payout else f"{PATH}?payment={quote(subject.reference)}#money",
        session=f"{PATH}?session={subject.booking_id}#sessions" if subject.booking_id else "",
        tutor=f"{PATH}?q={quote(subject.email)}#people" if is_payout else "",
    )


def subject_links(row: rx.Var[SubjectLine]) -> rx.Component:
    """Lead to a subject's receipt, payment, session or tutor; those on this page open their tab."""
    return rx.el.div(
        shown(row.receipt, text_link("Receipt", to=row.receipt)),
        shown(row.payment, _to_tab("Payment", row.payment, "money")),
        shown(row.session, _to_tab("Session", row.session, "sessions")),
        shown(row.tutor, _to_tab("Tutor", row.tutor, "people")),
        class_name="flex flex-wrap gap-x-4 gap-y-1 text-sm empty:hidden",
    )


def _to_tab(label: str, to: rx.Var[str], tab: str) -> rx.Component:
    return link(label, to=to, class_name="text-link", custom_attrs={"data-shows": tab})
