"""One line of the table."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """A measurement, its unit, and how it compares to the best that was possible in the same run.

    Attributes:
        of_limit: The value divided by the limit measured beside it, or None where there is none.
    """

    what: str
    value: float
    unit: str
    of_limit: float | None = None

    @property
    def shown(self) -> str:
        """The value with its unit and ratio."""
        ratio = "" if self.of_limit is None else f"   {self.of_limit:.2f} x limit"
        return f"{self.value:>10.3f} {self.unit}{ratio}"

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)
