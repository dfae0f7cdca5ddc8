// Lets the application open without a network. The network comes first for every page, so that nobody is kept in
// an old build; only files named by their content are taken from the cache without asking.

const SHELL = "shell-__BUILD__"; // scripts, styles, fonts, and the public pages
const MINE = "mine"; // one person's next sessions; goes when somebody signs out or in
const OFFLINE = "/offline";
const SESSIONS = "/sessions";
const PATIENCE = 4000;
const LOOKED_AT_MOST = 10 * 60_000;
const KEPT_AT_MOST = 14 * 24 * 3_600_000;

const PUBLIC_PAGES = ["/", "/mentorship", "/courses"];
// Where a person looks for their sessions. In the place of any other page they would only confuse.
const PAGES_OF_SESSIONS = /^\/(sessions|(student|tutor)\/mentorship|mentorship\/session\/\d+)$/;
const NAMED_BY_CONTENT = /^\/assets\/.+-[\w-]{8}\.\w+$|^\/(fonts|icons)\/|^\/favicon\.svg$/;

// Counts who signs in and out: what was asked for on one person's behalf is not kept once the next may be there.
let turn = 0;

const isKept = (url) => NAMED_BY_CONTENT.test(url.pathname) || (/\.(css|js)$/.test(url.pathname) && /^\?v=\w+$/.test(url.search));
const pathOf = (url) => url.pathname.replace(/(.)\/$/, "$1");
const trimmed = (response) => response.headers.get("cache-control") ?? "";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.add(OFFLINE)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      // One build back stays, for tabs that are open in it.
      const shells = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== SHELL);
      await Promise.all(shells.slice(0, -1).map((name) => caches.delete(name)));
      // An earlier worker enabled it: it asked a second time for each navigation that is not answered here.
      await self.registration.navigationPreload?.disable();
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && url.pathname.startsWith("/api/auth/")) {
    event.respondWith(changePerson(request));
    return;
  }
  if (request.method !== "GET") return;
  if (isKept(url)) event.respondWith(fromCacheFirst(request));
  else if (request.mode === "navigate" && !url.pathname.startsWith("/api/")) event.respondWith(open(event, url));
  else if (url.pathname.startsWith("/api/calendar/sessions/")) event.respondWith(fromNetworkFirst(request));
});

// What the page has loaded already comes from the browser's own cache here, not from the network.
self.addEventListener("message", (event) => {
  const { loaded, page, signedIn } = event.data ?? {};
  if (Array.isArray(loaded)) {
    const kept = loaded.filter((one) => isKept(new URL(one, location.origin)));
    event.waitUntil(Promise.all(kept.map((one) => fromCacheFirst(new Request(one)).catch(() => null))));
  }
  if (PUBLIC_PAGES.includes(page)) event.waitUntil(keepFirst(page));
  if (signedIn) event.waitUntil(keepSessions());
});

// Whoever is signed in afterwards finds nothing of the person before, and nothing that was asked for meanwhile.
async function changePerson(request) {
  const forget = () => {
    turn += 1;
    return caches.delete(MINE);
  };
  await forget();
  try {
    return await fetch(request);
  } finally {
    await forget();
  }
}

const mayKeep = (response) => response.ok && !response.redirected && !/private|no-store/.test(trimmed(response));

// The page that was open before there was a worker, as the browser still has it.
async function keepFirst(page) {
  if (await caches.match(page, { cacheName: SHELL })) return;
  const response = await fetch(page, { cache: "force-cache" }).catch(() => null);
  if (response && mayKeep(response)) await (await caches.open(SHELL)).put(page, response);
}

async function fromCacheFirst(request) {
  const known = await caches.match(request);
  if (known) return known;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(SHELL)).put(request, response.clone());
  return response;
}

async function fromNetworkFirst(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { cacheName: MINE });
    if (kept) return kept;
    throw error;
  }
}

async function open(event, url) {
  const path = pathOf(url);
  const isPublic = PUBLIC_PAGES.includes(path);
  const begun = turn;
  const fetched = fetch(event.request);
  fetched.catch(() => null);
  const kept = isPublic ? await caches.match(path, { cacheName: SHELL }) : null;
  try {
    const response = await (kept ? Promise.race([fetched, later(PATIENCE)]) : fetched);
    if (path === SESSIONS) event.waitUntil(take(response.clone(), begun));
    else event.waitUntil(lookAgain());
    if (isPublic && !url.search && mayKeep(response))
      event.waitUntil((await caches.open(SHELL)).put(path, response.clone()));
    return response;
  } catch {
    // Money and whatever else changes has no copy: better no page than one that is not true any more.
    const mine = PAGES_OF_SESSIONS.test(path) ? await keptSessions() : undefined;
    return kept ?? mine ?? (await caches.match(OFFLINE)) ?? Response.error();
  }
}

const later = (wait) => new Promise((_resolve, reject) => setTimeout(() => reject(new Error("slow")), wait));

async function keepSessions() {
  const begun = turn;
  try {
    await take(await fetch(SESSIONS, { headers: { accept: "text/html" } }), begun);
  } catch {
    return; // no network: the copy stays
  }
}

// Keeps the next sessions with their calendar files; an answer that is not somebody's list ends the copy.
async function take(response, begun) {
  if (response.redirected || response.type === "opaqueredirect" || response.status === 401) {
    await caches.delete(MINE);
    return;
  }
  if (!response.ok) return;
  const page = await response.text();
  const cache = await caches.open(MINE);
  const keep = async (path, answer) => {
    if (turn === begun) await cache.put(path, answer);
    if (turn !== begun) await caches.delete(MINE);
  };
  const headers = new Headers(response.headers);
  headers.set("x-kept-at", String(Date.now()));
  headers.delete("content-encoding");
  headers.delete("content-length");
  await keep(SESSIONS, new Response(page, { headers }));
  const files = new Set([...page.matchAll(/href="(\/api\/calendar\/sessions\/\d+\.ics)"/g)].map(([, path]) => path));
  for (const old of await cache.keys()) {
    const path = new URL(old.url).pathname;
    if (path !== SESSIONS && !files.has(path)) await cache.delete(old);
  }
  for (const path of [...files].slice(0, 10)) {
    const file = await fetch(path).catch(() => null);
    if (file?.ok) await keep(path, file);
  }
}

async function ageOfSessions() {
  const kept = await caches.match(SESSIONS, { cacheName: MINE });
  return kept ? Date.now() - Number(kept.headers.get("x-kept-at")) : null;
}

// A sign-in that has ended elsewhere ends the copy here, too.
async function lookAgain() {
  const age = await ageOfSessions();
  if (age !== null && age > LOOKED_AT_MOST) await keepSessions();
}

// The copy, which says that it is one.
async function keptSessions() {
  const age = await ageOfSessions();
  const kept = age !== null && age < KEPT_AT_MOST && (await caches.match(SESSIONS, { cacheName: MINE }));
  if (!kept) return undefined;
  const page = (await kept.text()).replace(/ data-kept="([^"]*)">[^<]*/, ">$1");
  return new Response(page, { headers: kept.headers });
}
