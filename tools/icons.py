"""Draws the icons of the installed application from `assets/favicon.svg`: `python -m tools.icons`."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import ARGUMENTS, find_browser

ASSETS = Path(__file__).resolve().parents[1] / "assets"
GREEN = "#0A6847"
SIZES = {
    "icon-192": (192, 1.0),
    "icon-512": (512, 1.0),
    "maskable-512": (512, 0.62),
    "apple-touch-icon": (180, 0.7),
}
"""Name to edge in pixels and the mark's share of it; below 1 on a ground of its own, which systems cut."""


def main() -> None:
    """Write the icons."""
    mark = (ASSETS / "favicon.svg").read_text(encoding="utf-8")
    found = find_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        for name, (edge, share) in SIZES.items():
            page = browser.new_page(viewport={"width": edge, "height": edge})
            ground = f"background:{GREEN};" if share < 1 else ""
            page.set_content(
                f"<style>*{{margin:0}}body{{display:grid;place-items:center;height:100vh;{ground}}}"
                f"svg{{width:{share * 100}%;height:{share * 100}%}}</style>{mark}"
            )
            page.screenshot(path=ASSETS / "icons" / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
