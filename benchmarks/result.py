"""One line of the table."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """A measurement, its unit, and how it compares to the best that was possible in the same run.

    Attributes:
        of_limit: The value divided by the limit measured beside it, or None where there is none.
        budget: What it has to stay within, in the same unit; None where there is no budget.
        at_least: Whether the budget is the least and not the most.
    """

    what: str
    value: float
    unit: str
    of_limit: float | None = None
    budget: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether it stays within its budget: `ok` or `over`; empty without one."""
        if self.budget is None:
            return ""
        within = self.value >= self.budget if self.at_least else self.value <= self.budget
        return "ok" if within else "over"

    @property
    def shown(self) -> str:
        """The value with its unit, ratio, budget and verdict."""
        ratio = "" if self.of_limit is None else f"{self.of_limit:.2f} x limit"
        sign = ">=" if self.at_least else "<="
        budget = "" if self.budget is None else f"{sign} {self.budget:g}"
        return f"{self.value:>10.3f} {self.unit:<10} {ratio:>16} {budget:>12} {self.verdict}".rstrip()

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "verdict": self.verdict}
