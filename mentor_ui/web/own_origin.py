"""Makes the built front end talk to whichever address served it.

Reflex writes the backend's address into the build. This application serves both from one port, so
the address of the page is always the right one, and the same build runs on any port, name or scheme.
"""

from pathlib import Path
from typing import Any

from reflex_base.constants import Templates
from reflex_base.plugins.base import Plugin

from mentor_ui.web.client_script import keep_taps
from mentor_ui.web.connection_script import FOLDER, OURS, tell_ours

STATE_SCRIPT = str(Path("utils") / "state.js")
BAKED = "const endpoint = new URL(url_str);"
# Prerendering runs where there is no window, and opens no socket there.
OWN_ORIGIN = (
    'const endpoint = typeof window === "undefined" ? new URL(url_str) : '
    "new URL(new URL(url_str).pathname, window.location.origin);\n"
    '  if (typeof window !== "undefined") return endpoint;'
)


class OwnOriginPlugin(Plugin):
    """Rewrites Reflex's client before the bundler sees it: its backend's address, and how it sends."""

    def pre_compile(self, **context: Any) -> None:
        """Register the rewrite with Reflex's compiler.

        Args:
            **context: Reflex's compile hooks.
        """
        context["add_save_task"](_rewritten_script)
        for name in OURS:
            context["add_save_task"](_our_script, name)


def _rewritten_script() -> tuple[str, str]:
    original = Templates.Dirs.WEB_TEMPLATE / STATE_SCRIPT
    return STATE_SCRIPT, tell_ours(keep_taps(use_own_origin(original.read_text(encoding="utf-8"))))


def _our_script(name: str) -> tuple[str, str]:
    return str(Path(STATE_SCRIPT).with_name(name)), (FOLDER / name).read_text(encoding="utf-8")


def use_own_origin(script: str) -> str:
    """Rewrite the client's state script.

    Args:
        script: Source of Reflex's `utils/state.js`.

    Returns:
        The source with backend addresses relative to the page's origin.

    Raises:
        ValueError: Reflex's source is not the one this was written for.
    """
    if script.count(BAKED) != 1:
        raise ValueError("Reflex's state.js has changed: adapt mentor_ui/web/own_origin.py to it")
    return script.replace(BAKED, OWN_ORIGIN)
