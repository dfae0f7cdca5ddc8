"""Days that a person chooses in a form, from the first to the last one."""

from datetime import date, timedelta

LONGEST_DAYS = 366
FURTHEST_DAYS = 730


def checked_days(first: str, last: str, *, today: date, errors: dict[str, str]) -> tuple[date, date] | None:
    """Return the first and the last day, or None after putting what is wrong into `errors`.

    Args:
        first: ISO date; its field is `first_day`.
        last: ISO date, included, or empty for one day; its field is `last_day`.
        today: Of the person, local.
        errors: Sentences by field; added to.
    """
    first_day = _day(first)
    last_day = _day(last) if last.strip() else first_day
    end = "last_day" if last.strip() else "first_day"
    if first_day is None:
        errors["first_day"] = "Choose the first day."
    elif last_day is None:
        errors["last_day"] = "Choose the last day, or leave it empty for one day."
    elif last_day < first_day:
        errors["last_day"] = "The last day comes after the first."
    elif last_day < today:
        errors[end] = "These days are over. Choose later ones."
    elif (last_day - first_day).days >= LONGEST_DAYS:
        errors["last_day"] = "Choose a year at most."
    elif last_day > today + timedelta(days=FURTHEST_DAYS):
        errors[end] = "Choose days within the next two years."
    else:
        return first_day, last_day
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
