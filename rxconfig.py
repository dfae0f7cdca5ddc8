"""Reflex's configuration: what is built into the front end, and how its event server runs."""

import reflex as rx
from reflex_base.plugins.shared_tailwind import TailwindConfig
from reflex_base.plugins.sitemap import SitemapPlugin

from mentor_ui.settings import get_settings
from mentor_ui.web.first_paint_plugin import FirstPaintPlugin
from mentor_ui.web.light_scripts import LightScriptsPlugin
from mentor_ui.web.own_origin import OwnOriginPlugin

_settings = get_settings()
# Only what is compiled from our pages: in Reflex's own scripts any word would count as a class.
_tailwind = TailwindConfig(
    content=["./app/routes/**/*.jsx", "./app_components/**/*.jsx"], plugins=["@tailwindcss/typography@0.5.20"]
)

config = rx.Config(
    app_name="mentor_ui",
    plugins=[
        rx.plugins.TailwindV4Plugin(_tailwind),
        OwnOriginPlugin(),
        FirstPaintPlugin(),
        LightScriptsPlugin(),
    ],
    # A sitemap made at build time would carry the builder's address.
    disable_plugins=[SitemapPlugin],
    frontend_compression_formats=["brotli", "gzip"],
    cors_allowed_origins=_settings.allowed_origins,
    redis_url=_settings.redis_url or None,
    state_manager_mode=(
        rx.constants.StateManagerMode.REDIS if _settings.redis_url else rx.constants.StateManagerMode.MEMORY
    ),
    show_built_with_reflex=False,
    telemetry_enabled=False,
    loglevel=rx.constants.LogLevel.WARNING,
)
