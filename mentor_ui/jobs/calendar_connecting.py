"""Connecting an account at Google or Microsoft, choosing among its calendars, and letting it go."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.roles import Actor
from mentor_ui.jobs import calendar_polling
from mentor_ui.jobs.calendar_access import accounts_of, seal_grant
from mentor_ui.models import CalendarKind
from mentor_ui.providers.calendars import Grant
from mentor_ui.providers.errors import GrantEnded, ProviderError, ProviderRejected
from mentor_ui.resources import Resources
from mentor_ui.services import calendar_writing, linked_calendars
from mentor_ui.services.calendar_looks import LOOK_AHEAD, LOOK_BEHIND, Seen

log = structlog.get_logger()


def connect(
    resources: Resources,
    actor: Actor,
    *,
    kind: CalendarKind,
    code: str,
    code_verifier: str,
    redirect_uri: str,
) -> int:
    """Connect an account whose owner said yes, and look into its main calendar at once.

    Args:
        resources: Our tools.
        actor: The tutor.
        kind: Google or Microsoft.
        code: From the owner's answer.
        code_verifier: Whose challenge went along with the question.
        redirect_uri: To which the answer came.

    Returns:
        The identifier of the linked calendar.

    Raises:
        InvalidInput: `calendar_not_connected` or `connection_expired`; the message says why.
        Conflict: There are too many.
        NotAllowed: The actor does not teach.
    """
    linked_calendars.require_teaching(actor)
    now = datetime.now(UTC)
    try:
        accounts = accounts_of(resources, kind)
        grant = accounts.exchange(code=code, code_verifier=code_verifier, redirect_uri=redirect_uri)
        _require_lasting(accounts.name, grant)
        name = accounts.account_name(grant.access_token)
        offers = accounts.calendars(grant.access_token)
        main = [one.id for one in offers if one.is_main]
        until = now + LOOK_AHEAD
        busy = accounts.busy_times(
            grant.access_token,
            main,
            since=now - LOOK_BEHIND,
            until=until,
            # An account that is connected anew may hold our sessions from before.
            written_to=main,
            is_own=lambda _event_id: False,
            own_links=f"{resources.settings.public_url}/j/",
            zone=actor.timezone,
        )
    except CalendarTrouble as trouble:
        raise InvalidInput(trouble.words, code="calendar_not_connected") from trouble
    except GrantEnded as error:
        raise InvalidInput(
            "The answer came too late, or twice. Connect the account once more.",
            code="connection_expired",
        ) from error
    except ProviderError as error:
        log.warning("an account could not be connected", reason=str(error))
        if isinstance(error, ProviderRejected) and error.http_status == 403:
            raise InvalidInput(
                f"{error.provider} gave us access only in part. Connect it once more and allow all of it.",
                code="access_in_part",
            ) from error
        raise InvalidInput(
            f"{error.provider} did not answer as it should. Try again in a few minutes.",
            code="calendar_not_connected",
        ) from error
    seen = Seen(json.dumps(sorted(main)), busy, until, offers=calendar_polling.offers_from(offers))
    with resources.database.transaction() as session:
        return linked_calendars.link(
            session,
            actor,
            kind=kind,
            name=name,
            sealed=seal_grant(resources.calendars.sealer, grant),
            seen=seen,
            now=now,
        )


def _require_lasting(provider: str, grant: Grant) -> None:
    if not grant.refresh_token:
        raise CalendarTrouble(f"{provider} gave no lasting access. Connect the account once more.")


def choose(
    resources: Resources, actor: Actor, *, calendar_id: int, reads: Sequence[str], writes_to: str
) -> None:
    """Choose among an account's calendars; then look into them and write the sessions ahead.

    Raises:
        NotFound: The calendar is not the actor's.
        InvalidInput: A chosen calendar is not one of the account's, or cannot be written to.
    """
    now = datetime.now(UTC)
    with resources.database.transaction() as session:
        linked_calendars.choose(
            session, actor, calendar_id=calendar_id, reads=reads, writes_to=writes_to, now=now
        )
    calendar_polling.look(resources, calendar_id)
    with resources.database.transaction() as session:
        for booking_id, revision, unwritten_in in calendar_writing.unwritten(session, now):
            if unwritten_in == calendar_id:
                calendar_writing.enqueue_again(session, booking_id, revision, calendar_id, now)


def look_again(resources: Resources, actor: Actor, *, calendar_id: int) -> None:
    """Look into one of the actor's calendars now.

    Raises:
        NotFound: The calendar is not the actor's.
    """
    with resources.database.reading() as session:
        linked_calendars.own(session, actor, calendar_id)
    calendar_polling.look(resources, calendar_id)


def remove(resources: Resources, actor: Actor, *, calendar_id: int) -> None:
    """Forget a calendar. An account's grant is given back once the sessions ahead are out of it.

    Raises:
        NotFound: The calendar is not the actor's.
    """
    with resources.database.transaction() as session:
        linked_calendars.remove(session, actor, calendar_id=calendar_id, now=datetime.now(UTC))
