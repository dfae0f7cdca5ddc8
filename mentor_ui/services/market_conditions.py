"""What a search of the marketplace asks of every row, one condition for each filter."""

from collections.abc import Iterator

from mentor_ui.db.raw_sql import Condition, RawSql, Value
from mentor_ui.services.market_wanted import Wanted
from mentor_ui.services.market_ways import Filter
from mentor_ui.services.market_words import Words


def conditions_of(sql: RawSql, wanted: Wanted, words: Words) -> dict[Filter, Condition]:
    """Return the conditions of the filters that are set."""
    return dict(_conditions(sql, wanted, words))


def _conditions(sql: RawSql, wanted: Wanted, words: Words) -> Iterator[tuple[Filter, Condition]]:
    if wanted.words:
        yield "words", words.condition()
    if wanted.tutor_ids is not None:
        yield "tutors", Condition(one_of("tutor_id", wanted.tutor_ids))
    if wanted.course_ids is not None:
        yield "courses", Condition(one_of("course_id", wanted.course_ids))
    limits = (("price_kobo >=", wanted.lowest_kobo), ("price_kobo <=", wanted.highest_kobo))
    given = [(text, kobo) for text, kobo in limits if kobo is not None]
    if given:
        yield "price", condition(sql, *given)
    if wanted.durations:
        yield "duration", Condition(one_of("duration", wanted.durations))
    if wanted.free_until is not None:
        yield "free", condition(sql, ("next_free_at >", wanted.now), ("next_free_at <", wanted.free_until))
    if wanted.not_tutor:
        yield "others", condition(sql, ("tutor_id <>", wanted.not_tutor))


def condition(sql: RawSql, *parts: tuple[str, Value]) -> Condition:
    """Return the condition that all parts hold, each a column with an operator and the value to its right."""
    values: list[Value] = []
    text = " AND ".join(f"{left} {sql.value(values, value)}" for left, value in parts)
    return Condition(text, values)


def one_of(column: str, numbers: tuple[int, ...]) -> str:
    """Return the text of the condition that a column has one of these numbers."""
    return f"{column} IN ({', '.join(map(str, numbers))})"
