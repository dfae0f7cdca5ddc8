"""Who is acting: the actor every use case takes."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may be; one person can be several."""

    STUDENT = "student"
    TUTOR = "tutor"
    MENTOR = "mentor"
    ADMIN = "admin"


TEACHING = frozenset({Role.TUTOR, Role.MENTOR})


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person as the services see one.

    Attributes:
        person_id: Whose rows are meant.
        roles: What the person is allowed to be, read from the database for this request.
        timezone: IANA name in which the person reads times.
    """

    person_id: int
    roles: frozenset[Role]
    timezone: str = "Africa/Lagos"

    @property
    def teaches(self) -> bool:
        """Whether the person may list offerings."""
        return bool(self.roles & TEACHING)

    @property
    def is_admin(self) -> bool:
        """Whether the person operates the platform."""
        return Role.ADMIN in self.roles
