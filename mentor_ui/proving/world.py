"""A small market of its own: one tutor, students, a throw-away database, and the sandbox as all providers."""

import logging
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog
from sqlmodel import col, func, select

from mentor_ui import processes, resources
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AccountKind,
    LedgerTransaction,
    MentorshipSession,
    Payment,
    Person,
    PersonRole,
    TutorRules,
    WeeklyHours,
)
from mentor_ui.proving.guards import replaced
from mentor_ui.resources import Resources, make_resources
from mentor_ui.services import bookings, checkout, ledger, ledger_proof
from mentor_ui.settings import DEMO_CREDENTIALS, PROJECT_FOLDER, Settings

PRICE_KOBO = 500_000
"""₦5,000, of which the tutor gets ₦3,500."""

PUBLIC_URL = "http://localhost:3000"
SAID_SECONDS = 10

CAME = ("success", "reversed")
"""Paystack's words for money that came; the second is of money that all went back."""


def quiet() -> None:
    """Keep the product's logs out of the table: here things go wrong on purpose."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def settings_for(folder: Path, sandbox_port: int, database_url: str) -> Settings:
    """Return the settings of the world; nothing of the machine's own environment reaches it."""
    for name in Settings.model_fields:
        os.environ.pop(name.upper(), None)
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    return Settings(
        _env_file=None,  # pyright: ignore[reportCallIssue] - pydantic-settings takes it, its types hide it
        mentor_mode="demo",
        mentor_home=folder,
        sandbox_port=sandbox_port,
        public_url=PUBLIC_URL,
        database_url=database_url,
        secret_key="of a world that ends within minutes",  # noqa: S106 - nothing of it is kept
        paystack_base_url=f"{sandbox}/paystack",
        zoom_oauth_url=f"{sandbox}/zoom/oauth/token",
        zoom_api_url=f"{sandbox}/zoom/v2",
    )


@contextmanager
def started_sandbox(folder: Path, report: Callable[[str], None]) -> Generator[int]:
    """Run a provider sandbox of our own and yield its port; faults are injected there."""
    port = processes.free_port()
    options = {
        "--port": str(port),
        "--database": str(folder / "sandbox.db"),
        "--refund-seconds": "0.1",
        "--payout-seconds": "0.1",
        "--paystack-secret-key": DEMO_CREDENTIALS["paystack_secret_key"],
        "--zoom-account-id": DEMO_CREDENTIALS["zoom_account_id"],
        "--zoom-client-id": DEMO_CREDENTIALS["zoom_client_id"],
        "--zoom-client-secret": DEMO_CREDENTIALS["zoom_client_secret"],
        "--zoom-webhook-secret": DEMO_CREDENTIALS["zoom_webhook_secret"],
    }
    words = [word for pair in options.items() for word in pair]
    with processes.kept_running(
        [sys.executable, "-m", "mentor_ui.sandbox", "--no-limits", *words],
        cwd=PROJECT_FOLDER,
        log=folder / "sandbox.log",
        port=port,
        name="The provider sandbox",
        report=report,
    ):
        yield port


@contextmanager
def as_this_process(settings: Settings) -> Generator[Resources]:
    """Yield tools for these settings, and let jobs that run in this process find the same ones."""
    tools = make_resources(settings)
    try:
        with replaced(resources, "_made", {os.getpid(): tools}):
            yield tools
    finally:
        for client in (tools.payments, tools.meetings, tools.mailer, tools.calendars):
            client.close()
        tools.database.dispose()


@dataclass(frozen=True, slots=True)
class World:
    """What a scenario plays in.

    Attributes:
        tools: The product's, on the throw-away database and the sandbox.
        sandbox: A client for the sandbox's own switches and books.
        tutor: Can be booked round the clock.
        offering_id: An hour for `PRICE_KOBO`, under the flexible policy.
        now: The moment of the play.
    """

    tools: Resources
    sandbox: httpx.Client
    tutor: Actor
    offering_id: int
    now: datetime

    @property
    def hour(self) -> datetime:
        """Start of a free time, two days ahead."""
        return self.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2)

    def student(self) -> Actor:
        """Add a student."""
        return _person(self.tools, Role.STUDENT)

    def hold(self, student: Actor, starts_at: datetime | None = None, now: datetime | None = None) -> int:
        """Hold a time of the offering and return the booking."""
        with self.tools.database.transaction() as session:
            return bookings.hold(
                session,
                student,
                offering_id=self.offering_id,
                starts_at=starts_at or self.hour,
                price_seen_kobo=PRICE_KOBO,
                now=now or self.now,
            ).booking_id

    def open(self, student: Actor, booking_id: int, now: datetime | None = None) -> str:
        """Open Paystack's page for a held time and return the payment's reference."""
        return checkout.start_payment(
            self.tools.database,
            self.tools.payments,
            student,
            booking_id=booking_id,
            public_url=PUBLIC_URL,
            now=now or self.now,
        ).reference

    def pay(self, reference: str, **different: str | int) -> None:
        """Let the payer's bank pay at the sandbox; `different` changes amount or currency."""
        self.control("POST", f"paystack/settle/{reference}", {"status": "success", **different})

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Use one of the sandbox's switches and return its answer."""
        reply = self.sandbox.request(method, f"/control/{path}", json=body)
        reply.raise_for_status()
        answer: dict[str, Any] = reply.json()
        return answer

    def fault(self, route: str, kind: str) -> None:
        """Let one of the sandbox's answers go wrong, once."""
        self.control("POST", "faults", {"route": route, "kind": kind, "times": 1})

    def paid_sessions(self) -> list[MentorshipSession]:
        """Return the sessions that students can attend."""
        with self.tools.database.reading() as session:
            return list(
                session.exec(
                    select(MentorshipSession).where(
                        ~col(MentorshipSession.is_offering),
                        MentorshipSession.status == SessionStatus.SCHEDULED,
                        MentorshipSession.payment_status == PaymentStatus.PAID,
                    )
                )
            )

    def payment(self, reference: str) -> Payment:
        """Return a payment as it stands."""
        with self.tools.database.reading() as session:
            return session.exec(select(Payment).where(Payment.reference == reference)).one()

    def transactions(self) -> int:
        """Return how many ledger transactions there are."""
        with self.tools.database.reading() as session:
            return session.exec(select(func.count()).select_from(LedgerTransaction)).one()

    def charged_kobo(self) -> int:
        """Return the naira that Paystack took in, in kobo, by its own list."""
        return sum(
            one["amount"]
            for one in self.control("GET", "paystack/transactions")["transactions"]
            if one["status"] in CAME and one["currency"] == "NGN"
        )

    def returned_kobo(self) -> int:
        """Return what Paystack was told to give back, in kobo, by its own list."""
        return sum(
            refund.amount_kobo
            for one in self.control("GET", "paystack/transactions")["transactions"]
            for refund in self.tools.payments.refunds(one["id"])
        )

    def promised_kobo(self) -> int:
        """Return what our books say that people have a right to, in kobo: tutors, students, platform."""
        with self.tools.database.reading() as session:
            totals = ledger.totals_kobo(session)
        asides = (AccountKind.CUSTOMER_CLEARING, AccountKind.PROVIDER_FEES)
        return sum(kobo for kind, kobo in totals.items() if kind not in asides)

    def problems(self) -> list[str]:
        """Return what `mentor ledger verify` would name."""
        with self.tools.database.snapshot() as session:
            return ledger_proof.verify(session)


def _person(tools: Resources, role: Role) -> Actor:
    person = Person(email=f"p{new_id()}@demo.test", name="Ada Obi", password_hash="", timezone="Africa/Lagos")
    with tools.database.transaction() as session:
        session.add(person)
        session.flush()
        session.add(PersonRole(person_id=person.id, role=role))
    return Actor(person.id, frozenset({role}))


def _offering(tools: Resources, tutor: Actor) -> int:
    offering = MentorshipSession(
        is_offering=True,
        tutor_id=tutor.person_id,
        student_id=tutor.person_id,
        title="React Mastery 1:1",
        duration=60,
        price_kobo=PRICE_KOBO,
        status=SessionStatus.SCHEDULED,
        payment_status=PaymentStatus.NONE,
        published=True,
    )
    with tools.database.transaction() as session:
        session.add(offering)
        session.add(TutorRules(tutor_id=tutor.person_id, cancellation_policy=CancellationPolicy.FLEXIBLE))
        session.add_all(
            WeeklyHours(tutor_id=tutor.person_id, weekday=day, starts_minute=0, ends_minute=1440)
            for day in range(7)
        )
    return offering.id


@contextmanager
def made_world(settings: Settings) -> Generator[World]:
    """Yield a world in which nothing has happened yet."""
    with (
        httpx.Client(base_url=settings.sandbox_url, timeout=SAID_SECONDS, trust_env=False) as sandbox,
        as_this_process(settings) as tools,
    ):
        sandbox.post("/control/reset").raise_for_status()
        tutor = _person(tools, Role.TUTOR)
        yield World(tools, sandbox, tutor, _offering(tools, tutor), datetime.now(UTC))
