"""A small market that a model plays with: every act goes through the services, and the clock stands still."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.fees import USUAL_TERMS, FeeTerms
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.payout_fees import payout_fee_kobo
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.jobs import disputing, paying_out, payment_events, refunding, sweeps
from mentor_ui.jobs.sale_news import SaleNews
from mentor_ui.models import (
    AccountKind,
    Choice,
    MentorshipSession,
    PackagePurchase,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    ProviderEvent,
    PurchaseState,
    Refund,
    RefundOrigin,
    RefundState,
    TutorRules,
)
from mentor_ui.providers.errors import ProviderError
from mentor_ui.resources import Resources
from mentor_ui.services import (
    bank_accounts,
    bookings,
    changes,
    checkout,
    credit,
    ledger,
    package_ends,
    package_uses,
    packages,
    payouts,
    refunds,
    sales,
    unspent_money,
)
from mentor_ui.services.bank_accounts import NewAccount
from mentor_ui.services.packages import PackageDraft
from mentor_ui.services.settlement import settle
from mentor_ui.services.turns import take_turns
from tests.sandbox_process import SandboxProcess
from tests.world import make_offering, make_person

URL = "http://localhost:3000"
PRICES_KOBO = (500_000, 99_999, 250_000)
STUDENTS, HOURS = 3, 8


class KilledError(BaseException):
    """Ends an act where a process would have been killed; no handler of the product's catches it."""


@dataclass
class Offered:
    """What one tutor offers, under one cancellation policy."""

    tutor: Actor
    offering_id: int
    price_kobo: int
    package_id: int
    package_kobo: int


@dataclass
class Market:
    """The market, its people and the references that were made.

    Attributes:
        terms: Whose cost Paystack's fee is.
        refused: How often an act was refused, by code: a model that is always refused shows nothing.
    """

    tools: Resources
    sandbox: SandboxProcess
    begins_at: datetime
    offered: list[Offered] = field(default_factory=list)
    students: list[Actor] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    disputes: list[int] = field(default_factory=list)
    terms: FeeTerms = USUAL_TERMS

    @property
    def now(self) -> datetime:
        """The moment at which the clock stands."""
        return datetime.now(UTC)

    def open_doors(self) -> None:
        """Add students, and a tutor for each policy with a session and a package on sale."""
        database = self.tools.database
        self.students = [make_person(database, Role.STUDENT) for _ in range(STUDENTS)]
        for policy, price_kobo in zip(CancellationPolicy, PRICES_KOBO, strict=True):
            tutor = make_person(database, Role.TUTOR)
            offering_id = make_offering(database, tutor, price_kobo=price_kobo)
            recipient = self.tools.payments.create_recipient(
                name="EZE ADA BOLA", account_number="0123456789", bank_code="50211"
            )
            account = NewAccount("50211", "Kuda Bank", "0123456789", "EZE ADA BOLA", recipient.code)
            with database.transaction() as session:
                session.add(TutorRules(tutor_id=tutor.person_id, cancellation_policy=policy))
                bank_accounts.replace(session, tutor, account, public_url=URL, now=self.now)
                draft = PackageDraft(3, f"{(3 * price_kobo - 10_001) / 100:.2f}", 90)
                sold = packages.offer(session, tutor, offering_id=offering_id, draft=draft, now=self.now)
            self.offered.append(Offered(tutor, offering_id, price_kobo, sold.id, sold.price_kobo))

    def attempt(self, what: str, act: Callable[[], Any]) -> Any:
        """Do something that may be refused, as when a person tries; return None when it was."""
        try:
            result = act()
        except (DomainError, ProviderError, KilledError) as refusal:
            self._count(f"{what}: {getattr(refusal, 'code', type(refusal).__name__)}")
            return None
        self._count(what)
        return result

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    def start_of(self, hour: int) -> datetime:
        """Return one of the few starts that everybody wants: the next days', nine hours apart."""
        days = timedelta(days=(self.now - self.begins_at).days)
        return self.begins_at + days + timedelta(hours=28 + 9 * hour)

    # Buying.

    def hold(self, student: int, offered: int, hour: int) -> int | None:
        """Hold a time of an offering, one that may be taken or past."""
        sold = self.offered[offered]

        def act() -> int:
            with self.tools.database.transaction() as session:
                return bookings.hold(
                    session,
                    self.students[student],
                    offering_id=sold.offering_id,
                    starts_at=self.start_of(hour),
                    price_seen_kobo=sold.price_kobo,
                    now=self.now,
                ).booking_id

        return self.attempt("hold", act)

    def credit_kobo(self, student: int) -> int:
        """Return what a student can spend."""
        with self.tools.database.reading() as session:
            return credit.free_kobo(session, self.students[student].person_id)

    def open_page(self, student: int, booking_id: int, way: Way, *, credit_kobo: int = 0) -> None:
        """Open Paystack's page for a hold; another way of paying is another attempt."""

        def act() -> None:
            opened = checkout.start_payment(
                self.tools.database,
                self.tools.payments,
                self.students[student],
                booking_id=booking_id,
                public_url=URL,
                now=self.now,
                way=way,
                credit_kobo=credit_kobo,
                terms=self.terms,
            )
            if opened.reference not in self.references:
                self.references.append(opened.reference)

        self.attempt("open page", act)

    def pay_with_credit(self, student: int, booking_id: int, price_kobo: int) -> None:
        """Pay for a hold with credit alone."""

        def act() -> None:
            with self.tools.database.transaction() as session:
                checkout.pay_with_credit(
                    session,
                    self.tools.rules,
                    self.students[student],
                    booking_id=booking_id,
                    price_seen_kobo=price_kobo,
                    now=self.now,
                )

        self.attempt("pay with credit", act)

    def choose(self, which: int, choice: Choice, hour: int) -> None:
        """Let a payer say what becomes of money that bought nothing; a rest is then paid as asked."""
        with self.tools.database.reading() as session:
            waiting = session.exec(
                select(Payment.reference, Payment.student_id)
                .where(col(Payment.choose_by).is_not(None))
                .order_by(col(Payment.id))
            ).all()
        if not waiting:
            return
        reference, person_id = waiting[which % len(waiting)]
        place = next(place for place, one in enumerate(self.students) if one.person_id == person_id)

        def act() -> int:
            with self.tools.database.transaction() as session:
                return unspent_money.choose(
                    session,
                    self.tools.rules,
                    self.students[place],
                    reference=reference,
                    choice=choice,
                    starts_at=self.start_of(hour) if choice == Choice.ANOTHER_TIME else None,
                    now=self.now,
                ).id

        booking_id = self.attempt(f"choose {choice}", act)
        if booking_id is not None and choice == Choice.TOP_UP:
            missing = self.credit_kobo(place)
            self.open_page(place, booking_id, Way.CARD, credit_kobo=missing)

    def buy_package(self, student: int, offered: int) -> None:
        """Begin to buy three sessions at once."""
        sold = self.offered[offered]

        def act() -> None:
            opened = checkout.start_package_payment(
                self.tools.database,
                self.tools.payments,
                self.students[student],
                package_id=sold.package_id,
                price_seen_kobo=sold.package_kobo,
                public_url=URL,
                now=self.now,
                terms=self.terms,
            )
            if opened.reference not in self.references:
                self.references.append(opened.reference)

        self.attempt("buy package", act)

    def use_package(self, student: int, hour: int) -> None:
        """Book a session with a package, if the student has one."""
        actor = self.students[student]
        with self.tools.database.reading() as session:
            bought = session.exec(
                select(PackagePurchase).where(
                    PackagePurchase.student_id == actor.person_id,
                    PackagePurchase.state == PurchaseState.ACTIVE,
                )
            ).first()
        if bought is None:
            return
        place = next(
            place for place, sold in enumerate(self.offered) if sold.offering_id == bought.offering_id
        )
        booking_id = self.hold(student, place, hour)
        if booking_id is None:
            return

        def act() -> None:
            with self.tools.database.transaction() as session:
                package_uses.book(
                    session,
                    actor,
                    booking_id=booking_id,
                    purchase_id=bought.id,
                    now=self.now,
                    public_url=URL,
                )

        self.attempt("use package", act)

    def return_package(self, student: int) -> None:
        """Give the rest of a package back."""
        actor = self.students[student]
        with self.tools.database.reading() as session:
            bought = session.exec(
                select(PackagePurchase.id).where(
                    PackagePurchase.student_id == actor.person_id,
                    PackagePurchase.state == PurchaseState.ACTIVE,
                )
            ).first()
        if bought is None:
            return

        def act() -> None:
            with self.tools.database.transaction() as session:
                terms = package_ends.rest_preview(session, actor, purchase_id=bought)
                package_ends.return_rest(
                    session,
                    actor,
                    purchase_id=bought,
                    refund_seen_kobo=terms.refund_kobo,
                    public_url=URL,
                    now=self.now,
                )

        self.attempt("return package", act)

    # Money that comes.

    def pay(self, reference: str, how: str) -> None:
        """Let the payer's bank pay as asked, too little, too much or in dollars, or refuse; once."""
        charge = self.tools.payments.verify(reference)
        if charge is None or charge.status.value in {"success", "reversed"}:
            return
        changed = {
            "as asked": {},
            "short": {"amount": charge.amount_kobo - 1},
            "over": {"amount": charge.amount_kobo + 5_000},
            "dollars": {"currency": "USD"},
        }
        if how == "refused":
            self.sandbox.settle(reference, "failed")
        else:
            self.sandbox.settle(reference, **changed[how])
        self._count(f"pay {how}")

    def hear(self, reference: str, caller: str) -> None:
        """Let one of its callers settle a payment."""
        if caller == "webhook":
            self.attempt("webhook", lambda: self._webhook(reference))
        elif caller == "sweeper":
            self.sweep()
        else:
            self.attempt("return page", lambda: self._settle(reference))

    # Money that the payer's bank wants back.

    def dispute(self, which: int, kobo: int | None) -> None:
        """Let the bank of somebody who bought something want all or a part of it back."""
        with self.tools.database.reading() as session:
            bought = session.exec(
                select(Payment.reference)
                .where(Payment.state == PaymentState.PAID, col(Payment.amount_kobo) > 0)
                .order_by(col(Payment.id))
            ).all()
        if not bought:
            return
        reference = bought[which % len(bought)]
        asked = {} if kobo is None else {"amount": kobo}
        number = self.sandbox.control("POST", f"paystack/dispute/{reference}", asked)["id"]
        self.disputes.append(number)
        self.hear_of_dispute("dispute", number)

    def decide(self, which: int, resolution: str) -> None:
        """Let a bank decide: `declined` is for us, `merchant-accepted` against us."""
        number = self.disputes[which % len(self.disputes)]
        listed = self.sandbox.control("GET", "paystack/disputes")["disputes"]
        if all(one["id"] != number or one["status"] != "resolved" for one in listed):
            self.sandbox.control("POST", f"paystack/dispute/{number}/decide", {"resolution": resolution})
            self.hear_of_dispute(f"dispute {resolution}", number)

    def hear_of_dispute(self, what: str, number: int) -> None:
        """Let Paystack's event about a dispute arrive."""
        self.attempt(what, lambda: disputing.look_at(self.tools, number))

    def _settle(self, reference: str) -> PaymentState:
        tools = self.tools
        return settle(tools.database, tools.payments, tools.rules, reference, self.now)

    def _webhook(self, reference: str) -> None:
        data = {"reference": reference, "domain": "test", "status": "success"}
        body = json.dumps({"event": "charge.success", "data": data}).encode()
        event = ProviderEvent(
            provider="paystack", dedupe_key=f"{new_id()}", event="charge.success", body=body
        )
        with self.tools.database.transaction() as session:
            session.add(event)
        payment_events.act_on(str(event.id))

    # Sessions that end.

    def booked(self) -> list[int]:
        """Return the paid sessions that have not ended, oldest first."""
        with self.tools.database.reading() as session:
            return list(
                session.exec(
                    select(MentorshipSession.id)
                    .where(
                        ~col(MentorshipSession.is_offering),
                        MentorshipSession.status == SessionStatus.SCHEDULED,
                        MentorshipSession.payment_status == PaymentStatus.PAID,
                    )
                    .order_by(col(MentorshipSession.id))
                )
            )

    def cancel(self, booking_id: int, *, by_tutor: bool) -> None:
        """Cancel a session from one side, with what that means before one's eyes."""

        def act() -> None:
            with self.tools.database.transaction() as session:
                booking = session.get_one(MentorshipSession, booking_id)
                person = booking.tutor_id if by_tutor else booking.student_id
                actor = next(one for one in self._people() if one.person_id == person)
                terms = changes.cancel_preview(session, actor, booking_id=booking_id, now=self.now)
                changes.cancel(
                    session,
                    actor,
                    booking_id=booking_id,
                    refund_seen_kobo=terms.refund_kobo,
                    public_url=URL,
                    now=self.now,
                )

        self.attempt("cancel by tutor" if by_tutor else "cancel by student", act)

    def _people(self) -> list[Actor]:
        return [*self.students, *(sold.tutor for sold in self.offered)]

    def give_back_part(self, booking_id: int, of_price_kobo: int) -> None:
        """Let an operator give back a part of a price, whatever was given back before.

        A session of a package has no parts.
        """
        with self.tools.database.reading() as session:
            if session.get_one(MentorshipSession, booking_id).purchase_id is not None:
                return

        def act() -> None:
            with self.tools.database.transaction() as session:
                booking = session.get_one(MentorshipSession, booking_id)
                take_turns(session, (booking.tutor_id, booking.student_id))
                refunds.give_back(
                    session,
                    booking,
                    of_price_kobo=of_price_kobo,
                    reason="an operator decided it.",
                    now=self.now,
                    origin=RefundOrigin.OPERATOR,
                )

        self.attempt("operator's refund", act)

    # Money that goes.

    def send_refunds(self) -> None:
        """Let the jobs of all refunds that are owed run once."""
        with self.tools.database.reading() as session:
            owed = session.exec(
                select(Refund.id).where(col(Refund.state).in_((RefundState.DUE, RefundState.ASKED)))
            ).all()
        for refund_id in owed:
            self.attempt("send refund", lambda number=refund_id: refunding.ask_for(str(number)))

    def withdraw(self, offered: int, per_mille: int) -> None:
        """Let a tutor ask for a part of what the wallet holds, or for more than that."""
        rules = self.tools.payout_rules
        with self.tools.database.reading() as session:
            tutor_id = self.offered[offered].tutor.person_id
            has_kobo = ledger.available_kobo(session, AccountKind.TUTOR_WALLET, tutor_id)
        amount_kobo = max(has_kobo * per_mille // 1000, 1)

        def act() -> None:
            with self.tools.database.transaction() as session:
                payouts.request(
                    session,
                    self.offered[offered].tutor,
                    amount_kobo=amount_kobo,
                    fee_seen_kobo=payout_fee_kobo(amount_kobo, rules.charges),
                    rules=rules,
                    now=self.now,
                )

        self.attempt("withdraw", act)

    def send_payouts(self) -> None:
        """Let the jobs of all payouts that are on their way run once."""
        with self.tools.database.reading() as session:
            waiting = session.exec(select(Payout.id).where(col(Payout.state).in_(payouts.UNFINISHED))).all()
        for payout_id in waiting:
            self.attempt("send payout", lambda number=payout_id: paying_out.pursue(self.tools, number))

    def bounce(self, place: int) -> None:
        """Let a bank send one payout back that arrived."""
        with self.tools.database.reading() as session:
            paid = session.exec(select(Payout).where(Payout.state == PayoutState.PAID)).all()
        if not paid:
            return
        payout = paid[place % len(paid)]
        self.sandbox.control("DELETE", "faults")
        self.sandbox.control("POST", f"paystack/transfer/{payout.reference}", {"status": "reversed"})
        self.attempt("payout comes back", lambda: paying_out.pursue(self.tools, payout.id))

    # What goes wrong.

    def fault(self, route: str, kind: str) -> None:
        """Let one answer of Paystack's go wrong."""
        self.sandbox.fault(route, kind)
        self._count(f"fault {route} {kind}")

    def sweep(self) -> None:
        """Let the sweeper come by, and the follower of sales."""
        self.attempt("sweep", lambda: sweeps.sweep(self.tools))
        self.attempt("follow sales", SaleNews(self.tools).follow)


def _killed(*_: object, **__: object) -> None:
    raise KilledError


BOOKING, REFUND, PAYOUT = "booking", "refund", "payout"

CRASHES: dict[str, tuple[tuple[object, str], ...]] = {
    BOOKING: ((sales.earnings, "promise"), (sales.followups, "after_change")),
    REFUND: ((refunding, "_record"),),
    PAYOUT: ((paying_out, "_record"),),
}
"""Where a process may end: at the last steps of booking, and between a provider's answer and its record."""


@contextmanager
def dying(where: str) -> Iterator[None]:
    """Kill whatever comes to that place, for as long as the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in CRASHES.get(where, ()):
            patch.setattr(owner, name, _killed)
        yield
