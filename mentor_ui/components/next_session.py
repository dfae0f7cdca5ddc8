"""The dark card on top of a dashboard: the session that comes next, and the way into it."""

from dataclasses import dataclass

import reflex as rx

from mentor_ui.components.buttons import outside_link_button
from mentor_ui.components.cards import night_card
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.links import link
from mentor_ui.components.local_time import local_time
from mentor_ui.components.values import Child, Handler


@dataclass(frozen=True)
class NextSession:
    """What the card shows, formatted by the server.

    `id` is empty when nothing is ahead. `when` is in the viewer's zone, `starts_at` and `ends_at` are ISO
    8601 UTC; `running` once it has begun; `join` is the path of its one link.
    """

    id: str = ""
    title: str = ""
    other: str = ""
    when: str = ""
    starts_at: str = ""
    ends_at: str = ""
    running: bool = False
    join: str = ""


def next_session_card(
    session: rx.Var[NextSession], *, on_change: Handler, more: Child | None = None
) -> rx.Component:
    """Show the session that comes next, or nothing.

    Args:
        session: The session.
        on_change: Fires when it begins and when it ends; loads what is then next.
        more: What stands beside the way in, such as the calendars.

    Returns:
        The card, when there is a session.
    """
    waiting = rx.fragment(
        "Next session · starts ", countdown(until=session.starts_at, words=True, on_elapsed=on_change)
    )
    # Once it runs, its end is what the page waits for.
    running = rx.fragment(
        "On now · ends ", countdown(until=session.ends_at, words=True, on_elapsed=on_change, warn_seconds=300)
    )
    return rx.cond(
        session.id,
        night_card(
            rx.el.div(
                rx.el.p(rx.cond(session.running, running, waiting), class_name="text-sm opacity-75"),
                rx.el.h2(
                    link(session.title, " with ", session.other, to=f"/mentorship/session/{session.id}"),
                    class_name="mt-1",
                ),
                rx.el.p(local_time(session.when, at=session.starts_at), class_name="mt-1 text-sm opacity-75"),
                class_name="min-w-0 flex-1 basis-64",
            ),
            rx.el.div(
                outside_link_button("Join on Zoom", href=session.join, kind="accent", new_tab=True),
                *([more] if more is not None else []),
                class_name="flex flex-wrap gap-3",
            ),
            class_name="mb-8",
        ),
    )
