// What the interface does without asking the server. Works before React has started.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);

  // Browsers that do not know the command attribute yet.
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.("button[commandfor]");
      const dialog = button && !button.disabled && byId(button.getAttribute("commandfor"));
      if (!dialog) return;
      if (button.getAttribute("command") === "show-modal") dialog.open || dialog.showModal();
      else dialog.close();
    });
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.matches?.("dialog[data-light]")) {
      const box = target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right &&
        event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside && event.detail) target.close();
    }
    for (const menu of document.querySelectorAll("details.row-menu[open]")) {
      const within = menu.contains(target);
      if (!within || target.closest(".menu-item")) menu.open = false;
    }
    // A button that goes away when pressed leaves the focus with what surrounds it.
    target.closest?.("button[data-leaves]")?.closest('[tabindex="-1"]')?.focus({ preventScroll: true });
    const chosen = target.closest?.("[popover] .menu-item");
    if (chosen && !chosen.hasAttribute("data-stay")) chosen.closest("[popover]").hidePopover();
  });

  document.addEventListener(
    "submit",
    (event) => {
      const zone = event.target.querySelector("input[data-own-zone]");
      if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    },
    true,
  );

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.row-menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-copy]");
    const label = button?.querySelector("[aria-live]");
    if (!label) return;
    const words = (button.dataset.words ??= label.textContent);
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.textContent = "Copied";
    } catch {
      // No leave to write: select it by hand instead.
      label.textContent = "Please copy it by hand";
    }
    setTimeout(() => (label.textContent = words), 2500);
  });

  // The server opens or closes a dialog by changing a number, and begins its form anew with what it holds.
  new MutationObserver((changes) => {
    for (const { target, attributeName, oldValue } of changes) {
      const value = target.getAttribute(attributeName);
      if (target.tagName !== "DIALOG" || value === oldValue || oldValue === null) continue;
      if (attributeName === "data-close-on") {
        for (const form of target.querySelectorAll("form")) drafts.forget(form);
        document.dispatchEvent(new CustomEvent("mentor:forget-drafts", { detail: target }));
        target.close();
      } else if (attributeName === "data-refill") {
        const form = value && target.querySelector("form");
        if (!form) continue;
        drafts.forget(form);
        fillForm(form, value);
      } else if (!target.open) target.showModal();
    }
  }).observe(document.documentElement, {
    subtree: true,
    attributeOldValue: true,
    attributeFilter: ["data-open-on", "data-close-on", "data-refill"],
  });

  // What was typed into a dialog's form outlives the page in this tab, for the same person and the same thing.
  // A browser may forbid storage; then it lasts as long as the page.
  const drafts = {
    of(form) {
      const { mark, ...fill } = JSON.parse(form.dataset.filled ?? "{}");
      const dialog = form.closest("dialog")?.id;
      const base = JSON.stringify(fill);
      return dialog && base !== "{}" ? { key: `mentor:draft:${dialog}:${fill.owner ?? base}`, base } : null;
    },
    keep(form) {
      const draft = drafts.of(form);
      if (!draft) return;
      const fields = [...form.elements].filter((field) => field.name && field.type !== "hidden");
      const typed = Object.fromEntries(fields.map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]));
      try {
        sessionStorage.setItem(draft.key, JSON.stringify({ base: draft.base, typed }));
      } catch {
        return;
      }
    },
    found(form) {
      const draft = drafts.of(form);
      try {
        const kept = JSON.parse((draft && sessionStorage.getItem(draft.key)) ?? "{}");
        return kept.base === draft?.base ? kept.typed ?? {} : {};
      } catch {
        return {};
      }
    },
    forget(form) {
      const draft = drafts.of(form);
      try {
        if (draft) sessionStorage.removeItem(draft.key);
      } catch {
        return;
      }
    },
  };

  document.addEventListener("input", (event) => {
    const form = event.isTrusted ? event.target.form : null;
    if (form?.dataset.filled) drafts.keep(form);
  });

  const fillForm = (form, fill) => {
    form.dataset.filled = fill;
    for (const [name, value] of Object.entries({ ...JSON.parse(fill), ...drafts.found(form) })) {
      const field = form.elements[name];
      if (!field) continue;
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  // A dialog's form begins with what the button that opens it carries; what was typed since stays.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[commandfor]");
    const form = button && byId(button.getAttribute("commandfor"))?.querySelector("form");
    if (!form) return;
    if (button.hasAttribute("data-discard")) {
      drafts.forget(form);
      delete form.dataset.filled;
    }
    const fill = button.dataset.fill;
    if (fill && fill !== form.dataset.filled) fillForm(form, fill);
  });

  // A button that cannot be pressed while it works has the focus again afterwards.
  let pressed = null;
  document.addEventListener("focusin", (event) => (pressed = event.target));
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const lost = document.activeElement === document.body || !document.activeElement;
      if (target === pressed && !target.disabled && lost) target.focus({ preventScroll: true });
    }
  }).observe(document.documentElement, { subtree: true, attributeFilter: ["disabled"] });

  // What had the focus may go away for good; then what surrounded it has the focus, not the top of the page.
  let surroundings = [];
  document.addEventListener("focusin", ({ target }) => {
    surroundings = [];
    for (let one = target.parentElement?.closest("[tabindex]"); one; one = one.parentElement?.closest("[tabindex]"))
      surroundings.push(one);
  });
  new MutationObserver(() => {
    if (!pressed || pressed.isConnected || (document.activeElement ?? document.body) !== document.body) return;
    pressed = null;
    const near = surroundings.find((one) => one.isConnected && one.checkVisibility?.());
    (near ?? document.querySelector("main"))?.focus({ preventScroll: true });
  }).observe(document.documentElement, { subtree: true, childList: true });

  // The server shows visitors their own times; people who have signed in chose a zone.
  // Each in a task of its own, as the calendar's data are large and a cookie waits for another process.
  const keepZone = (zone) => (document.cookie = `mentor_zone=${zone};path=/;max-age=31536000;samesite=lax`);
  setTimeout(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone) setTimeout(keepZone, 0, zone);
  });

  // What there is to know about the chosen option.
  document.addEventListener("input", (event) => {
    const field = event.target;
    const output = field.dataset?.notes && byId(field.dataset.noteOutput);
    if (output) output.textContent = JSON.parse(field.dataset.notes)[field.value] ?? "";
  });

  // Paystack's published NGN tariff, in kobo, as domain/money.py and domain/fees.py have it.
  const STEP = 250_000;
  const feeOf = (kobo) => Math.min(Math.ceil((kobo * 15) / 1000) + (kobo >= STEP ? 10_000 : 0), 200_000);
  const chargeFor = (net) => {
    let charge = Math.ceil((net * 1000) / 985);
    if (charge >= STEP) charge = Math.ceil(((net + 10_000) * 1000) / 985);
    charge = Math.min(charge, net + 200_000);
    while (charge - feeOf(charge) < net) charge += 1;
    while (charge > 0 && charge - 1 - feeOf(charge - 1) >= net) charge -= 1;
    return charge;
  };
  const inNaira = (kobo) =>
    `₦${(kobo / 100).toLocaleString("en-NG", { minimumFractionDigits: kobo % 100 ? 2 : 0, maximumFractionDigits: 2 })}`;
  const partsOf = (price, share, bearer) => {
    const student = bearer === "student" ? chargeFor(price) : price;
    const fee = feeOf(student);
    const whole = Math.floor((price * share) / 100);
    const tutor = bearer === "tutor" ? Math.max(0, whole - fee) : whole;
    return { student, fee, platform: student - fee - tutor, tutor };
  };
  const stepNear = (kobo) => {
    if (kobo >= STEP && kobo < 300_000)
      return `From ₦2,500 on, Paystack's fee is ₦100 more. Of ₦2,499 it would be ${inNaira(feeOf(249_900))}.`;
    if (kobo >= 200_000 && kobo < STEP) return "Below ₦2,500, Paystack leaves ₦100 of its fee out.";
    return "";
  };

  // "You receive ₦3,500 (70%)" while the price is typed, and what becomes of the rest.
  document.addEventListener("input", (event) => {
    const field = event.target;
    const output = field.dataset?.share && byId(field.dataset.shareOutput);
    if (!output) return;
    const { share, bearer } = field.dataset;
    const naira = Number(field.value.replace(/[,\s₦]/g, ""));
    const isPrice = Number.isFinite(naira) && naira > 0;
    const parts = isPrice ? partsOf(Math.round(naira * 100), share, bearer) : null;
    const less = bearer === "tutor" ? " less Paystack's fee" : "";
    output.textContent = parts ? `You receive ${inNaira(parts.tutor)} (${share}%${less}).` : field.dataset.shareHint;
    const list = field.dataset.parts && byId(field.dataset.parts);
    if (!list) return;
    list.hidden = !parts;
    for (const cell of parts ? list.querySelectorAll("[data-part]") : [])
      cell.textContent = cell.dataset.part === "step" ? stepNear(parts.student) : inNaira(parts[cell.dataset.part]);
  });

  class TabSet extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", this);
      this.addEventListener("keydown", this);
      window.addEventListener("hashchange", this);
      this.fromAddress();
    }

    disconnectedCallback() {
      window.removeEventListener("hashchange", this);
    }

    get tabs() {
      return [...this.querySelectorAll('[role="tab"]')].filter((tab) => tab.closest("tab-set") === this);
    }

    fromAddress() {
      const named = this.tabs.find((tab) => tab.dataset.tab === location.hash.slice(1));
      if (named) this.show(named);
    }

    show(chosen) {
      for (const tab of this.tabs) {
        const on = tab === chosen;
        tab.setAttribute("aria-selected", on);
        tab.tabIndex = on ? 0 : -1;
        const panel = byId(tab.getAttribute("aria-controls"));
        if (panel) panel.hidden = !on;
      }
      chosen.scrollIntoView({ block: "nearest", inline: "nearest" });
    }

    handleEvent(event) {
      if (event.type === "hashchange") return this.fromAddress();
      // The router changes the address without a word to anybody, so its links say which tab they lead to.
      const shows = event.type === "click" && event.target.closest?.("a[data-shows]")?.dataset.shows;
      if (shows) return this.show(this.tabs.find((tab) => tab.dataset.tab === shows));
      const tab = event.target.closest?.('[role="tab"]');
      if (!tab || tab.closest("tab-set") !== this) return;
      if (event.type === "click") {
        this.show(tab);
        if (this.hasAttribute("data-address")) history.replaceState(history.state, "", `#${tab.dataset.tab}`);
        return;
      }
      const tabs = this.tabs;
      const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.indexOf(tab), End: tabs.length - 1 - tabs.indexOf(tab) };
      if (!(event.key in steps)) return;
      event.preventDefault();
      const next = tabs[(tabs.indexOf(tab) + steps[event.key] + tabs.length) % tabs.length];
      next.focus();
      next.click();
    }
  }

  // Leads away only when a button of this page view asked for it: a remembered address does nothing.
  let goes = false;
  document.addEventListener("click", (event) => {
    goes ||= Boolean(event.target.closest?.("button[data-goes]"));
  });

  class PageLeave extends HTMLElement {
    static observedAttributes = ["to"];

    attributeChangedCallback(_name, before, to) {
      if (goes && to && to !== before && /^https?:\/\//.test(to)) location.assign(to);
    }
  }

  // What appears out of sight, under the bars at the edges of a phone too, is brought to the middle.
  class LookHere extends HTMLElement {
    connectedCallback() {
      requestAnimationFrame(() => {
        const { top, bottom } = this.getBoundingClientRect();
        if (top >= 72 && bottom <= innerHeight - 170) return;
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        this.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
      });
    }
  }

  // In a shadow root, so that React never meets text it did not write.
  class CountDown extends HTMLElement {
    static observedAttributes = ["until"];

    connectedCallback() {
      if (!this.shadowRoot) {
        this.attachShadow({ mode: "open" }).innerHTML =
          '<span part="time" aria-hidden="true"></span><span part="status" role="status"></span>';
      }
      this.restart();
    }

    attributeChangedCallback() {
      if (this.isConnected && this.shadowRoot) this.restart();
    }

    disconnectedCallback() {
      clearTimeout(this.timer);
    }

    restart() {
      clearTimeout(this.timer);
      this.said = null;
      this.elapsed = false;
      this.end = Date.parse(this.getAttribute("until"));
      this.tick();
    }

    tick() {
      const [time, status] = this.shadowRoot.children;
      if (Number.isNaN(this.end)) {
        time.textContent = "";
        return;
      }
      const left = Math.max(0, this.end - Date.now());
      const seconds = Math.ceil(left / 1000);
      time.textContent = this.hasAttribute("words") ? CountDown.words(seconds) : CountDown.clock(seconds);
      this.toggleAttribute("data-last", seconds <= Number(this.getAttribute("warn") || 60));
      const last = !this.hasAttribute("words") && seconds > 0 && seconds <= 60;
      const step = seconds <= 60 ? Math.min(seconds, 1) * 60 : Math.ceil(seconds / 300) * 300;
      const say = last ? "less than a minute left" : CountDown.words(step);
      if (say !== this.said) {
        status.textContent = this.said === null && !last ? CountDown.words(seconds) : say;
        this.said = say;
      }
      if (left === 0) {
        if (!this.elapsed) {
          this.elapsed = true;
          // Later, as this may run while React is busy; a name of its own would be lost at hydration.
          setTimeout(() => this.dispatchEvent(new Event("animationend", { bubbles: true })));
        }
        return;
      }
      const wait = this.hasAttribute("words") && seconds > 3600 ? 30000 : left % 1000 || 1000;
      this.timer = setTimeout(() => this.tick(), wait);
    }

    static clock(seconds) {
      const two = (n) => String(n).padStart(2, "0");
      const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
    }

    static words(seconds) {
      if (seconds <= 0) return "now";
      const minutes = Math.ceil(seconds / 60);
      if (minutes < 60) return `in ${minutes} min`;
      const hours = Math.floor(minutes / 60);
      if (hours < 24) return `in ${hours} h ${minutes % 60} min`;
      const days = Math.floor(hours / 24);
      return days === 1 ? `in 1 day ${hours % 24} h` : `in ${days} days`;
    }
  }

  // While the page of a session is looked at and its door is open, a sign of life a minute.
  class HeartBeat extends HTMLElement {
    static observedAttributes = ["session", "from", "until"];

    connectedCallback() {
      document.addEventListener("visibilitychange", this);
      this.beat();
    }

    attributeChangedCallback() {
      if (this.isConnected) this.beat();
    }

    disconnectedCallback() {
      document.removeEventListener("visibilitychange", this);
      clearTimeout(this.timer);
    }

    handleEvent() {
      if (!document.hidden) this.beat();
    }

    beat() {
      clearTimeout(this.timer);
      const [session, from, until] = ["session", "from", "until"].map((name) => this.getAttribute(name));
      const now = Date.now();
      if (!session || !(now < Date.parse(until))) return;
      const wait = Math.max(60_000, Math.min(Date.parse(from) - now, 3_600_000));
      this.timer = setTimeout(() => this.beat(), wait);
      if (document.hidden || now < Date.parse(from) || now - (this.last ?? 0) < 30_000) return;
      this.last = now;
      // One that gets lost is followed by the next.
      fetch(`/api/mentorship/sessions/${session}/heartbeat`, { method: "POST", keepalive: true }).catch(() => {});
    }
  }

  // Something that is put away at once and stays away on this device, with a quiet way to bring it back.
  class PutAway extends HTMLElement {
    static observedAttributes = ["name", "away"];

    connectedCallback() {
      this.addEventListener("click", this);
      this.decide();
    }

    attributeChangedCallback(attribute, before, now) {
      if (before === now || !this.isConnected) return;
      if (attribute === "name") this.chosen = undefined;
      this.decide();
    }

    // What was pressed here counts more than what the server knew before.
    decide() {
      const away = this.chosen ?? (this.getAttribute("away") === "true" || this.remembered);
      this.toggleAttribute("data-away", away);
    }

    get key() {
      return `mentor:away:${this.getAttribute("name")}`;
    }

    // A browser may forbid storage; then the choice lasts as long as the page.
    get remembered() {
      try {
        return localStorage.getItem(this.key) !== null;
      } catch {
        return false;
      }
    }

    set remembered(away) {
      try {
        if (away) localStorage.setItem(this.key, "1");
        else localStorage.removeItem(this.key);
      } catch {
        return;
      }
    }

    handleEvent(event) {
      const pressed = event.target.closest?.("[data-put-away], [data-bring-back]");
      if (!pressed) return;
      this.chosen = pressed.hasAttribute("data-put-away");
      this.remembered = this.chosen;
      this.decide();
      this.querySelector(this.chosen ? "[data-bring-back]" : "[data-put-away]")?.focus({ preventScroll: true });
    }
  }

  // Whether a field says something else than the document that it came with.
  const changed = (field) =>
    ["checkbox", "radio"].includes(field.type)
      ? field.checked !== field.defaultChecked
      : field.options
        ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
        : field.type !== "hidden" && field.value !== (field.defaultValue ?? field.value);

  // A form whose fields are the page's address: a change leads there, an answer fills the fields.
  class FilterForm extends HTMLElement {
    static observedAttributes = ["answer"];

    // What was typed since the last address was made, which no answer may overwrite.
    typedIn = new Set();

    connectedCallback() {
      for (const type of ["input", "change", "submit"]) this.addEventListener(type, this);
      window.addEventListener("popstate", this);
      document.addEventListener("mentor:loaded", this);
      this.look();
      this.fill(new URLSearchParams(location.search));
    }

    disconnectedCallback() {
      window.removeEventListener("popstate", this);
      document.removeEventListener("mentor:loaded", this);
      clearTimeout(this.timer);
    }

    attributeChangedCallback(_name, _before, answer) {
      if (!answer) return;
      const [asked, shown] = answer.split(" ");
      // The answer of a drawn page is there before this element is; until the page is loaded, nothing follows.
      if (!this.isTaken) {
        this.look();
        this.fill(new URLSearchParams(shown));
        return;
      }
      const early = this.touched && !this.answered;
      this.answered = true;
      // Of an older question, overtaken by more typing, or by an address that is on its way.
      if (this.timer || asked !== location.search.slice(1) || this.left === location.search) return;
      this.left = null;
      if (early) this.ask();
      else this.fill(new URLSearchParams(shown));
    }

    // What was typed or chosen before this script came.
    look() {
      if (this.looked) return;
      this.looked = true;
      for (const field of this.form?.elements ?? []) {
        if (field.name && changed(field)) this.touched = Boolean(this.typedIn.add(field));
      }
    }

    // Whether React hears the buttons that lead to an address.
    get isTaken() {
      return Object.keys(this.querySelector("[data-leads]") ?? {}).some((key) => key.startsWith("__reactProps"));
    }

    get form() {
      return this.querySelector("form");
    }

    fill(values) {
      const active = document.activeElement;
      const typing = active?.type === "search" && this.typed === location.search;
      for (const field of this.form?.elements ?? []) {
        if (!field.name || ["hidden", "submit"].includes(field.type)) continue;
        if (this.typedIn.has(field) || (typing && field === active)) continue;
        const wanted = values.getAll(field.name);
        if (["checkbox", "radio"].includes(field.type)) {
          field.checked = wanted.length ? wanted.includes(field.value) : field.value === "";
        } else {
          field.value = wanted[0] ?? "";
          if (field.selectedIndex === -1) field.selectedIndex = 0;
        }
      }
    }

    get query() {
      const fields = [...new FormData(this.form)].map(([name, value]) => [name, value.trim()]);
      return new URLSearchParams(fields.filter(([, value]) => value)).toString();
    }

    // Asks for what was entered before anything could answer; words only once nothing more is typed.
    ask() {
      const active = document.activeElement;
      if (active?.type !== "search" || active.form !== this.form) return this.go();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.go(true), 220);
    }

    go(typing = false) {
      clearTimeout(this.timer);
      this.timer = 0;
      this.typedIn.clear();
      const now = new URLSearchParams(location.search);
      now.delete("after");
      const query = this.query;
      if (query === now.toString()) return;
      const search = query && `?${query}`;
      // One step back undoes all that was typed, not a letter of it.
      const leads = this.querySelector(`[data-leads=${typing && this.typed === location.search ? "on" : "there"}]`);
      this.typed = typing ? search : null;
      this.left = location.search;
      leads.value = new URL(this.form.action).pathname + search;
      leads.click();
    }

    handleEvent(event) {
      const field = event.target;
      if (event.type === "popstate") {
        clearTimeout(this.timer);
        this.timer = 0;
        this.left = null;
        this.typedIn.clear();
        return;
      }
      if (event.type === "mentor:loaded") {
        if (this.answered || !this.getAttribute("answer") || !this.isTaken) return;
        this.answered = true;
        if (this.touched) this.ask();
        return;
      }
      if (event.type === "submit") {
        if (event.submitter?.name || !this.answered) return;
        event.preventDefault();
        event.submitter?.closest("dialog[open]")?.close();
        this.go();
        return;
      }
      this.touched = true;
      if (event.type === "input") this.typedIn.add(field);
      if (event.type === "change" && field.dataset.alone !== undefined && field.checked) {
        for (const other of this.form.elements[field.name]) other.checked = other === field;
      }
      if (!this.answered) return;
      if (event.type === "change") {
        this.go(field.type === "search");
      } else if (field.type === "search") {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.go(true), 220);
      } else if (field.list && [...field.list.options].some((option) => option.value === field.value)) {
        this.go();
      }
    }
  }

  customElements.define("tab-set", TabSet);
  customElements.define("look-here", LookHere);
  customElements.define("heart-beat", HeartBeat);
  customElements.define("put-away", PutAway);
  customElements.define("count-down", CountDown);
  customElements.define("filter-form", FilterForm);
  customElements.define("page-leave", PageLeave);
})();
