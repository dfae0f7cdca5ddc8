// Registers the service worker once the page has nothing better to do, and tells it what is worth keeping.

const AFTER_LOAD = 3000;

const loaded = () =>
  performance
    .getEntriesByType("resource")
    .map(({ name }) => name)
    .filter((name) => name.startsWith(location.origin));

const tell = async (tries = 3) => {
  const { active } = await navigator.serviceWorker.ready;
  const signedIn = Boolean(document.querySelector("connection-line")?.dataset.sessions);
  active?.postMessage({ loaded: loaded(), page: location.search ? "" : location.pathname.replace(/(.)\/$/, "$1"), signedIn });
  // Who is looking is known only once the socket has said it.
  if (!signedIn && tries) setTimeout(() => tell(tries - 1), AFTER_LOAD);
};

const begin = async () => {
  try {
    await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
    await tell();
  } catch {
    return; // a browser may forbid it; then there is only the network
  }
};

if (typeof window !== "undefined" && navigator.serviceWorker) {
  const later = () => setTimeout(() => (window.requestIdleCallback ? requestIdleCallback(begin) : begin()), AFTER_LOAD);
  if (document.readyState === "complete") later();
  else window.addEventListener("load", later);
  // The worker does so, too, but not for a page that was loaded past it.
  document.addEventListener(
    "submit",
    (event) => {
      if (new URL(event.target.action, location.href).pathname.startsWith("/api/auth/")) globalThis.caches?.delete("mine");
    },
    true,
  );
}
