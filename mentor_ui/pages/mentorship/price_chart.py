"""How the prices of the market are spread, as small bars over the price filter and in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import reflex as rx

from mentor_ui.services.market_choices import price_words
from mentor_ui.services.market_facets import PriceBar

HEIGHT = 40
STEP, GAP = 10, 2
LEAST = 2
"""So high is a bar at least that holds anything."""


@dataclass(frozen=True)
class PriceChart:
    """The bars as two outlines of one picture.

    Attributes:
        box: The picture's `viewBox`.
        inside: Bars that the chosen range touches; all of them without one.
        outside: The others.
        words: What the picture says.
    """

    box: str
    inside: str
    outside: str
    words: str


NO_PRICES = PriceChart(f"0 0 {STEP} {HEIGHT}", "", "", "There are too few prices to compare.")


def price_chart(bars: Sequence[PriceBar], lowest_kobo: int | None, highest_kobo: int | None) -> PriceChart:
    """Draw the bars.

    Args:
        bars: In order.
        lowest_kobo: Of the chosen range, like `highest_kobo`; None where it is open.
        highest_kobo: The other end.
    """
    most = max((bar.offerings for bar in bars), default=0)
    if not most:
        return NO_PRICES
    inside: list[tuple[int, float]] = []
    outside: list[tuple[int, float]] = []
    for place, bar in enumerate(bars):
        above = lowest_kobo is None or bar.below_kobo is None or bar.below_kobo > lowest_kobo
        below = highest_kobo is None or bar.lowest_kobo <= highest_kobo
        (inside if above and below else outside).append((place, bar.offerings / most))
    common = max(bars, key=lambda bar: bar.offerings)
    return PriceChart(
        box=f"0 0 {len(bars) * STEP - GAP} {HEIGHT}",
        inside=_outline(inside),
        outside=_outline(outside),
        words=f"How prices are spread. Most common: {price_words(common.lowest_kobo, common.below_kobo)}.",
    )


def _outline(bars: Iterable[tuple[int, float]]) -> str:
    parts: list[str] = []
    for place, share in bars:
        if share:
            high = max(round(share * HEIGHT), LEAST)
            parts.append(f"M{place * STEP} {HEIGHT}v-{high}h{STEP - GAP}v{high}z")
    return "".join(parts)


def price_picture(chart: rx.vars.ObjectVar[PriceChart]) -> rx.Component:
    """Show the bars, as wide as the two fields below them; their place is kept while there are none."""
    return rx.el.svg(
        rx.el.path(d=chart.inside, class_name="fill-primary"),
        rx.el.path(d=chart.outside, class_name="fill-control"),
        view_box=chart.box,
        class_name="col-span-3 block w-full h-10",
        custom_attrs={"role": "img", "aria-label": chart.words, "preserveAspectRatio": "none"},
    )
