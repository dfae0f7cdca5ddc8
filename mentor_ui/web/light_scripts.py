"""Keeps out of the built scripts what no page of ours uses, and shrinks our own.

Reflex's client brings a style engine (every style of ours is a class), transports that it never opens,
cookies that scripts write (ours are the server's), uploads, and its router's ways of asking a server for
routes. Together they are an eighth of a page's weight.

A document has the styles of its own page alone (`page_styles`): the router fetches the whole sheet beside the
script of the page that is opened from there, and shows neither before both have come.
"""

import json
import re
from typing import Any

from reflex_base.plugins.base import Plugin

CONFIG = "vite.config.js"

# By a part of the module's path. A page that would need what is left out fails where it is built or opened.
REPLACED = {
    "/@emotion/react/": """
import { createElement, Fragment } from "react";
export const jsx = (type, props, ...children) => {
  if (props?.css) throw new Error("a style where only classes are built in");
  return createElement(type, props, ...children);
};
jsx.Fragment = Fragment;
""",
    "/universal-cookie/": """
const none = () => { throw new Error("cookies of scripts are not built in"); };
export default class Cookies { get() {} set() { none(); } remove() { none(); } }
""",
    "/mergician/": "export const mergician = (...parts) => Object.assign({}, ...parts);",
    "/utils/helpers/upload.js": """
export const uploadFiles = () => { throw new Error("uploads are not built in"); };
""",
    # Of the socket's transports the one that Reflex opens.
    "/engine.io-client/build/esm/transports/index.js": """
import { WS } from "./websocket.js";
export const transports = { websocket: WS };
""",
    "/engine.io-client/build/esm/transports/polling-xhr.js": "export const XHR = null;",
    "/engine.io-client/build/esm/transports/polling-fetch.js": "export const Fetch = null;",
    "/engine.io-client/build/esm/transports/webtransport.js": "export const WT = null;",
    # No file is sent over it.
    "/socket.io-parser/build/esm/is-binary.js": """
export const isBinary = () => false;
export const hasBinary = () => false;
""",
    "/socket.io-parser/build/esm/binary.js": """
const none = () => { throw new Error("files over the socket are not built in"); };
export const deconstructPacket = none;
export const reconstructPacket = none;
""",
    # The router's own data, of which no page has any: what a page knows is in its States.
    "/vendor/turbo-stream-v2/turbo-stream.js": """
const value = { loaderData: {}, actionData: null, errors: null };
export const decode = async () => ({ value, done: Promise.resolve() });
export const encode = () => { throw new Error("the router's own data are not built in"); };
""",
    # All routes are in the manifest.
    "/lib/dom/ssr/fog-of-war.js": """
export const URL_LIMIT = 7680;
export const getManifestPath = () => "";
export const getPartialManifest = (manifest) => manifest;
export const getPatchRoutesOnNavigationFunction = () => undefined;
export const getPathsWithAncestors = () => [];
export const handleClientVersionMismatch = () => {};
export const isFogOfWarEnabled = () => false;
export const useFogOFWarDiscovery = () => {};
""",
    # Called only for observers, of which we give none.
    "/lib/router/instrumentation.js": """
const none = () => { throw new Error("observers of the router are not built in"); };
export const consumeInstrumentationClientResultMetaReceiver = () => undefined;
export const getRouteInstrumentationUpdates = none;
export const instrumentClientSideRouter = none;
export const instrumentHandler = none;
export const instrumentationResultMetaContext = null;
""",
}

DOCUMENT = "app/_document.js"

# Reflex's own script for it is three times as long, and stands in each document and in a bundle.
THEME = (
    '(()=>{let t;try{t=localStorage.getItem("theme")}catch{}'
    '/^(light|dark)$/.test(t)||(t=matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light");'
    "let e=document.documentElement;"
    'e.classList.remove("light","dark");e.classList.add(t);e.style.colorScheme=t})()'
)
_THEME = re.compile(r'(?<=jsx\("script",\{\},)"\\n// Only run in browser (?:[^"\\]|\\.)*"(?=\))')

_IMPORTS = 'import { defineConfig } from "vite";'
_PLUGINS = "].concat([]),"
_GROUP = """            {
              test: /env.json/,
              name: "reflex-env",
            },
"""
# What a deployment seldom changes, in one file: together it is smaller, and it is kept for a year.
_FRAMEWORK = """            {
              test: /node_modules|rolldown/,
              name: "framework",
            },
"""
_PLUGIN = """
const LIGHT = Object.entries(__REPLACED__);
const CLIENT = new URL("./build/client/", import.meta.url);
const FOR_EVALUATED = /useEffect\\(\\(\\) => \\{\\s*\\/\\/ Make contexts [^]*?\\}, \\[\\]\\);/;
// Browsers that know it compile the functions while the file comes, beside the main thread, and not on it
// when each is first called: of 778 pauses for that, 61 are left while the marketplace starts.
const ALL_IS_CALLED = "//# allFunctionsCalledOnLoad\\n";
const ROUTE_IS_LOADED = /let routeModule = await import\\([^)]*\\);/;
const WHOLE_SHEET = `
let sheet;
const wholeSheet = (link = document.querySelector("link[rel=stylesheet][disabled]")) =>
  (sheet ??= link && new Promise((come, fail) => {
    link.addEventListener("load", come);
    link.addEventListener("error", fail);
    link.disabled = false;
  }));
`;
function lightScripts() {
  const met = new Set();
  return {
    name: "light-scripts",
    enforce: "pre",
    applyToEnvironment: (environment) => environment.name === "client",
    load(id) {
      const [part, source] = LIGHT.find(([part]) => id.includes(part)) ?? [];
      if (part) met.add(part);
      return source ?? null;
    },
    transform(code, id) {
      if (id.endsWith("/lib/dom/ssr/routeModules.js")) {
        if (!ROUTE_IS_LOADED.test(code)) throw new Error("the router's routeModules.js has changed");
        met.add(id);
        return WHOLE_SHEET + code.replace(ROUTE_IS_LOADED, `const styled = wholeSheet();\n$&\nawait styled;`);
      }
      if (!id.endsWith("/app/root.jsx")) return null;
      // For components that a page evaluates, which our content security policy forbids. It keeps all alive.
      if (!FOR_EVALUATED.test(code)) throw new Error("Reflex's root.jsx has changed");
      return code.replace(FOR_EVALUATED, "");
    },
    generateBundle(_options, bundle) {
      const scripts = Object.values(bundle).filter((file) => file.type === "chunk");
      for (const script of scripts) script.code = ALL_IS_CALLED + script.code;
      const lost = LIGHT.map(([part]) => part).filter((part) => !met.has(part));
      if (![...met].some((id) => id.endsWith("/routeModules.js"))) lost.push("routeModules.js");
      if (lost.length) throw new Error(`nothing to replace any more: ${lost.join(", ")}`);
    },
    closeBundle() {
      for (const name of ["mentor.js", "waiting.js"]) {
        const { code, errors } = minifySync(name, readFileSync(new URL(name, CLIENT), "utf8"));
        if (errors.length) throw new Error(`${name}: ${errors[0].message}`);
        writeFileSync(new URL(name, CLIENT), code);
      }
    },
  };
}
"""


class LightScriptsPlugin(Plugin):
    """Adds a plugin to the bundler's configuration, and shortens the document's script."""

    def pre_compile(self, **context: Any) -> None:
        """Register the changes with Reflex's compiler.

        Args:
            **context: Reflex's compile hooks.
        """
        context["add_modify_task"](CONFIG, with_light_scripts)
        context["add_modify_task"](DOCUMENT, with_short_theme)


def with_light_scripts(config: str) -> str:
    """Change the bundler's configuration.

    Args:
        config: Source of Reflex's `vite.config.js`.

    Returns:
        The source with our plugin.

    Raises:
        ValueError: Reflex's source is not the one this was written for.
    """
    for known in (_IMPORTS, _PLUGINS, _GROUP):
        if config.count(known) != 1:
            raise ValueError(
                "Reflex's vite.config.js has changed: adapt mentor_ui/web/light_scripts.py to it"
            )
    imports = (
        'import { readFileSync, writeFileSync } from "node:fs";\n'
        'import { defineConfig, minifySync } from "vite";\n'
    )
    config = config.replace(_IMPORTS, imports + _PLUGIN.replace("__REPLACED__", json.dumps(REPLACED)))
    config = config.replace(_GROUP, _FRAMEWORK)
    return config.replace(_PLUGINS, "lightScripts(),\n  ].concat([]),")


def with_short_theme(document: str) -> str:
    """Shorten the script that puts the light or the dark colours on the document.

    Args:
        document: Source of Reflex's `app/_document.js`.

    Raises:
        ValueError: Reflex's source is not the one this was written for.
    """
    script = json.dumps(THEME)
    document, found = _THEME.subn(lambda _: script, document)
    if found != 1:
        raise ValueError("Reflex's _document.js has changed: adapt mentor_ui/web/light_scripts.py to it")
    return document
