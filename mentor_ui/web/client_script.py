"""Has Reflex's client keep what a person did until the server has worked on it (`gate/taps.py`).

What is sent has a number and the name of the loaded page. The server names the numbers that it has worked on;
after connecting again, the others are sent once more.
"""

NUMBERING = """
const PAGE = Math.random().toString(36).slice(2, 14) + Date.now().toString(36);
const unheard = new Map();
let taps = 0;
// Connecting again loads the page by itself.
const loadsPage = (event) => /\\.(on_load_internal|hydrate|hydrate_and_load)$/.test(event.name);
// A drawn page can be pressed before its loading is over, whose end would undo what was pressed.
let loading =
  typeof document !== "undefined" &&
  /^\\s*\\{/.test(document.getElementById("first-state")?.textContent ?? "");
const pressedEarly = [];
export const pageIsLoaded = () => {
  loading = false;
  pressedEarly.splice(0).forEach((send) => send());
  document.dispatchEvent(new Event("mentor:loaded"));
};
const sendTap = (socket, event) => {
  if (loadsPage(event)) {
    socket.emit("event", event);
    return;
  }
  if (loading) {
    pressedEarly.push(() => sendTap(socket, event));
    return;
  }
  const number = ++taps;
  unheard.set(number, { event, at: Date.now() });
  socket.emit("event", { ...event, router_data: { ...event.router_data, tap: [PAGE, number] } });
};
// Later, a press may no longer be what the person wants, and the server may no longer know that it was done.
const SENT_AGAIN_FOR = 30 * 60_000;
const sendTapsAgain = (socket) => {
  for (const [number, { event, at }] of unheard) {
    if (Date.now() - at >= SENT_AGAIN_FOR) {
      forgetTaps([number]);
      continue;
    }
    socket.emit("event", { ...event, router_data: { ...event.router_data, tap: [PAGE, number, true] } });
  }
};
const forgetTaps = (numbers) => numbers.forEach((number) => unheard.delete(number));
"""

CHANGES = (
    ("const event_queue = [];\n", f"const event_queue = [];\n{NUMBERING}"),
    ("    query: { token },\n", "    query: { token, page: PAGE },\n"),
    (
        "socket.current.io.opts.query = { token: getToken() };",
        "socket.current.io.opts.query = { token: getToken(), page: PAGE };",
    ),
    (
        '    socket.emit("event", encodeFormDataArgs(routed_event));\n',
        "    sendTap(socket, encodeFormDataArgs(routed_event));\n",
    ),
    (
        "    // Drain any initial events from the queue.\n",
        "    sendTapsAgain(socket.current);\n    // Drain any initial events from the queue.\n",
    ),
    (
        "  socket.current.on(STATE_MISMATCH_EVENT, handleStateMismatch);\n",
        """  socket.current.on("heard", forgetTaps);
  socket.current.on("reload", () => window.location.reload());
  socket.current.on(STATE_MISMATCH_EVENT, handleStateMismatch);
""",
    ),
)


def keep_taps(script: str) -> str:
    """Rewrite the client's state script.

    Args:
        script: Source of Reflex's `utils/state.js`.

    Returns:
        The source with numbered taps.

    Raises:
        ValueError: Reflex's source is not the one this was written for.
    """
    for before, after in CHANGES:
        if script.count(before) != 1:
            raise ValueError("Reflex's state.js has changed: adapt mentor_ui/web/client_script.py to it")
        script = script.replace(before, after)
    return script
