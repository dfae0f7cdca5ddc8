"""Whatever people, banks, clocks and crashes do in whatever order: the books add up after every step.

The suite plays a few hundred steps. For a long run:
`MENTOR_MODEL=long .venv/bin/python -m pytest tests/model -q` (about half an hour).
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mentor_ui.domain.fees import FeeBearer, FeeTerms
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.models import Choice
from tests.databases import PostgresqlDatabases, SqliteDatabases, opened
from tests.jobs.conftest import serving
from tests.model import books
from tests.model.market import BOOKING, HOURS, PAYOUT, PRICES_KOBO, REFUND, STUDENTS, Market, dying
from tests.sandbox_process import SandboxProcess, start_sandbox
from tests.world import NOON

LONG = os.environ.get("MENTOR_MODEL") == "long"
PROFILE = settings(
    deadline=None,
    max_examples=400 if LONG else 10,
    stateful_step_count=80 if LONG else 40,
    derandomize=not LONG,
    database=None,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)

EVERY_ACT = (
    "webhook",
    "return page",
    "sweep",
    "pay as asked",
    "pay short",
    "pay dollars",
    "cancel by student",
    "cancel by tutor",
    "operator's refund",
    "send refund",
    "send refund: KilledError",
    "withdraw",
    "send payout",
    "send payout: KilledError",
    "use package",
    "return package",
    "choose CREDIT",
    "choose REFUND",
    "dispute",
    "dispute declined",
    "dispute merchant-accepted",
)
"""Each has to have happened at least once: a model in which nothing happens would prove nothing."""

student = st.integers(0, STUDENTS - 1)
offered = st.integers(0, len(PRICES_KOBO) - 1)
hour = st.integers(0, HOURS - 1)
any_of_them = st.integers(0, 999)
how = st.sampled_from(["as asked"] * 6 + ["short", "over", "dollars", "refused"])
caller = st.sampled_from(["webhook", "return page", "sweeper"])
booking_dies = st.sampled_from(["", "", BOOKING])
refund_dies = st.sampled_from(["", REFUND])
payout_dies = st.sampled_from(["", PAYOUT])
routes = st.sampled_from(["paystack.verify", "paystack.refund", "paystack.transfer", "paystack.initialize"])
kinds = st.sampled_from(["lost_reply", "500_after", "500_before"])
choices = st.sampled_from(list(Choice))
pauses = st.sampled_from(
    [timedelta(minutes=1), timedelta(minutes=13), timedelta(hours=5), timedelta(days=2), timedelta(days=5)]
)


class Money(RuleBasedStateMachine):
    """One market, from its opening to the day on which all has been settled."""

    databases: ClassVar[SqliteDatabases | PostgresqlDatabases]
    sandbox: ClassVar[SandboxProcess]
    done: ClassVar[Counter[str]]

    @initialize(sale=st.sampled_from(FeeBearer), refund=st.sampled_from(FeeBearer))
    def open_market(self, sale: FeeBearer, refund: FeeBearer) -> None:
        self.kept = ExitStack()
        self.clock: Any = self.kept.enter_context(time_machine.travel(NOON, tick=False))
        self.sandbox.reset()
        database = self.kept.enter_context(opened(self.databases))
        tools = self.kept.enter_context(serving(database, self.sandbox))
        self.market = Market(tools, self.sandbox, NOON, terms=FeeTerms(sale, refund))
        self.market.open_doors()

    @rule(who=student, what=offered, when=hour, way=st.sampled_from([Way.CARD, Way.CARD, Way.TRANSFER]))
    def hold_and_open_the_page(self, who: int, what: int, when: int, way: Way) -> None:
        booking_id = self.market.hold(who, what, when)
        if booking_id is not None:
            self.market.open_page(who, booking_id, way)

    @rule(who=student, what=offered, when=hour, paid=how, told=caller)
    def buy(self, who: int, what: int, when: int, paid: str, told: str) -> None:
        booking_id = self.market.hold(who, what, when)
        if booking_id is None:
            return
        before = len(self.market.references)
        self.market.open_page(who, booking_id, Way.CARD)
        if len(self.market.references) > before:
            self.market.pay(self.market.references[-1], paid)
            self.market.hear(self.market.references[-1], told)

    @rule(who=student, what=offered, when=hour, paid=st.sampled_from(["short", "over", "dollars"]))
    def pay_wrongly(self, who: int, what: int, when: int, paid: str) -> None:
        self.buy(who, what, when, paid, "return page")

    @rule(who=student, what=offered, when=hour, by_tutor=st.booleans())
    def buy_and_cancel(self, who: int, what: int, when: int, by_tutor: bool) -> None:  # noqa: FBT001
        self.buy(who, what, when, "as asked", "webhook")
        if booked := self.market.booked():
            self.market.cancel(booked[-1], by_tutor=by_tutor)

    @rule(which=any_of_them, choice=choices, when=hour)
    def choose(self, which: int, choice: Choice, when: int) -> None:
        self.market.choose(which, choice, when)

    @rule(who=student, what=offered, when=hour, whole=st.booleans())
    def spend_credit(self, who: int, what: int, when: int, whole: bool) -> None:  # noqa: FBT001
        has_kobo = self.market.credit_kobo(who)
        booking_id = self.market.hold(who, what, when) if has_kobo else None
        if booking_id is None:
            return
        price_kobo = PRICES_KOBO[what]
        if whole and has_kobo >= price_kobo:
            self.market.pay_with_credit(who, booking_id, price_kobo)
            return
        before = len(self.market.references)
        part_kobo = min(has_kobo, price_kobo - 60_000)
        self.market.open_page(who, booking_id, Way.CARD, credit_kobo=max(part_kobo, 1))
        for reference in self.market.references[before:]:
            self.market.pay(reference, "as asked")
            self.market.hear(reference, "webhook")

    @rule(who=student, what=offered, when=hour, choice=choices)
    def lose_the_time(self, who: int, what: int, when: int, choice: Choice) -> None:
        """Pay when the hold has lapsed and another one has the time."""
        booking_id = self.market.hold(who, what, when)
        if booking_id is None:
            return
        before = len(self.market.references)
        self.market.open_page(who, booking_id, Way.CARD)
        self.clock.shift(timedelta(minutes=13))
        other = (who + 1) % STUDENTS
        if (taken := self.market.hold(other, what, when)) is not None:
            self.market.open_page(other, taken, Way.CARD)
        for reference in self.market.references[before:][::-1]:
            self.market.pay(reference, "as asked")
            self.market.hear(reference, "return page")
        self.market.choose(-1, choice, when)

    @rule(who=student, what=offered, when=hour)
    def pay_twice(self, who: int, what: int, when: int) -> None:
        booking_id = self.market.hold(who, what, when)
        if booking_id is None:
            return
        before = len(self.market.references)
        for way in (Way.CARD, Way.TRANSFER):
            self.market.open_page(who, booking_id, way)
        for reference in self.market.references[before:]:
            self.market.pay(reference, "as asked")
            self.market.hear(reference, "webhook")

    @rule(who=student, what=offered, when=hour, place=payout_dies)
    def teach_and_withdraw(self, who: int, what: int, when: int, place: str) -> None:
        self.buy(who, what, when, "as asked", "webhook")
        self.clock.shift(timedelta(days=8))
        self.market.sweep()
        self.withdraw(what, 800, place)

    @rule(who=student, what=offered)
    def begin_to_buy_a_package(self, who: int, what: int) -> None:
        self.market.buy_package(who, what)

    @rule(who=student, what=offered, when=hour)
    def buy_and_use_a_package(self, who: int, what: int, when: int) -> None:
        before = len(self.market.references)
        self.market.buy_package(who, what)
        if len(self.market.references) > before:
            self.market.pay(self.market.references[-1], "as asked")
            self.market.hear(self.market.references[-1], "webhook")
        self.market.use_package(who, when)

    @rule(who=student, when=hour)
    def use_a_package(self, who: int, when: int) -> None:
        self.market.use_package(who, when)

    @rule(who=student)
    def return_a_package(self, who: int) -> None:
        self.market.return_package(who)

    @precondition(lambda self: self.market.references)
    @rule(which=any_of_them, paid=how)
    def pay(self, which: int, paid: str) -> None:
        self.market.pay(self._one(self.market.references, which), paid)

    @precondition(lambda self: self.market.references)
    @rule(which=any_of_them, told=caller, again=st.integers(1, 3), place=booking_dies)
    def hear(self, which: int, told: str, again: int, place: str) -> None:
        reference = self._one(self.market.references, which)
        with dying(place):
            for _ in range(again):
                self.market.hear(reference, told)

    @rule(which=any_of_them, by_tutor=st.booleans(), place=booking_dies)
    def cancel(self, which: int, by_tutor: bool, place: str) -> None:  # noqa: FBT001 - drawn by name
        booked = self.market.booked()
        if booked:
            with dying(place):
                self.market.cancel(self._one(booked, which), by_tutor=by_tutor)

    @rule(which=any_of_them, kobo=st.integers(1, 600_000))
    def give_back_a_part(self, which: int, kobo: int) -> None:
        booked = self.market.booked()
        if booked:
            self.market.give_back_part(self._one(booked, which), kobo)

    @rule(place=refund_dies)
    def send_refunds(self, place: str) -> None:
        with dying(place):
            self.market.send_refunds()

    @rule(what=offered, per_mille=st.sampled_from([400, 800, 980, 1_001]), place=payout_dies)
    def withdraw(self, what: int, per_mille: int, place: str) -> None:
        self.market.withdraw(what, per_mille)
        with dying(place):
            self.market.send_payouts()

    @rule(place=payout_dies)
    def send_payouts(self, place: str) -> None:
        with dying(place):
            self.market.send_payouts()

    @rule(which=any_of_them, kobo=st.sampled_from([None, None, 100_000]))
    def dispute(self, which: int, kobo: int | None) -> None:
        self.market.dispute(which, kobo)

    @precondition(lambda self: self.market.disputes)
    @rule(which=any_of_them, resolution=st.sampled_from(["declined", "merchant-accepted"]))
    def decide(self, which: int, resolution: str) -> None:
        self.market.decide(which, resolution)

    @rule(which=any_of_them)
    def send_a_payout_back(self, which: int) -> None:
        self.market.bounce(which)

    @rule(route=routes, kind=kinds)
    def let_an_answer_go_wrong(self, route: str, kind: str) -> None:
        self.market.fault(route, kind)

    @rule(pause=pauses)
    def wait(self, pause: timedelta) -> None:
        self.clock.shift(pause)
        self.market.sweep()

    @invariant()
    def the_books_add_up(self) -> None:
        if hasattr(self, "market"):
            books.check(*self._ours())

    def teardown(self) -> None:
        if not hasattr(self, "market"):
            return
        self.sandbox.control("DELETE", "faults")
        try:
            self._let_all_end()
            books.check_all(*self._ours())
        finally:
            self.done.update(self.market.done)
            self.kept.close()

    def _let_all_end(self) -> None:
        """Let every caller come by as often as it takes, as within a week."""
        for reference in self.market.references:
            self.market.hear(reference, "return page")
        for number in self.market.disputes:
            self.market.hear_of_dispute("dispute", number)
        for _ in range(6):
            self.clock.shift(timedelta(days=2))
            self.market.sweep()
            self.market.send_refunds()
            self.market.send_payouts()

    def _ours(self) -> Any:
        return self.market.tools.database, self.sandbox, self.market.tools.payments

    @staticmethod
    def _one(things: list[Any], which: int) -> Any:
        return things[which % len(things)]


@pytest.fixture(scope="module")
def quick_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox where refunds and transfers end within milliseconds."""
    options = ("--no-limits", "--refund-seconds", "0.01", "--payout-seconds", "0.01")
    with start_sandbox(tmp_path_factory.mktemp("model"), options=options) as running:
        yield running


@pytest.mark.parametrize("bearer", FeeBearer)
def test_every_act_leaves_the_books_in_order(
    sqlite_databases: SqliteDatabases, quick_sandbox: SandboxProcess, bearer: FeeBearer
) -> None:
    """Plays each act once, so that none is left to chance."""
    Money.databases, Money.sandbox, Money.done = sqlite_databases, quick_sandbox, Counter()
    state = Money()
    state.open_market(sale=bearer, refund=bearer)
    acts: tuple[Callable[[], None], ...] = (
        lambda: state.buy(0, 0, 1, "as asked", "webhook"),
        lambda: state.buy(1, 1, 2, "as asked", "return page"),
        lambda: state.wait(timedelta(minutes=1)),
        lambda: state.give_back_a_part(0, 50_000),
        lambda: state.send_refunds(REFUND),
        lambda: state.send_refunds(""),
        lambda: state.pay_wrongly(2, 2, 3, "dollars"),
        lambda: state.pay_wrongly(2, 2, 4, "short"),
        lambda: state.choose(0, Choice.CREDIT, 0),
        lambda: state.lose_the_time(1, 0, 5, Choice.REFUND),
        lambda: state.buy_and_cancel(0, 1, 6, by_tutor=False),
        lambda: state.buy_and_cancel(0, 1, 7, by_tutor=True),
        lambda: state.teach_and_withdraw(2, 0, 0, PAYOUT),
        lambda: state.send_payouts(""),
        lambda: state.buy_and_use_a_package(0, 2, 1),
        lambda: state.return_a_package(0),
        lambda: state.buy(1, 0, 8, "as asked", "webhook"),
        lambda: state.dispute(-1, None),
        lambda: state.decide(0, "merchant-accepted"),
        lambda: state.buy(1, 0, 9, "as asked", "webhook"),
        lambda: state.dispute(-1, 100_000),
        lambda: state.decide(1, "declined"),
    )
    try:
        for act in acts:
            act()
            state.the_books_add_up()
        by_hand = dict(state.market.done)
    finally:
        state.teardown()
    missing = [what for what in EVERY_ACT if not by_hand.get(what)]
    assert missing == [], by_hand


def test_the_books_add_up_after_every_step(
    sqlite_databases: SqliteDatabases, quick_sandbox: SandboxProcess
) -> None:
    Money.databases, Money.sandbox, Money.done = sqlite_databases, quick_sandbox, Counter()
    run_state_machine_as_test(Money, settings=PROFILE)
    # Which of them come up is chance, unless the run is long; that most do is none.
    missing = [what for what in EVERY_ACT if not Money.done[what]]
    assert len(missing) <= (0 if LONG else len(EVERY_ACT) // 3), (missing, dict(Money.done))


def test_the_books_add_up_on_postgresql_too(
    postgresql_databases: PostgresqlDatabases, quick_sandbox: SandboxProcess
) -> None:
    Money.databases, Money.sandbox, Money.done = postgresql_databases, quick_sandbox, Counter()
    few = settings(PROFILE, max_examples=100 if LONG else 3, stateful_step_count=80 if LONG else 25)
    run_state_machine_as_test(Money, settings=few)
    assert Money.done["pay as asked"], dict(Money.done)
