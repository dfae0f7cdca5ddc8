"""The room of a session: what it is, and for the tutor the choice of another one."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.cards import section_card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import kept_text, text_field
from mentor_ui.components.notices import message_notice
from mentor_ui.components.values import shown
from mentor_ui.gate import MINE, Refused, SignedIn, acting, allow, follow, reading, room_topic, say, writing
from mentor_ui.models import RoomKind
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.route import id_in
from mentor_ui.services import meetings
from mentor_ui.services.meetings import RoomView
from mentor_ui.settings import get_settings

DIALOG = "other-room"


@dataclass(frozen=True)
class RoomShown:
    """A session's room in words.

    Attributes:
        name: What it is; empty when there is nothing to show.
        note: What to know about it.
        may_choose: Whether the reader may use another link.
        may_go_back: Whether the reader may use Zoom again.
    """

    name: str = ""
    note: str = ""
    may_choose: bool = False
    may_go_back: bool = False


class SessionRoom(rx.State):
    """The room of the session on the page.

    Attributes:
        error: What is wrong with the link that was typed.
        problem: Why going back to Zoom did not work.
        working: A change is being stored.
        changed: Grows when one was, which closes the dialog.
    """

    room: RoomShown = RoomShown()
    error: str = ""
    problem: str = ""
    working: bool = False
    changed: int = 0
    _session_id: int = 0

    @rx.event
    @allow(SignedIn)
    async def load(self) -> None:
        """Fill the panel, and keep it up to date."""
        self._session_id = id_in(self) or 0
        self.error = self.problem = ""
        await follow(self, MINE, room_topic(self._session_id))
        await self._reload()

    async def _reload(self) -> None:
        actor, session_id, now = await acting(self), self._session_id, datetime.now(UTC)
        found = await reading(lambda session: meetings.room_of(session, actor, session_id, now))
        self.room = RoomShown() if isinstance(found, Refused) else room_shown(found)

    @rx.event
    @allow(SignedIn)
    async def use_link(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Let the session take place behind the link that the tutor pasted."""
        actor, session_id, now = await acting(self), self._session_id, datetime.now(UTC)
        link, settings = form_text(form, "link"), get_settings()
        self.error, self.working = "", True
        yield
        done = await writing(
            lambda session: meetings.use_own_link(
                session,
                actor,
                booking_id=session_id,
                link=link,
                own_hosts=_own_hosts(),
                public_url=settings.public_url,
                now=now,
            )
        )
        self.working = False
        if isinstance(done, Refused):
            self.error = done.message
            return
        self.changed += 1
        await self._reload()
        await say(self, "The session now uses your link. We told you both.")

    @rx.event
    @allow(SignedIn)
    async def use_zoom(self) -> AsyncGenerator[None]:
        """Let the session take place on Zoom again."""
        actor, session_id, now = await acting(self), self._session_id, datetime.now(UTC)
        public_url = get_settings().public_url
        self.problem, self.working = "", True
        yield
        done = await writing(
            lambda session: meetings.use_zoom_again(
                session, actor, booking_id=session_id, public_url=public_url, now=now
            )
        )
        self.working = False
        if isinstance(done, Refused):
            self.problem = done.message
            return
        await self._reload()
        await say(self, "The session is on Zoom again. We told you both.")


def room_shown(view: RoomView) -> RoomShown:
    """Return a room in words.

    Args:
        view: As the reader may see it.
    """
    if not view.is_ahead:
        return RoomShown()
    match view.kind:
        case RoomKind.SPARE:
            name = f"A spare room at {view.place}"
            note = "Zoom could not make a room in time. The first person in may be asked to sign in there."
        case RoomKind.OWN:
            name, note = f"A room at {view.place}", f"{view.tutor_name} chose it for this session."
        case RoomKind.ZOOM:
            name, note = "Zoom", "The room is made and waits for you."
        case None:
            name, note = "Zoom", "The room is being made. Your link works already and waits for it."
    return RoomShown(
        name=name,
        note=f"{note} Your link stays the same and opens it 15 minutes before the start.",
        may_choose=view.is_tutor,
        may_go_back=view.is_tutor and view.kind in (RoomKind.SPARE, RoomKind.OWN),
    )


def _own_hosts() -> frozenset[str]:
    return frozenset(urlsplit(origin).hostname or "" for origin in get_settings().allowed_origins)


def room_panel() -> rx.Component:
    """Show the room of the session on the page, while it lies ahead."""
    state = SessionRoom
    return shown(
        state.room.name,
        section_card(
            "The room",
            rx.el.div(
                rx.el.p(state.room.name, class_name="font-semibold wrap-anywhere"),
                rx.el.p(state.room.note, class_name="text-sm text-muted"),
            ),
            rx.el.div(message_notice(state.problem), class_name="has-[>:empty]:absolute"),
            rx.cond(state.room.may_choose, _choices()),
        ),
    )


def _choices() -> rx.Component:
    state = SessionRoom
    return rx.fragment(
        rx.el.div(
            dialog_button("Use another link", dialog=DIALOG, size="sm"),
            rx.cond(
                state.room.may_go_back,
                button("Use Zoom again", size="sm", busy=state.working, on_click=state.use_zoom),
            ),
            class_name="flex flex-wrap gap-3",
        ),
        dialog(
            rx.el.p(
                "Paste the link of a room of your own, for this session only. The join link stays the same "
                "and leads there, and the student hears of it.",
                class_name="text-muted",
            ),
            rx.el.form(
                kept_text(
                    text_field(
                        "Link",
                        name="link",
                        id="room-link",
                        input_mode="url",
                        auto_complete="off",
                        placeholder="https://",
                        hint="Whoever has it can enter, so use one for this session alone.",
                        error=state.error,
                    )
                ),
                dialog_actions(
                    cancel_button(DIALOG),
                    button("Use this link", kind="primary", type="submit", busy=state.working),
                ),
                on_submit=state.use_link,
                no_validate=True,
                class_name="flex flex-col gap-5",
            ),
            id=DIALOG,
            title="Use another link",
            close_on=state.changed,
            narrow=True,
        ),
    )
