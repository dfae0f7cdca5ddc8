"""Has Reflex's client tell our own scripts what is pressed, sent, heard and connected.

They stand in `client/` and are bundled with it: `connection.js` says how the connection stands, `drafts.js`
keeps what is typed, `installed.js` registers the service worker.
"""

from pathlib import Path

OURS = ("connection.js", "drafts.js", "installed.js")
FOLDER = Path(__file__).with_name("client")

IMPORTS = """import throttle from "$/utils/helpers/throttle";
import { noteHeard, notePresses, noteSent, watchSocket } from "$/utils/connection";
import "$/utils/drafts";
import "$/utils/installed";
"""
QUEUEING = """  const normalized = normalizeEvents(events);
  if (prepend) {"""
NOTED = """  const normalized = notePresses(normalizeEvents(events), (event) =>
    withRouterData(event, params),
  );
  if (prepend) {"""

CHANGES = (
    ('import throttle from "$/utils/helpers/throttle";\n', IMPORTS),
    (QUEUEING, NOTED),
    (
        "    sendTap(socket, encodeFormDataArgs(routed_event));\n",
        "    sendTap(socket, noteSent(encodeFormDataArgs(routed_event)));\n",
    ),
    (
        "numbers.forEach((number) => unheard.delete(number));",
        "numbers.forEach((number) => (noteHeard(unheard.get(number)?.event), unheard.delete(number)));",
    ),
    (
        "  socket.current.auth = bootAuth(true);",
        "  watchSocket(socket.current, event_queue);\n  socket.current.auth = bootAuth(true);",
    ),
)


def tell_ours(script: str) -> str:
    """Rewrite the client's state script.

    Args:
        script: Source of Reflex's `utils/state.js`, as `client_script.keep_taps` leaves it.

    Raises:
        ValueError: Reflex's source is not the one this was written for.
    """
    for before, after in CHANGES:
        if script.count(before) != 1:
            raise ValueError("Reflex's state.js has changed: adapt mentor_ui/web/connection_script.py to it")
        script = script.replace(before, after)
    return script
