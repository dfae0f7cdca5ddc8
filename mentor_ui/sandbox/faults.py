"""Faults that tests and demos switch on, keyed by route name."""

import itertools
import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

REPLY_KINDS = frozenset({"delay", "429", "500_before", "500_after", "lost_reply", "garbage", "reply"})
WEBHOOK_KINDS = frozenset({"duplicate_webhook", "late_webhook", "no_webhook", "bad_signature", "garbage"})
WEBHOOK_ROUTES = frozenset({"paystack.webhook", "zoom.webhook"})

_chance = secrets.SystemRandom()


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        route: name from the route table, `paystack.*`-like for a whole provider, or a webhook route.
        kind: one of `REPLY_KINDS`, or of `WEBHOOK_KINDS` for a webhook route.
        times: how often it still strikes; None for ever.
        seconds: length of a delay; for lost_reply the wait before the connection closes.
        probability: 0 to 1.
        event: strikes only this webhook event, when given.
        status: HTTP status of the kind `reply`.
        body: JSON body of the kind `reply`.
    """

    id: int
    route: str
    kind: str
    times: int | None = None
    seconds: float = 0.0
    probability: float = 1.0
    event: str | None = None
    status: int = 400
    body: Any = None


class FaultBoard:
    """The faults now switched on."""

    def __init__(self, routes: Collection[str]) -> None:
        """Know the `routes` that exist, so that a misspelt one is refused."""
        self._routes = frozenset(routes)
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, wanted: dict[str, Any]) -> Fault:
        """Switch a fault on.

        Raises:
            ValueError: unknown route, kind or option, or a value of the wrong type.
        """
        options = {name: value for name, value in wanted.items() if value is not None or name == "times"}
        route, kind = options.get("route"), str(options.get("kind"))
        family = (
            isinstance(route, str)
            and route.endswith(".*")
            and any(n.startswith(route[:-1]) for n in self._routes)
        )
        if route not in self._routes and route not in WEBHOOK_ROUTES and not family:
            known = ", ".join(sorted(self._routes | WEBHOOK_ROUTES))
            raise ValueError(f"unknown route {route!r}; known: {known}")
        kinds = WEBHOOK_KINDS if route in WEBHOOK_ROUTES else REPLY_KINDS
        if kind not in kinds:
            raise ValueError(f"unknown kind {kind!r} for {route}; known: {', '.join(sorted(kinds))}")
        if unknown := set(options) - {*Fault.__dataclass_fields__} | ({"id"} & set(options)):
            raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
        times, seconds = options.get("times"), options.get("seconds", 0.0)
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError("times must be a whole number from 1, or null")
        if not isinstance(seconds, int | float) or seconds < 0:
            raise ValueError("seconds must be a number from 0")
        probability = options.get("probability", 1.0)
        if not isinstance(probability, int | float) or not 0 <= probability <= 1:
            raise ValueError("probability must be between 0 and 1")
        fault = Fault(**{**options, "kind": kind, "id": next(self._ids)})
        self._faults.append(fault)
        return fault

    def take(self, route: str, *, event: str | None = None) -> Fault | None:
        """The fault that strikes this call, counted down, or None."""
        family = route.split(".", 1)[0] + ".*"
        for fault in self._faults:
            matches = fault.route == route or (fault.route == family and route not in WEBHOOK_ROUTES)
            if not matches or (fault.event is not None and fault.event != event):
                continue
            if fault.probability < 1 and _chance.random() >= fault.probability:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
            return fault
        return None

    def listing(self) -> list[dict[str, Any]]:
        """All faults as JSON objects."""
        return [asdict(fault) for fault in self._faults]

    def clear(self, route: str | None = None) -> int:
        """Switch off the faults of one route, or all; return how many."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if route is not None and fault.route != route]
        return before - len(self._faults)
