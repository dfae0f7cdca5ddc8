"""Settings: defaults, one-line refusals, and what production insists on."""

from pathlib import Path

import pytest

from mentor_ui.settings import (
    DEMO_CALENDAR_CREDENTIALS,
    DEMO_CREDENTIALS,
    PROJECT_FOLDER,
    PROVIDER_ADDRESSES,
    Settings,
    SettingsError,
    read_settings,
)

VARIABLES = {name.upper() for name in Settings.model_fields}
PRODUCTION = {
    "MENTOR_MODE": "production",
    "PUBLIC_URL": "https://mentor.example",
    "SECRET_KEY": "k" * 40,
    "PAYSTACK_SECRET_KEY": "sk_live_abc",
    "ZOOM_ACCOUNT_ID": "account",
    "ZOOM_CLIENT_ID": "client",
    "ZOOM_CLIENT_SECRET": "secret",
    "ZOOM_WEBHOOK_SECRET": "webhook",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("MENTOR_HOME", str(tmp_path))


def set_all(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_demo_points_everything_at_the_sandbox(tmp_path: Path) -> None:
    settings = read_settings()
    assert settings.port == 3000
    assert settings.public_url == "http://localhost:3000"
    assert settings.database_url == f"sqlite:///{tmp_path}/mentor.db"
    assert settings.paystack_base_url == "http://127.0.0.1:3001/paystack"
    assert settings.zoom_oauth_url == "http://127.0.0.1:3001/zoom/oauth/token"
    assert settings.zoom_api_url == "http://127.0.0.1:3001/zoom/v2"
    assert settings.google_oauth_url == "http://localhost:3000/sandbox/google/o/oauth2/v2/auth"
    assert settings.google_token_url == "http://127.0.0.1:3001/google/token"
    assert settings.google_calendar_url == "http://127.0.0.1:3001/google/calendar/v3"
    assert settings.microsoft_graph_url == "http://127.0.0.1:3001/microsoft/v1.0"
    assert settings.mailbox_url == "http://127.0.0.1:3001/mail"
    assert {name: getattr(settings, name) for name in DEMO_CREDENTIALS} == DEMO_CREDENTIALS
    assert settings.mail_from == "mentor <hello@mentor.example>"
    assert settings.spare_room_url == "https://meet.jit.si"
    assert settings.uses_sandbox
    assert not settings.secure_cookies
    assert settings.allowed_origins == ("http://localhost:3000", "http://127.0.0.1:3000")


def test_the_port_moves_the_address_and_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "4100")
    settings = read_settings()
    assert settings.public_url == "http://localhost:4100"
    assert settings.sandbox_port == 4101


def test_a_stand_in_for_every_provider_needs_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {name.upper(): f"http://127.0.0.1:9/{name}/" for name in PROVIDER_ADDRESSES})
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:2525")
    settings = read_settings()
    assert settings.paystack_base_url == "http://127.0.0.1:9/paystack_base_url"
    assert not settings.uses_sandbox


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    first, second = read_settings().secret_key, read_settings().secret_key
    assert first == second
    assert len(first) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("PORT", "many", "PORT: use a whole number"),
        ("PORT", "70000", "PORT: input should be less than or equal to 65535"),
        ("PORT", "65535", "SANDBOX_PORT: set it, as PORT + 1 is no port"),
        ("SANDBOX_PORT", "3000", "SANDBOX_PORT: choose another number than PORT"),
        ("METRICS_PORT", "3000", "METRICS_PORT: choose another number than PORT"),
        ("MENTOR_MODE", "test", "MENTOR_MODE: use 'demo' or 'production'"),
        ("PUBLIC_URL", "mentor.example", "PUBLIC_URL: use a full address such as https://mentor.example"),
        ("PUBLIC_URL", "https://a.example/b", "PUBLIC_URL: use an address without a path"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL: use postgresql://"),
        ("SPARE_ROOM_URL", "meet.jit.si", "SPARE_ROOM_URL: use a full address such as https://"),
        ("REDIS_URL", "localhost", "REDIS_URL: use redis://"),
        ("SMTP_URL", "mail.example", "SMTP_URL: use smtp://"),
        ("MAIL_FROM", "mentor", "MAIL_FROM: use an address such as mentor <hello@mentor.example>"),
        ("SECRET_KEY", "short", "SECRET_KEY: use at least 32 random characters"),
        (
            "PLATFORM_SHARE_PERCENT",
            "130",
            "PLATFORM_SHARE_PERCENT: input should be less than or equal to 100",
        ),
        ("FEE_BEARER", "both", "FEE_BEARER: use 'platform', 'tutor' or 'student'"),
        ("REFUND_FEE_BEARER", "nobody", "REFUND_FEE_BEARER: use 'platform', 'tutor' or 'student'"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, mend: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        read_settings()
    assert str(refusal.value).startswith(mend)
    assert "\n" not in str(refusal.value)
    assert "short" not in str(refusal.value)


def test_production_starts_with_real_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, PRODUCTION)
    settings = read_settings()
    assert settings.paystack_base_url == "https://api.paystack.co"
    assert settings.zoom_oauth_url == "https://zoom.us/oauth/token"
    assert settings.zoom_api_url == "https://api.zoom.us/v2"
    assert settings.google_token_url == "https://oauth2.googleapis.com/token"
    assert settings.microsoft_graph_url == "https://graph.microsoft.com/v1.0"
    assert settings.google_client_id == settings.microsoft_client_id == ""
    assert settings.mail_from == "mentor <hello@mentor.example>"
    assert settings.secure_cookies
    assert not settings.uses_sandbox
    assert settings.sandbox_url == settings.mailbox_url == ""
    assert settings.allowed_origins == ("https://mentor.example",)


def test_mail_comes_from_the_domain_that_people_know(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {**PRODUCTION, "PUBLIC_URL": "https://learn.example:8443"})
    assert read_settings().mail_from == "mentor <hello@learn.example>"
    monkeypatch.setenv("MAIL_FROM", "Learn <post@learn.example>")
    assert read_settings().mail_from == "Learn <post@learn.example>"


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"MENTOR_MODE"}))
def test_production_refuses_a_missing_secret(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    set_all(monkeypatch, {**PRODUCTION, name: ""})
    with pytest.raises(SettingsError, match=f"^{name}: set it"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name.upper(), value) for name, value in (DEMO_CREDENTIALS | DEMO_CALENDAR_CREDENTIALS).items()),
        ("PAYSTACK_SECRET_KEY", "sk_test_abc"),
        ("PAYSTACK_BASE_URL", "http://127.0.0.1:3001/paystack"),
        ("ZOOM_API_URL", "http://localhost:3001/zoom/v2"),
        ("GOOGLE_CALENDAR_URL", "http://127.0.0.1:3001/google/calendar/v3"),
        ("GOOGLE_CLIENT_ID", "without its secret"),
        ("SANDBOX_PORT", "3001"),
        ("PUBLIC_URL", "http://mentor.example"),
    ],
)
def test_production_refuses_test_keys_and_the_sandbox(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    set_all(monkeypatch, {**PRODUCTION, name: value})
    with pytest.raises(SettingsError, match=f"^{name}: "):
        read_settings()


def test_the_example_lists_every_variable() -> None:
    lines = (PROJECT_FOLDER / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = {line.lstrip("# ").split("=", 1)[0] for line in lines if "=" in line}
    assert listed == VARIABLES
