"""What the sandbox is told at its start: addresses, credentials, and how fast its world moves."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """Everything the sandbox needs to know.

    Attributes:
        public_url: base of every link that a browser follows, without a trailing slash.
        paystack_webhook_url: where charge, refund and transfer events go; empty sends none.
        zoom_webhook_url: where meeting events go; empty sends none.
        business_name: the merchant named on the checkout page.
        opening_balance_kobo: money on the Paystack balance before the first charge.
        transfer_seconds: how long "pay by transfer later" takes to arrive.
        refund_seconds: time between two states of a refund.
        payout_seconds: time from a transfer's pending to its success.
        zoom_daily_limit: meeting creates and updates per host and UTC day.
        enforce_limits: refuse calls above the published rates; off for load tests.
    """

    host: str = "127.0.0.1"
    port: int = 3001
    database: Path
    public_url: str
    paystack_webhook_url: str = ""
    zoom_webhook_url: str = ""
    paystack_secret_key: str
    zoom_account_id: str
    zoom_client_id: str
    zoom_client_secret: str
    zoom_webhook_secret: str
    google_client_id: str = "demo-google-client"
    google_client_secret: str = "demo-google-secret"  # noqa: S105 (of no real account)
    microsoft_client_id: str = "demo-microsoft-client"
    microsoft_client_secret: str = "demo-microsoft-secret"  # noqa: S105 (of no real account)
    business_name: str = "Mentor"
    opening_balance_kobo: int = 500_000_000
    transfer_seconds: float = 8.0
    refund_seconds: float = 1.0
    payout_seconds: float = 1.0
    zoom_daily_limit: int = 100
    enforce_limits: bool = True

    @property
    def public_path(self) -> str:
        """Path part of `public_url`, so that links work on whichever host name the browser used."""
        return urlsplit(self.public_url).path.rstrip("/")


def config_from_arguments(arguments: Sequence[str] | None = None) -> SandboxConfig:
    """Read the command line (`sys.argv` when `arguments` is None).

    Raises:
        SystemExit: an unknown or missing flag, with argparse's message.
    """
    parser = argparse.ArgumentParser(
        prog="python -m mentor_ui.sandbox",
        description="Look-alikes of payment, meeting and calendar providers, and a mailbox, for development.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3001)
    parser.add_argument("--database", type=Path, required=True, help="SQLite file that keeps its state")
    parser.add_argument("--public-url", default="", help="base of its links; default: its own address")
    parser.add_argument("--paystack-webhook", dest="paystack_webhook_url", default="", metavar="URL")
    parser.add_argument("--zoom-webhook", dest="zoom_webhook_url", default="", metavar="URL")
    parser.add_argument("--paystack-secret-key", default="sk_test_mentor_demo_key")
    parser.add_argument("--zoom-account-id", default="demo-account")
    parser.add_argument("--zoom-client-id", default="demo-client")
    parser.add_argument("--zoom-client-secret", default="demo-secret")
    parser.add_argument("--zoom-webhook-secret", default="demo-webhook-secret")
    parser.add_argument("--google-client-id", default="demo-google-client")
    parser.add_argument("--google-client-secret", default="demo-google-secret")
    parser.add_argument("--microsoft-client-id", default="demo-microsoft-client")
    parser.add_argument("--microsoft-client-secret", default="demo-microsoft-secret")
    parser.add_argument("--business-name", default="Mentor")
    parser.add_argument("--opening-balance-kobo", type=int, default=500_000_000)
    parser.add_argument("--transfer-seconds", type=float, default=8.0)
    parser.add_argument("--refund-seconds", type=float, default=1.0)
    parser.add_argument("--payout-seconds", type=float, default=1.0)
    parser.add_argument("--zoom-daily-limit", type=int, default=100)
    parser.add_argument("--no-limits", dest="enforce_limits", action="store_false")
    options = vars(parser.parse_args(arguments))
    options["public_url"] = (options["public_url"] or f"http://{options['host']}:{options['port']}").rstrip(
        "/"
    )
    return SandboxConfig(**options)
