"""Whatever is done to a package, in whatever order: the ledger is proven, each part is paid exactly once."""

from datetime import timedelta
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.models import PackageUse, PurchaseState, RefundState
from mentor_ui.services import bookings, earnings, refund_progress
from tests.databases import PostgresqlDatabases, SqliteDatabases, opened
from tests.package_deals import (
    accounts,
    booking_in,
    bought,
    cancel,
    give_back,
    offer,
    purchase_in,
    refunds_of,
    sweep,
    use,
)
from tests.world import NOON, Pair, make_pair

Act = Literal["use", "cancel", "tutor_cancels", "give_back", "wait", "sweep", "arrive", "release"]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ("use", "use", "cancel", "tutor_cancels", "give_back", "wait", "sweep", "arrive", "release")
        ),
        st.integers(0, 3),
    ),
    min_size=3,
    max_size=14,
)


class Walk:
    """One package, and what was done to it so far."""

    def __init__(self, database: Database, sessions: int, price_kobo: int) -> None:
        self.database = database
        self.now = NOON
        self.pair: Pair = make_pair(database, price_kobo=price_kobo, mode=BookingMode.INSTANT)
        self.price_kobo = price_kobo
        package = offer(
            database, self.pair, sessions=sessions, price=f"{price_kobo / 100:.2f}", valid_days=14
        )
        self.purchase_id = bought(database, self.pair, package)
        self.booked: list[int] = []

    def do(self, act: Act, number: int) -> None:
        """Do one thing; that it is refused is as good an end as that it is done."""
        try:
            match act:
                case "use":
                    starts_at = self.now.replace(minute=0) + timedelta(
                        days=1 + number, hours=2 * len(self.booked)
                    )
                    self.booked.append(use(self.database, self.pair, self.purchase_id, starts_at, self.now))
                case "cancel" | "tutor_cancels" if self.booked:
                    booking_id = self.booked[number % len(self.booked)]
                    by_tutor = act == "tutor_cancels"
                    cancel(self.database, self.pair, booking_id, by_tutor=by_tutor, now=self.now)
                case "give_back":
                    give_back(self.database, self.pair, self.purchase_id, self.now)
                case "wait":
                    self.now += timedelta(days=(0, 1, 5, 15)[number], hours=23)
                    with self.database.transaction() as session:
                        bookings.advance_clock(session, self.now)
                case "sweep":
                    sweep(self.database, self.now)
                case "arrive":
                    self.arrive()
                case "release":
                    with self.database.transaction() as session:
                        earnings.release_due(session, self.now, wait=timedelta(hours=72))
                case _:
                    pass
        except DomainError:
            pass

    def arrive(self) -> None:
        for refund in refunds_of(self.database, self.purchase_id):
            with self.database.transaction() as session:
                refund_progress.record(
                    session,
                    refund.id,
                    state=RefundState.PROCESSED,
                    provider_refund_id=refund.id,
                    now=self.now,
                )

    def check(self) -> None:
        """The ledger is proven, and what was paid is unused, kept for sessions, or on its way back."""
        state = accounts(self.database, self.pair)
        back = sum(refund.amount_kobo for refund in refunds_of(self.database, self.purchase_id))
        assert state.credits + state.escrow + state.wallet + state.platform + back == self.price_kobo
        assert min(state.credits, state.escrow, state.wallet, state.platform) >= 0
        with self.database.reading() as session:
            counting = session.exec(
                select(PackageUse.session_id).where(
                    PackageUse.purchase_id == self.purchase_id, col(PackageUse.returned_at).is_(None)
                )
            ).all()
        worth = sum(booking_in(self.database, one).price_kobo for one in counting)
        assert state.escrow + state.wallet + state.platform == worth

    def end(self) -> None:
        """Let everything come to its end: no kobo stays in the package."""
        self.now += timedelta(days=60)
        for _ in range(3):
            sweep(self.database, self.now)
            self.arrive()
        self.check()
        purchase = purchase_in(self.database, self.purchase_id)
        assert purchase.left_kobo == 0
        assert purchase.state in (PurchaseState.EXPIRED, PurchaseState.RETURNED) or (
            purchase.used == purchase.sessions
        )
        assert accounts(self.database, self.pair).owed_back == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sessions=st.integers(2, 5), price_kobo=st.integers(50_000, 60_000), acts=ACTS)
def test_any_order_of_happenings_keeps_every_kobo(
    sqlite_databases: SqliteDatabases, sessions: int, price_kobo: int, acts: list[tuple[Act, int]]
) -> None:
    with opened(sqlite_databases) as database:
        _walk(database, sessions, price_kobo, acts)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sessions=st.integers(2, 5), price_kobo=st.integers(50_000, 60_000), acts=ACTS)
def test_so_it_does_on_postgresql(
    postgresql_databases: PostgresqlDatabases, sessions: int, price_kobo: int, acts: list[tuple[Act, int]]
) -> None:
    with opened(postgresql_databases) as database:
        _walk(database, sessions, price_kobo, acts)


def _walk(database: Database, sessions: int, price_kobo: int, acts: list[tuple[Act, int]]) -> None:
    walk = Walk(database, sessions, price_kobo)
    for act, number in acts:
        walk.do(act, number)
        walk.check()
    walk.end()
