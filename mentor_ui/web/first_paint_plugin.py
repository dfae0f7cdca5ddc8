"""Makes the built scripts begin with the values that a page was drawn with.

Without it React would draw the page anew with the build's own values, which know nothing, until the socket
has brought the true ones.
"""

from typing import Any

from reflex_base.plugins.base import Plugin

FIRST_STATE = "first-state"
"""Identifier of the element with the values."""

CONTEXT = "utils/context.jsx"

_STATE = "export const initialState = "
_BEGIN = f"""
import {{ pageIsLoaded }} from "$/utils/state";
const painted = typeof document === "undefined"
  ? null
  : JSON.parse(document.getElementById("{FIRST_STATE}")?.textContent || "null");
for (const name in painted) Object.assign(initialState[name] ?? {{}}, painted[name]);
// What it was painted with stays until the page's own loading is over, so nothing is forgotten between.
let held = painted && new Map();
const release = () => {{
  const kept = held;
  held = null;
  kept?.forEach((delta, send) => send(delta));
  pageIsLoaded();
}};
const patient = (name, send) => (delta) => {{
  if (!held) return send(delta);
  if (held.size === 0) setTimeout(release, 5000);
  held.set(send, {{ ...held.get(send), ...delta }});
  if (name === state_name && delta.is_hydrated_rx_state_) queueMicrotask(release);
}};
"""
# What was painted is not what the build knows, so the server has to send all of those States.
_HASHES = 'payload["hashes"] = initialStateHashes;'
_OWN_HASHES = """const names = Object.keys(initialState).sort();
        payload["hashes"] = initialStateHashes.map((hash, at) => painted?.[names[at - 1]] ? "" : hash);"""
_SEND = "dispatchers[substateName] = (delta) => {"
_SENT = "notify(substateName);\n      };\n      notify(substateName);"


class FirstPaintPlugin(Plugin):
    """Rewrites the script that holds the first values of all States."""

    def pre_compile(self, **context: Any) -> None:
        """Register the rewrite with Reflex's compiler.

        Args:
            **context: Reflex's compile hooks.
        """
        context["add_modify_task"](CONTEXT, begin_as_painted)


def begin_as_painted(script: str) -> str:
    """Rewrite Reflex's context script.

    Args:
        script: Source of `utils/context.jsx`.

    Returns:
        The source with first values from the document, where it has some.

    Raises:
        ValueError: Reflex's source is not the one this was written for.
    """
    for known in (_STATE, _HASHES, _SEND, _SENT):
        if script.count(known) != 1:
            raise ValueError(
                "Reflex's context.jsx has changed: adapt mentor_ui/web/first_paint_plugin.py to it"
            )
    before, _, after = script.partition(_STATE)
    state, _, rest = after.partition("\n")
    script = f"{before}{_STATE}{state}\n{_BEGIN}{rest}"
    script = script.replace(_HASHES, _OWN_HASHES)
    script = script.replace(_SEND, "dispatchers[substateName] = patient(substateName, (delta) => {")
    return script.replace(_SENT, "notify(substateName);\n      });\n      notify(substateName);")
