"""Every setting of the application, read once from the environment and `.env`.

The names are those of `.env.example`. A value that cannot be used raises `SettingsError`, whose
message is one line that names the variable and the mend.
"""

import os
import secrets
from decimal import Decimal
from email.utils import parseaddr
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from mentor_ui.provider_defaults import (
    DEMO_CALENDAR_CREDENTIALS,
    DEMO_CREDENTIALS,
    GOOGLE_CALENDAR_URL,
    GOOGLE_OAUTH_URL,
    GOOGLE_REVOKE_URL,
    GOOGLE_TOKEN_URL,
    MICROSOFT_GRAPH_URL,
    MICROSOFT_OAUTH_URL,
    MICROSOFT_TOKEN_URL,
    PAYSTACK_URL,
    PROVIDER_ADDRESSES,
    SPARE_ROOM_URL,
    ZOOM_API_URL,
    ZOOM_OAUTH_URL,
)

PROJECT_FOLDER = Path(__file__).resolve().parent.parent

SECRET_KEY_LENGTH = 32
MOST_WEB_PROCESSES = 64
OWN_CHOICE_OF_PROCESSES = (2, 8)
"""The least and the most processes that serve where nothing is said; in between, one per processor."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

Port = Annotated[int, Field(ge=1, le=65_535)]


class SettingsError(Exception):
    """A setting that cannot be used; `str()` is one line naming the variable and the mend."""


class Settings(BaseSettings):
    """The application's settings.

    Empty variables count as unset. In demo mode, provider addresses and credentials that are unset
    are those of the sandbox beside the application.
    """

    model_config = SettingsConfigDict(
        env_file=PROJECT_FOLDER / ".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    mentor_mode: Literal["demo", "production"] = "demo"
    mentor_home: Path = PROJECT_FOLDER / ".mentor"
    port: Port = 3000
    sandbox_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    public_url: str = ""
    database_url: str = ""
    database_replica_url: str = ""
    redis_url: str = ""
    web_processes: Annotated[int, Field(ge=0, le=MOST_WEB_PROCESSES)] = 0
    trusted_proxies: str = ""
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    metrics_host: str = "127.0.0.1"
    otel_exporter_otlp_endpoint: str = ""
    secret_key: str = ""
    paystack_secret_key: str = ""
    paystack_previous_secret_key: str = ""
    paystack_base_url: str = ""
    zoom_account_id: str = ""
    zoom_client_id: str = ""
    zoom_client_secret: str = ""
    zoom_webhook_secret: str = ""
    zoom_oauth_url: str = ""
    zoom_api_url: str = ""
    spare_room_url: str = SPARE_ROOM_URL
    google_client_id: str = ""
    google_client_secret: str = ""
    google_oauth_url: str = ""
    google_token_url: str = ""
    google_revoke_url: str = ""
    google_calendar_url: str = ""
    microsoft_client_id: str = ""
    microsoft_client_secret: str = ""
    microsoft_oauth_url: str = ""
    microsoft_token_url: str = ""
    microsoft_graph_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    platform_share_percent: Annotated[int, Field(ge=0, le=100)] = 30
    fee_bearer: Literal["platform", "tutor", "student"] = "platform"
    refund_fee_bearer: Literal["platform", "tutor", "student"] = "platform"
    escrow_hours: Annotated[int, Field(ge=72, le=720)] = 72
    minimum_payout_naira: Annotated[int, Field(ge=100, le=1_000_000)] = 1_000
    payout_stamp_duty_naira: Annotated[int, Field(ge=0, le=1_000)] = 0
    payout_vat_percent: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(0)

    @field_validator("mentor_home")
    @classmethod
    def _absolute_home(cls, folder: Path) -> Path:
        return folder.expanduser().resolve()

    @field_validator("public_url", "spare_room_url", "otel_exporter_otlp_endpoint", *PROVIDER_ADDRESSES)
    @classmethod
    def _web_address(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("use a full address such as https://mentor.example")
        if parts.query or parts.fragment:
            raise ValueError("leave out everything from ? or # on")
        return url.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _origin_only(cls, url: str) -> str:
        if urlsplit(url).path:
            raise ValueError("use an address without a path, such as https://mentor.example")
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, words: str) -> str:
        for word in words.split(","):
            try:
                ip_network(word.strip() or "127.0.0.1")
            except ValueError:
                raise ValueError("use addresses or networks such as 10.0.0.0/8, with commas") from None
        return words

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        scheme = urlsplit(url).scheme
        if url and scheme not in {"sqlite", "postgresql", "postgresql+psycopg", "postgres"}:
            raise ValueError("use postgresql://user:password@host/name, or leave it empty for SQLite")
        return url.replace("postgres://", "postgresql://", 1) if scheme == "postgres" else url

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("use redis://host:6379, or leave it empty")
        return url

    @field_validator("database_replica_url")
    @classmethod
    def _known_replica(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in {"postgresql", "postgresql+psycopg", "postgres"}:
            raise ValueError("use postgresql://user:password@host/name, or leave it empty")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _known_smtp(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
            raise ValueError("use smtp://user:password@host:587, or leave it empty")
        return url

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, sender: str) -> str:
        if sender and (not parseaddr(sender)[1].rpartition("@")[0] or not sender.isprintable()):
            raise ValueError("use an address such as mentor <hello@mentor.example>")
        return sender

    @field_validator("secret_key")
    @classmethod
    def _long_secret(cls, secret: str) -> str:
        if secret and len(secret) < SECRET_KEY_LENGTH:
            raise ValueError(f"use at least {SECRET_KEY_LENGTH} random characters")
        return secret

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.metrics_port == self.port:
            raise ValueError("METRICS_PORT: choose another number than PORT")
        if self.web_processes > 1 and not self.redis_url:
            raise ValueError(
                "REDIS_URL: set it to serve with several processes, they share their state there"
            )
        if self.database_replica_url and not self.database_url.startswith("postgresql"):
            raise ValueError(
                "DATABASE_REPLICA_URL: set DATABASE_URL=postgresql://… beside it, or leave it out"
            )
        values = self._demo_values() if self.demo else self._production_values()
        common = {
            "public_url": f"http://localhost:{self.port}",
            "database_url": f"sqlite:///{self.mentor_home / 'mentor.db'}",
            "mail_from": f"mentor <hello@{_mail_domain(self.public_url)}>",
        }
        for name, value in {**common, **values}.items():
            if not getattr(self, name):
                object.__setattr__(self, name, value)
        return self

    def _demo_values(self) -> dict[str, object]:
        port = self.sandbox_port or self.port + 1
        if port == self.port:
            raise ValueError("SANDBOX_PORT: choose another number than PORT")
        if port > 65_535:
            raise ValueError("SANDBOX_PORT: set it, as PORT + 1 is no port")
        sandbox = f"http://127.0.0.1:{port}"
        # The owner of an account is asked on a page, which the browser finds on our own port.
        shown = f"{self.public_url or f'http://localhost:{self.port}'}/sandbox"
        return {
            **DEMO_CREDENTIALS,
            **DEMO_CALENDAR_CREDENTIALS,
            "sandbox_port": port,
            "paystack_base_url": f"{sandbox}/paystack",
            "zoom_oauth_url": f"{sandbox}/zoom/oauth/token",
            "zoom_api_url": f"{sandbox}/zoom/v2",
            "google_oauth_url": f"{shown}/google/o/oauth2/v2/auth",
            "google_token_url": f"{sandbox}/google/token",
            "google_revoke_url": f"{sandbox}/google/revoke",
            "google_calendar_url": f"{sandbox}/google/calendar/v3",
            "microsoft_oauth_url": f"{shown}/microsoft/oauth2/v2.0/authorize",
            "microsoft_token_url": f"{sandbox}/microsoft/oauth2/v2.0/token",
            "microsoft_graph_url": f"{sandbox}/microsoft/v1.0",
        }

    def _production_values(self) -> dict[str, object]:
        for name in ("secret_key", "public_url", *DEMO_CREDENTIALS):
            if not getattr(self, name):
                raise ValueError(f"{name.upper()}: set it, production does not start without it")
        for name, value in (DEMO_CREDENTIALS | DEMO_CALENDAR_CREDENTIALS).items():
            if getattr(self, name) == value:
                raise ValueError(f"{name.upper()}: this is the demo's value, set your own")
        if not self.paystack_secret_key.startswith("sk_live_"):
            raise ValueError("PAYSTACK_SECRET_KEY: use the live key (sk_live_…), or MENTOR_MODE=demo")
        if urlsplit(self.public_url).hostname not in LOOPBACK_NAMES and not self.public_url.startswith(
            "https:"
        ):
            raise ValueError("PUBLIC_URL: use https, as passwords and payments pass through it")
        self._refuse_half_clients()
        for name in PROVIDER_ADDRESSES:
            if urlsplit(getattr(self, name)).hostname in LOOPBACK_NAMES:
                raise ValueError(f"{name.upper()}: this is a sandbox on this machine, leave it empty")
        if self.sandbox_port:
            raise ValueError("SANDBOX_PORT: leave it empty, production has no sandbox")
        return {
            "paystack_base_url": PAYSTACK_URL,
            "zoom_oauth_url": ZOOM_OAUTH_URL,
            "zoom_api_url": ZOOM_API_URL,
            "google_oauth_url": GOOGLE_OAUTH_URL,
            "google_token_url": GOOGLE_TOKEN_URL,
            "google_revoke_url": GOOGLE_REVOKE_URL,
            "google_calendar_url": GOOGLE_CALENDAR_URL,
            "microsoft_oauth_url": MICROSOFT_OAUTH_URL,
            "microsoft_token_url": MICROSOFT_TOKEN_URL,
            "microsoft_graph_url": MICROSOFT_GRAPH_URL,
        }

    def _refuse_half_clients(self) -> None:
        for name in ("google", "microsoft"):
            if bool(getattr(self, f"{name}_client_id")) != bool(getattr(self, f"{name}_client_secret")):
                raise ValueError(
                    f"{name.upper()}_CLIENT_ID: set it together with {name.upper()}_CLIENT_SECRET, or neither"
                )

    @property
    def demo(self) -> bool:
        """Whether this is the demo: sandbox providers and demo sign-ins."""
        return self.mentor_mode == "demo"

    @property
    def many(self) -> bool:
        """Whether several processes and hosts share the work, so that `mentor worker` runs the jobs."""
        return bool(self.redis_url) and self.database_url.startswith("postgresql")

    @property
    def processes(self) -> int:
        """How many processes serve."""
        if self.web_processes or not self.many:
            return self.web_processes or 1
        least, most = OWN_CHOICE_OF_PROCESSES
        return min(max(least, len(os.sched_getaffinity(0))), most)

    @property
    def proxies(self) -> list[str]:
        """Addresses and networks whose X-Forwarded-For and X-Forwarded-Proto count."""
        return [word.strip() for word in self.trusted_proxies.split(",") if word.strip()]

    @property
    def sandbox_url(self) -> str:
        """Address of the sandbox process on this machine, without a closing slash; empty in production."""
        return f"http://127.0.0.1:{self.sandbox_port}" if self.demo else ""

    @property
    def mailbox_url(self) -> str:
        """Where mail goes while SMTP_URL is empty; empty in production, which then sends none."""
        return f"{self.sandbox_url}/mail" if self.demo else ""

    @property
    def uses_sandbox(self) -> bool:
        """Whether anything points at the sandbox process, so that `mentor serve` has to start it."""
        if not self.demo:
            return False
        addresses = [str(getattr(self, name)) for name in PROVIDER_ADDRESSES]
        return not self.smtp_url or any(url.startswith(f"{self.sandbox_url}/") for url in addresses)

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies carry `Secure`: everywhere but on plain http."""
        return self.public_url.startswith("https:")

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins whose pages may open the event socket.

        The demo also answers under both names of this machine.
        """
        own = [self.public_url]
        if urlsplit(self.public_url).hostname in LOOPBACK_NAMES:
            own += [f"http://{name}:{self.port}" for name in ("localhost", "127.0.0.1")]
        return tuple(dict.fromkeys(own))


def read_settings() -> Settings:
    """Read the settings anew; in demo mode the secret key is made once and kept.

    Returns:
        The settings.

    Raises:
        SettingsError: A variable is wrong; the message is one line.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None
    if settings.secret_key:
        return settings
    return settings.model_copy(update={"secret_key": _kept_secret(settings.mentor_home / "secret_key")})


@cache
def get_settings() -> Settings:
    """The settings of this process, read at the first call.

    Raises:
        SettingsError: A variable is wrong; the message is one line.
    """
    return read_settings()


def _mail_domain(public_url: str) -> str:
    name = urlsplit(public_url).hostname or ""
    return "mentor.example" if not name or name in LOOPBACK_NAMES else name


def _one_line(error: ValidationError) -> str:
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    name = str(first["loc"][0]).upper()
    match first["type"]:
        case "literal_error":
            message = f"use {first['ctx']['expected']}"  # pyright: ignore[reportTypedDictNotRequiredAccess]
        case "int_parsing" | "int_from_float":
            message = "use a whole number"
        case _:
            message = message[0].lower() + message[1:]
    return f"{name}: {message}"


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            # A link fails where a rename would replace: of two first starts, one key wins.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
