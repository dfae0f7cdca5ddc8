"""Who may call an event handler, declared where it is defined.

A handler without a declaration is refused, because every public method of a State can be called by anybody.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from mentor_ui.domain.roles import Actor, Role

Handler = TypeVar("Handler", bound=Callable[..., Any])

_MARK = "__mentor_policy__"


class Anyone:
    """Open to all, signed in or not."""


class SignedIn:
    """Open to every signed-in person."""


Who = type[Anyone] | type[SignedIn] | Collection[Role]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a handler asks of its caller.

    Attributes:
        signed_in: Whether there has to be somebody.
        roles: Of which the caller needs one; empty for any.
    """

    signed_in: bool
    roles: frozenset[Role] = frozenset()

    def admits(self, actor: Actor | None) -> bool:
        """Whether the actor, or nobody, may call."""
        if actor is None:
            return not self.signed_in
        return not self.roles or bool(self.roles & actor.roles)

    def sentence(self) -> str:
        """Return who it is open to, for somebody of another role."""
        names = [f"{role.value}s" for role in Role if role in self.roles]
        spoken = " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
        return (
            f"This is for {spoken}. Your account is of another kind." if names else "Please sign in to go on."
        )


def to_policy(who: Who) -> Policy:
    """Return the policy for `Anyone`, `SignedIn` or a collection of roles.

    Raises:
        ValueError: The collection is empty.
    """
    if isinstance(who, type):
        return Policy(signed_in=who is SignedIn)
    roles = frozenset(Role(role) for role in who)
    if not roles:
        raise ValueError("a policy of no role would lock everybody out")
    return Policy(signed_in=True, roles=roles)


def allow(who: Who) -> Callable[[Handler], Handler]:
    """Declare who may call an event handler; stands below `@rx.event`.

    Args:
        who: `Anyone`, `SignedIn`, or the roles of which one is needed.
    """
    policy = to_policy(who)

    def mark(handler: Handler) -> Handler:
        setattr(handler, _MARK, policy)
        return handler

    return mark


def policy_of(function: object) -> Policy | None:
    """Return what was declared for a handler's function; None when nothing was."""
    found = getattr(function, _MARK, None)
    return found if isinstance(found, Policy) else None
