"""Who is looking, for the frame round every page. Decides what is drawn, never what is allowed."""

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.components.viewer import ViewerCard
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate import MINE, Anyone, Refused, allow, current_actor, follow, reading
from mentor_ui.services import accounts, notifications


class Viewer(rx.State):
    """The person in the header.

    Attributes:
        card: What the frame shows; the default for a visitor.
    """

    card: ViewerCard = ViewerCard()

    @rx.event
    @allow(Anyone)
    async def load(self) -> None:
        """Fill the header, and keep its unread messages up to date."""
        await follow(self, MINE)
        await self._reload()

    async def _reload(self) -> None:
        actor = await current_actor(self)
        card = ViewerCard()
        if actor is not None:
            found = await reading(lambda session: viewer_card(session, actor))
            card = card if isinstance(found, Refused) else found
        if card != self.card:
            self.card = card


async def refresh_viewer(state: rx.State) -> None:
    """Fill the header anew from another State's handler, for example after a new name."""
    await (await state.get_state(Viewer))._reload()  # noqa: SLF001


def viewer_card(session: Session, actor: Actor | None) -> ViewerCard:
    """Return what the frame shows of a person, or of a visitor.

    Raises:
        SignInRequired: The account is gone.
    """
    if actor is None:
        return ViewerCard()
    person = accounts.profile(session, actor)
    return ViewerCard(
        name=person.name,
        initials=initials_of(person.name),
        hue=hue_of(person.person_id),
        signed_in=True,
        is_tutor=actor.teaches,
        is_student=Role.STUDENT in actor.roles,
        is_admin=actor.is_admin,
        timezone=person.timezone,
        unread=notifications.unread_count(session, actor),
    )
