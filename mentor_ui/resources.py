"""What a running process works with: settings, database and provider clients, made once on first use."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from mentor_ui.db.current import database_of
from mentor_ui.db.engine import Database
from mentor_ui.domain.fees import FeeBearer, FeeTerms
from mentor_ui.domain.money import KOBO_PER_NAIRA
from mentor_ui.domain.payout_fees import PayoutCharges
from mentor_ui.domain.sealing import Sealer
from mentor_ui.models import CalendarKind
from mentor_ui.providers import google_calendar, microsoft_calendar
from mentor_ui.providers.calendar_addresses import AddressFetcher
from mentor_ui.providers.calendars import CalendarAccounts
from mentor_ui.providers.google_calendar import GoogleCalendars
from mentor_ui.providers.mail import MailboxMailer, Mailer, SmtpMailer
from mentor_ui.providers.microsoft_calendar import MicrosoftCalendars
from mentor_ui.providers.oauth import OAuthApp
from mentor_ui.providers.paystack import Payments, PaystackClient
from mentor_ui.providers.zoom import Meetings, ZoomClient
from mentor_ui.services.payouts import PayoutRules
from mentor_ui.services.settlement import SettlementRules
from mentor_ui.settings import Settings, get_settings


@dataclass(frozen=True, slots=True)
class CalendarTools:
    """What linked calendars are reached with.

    Attributes:
        addresses: Fetches calendar files.
        accounts: The providers that are set up; one that is not is not offered.
        sealer: Opens the addresses and tokens that we keep.
    """

    addresses: AddressFetcher
    accounts: Mapping[CalendarKind, CalendarAccounts]
    sealer: Sealer

    def close(self) -> None:
        """Close the connections of this process."""
        for provider in self.accounts.values():
            provider.close()


@dataclass(frozen=True, slots=True)
class Resources:
    """The tools of one process."""

    settings: Settings
    database: Database
    payments: Payments
    meetings: Meetings
    mailer: Mailer
    calendars: CalendarTools

    @property
    def rules(self) -> SettlementRules:
        """What settling a payment depends on."""
        return SettlementRules(
            platform_share_percent=self.settings.platform_share_percent,
            domain="live" if self.settings.paystack_secret_key.startswith("sk_live_") else "test",
            public_url=self.settings.public_url,
        )

    @property
    def fee_terms(self) -> FeeTerms:
        """Whose cost Paystack's fee is on payments that begin now."""
        settings = self.settings
        return FeeTerms(FeeBearer(settings.fee_bearer), FeeBearer(settings.refund_fee_bearer))

    @property
    def payout_rules(self) -> PayoutRules:
        """What taking money out of a wallet depends on."""
        settings = self.settings
        return PayoutRules(
            minimum_kobo=settings.minimum_payout_naira * KOBO_PER_NAIRA,
            charges=PayoutCharges(
                stamp_duty_kobo=settings.payout_stamp_duty_naira * KOBO_PER_NAIRA,
                vat_percent=settings.payout_vat_percent,
            ),
        )


def make_resources(settings: Settings) -> Resources:
    """Return tools for these settings; nothing is connected before it is used."""
    mailer: Mailer
    if settings.smtp_url:
        mailer = SmtpMailer(url=settings.smtp_url, sender=settings.mail_from)
    else:
        mailer = MailboxMailer(mailbox_url=settings.mailbox_url, sender=settings.mail_from)
    return Resources(
        settings=settings,
        database=database_of(settings),
        payments=PaystackClient(secret_key=settings.paystack_secret_key, base_url=settings.paystack_base_url),
        meetings=ZoomClient(
            account_id=settings.zoom_account_id,
            client_id=settings.zoom_client_id,
            client_secret=settings.zoom_client_secret,
            oauth_url=settings.zoom_oauth_url,
            api_url=settings.zoom_api_url,
        ),
        mailer=mailer,
        calendars=make_calendar_tools(settings),
    )


def make_calendar_tools(settings: Settings) -> CalendarTools:
    """Return what linked calendars are reached with; the demo may also read the sandbox's files."""
    accounts: dict[CalendarKind, CalendarAccounts] = {}
    if settings.google_client_id:
        accounts[CalendarKind.GOOGLE] = GoogleCalendars(
            app=OAuthApp(
                client_id=settings.google_client_id,
                client_secret=settings.google_client_secret,
                authorize_url=settings.google_oauth_url,
                token_url=settings.google_token_url,
                scopes=google_calendar.SCOPES,
            ),
            calendar_url=settings.google_calendar_url,
            revoke_url=settings.google_revoke_url,
        )
    if settings.microsoft_client_id:
        accounts[CalendarKind.MICROSOFT] = MicrosoftCalendars(
            app=OAuthApp(
                client_id=settings.microsoft_client_id,
                client_secret=settings.microsoft_client_secret,
                authorize_url=settings.microsoft_oauth_url,
                token_url=settings.microsoft_token_url,
                scopes=microsoft_calendar.SCOPES,
            ),
            graph_url=settings.microsoft_graph_url,
        )
    return CalendarTools(
        addresses=AddressFetcher(own_stand_in=settings.sandbox_url),
        accounts=accounts,
        sealer=Sealer(settings.secret_key, "linked calendars"),
    )


_made: dict[int, Resources] = {}
_lock = threading.Lock()


def get_resources() -> Resources:
    """Return this process's tools; a forked worker makes its own."""
    with _lock:
        if os.getpid() not in _made:
            _made[os.getpid()] = make_resources(get_settings())
        return _made[os.getpid()]
