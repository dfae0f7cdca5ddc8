// What is typed into a field outlives a reload, a lost connection and a new build of the server, in this tab.
// Passwords and cards are never among it, as only `components.fields.kept_text` asks for this.

import { turns } from "$/utils/connection";

const KEY = "mentor:draft:";

// A browser may forbid storage; then a text lasts as long as the page.
const stored = (work) => {
  try {
    return work(sessionStorage);
  } catch {
    return null;
  }
};

// The field in which somebody was typing when the page was drawn anew, such as after the server was.
let left = null;
const COMES_BACK_WITHIN = 15_000;

// Where pages are prerendered there are no elements.
class KeptText extends (globalThis.HTMLElement ?? Object) {
  connectedCallback() {
    for (const type of ["input", "focusin", "focusout"]) this.addEventListener(type, this);
    this.form?.addEventListener("submit", this);
    document.addEventListener("mentor:forget-drafts", this);
    this.restore();
    this.goOn();
  }

  disconnectedCallback() {
    const { control } = this;
    if (this.focused && control) left = { key: this.key, at: Date.now(), caret: control.selectionStart };
    document.removeEventListener("mentor:forget-drafts", this);
    // A form that goes away after it was sent has done its work; one that was refused stays. But when the
    // connection was lost in between, the page is only drawn anew, and what was sent may come to nothing.
    if (this.sent && this.sentIn === turns()) stored((storage) => storage.removeItem(this.key));
  }

  get control() {
    return this.querySelector("textarea, input");
  }

  get form() {
    return this.control?.form;
  }

  get key() {
    // Once: by the time the element goes away, the address is another page's.
    return (this.place ??= `${KEY}${location.pathname}:${this.closest("dialog")?.id ?? ""}:${this.control?.name}`);
  }

  // A dialog that serves many things keeps its drafts by itself (assets/mentor.js).
  get isOthers() {
    return Boolean(this.form?.dataset.filled);
  }

  restore() {
    const { control } = this;
    const kept = control && !this.isOthers && stored((storage) => storage.getItem(this.key));
    if (!kept || control.value !== control.defaultValue) return;
    control.value = kept;
    // For what follows the typing, such as the fee for an amount; after React has its handlers on it.
    setTimeout(() => control.dispatchEvent(new Event("input", { bubbles: true })));
  }

  // Whoever types goes on typing, unless they have gone elsewhere meanwhile.
  goOn() {
    if (left?.key !== this.key) return;
    const { at, caret } = left;
    left = null;
    if (Date.now() - at > COMES_BACK_WITHIN) return;
    setTimeout(() => {
      const { control } = this;
      if (!control || !(document.activeElement ?? document.body).contains(control)) return;
      control.focus({ preventScroll: true });
      if (caret !== null) control.setSelectionRange?.(caret, caret);
    });
  }

  handleEvent(event) {
    if (event.type === "focusin") {
      this.focused = event.target === this.control;
    } else if (event.type === "focusout") {
      // Some browsers say so for what goes away, too.
      setTimeout(() => (this.focused &&= !this.isConnected));
    } else if (event.type === "submit") {
      [this.sent, this.sentIn] = [true, turns()];
    } else if (event.type === "mentor:forget-drafts") {
      if (event.detail.contains(this)) stored((storage) => storage.removeItem(this.key));
    } else if (event.isTrusted && !this.isOthers) {
      this.sent = false;
      const { value } = this.control;
      stored((storage) => (value ? storage.setItem(this.key, value) : storage.removeItem(this.key)));
    }
  }
}

if (typeof window !== "undefined") {
  customElements.define("kept-text", KeptText);
  const empty = () =>
    stored((storage) => {
      for (const key of Object.keys(storage)) if (key.startsWith(KEY)) storage.removeItem(key);
    });
  const tabs = window.BroadcastChannel && new BroadcastChannel(KEY);
  tabs?.addEventListener("message", empty);
  // Nothing that one person typed is there for the next, in no tab.
  document.addEventListener(
    "submit",
    (event) => {
      if (!new URL(event.target.action, location.href).pathname.startsWith("/api/auth/")) return;
      empty();
      tabs?.postMessage(null);
    },
    true,
  );
}
