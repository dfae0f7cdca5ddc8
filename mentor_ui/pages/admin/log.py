"""The operators' log on the operations page, page by page."""

from dataclasses import dataclass

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.skeletons import until_loaded
from mentor_ui.components.values import shown
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, reading
from mentor_ui.services import audit
from mentor_ui.services.audit import PAGE_LINES, LogLine

ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True)
class Deed:
    """One line of the log in words."""

    id: str
    when: str
    what: str
    detail: str


class LogState(rx.State):
    """A page of the log; `more` says whether older lines follow."""

    deeds: list[Deed] = []
    loaded: bool = False
    more: bool = False

    @rx.event
    @allow(ADMINS)
    async def load(self) -> None:
        """Show the newest lines."""
        await self._add(None)

    @rx.event
    @allow(ADMINS)
    async def load_more(self) -> None:
        """Show the lines before the last one shown."""
        if self.deeds:
            await self._add(parse_id(self.deeds[-1].id))

    async def _add(self, before: int | None) -> None:
        actor = await acting(self)
        found = await reading(lambda session: audit.log(session, actor, before=before))
        if not isinstance(found, Refused):
            shown_before = self.deeds if before is not None else []
            self.deeds = [*shown_before, *(_deed(line, actor.timezone) for line in found)]
            self.more, self.loaded = len(found) == PAGE_LINES, True


def _deed(line: LogLine, zone: str) -> Deed:
    words = line.action.replace("_", " ")
    return Deed(
        str(line.id), moment_in_words(line.at, zone), f"{line.who}: {words}, {line.subject}", line.detail
    )


def operators_log() -> rx.Component:
    """List what operators did, newest first."""
    state = LogState
    return until_loaded(
        state.loaded,
        rx.cond(
            state.deeds.length() > 0,
            rx.el.div(
                rx.el.ol(
                    rx.foreach(
                        state.deeds,
                        lambda deed: rx.el.li(
                            rx.el.p(deed.what, class_name="wrap-anywhere"),
                            shown(deed.detail, rx.el.p(deed.detail, class_name="text-sm wrap-anywhere")),
                            rx.el.p(deed.when, class_name="text-sm text-muted"),
                            key=deed.id,
                            class_name="py-3 border-b",
                        ),
                    ),
                ),
                shown(state.more, button("Show older", on_click=state.load_more)),
                class_name="flex flex-col gap-4 items-start *:w-full",
            ),
            empty_state(
                "Nothing yet", "Whatever an operator does to money or people is written here.", icon="clock"
            ),
        ),
    )
