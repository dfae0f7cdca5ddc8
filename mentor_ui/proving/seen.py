"""What a scenario is, and what was seen in one play of it."""

from collections.abc import Callable
from dataclasses import dataclass

from mentor_ui.proving.world import World


@dataclass(frozen=True, slots=True)
class Seen:
    """What one play of a scenario came to.

    Attributes:
        words: What became of money and sessions, in a few words.
        loss: Whether something was lost, given away or left without an outcome.
    """

    words: str
    loss: bool


Play = Callable[[World, bool], Seen]
"""Plays a scenario in a fresh world; the second argument says whether the guard stands."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way to lose money.

    Attributes:
        key: Chooses it on the command line.
        title: What happens, for the table.
        guard: What the product does against it, in a few words.
        play: Lets it happen.
    """

    key: str
    title: str
    guard: str
    play: Play


@dataclass(frozen=True, slots=True)
class Verdict:
    """What both plays of one scenario came to."""

    scenario: Scenario
    off: Seen
    on: Seen

    @property
    def holds(self) -> bool:
        """Whether the loss is real without the guard, and gone with it."""
        return self.off.loss and not self.on.loss
