// The page says quietly how the connection stands, and what waits for it. What is pressed is numbered and sent again
// by web/client_script.py; here it is seen, and told in words.

const SAID_AFTER = 2000; // a blip shorter than this is not worth a word
const FIRST_CONNECTION = 6000;
const ANSWER_WITHIN = 4000;
const SILENCE = 40_000; // the server's own ping comes every 25 s
const WAITS_AT_MOST = 30 * 60_000; // later, a press may no longer be what the person wants
const BACK_SHOWN = 3000;

const HANDLER_OF_OURS = /^reflex___state____state\.(?!reflex___)[^.]+\..+/;

const presses = new Map();
let count = 0;
let socket = null;
let queue = [];
let heardAt = 0;
let lostAt = 0;
let wasTold = false;
let backUntil = 0;
let forgotten = "";
let wasSent = false;
let turned = 0;

// How often the connection has come and gone so far.
export const turns = () => turned;

let touched = { at: 0 };
const noteTouch = (event) => {
  const button = event.submitter ?? event.target.closest?.("button, a, [role=button], input, label, select");
  if (button) touched = { button, at: Date.now() };
};

const wordsOf = (button) => (button.getAttribute("aria-label") || button.innerText || "").trim().replace(/\s+/g, " ").slice(0, 40);

// Called for everything that is about to be queued. The address of the page on which it was pressed goes along: by
// the time it is sent another page may be open.
export const notePresses = (events, withAddress) =>
  events.flatMap((event) => {
    if (!HANDLER_OF_OURS.test(event?.name ?? "")) return [event];
    const said = JSON.stringify([event.name, event.payload]);
    const waits = !socket?.connected && [...presses.values()].some((press) => !press.sentAt && press.said === said);
    if (waits) return []; // pressed again because nothing seemed to happen
    const press = ++count;
    const button = Date.now() - touched.at < 1000 ? touched.button : null;
    presses.set(press, { said, button, words: button ? wordsOf(button) : "", at: Date.now() });
    setTimeout(look, ANSWER_WITHIN);
    setTimeout(show);
    return [withAddress({ ...event, press })];
  });

// Called with what goes out.
export const noteSent = (event) => {
  const press = presses.get(event.press);
  if (press) press.sentAt = Date.now();
  return event;
};

// Called with what the server has worked on.
export const noteHeard = (event) => {
  const press = presses.get(event?.press);
  if (!press) return;
  presses.delete(event.press);
  press.button?.removeAttribute("data-waiting");
  show();
};

export const watchSocket = (opened, eventQueue) => {
  socket = opened;
  queue = eventQueue;
  lostAt = Date.now() + FIRST_CONNECTION - SAID_AFTER;
  // Before Reflex's own, which sends what is queued.
  socket.on("connect", () => {
    turned += 1;
    forgetStale();
    lostAt = 0;
    heardAt = Date.now();
    if (wasTold) backUntil = Date.now() + BACK_SHOWN;
    socket.io.engine.on("packet", () => (heardAt = Date.now()));
    setTimeout(show, BACK_SHOWN + 50);
    show();
  });
  socket.on("disconnect", (reason) => {
    turned += 1;
    lost();
    // A server that is replaced says goodbye, and Reflex takes that for meant: another serves in its place.
    if (reason === "io server disconnect") setTimeout(() => socket.connected || socket.reconnect(), 300 + Math.random() * 1200);
  });
  socket.on("connect_error", lost);
};

const lost = () => {
  if (!lostAt) lostAt = Date.now();
  setTimeout(show, SAID_AFTER + 50);
  show();
};

const forgetStale = () => {
  const now = Date.now();
  for (const [number, press] of presses) {
    if (now - (press.sentAt || press.at) < WAITS_AT_MOST) continue;
    presses.delete(number);
    press.button?.removeAttribute("data-waiting");
    if (press.words) [forgotten, wasSent] = [press.words, Boolean(press.sentAt)];
    const place = queue.findIndex((event) => event.press === number);
    if (place >= 0) queue.splice(place, 1);
  }
};

// A dead network leaves a socket open for minutes. The server answers a ping at once, whatever else it works on.
let asked = 0;
const look = () => {
  if (!socket?.connected || asked) return;
  const now = Date.now();
  const unanswered = [...presses.values()].some((press) => now - press.sentAt >= ANSWER_WITHIN);
  const silent = now - heardAt > SILENCE;
  if (!unanswered && !silent) return;
  ask();
};
const ask = () => {
  if (!socket?.connected || asked) return;
  asked = Date.now();
  socket.emit("ping");
  setTimeout(() => {
    const dead = heardAt < asked;
    asked = 0;
    // Reflex opens a new one then, and what has no answer yet is sent again.
    if (dead && socket?.connected) socket.io.engine.close();
    else if (presses.size) setTimeout(look, ANSWER_WITHIN);
  }, ANSWER_WITHIN);
};

const lines = new Set();

const sentence = () => {
  const now = Date.now();
  const waiting = [...presses.values()].map((press) => press.words).filter(Boolean);
  const what = waiting.length > 1 ? `The ${waiting.length} things you pressed are` : `“${waiting[0]}” is`;
  if (socket && !socket.connected && lostAt && now - lostAt >= SAID_AFTER) {
    const kept = waiting.length ? ` ${what} kept and goes out once you are back.` : "";
    const rest = waiting.length > 1 ? kept.replace("goes", "go") : kept;
    return (navigator.onLine ? "Connection lost. Trying again." : "You are offline.") + rest;
  }
  if (socket?.connected && forgotten)
    return wasSent
      ? `Back. Nothing was heard of “${forgotten}” for too long. Load the page again to see whether it happened.`
      : `Back. “${forgotten}” waited too long and was not sent. Press it again if you still want it.`;
  if (now < backUntil) return waiting.length ? `Back. ${what} being sent.` : "Back.";
  return "";
};

const show = () => {
  const words = sentence();
  const away = Boolean(socket && !socket.connected);
  if (words) wasTold = away || forgotten !== "";
  for (const press of presses.values()) {
    if (press.button?.isConnected) press.button.toggleAttribute("data-waiting", away || Date.now() - press.at > ANSWER_WITHIN);
  }
  for (const line of lines) line.say(words, away);
};

if (typeof window !== "undefined") {
  window.addEventListener("click", noteTouch, true);
  window.addEventListener("submit", noteTouch, true);
  window.addEventListener("offline", () => {
    // What is sent into a network that is gone would only seem to be sent.
    if (socket?.connected) socket.io.engine.close();
    show();
  });
  window.addEventListener("online", () => {
    if (socket?.connected) ask();
    else socket?.reconnect?.();
    show();
  });
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  setInterval(() => document.hidden || look(), 10_000);
  window.addEventListener("beforeunload", (event) => {
    if ([...presses.values()].some((press) => press.words) && !socket?.connected) event.preventDefault();
  });

  // Empty in what React renders, so React leaves its content alone.
  class ConnectionLine extends HTMLElement {
    connectedCallback() {
      lines.add(this);
      show();
    }

    disconnectedCallback() {
      lines.delete(this);
    }

    say(words, away) {
      if (this.words === words) return;
      this.words = words;
      this.toggleAttribute("data-away", away);
      const parts = words ? [Object.assign(document.createElement("p"), { textContent: words })] : [];
      if (words && away && this.dataset.sessions) {
        // A plain page: it opens where no socket does, and the service worker keeps a copy.
        parts.push(Object.assign(document.createElement("a"), { href: this.dataset.sessions, textContent: "Your next sessions" }));
      }
      this.replaceChildren(...parts);
    }
  }
  customElements.define("connection-line", ConnectionLine);
}
