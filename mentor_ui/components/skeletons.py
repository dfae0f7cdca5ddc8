"""Grey shapes of the same size as what is on its way, so that nothing jumps when it comes."""

import reflex as rx

from mentor_ui.components.values import Child, Flag


def skeleton(class_name: str) -> rx.Component:
    """Make one grey shape.

    Args:
        class_name: Its size, such as "h-4 w-32".

    Returns:
        A `div` element.
    """
    return rx.el.div(class_name=f"skeleton {class_name}")


def loading(*shapes: rx.Component, label: str = "Loading", class_name: str = "") -> rx.Component:
    """Enclose grey shapes so that screen readers hear one word instead.

    Args:
        *shapes: The shapes.
        label: That word.
        class_name: Layout of the shapes.

    Returns:
        A `div` element.
    """
    return rx.el.div(
        rx.el.span(label, class_name="sr-only"),
        rx.el.div(*shapes, class_name=class_name, aria_hidden="true"),
        role="status",
    )


def row_skeletons(count: int = 3, *, label: str = "Loading") -> rx.Component:
    """Stand in for session rows.

    Args:
        count: How many.
        label: See `loading`.

    Returns:
        The shapes.
    """
    return loading(
        *[
            rx.el.div(
                skeleton("size-10 rounded-full flex-none"),
                rx.el.div(skeleton("h-4 w-2/5"), skeleton("h-3.5 w-3/5 mt-2.5"), class_name="flex-1"),
                class_name="card flex items-center gap-3 px-[18px] min-h-[74px]",
            )
            for _ in range(count)
        ],
        label=label,
        class_name="flex flex-col gap-3",
    )


def until_loaded(loaded: Flag, panel: Child, *, rows: int = 3) -> rx.Component:
    """Stand in for a list of rows until it is known, so that no empty state says what is not so.

    Args:
        loaded: Whether it is known.
        panel: The list, or its empty state.
        rows: How many rows to stand in with.

    Returns:
        One of both.
    """
    return rx.cond(loaded, panel, row_skeletons(rows))


def card_skeletons(count: int = 6, *, label: str = "Loading") -> rx.Component:
    """Stand in for offering cards.

    Args:
        count: How many.
        label: See `loading`.

    Returns:
        The shapes, in the marketplace's grid.
    """
    return loading(
        *[
            rx.el.div(
                rx.el.div(
                    skeleton("size-10 rounded-full flex-none"),
                    rx.el.div(skeleton("h-4 w-1/2"), skeleton("h-3.5 w-2/3 mt-2"), class_name="flex-1"),
                    class_name="flex items-center gap-3",
                ),
                skeleton("h-5 w-3/5"),
                skeleton("h-6 w-1/2 rounded-full"),
                rx.el.div(
                    skeleton("h-3.5"),
                    skeleton("h-3.5 mt-2.5"),
                    skeleton("h-3.5 w-2/3 mt-2.5"),
                    class_name="flex-1",
                ),
                rx.el.div(skeleton("h-6 w-20"), skeleton("h-[34px] w-28"), class_name="flex justify-between"),
                class_name="card flex flex-col gap-3.5 p-[18px] min-h-[316px]",
            )
            for _ in range(count)
        ],
        label=label,
        class_name=CARD_GRID,
    )


CARD_GRID = "grid gap-4 sm:grid-cols-2 lg:grid-cols-3"
