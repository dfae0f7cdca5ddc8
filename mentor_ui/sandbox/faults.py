"""Faults that tests and demos switch on, keyed by route name."""

import itertools
import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

REPLY_KINDS = frozenset({"delay", "429", "500_before", "500_after", "lost_reply", "garbage", "reply"})
WEBHOOK_KINDS = frozenset({"duplicate_webhook", "late_webhook", "no_webhook", "bad_signature", "garbage"})
WEBHOOK_ROUTES = frozenset({"paystack.webhook", "zoom.webhook"})

_OPTIONS = frozenset({"route", "kind", "times", "seconds", "probability", "event", "status", "body"})

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
        if unknown := set(wanted) - _OPTIONS:
            raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
        route, kind = str(wanted.get("route")), str(wanted.get("kind"))
        if not self._exists(route):
            known = ", ".join(sorted(self._routes | WEBHOOK_ROUTES))
            raise ValueError(f"unknown route {route!r}; known: {known}")
        kinds = WEBHOOK_KINDS if route in WEBHOOK_ROUTES else REPLY_KINDS
        if kind not in kinds:
            raise ValueError(f"unknown kind {kind!r} for {route}; known: {', '.join(sorted(kinds))}")
        times = wanted.get("times")
        fault = Fault(
            id=next(self._ids),
            route=route,
            kind=kind,
            times=None if times is None else int(times),
            seconds=float(wanted.get("seconds") or 0),
            probability=float(wanted.get("probability", 1)),
            event=wanted.get("event"),
            status=int(wanted.get("status", 400)),
            body=wanted.get("body"),
        )
        if (
            (fault.times is not None and fault.times < 1)
            or fault.seconds < 0
            or not 0 <= fault.probability <= 1
        ):
            raise ValueError("times from 1 or null, seconds from 0, probability from 0 to 1")
        self._faults.append(fault)
        return fault

    def _exists(self, route: str) -> bool:
        if route.endswith(".*"):
            return any(name.startswith(route[:-1]) for name in self._routes)
        return route in self._routes or route in WEBHOOK_ROUTES

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
