"""Taking the sessions ahead out of a disconnected account, and giving its grant back."""

import structlog

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.jobs.calendar_access import accounts_of, grant_of, with_access
from mentor_ui.models import LeftCalendar
from mentor_ui.providers.calendars import CalendarAccounts
from mentor_ui.providers.errors import ProviderRejected
from mentor_ui.resources import Resources
from mentor_ui.services import calendar_leaving

log = structlog.get_logger()


def leave(resources: Resources, left_id: int) -> None:
    """Do what is left to do about a disconnected account; repeating it changes nothing.

    Args:
        resources: Our tools.
        left_id: Which account.

    Raises:
        ProviderError: It could not be done now.
    """
    with resources.database.reading() as session:
        left = session.get(LeftCalendar, left_id)
    if left is None:
        return
    try:
        if calendar_leaving.standing_in(left):
            with_access(resources, left, lambda accounts, token: _take_out(resources, left, accounts, token))
        _give_back(resources, left_id)
    except (CalendarTrouble, ProviderRejected) as error:
        log.warning("a disconnected account was left as it is", calendar_id=left_id, reason=str(error))
        with resources.database.transaction() as session:
            calendar_leaving.give_up(session, left_id)
        return
    with resources.database.transaction() as session:
        row = session.get(LeftCalendar, left_id)
        if row is not None:
            session.delete(row)


def _take_out(resources: Resources, left: LeftCalendar, accounts: CalendarAccounts, token: str) -> None:
    standing = calendar_leaving.standing_in(left)
    while standing:
        accounts.delete_event(token, standing[0].calendar_id, standing[0].event_id)
        standing = standing[1:]
        with resources.database.transaction() as session:
            row = session.get(LeftCalendar, left.id)
            if row is None:
                # Connected again meanwhile: what stands there is that connection's now.
                return
            calendar_leaving.keep(row, standing)
            session.add(row)


def _give_back(resources: Resources, left_id: int) -> None:
    with resources.database.reading() as session:
        left = session.get(LeftCalendar, left_id)
        if left is None or calendar_leaving.is_shared(session, left):
            return
    refresh_token = grant_of(resources.calendars.sealer, left.secret).refresh_token
    accounts_of(resources, left.kind).revoke(refresh_token)
