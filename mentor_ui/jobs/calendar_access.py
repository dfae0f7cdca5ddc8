"""Access to a connected account: its tokens, renewed in time and kept so that none is lost.

A renewal may end the refresh token it was asked with. So the new tokens are stored before they are used, and
only in the place of those they were asked with: of two renewals at the same time, the first one stored wins
and the other takes it over.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypeVar

from sqlalchemy import update
from sqlmodel import col

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.domain.sealing import SealBroken, Sealer
from mentor_ui.models import CalendarKind, LeftCalendar, LinkedCalendar
from mentor_ui.providers.calendars import CalendarAccounts, Grant
from mentor_ui.providers.errors import AccessRefused, GrantEnded
from mentor_ui.resources import Resources

Result = TypeVar("Result")
Account: TypeAlias = LinkedCalendar | LeftCalendar
"""A row that holds an account's tokens."""

RENEW_BEFORE = timedelta(minutes=2)


def seal_grant(sealer: Sealer, grant: Grant) -> str:
    """Return an account's tokens as they are kept."""
    kept = {
        "access": grant.access_token,
        "refresh": grant.refresh_token,
        "until": grant.expires_at.timestamp(),
    }
    return sealer.seal(json.dumps(kept))


def grant_of(sealer: Sealer, sealed: str) -> Grant:
    """Return an account's tokens.

    Raises:
        CalendarTrouble: They were sealed with another key: the owner has to connect anew.
    """
    try:
        kept = json.loads(sealer.unseal(sealed))
    except SealBroken as error:
        raise lost_secret() from error
    return Grant(kept["access"], kept["refresh"], datetime.fromtimestamp(kept["until"], UTC))


def lost_secret() -> CalendarTrouble:
    """Return what is said of a secret that cannot be opened any more."""
    return CalendarTrouble("We no longer have access to this calendar. Link it again.", connect_anew=True)


def accounts_of(resources: Resources, kind: str) -> CalendarAccounts:
    """Return the provider of an account.

    Raises:
        CalendarTrouble: It is not set up here any more.
    """
    accounts = resources.calendars.accounts.get(CalendarKind(kind))
    if accounts is None:
        raise CalendarTrouble("Connecting such an account is not possible here at present.")
    return accounts


def with_access(
    resources: Resources, row: Account, call: Callable[[CalendarAccounts, str], Result]
) -> Result:
    """Call a provider with a good access token, renewing it first or once more when that is refused.

    Args:
        resources: Our tools.
        row: The connected account.
        call: Gets the provider and the token.

    Raises:
        CalendarTrouble: The connection has ended, or what `call` raises.
        ProviderError: See `mentor_ui.providers.errors`.
    """
    accounts = accounts_of(resources, row.kind)
    secret, grant = row.secret, grant_of(resources.calendars.sealer, row.secret)
    if grant.expires_at - RENEW_BEFORE <= datetime.now(UTC):
        secret, grant = _renew(resources, row, accounts, secret)
    try:
        return call(accounts, grant.access_token)
    except AccessRefused:
        _, grant = _renew(resources, row, accounts, secret)
        return call(accounts, grant.access_token)


def _renew(resources: Resources, row: Account, accounts: CalendarAccounts, used: str) -> tuple[str, Grant]:
    sealer = resources.calendars.sealer
    kept = _kept(resources, row)
    if kept != used:
        return kept, grant_of(sealer, kept)
    old = grant_of(sealer, used)
    try:
        new = accounts.refresh(old.refresh_token)
    except GrantEnded as error:
        kept = _kept(resources, row)
        if kept != used:
            return kept, grant_of(sealer, kept)
        raise CalendarTrouble(
            f"{accounts.name} no longer lets us look into this account. Connect it again.", connect_anew=True
        ) from error
    grant = Grant(new.access_token, new.refresh_token or old.refresh_token, new.expires_at)
    sealed, table = seal_grant(sealer, grant), type(row)
    with resources.database.transaction() as session:
        stored = session.connection().execute(
            update(table).where(col(table.id) == row.id, col(table.secret) == used).values(secret=sealed)
        )
    if stored.rowcount == 1:
        return sealed, grant
    kept = _kept(resources, row)
    return kept, grant_of(sealer, kept)


def _kept(resources: Resources, row: Account) -> str:
    with resources.database.reading() as session:
        kept = session.get(type(row), row.id)
    if kept is None:
        raise CalendarTrouble("This calendar is not linked any more.")
    return kept.secret
