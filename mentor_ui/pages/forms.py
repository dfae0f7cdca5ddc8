"""Reading the fields of a submitted form, in which anything may stand."""

from collections.abc import Mapping

LENGTH = 5_000


def form_text(form: Mapping[str, object], name: str) -> str:
    """Return a field's text without spaces round it; empty when it is missing or no text."""
    value = form.get(name)
    return value[:LENGTH].strip() if isinstance(value, str) else ""
