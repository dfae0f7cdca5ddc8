"""Where the providers answer, and what the demo calls itself at the sandbox."""

PAYSTACK_URL = "https://api.paystack.co"
ZOOM_OAUTH_URL = "https://zoom.us/oauth/token"
ZOOM_API_URL = "https://api.zoom.us/v2"
SPARE_ROOM_URL = "https://meet.jit.si"

GOOGLE_OAUTH_URL = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
GOOGLE_REVOKE_URL = "https://oauth2.googleapis.com/revoke"
GOOGLE_CALENDAR_URL = "https://www.googleapis.com/calendar/v3"
MICROSOFT_OAUTH_URL = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize"
MICROSOFT_TOKEN_URL = "https://login.microsoftonline.com/common/oauth2/v2.0/token"  # noqa: S105 (an address)
MICROSOFT_GRAPH_URL = "https://graph.microsoft.com/v1.0"

DEMO_CREDENTIALS = {
    "paystack_secret_key": "sk_test_mentor_demo_key",
    "zoom_account_id": "demo-account",
    "zoom_client_id": "demo-client",
    "zoom_client_secret": "demo-secret",
    "zoom_webhook_secret": "demo-webhook-secret",
}

DEMO_CALENDAR_CREDENTIALS = {
    "google_client_id": "demo-google-client",
    "google_client_secret": "demo-google-secret",
    "microsoft_client_id": "demo-microsoft-client",
    "microsoft_client_secret": "demo-microsoft-secret",
}
"""Optional in production: an account of a provider that is not set up cannot be connected."""

PROVIDER_ADDRESSES = (
    "paystack_base_url",
    "zoom_oauth_url",
    "zoom_api_url",
    "google_oauth_url",
    "google_token_url",
    "google_revoke_url",
    "google_calendar_url",
    "microsoft_oauth_url",
    "microsoft_token_url",
    "microsoft_graph_url",
)
