"""The State of the list of what is stuck."""

from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx

from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, reading
from mentor_ui.pages.admin.subjects_shown import SubjectLine, subject_line
from mentor_ui.services import stuck_money
from mentor_ui.services.stuck_money import StuckThing, Why

ADMINS = frozenset({Role.ADMIN})
WHY_WORDS = {
    Why.CODE_WANTED: ("Payout waits for a code", "stop"),
    Why.CHOICE_OVER: ("Time to choose is over", "now"),
    Why.PAYOUT_LATE: ("Payout under way for more than a day", "now"),
    Why.REFUND_LATE: ("Refund not arrived after five days", "now"),
    Why.PAYMENT_AWAITED: ("Payment awaited for more than an hour", "info"),
}


@dataclass(frozen=True)
class StuckLine:
    """Something stuck in words, with the tone of its badge."""

    key: str
    why: str
    tone: str
    subject: SubjectLine


class StuckState(rx.State):
    """What has waited too long."""

    rows: list[StuckLine] = []
    loaded: bool = False

    @rx.event
    @allow(ADMINS)
    async def load(self) -> None:
        """Fill the list."""
        actor = await acting(self)
        found = await reading(lambda session: stuck_money.stuck(session, actor, datetime.now(UTC)))
        if not isinstance(found, Refused):
            self.rows, self.loaded = [_line(one, actor.timezone) for one in found], True


def _line(one: StuckThing, zone: str) -> StuckLine:
    why, tone = WHY_WORDS[one.why]
    return StuckLine(f"{one.why}-{one.subject.id}", why, tone, subject_line(one.subject, zone))
