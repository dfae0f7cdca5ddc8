"""All courses; to a signed-in person, their own first."""

from collections.abc import AsyncGenerator
from typing import Any

import reflex as rx

from mentor_ui.components.avatars import avatar
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.layout import page_heading
from mentor_ui.components.links import link
from mentor_ui.components.progress import progress_bar
from mentor_ui.components.skeletons import CARD_GRID, loading, skeleton
from mentor_ui.gate import Anyone, Refused, allow, browsing, current_actor
from mentor_ui.pages.courses.shown import CourseTile, tile_of
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.services import courses

DESCRIPTION = "Courses by tutors who also teach one to one."


class AllCoursesState(rx.State):
    """The lists of courses.

    Attributes:
        mine: Those that the viewer takes, then those that the viewer finished.
        others: All that are left.
    """

    mine: list[CourseTile] = []
    others: list[CourseTile] = []
    loaded: bool = False
    failed: bool = False

    @rx.event
    @allow(Anyone)
    async def load(self) -> AsyncGenerator[Any, None]:
        """Fill the lists."""
        self.failed = False
        try:
            actor = await current_actor(self)
            found = await browsing(lambda session: courses.list_courses(session, actor))
        except Exception:
            self.failed = True
            yield
            raise
        tiles = [] if isinstance(found, Refused) else [tile_of(card) for card in found]
        self.mine = [tile for tile in tiles if tile.taking] + [tile for tile in tiles if tile.finished]
        self.others = [tile for tile in tiles if not (tile.taking or tile.finished)]
        self.loaded = True


@page("/courses", title="Courses", description=DESCRIPTION, on_load=AllCoursesState.load)
def all_courses_page() -> rx.Component:
    """Show the courses."""
    return framed(
        page_heading("Courses", "Learn it once in the course, then again with its tutor."),
        rx.cond(
            AllCoursesState.failed,
            failed_state(
                "The courses did not load",
                "Nothing is lost. Please try once more.",
                action=button("Try again", icon="refresh-cw", on_click=AllCoursesState.load),
            ),
            rx.cond(AllCoursesState.loaded, _lists(), _shapes()),
        ),
        current="/courses",
    )


def _lists() -> rx.Component:
    mine, others = AllCoursesState.mine, AllCoursesState.others
    return rx.cond(
        (mine.length() > 0) | (others.length() > 0),
        rx.el.div(
            _section("Your courses", mine),
            _section(rx.cond(mine.length() > 0, "More courses", "All courses"), others),
            class_name="flex flex-col gap-9",
        ),
        empty_state("No courses yet", "They appear here as soon as a tutor opens one.", icon="book-open"),
    )


def _section(title: str | rx.Var[str], tiles: rx.Var[list[CourseTile]]) -> rx.Component:
    return rx.cond(
        tiles.length() > 0,
        rx.el.section(
            rx.el.h2(title, class_name="mb-4"),
            rx.el.ul(rx.foreach(tiles, _tile), class_name=CARD_GRID),
        ),
    )


def _tile(tile: rx.Var[CourseTile]) -> rx.Component:
    state = rx.cond(
        tile.taking,
        rx.el.div(
            progress_bar(tile.progress, label=f"Progress in {tile.title}"),
            rx.el.p(f"{tile.progress}% done", class_name="mt-1.5 text-sm text-muted"),
        ),
        rx.cond(tile.finished, rx.el.p(badge("Finished", tone="go", icon="check"))),
    )
    return rx.el.li(
        rx.el.article(
            rx.el.h3(
                link(
                    tile.title,
                    to=f"/courses/{tile.slug}",
                    # All of the card leads there; what is read out is the title alone.
                    class_name="hover:underline after:absolute after:inset-0 after:rounded-card",
                ),
                class_name="title",
            ),
            rx.el.p(tile.summary, class_name="clamp-3 text-muted text-[.90625rem]"),
            rx.el.div(state, class_name="mt-auto empty:hidden"),
            rx.el.div(
                avatar(initials=tile.initials, hue=tile.hue, picture=tile.picture, size="sm"),
                rx.el.div(
                    rx.el.p(tile.tutor, class_name="font-semibold truncate"),
                    rx.el.p(tile.size, class_name="text-sm text-muted"),
                    class_name="min-w-0",
                ),
                class_name="mt-auto flex items-center gap-3 border-t pt-3.5",
            ),
            class_name="card relative flex flex-col gap-3 p-[18px] min-w-0 hover:border-control",
        ),
        key=tile.slug,
        class_name="grid min-w-0",
    )


def _shapes() -> rx.Component:
    return loading(
        *[
            rx.el.div(
                skeleton("h-5 w-3/4"),
                rx.el.div(skeleton("h-3.5"), skeleton("h-3.5 w-2/3 mt-2.5"), class_name="flex-1"),
                rx.el.div(
                    skeleton("size-[34px] rounded-full flex-none"),
                    rx.el.div(skeleton("h-4 w-1/2"), skeleton("h-3.5 w-2/3 mt-2"), class_name="flex-1"),
                    class_name="flex items-center gap-3 border-t pt-3.5",
                ),
                class_name="card flex flex-col gap-3 p-[18px] min-h-[190px]",
            )
            for _ in range(6)
        ],
        label="Loading the courses",
        class_name=CARD_GRID,
    )
