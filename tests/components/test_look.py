"""What holds for the whole look: colours, font, icons, and nothing that drags a framework's sheet along."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import reflex as rx

from mentor_ui.components import document
from mentor_ui.components.icon_paths import PATHS
from mentor_ui.components.layout import page_frame, page_heading
from mentor_ui.components.viewer import ViewerCard
from mentor_ui.settings import PROJECT_FOLDER
from tests.components.rendering import rendered

PACKAGE = PROJECT_FOLDER / "mentor_ui"
SHEET = (PROJECT_FOLDER / "assets" / document.STYLESHEETS[0]).read_text(encoding="utf-8")
TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{3,6});")
# What `rx` offers of Radix Themes by the names that tempt most.
RADIX_NAMES = {
    *("box", "text", "card", "link", "button", "heading", "flex", "grid", "container", "section", "vstack"),
    *("hstack", "stack", "center", "spacer", "badge", "avatar", "dialog", "alert_dialog", "popover", "menu"),
    *("dropdown_menu", "tabs", "tooltip", "callout", "input", "text_area", "select", "checkbox", "switch"),
    *("radio", "radio_group", "slider", "table", "separator", "divider", "skeleton", "spinner", "theme"),
    *("icon", "image", "list", "color_mode", "segmented_control", "scroll_area", "inset", "code", "quote"),
}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_nothing_uses_radix_themes() -> None:
    found: list[str] = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "rx"
                and node.attr in RADIX_NAMES
            ):
                found.append(f"{path.name}:{node.lineno} rx.{node.attr}")
            if isinstance(node, ast.ImportFrom) and "radix.themes" in (node.module or ""):
                found.append(f"{path.name}:{node.lineno} {node.module}")
    assert found == []


def test_the_frame_imports_no_radix_and_no_toaster() -> None:
    viewer: rx.Var[ViewerCard] = rx.Var("viewer").to(ViewerCard)
    frame = page_frame(page_heading("Title"), viewer=viewer, current="/mentorship")
    libraries = {name for component in [frame] for name in component._get_all_imports()}
    assert not [name for name in libraries if "radix" in name or "sonner" in name]


def test_every_icon_that_is_named_exists() -> None:
    missing: list[str] = []
    used = 0
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            named = [word.value for word in node.keywords if word.arg in {"icon", "symbol"}]
            if isinstance(node.func, ast.Name) and node.func.id in {"icon", "draw_icon", "icon_button"}:
                named += node.args[:1]
            for name in named:
                if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value:
                    used += 1
                    if name.value not in PATHS:
                        missing.append(f"{path.name}:{node.lineno} {name.value}")
    assert missing == []
    assert used > 10


def test_every_icon_is_one_drawable_path() -> None:
    for name, path in PATHS.items():
        assert path.startswith("M"), name
        assert not re.search(r"[^MmLlHhVvCcSsQqTtAaZz0-9 .,-]", path), name


def palettes() -> dict[str, dict[str, str]]:
    light, dark = SHEET.split(".dark {", 1)
    day = dict(TOKEN.findall(light))
    return {"light": day, "dark": day | dict(TOKEN.findall(dark.split("}", 1)[0]))}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


TEXT = [
    *((text, paper) for text in ("ink", "muted") for paper in ("bg", "surface", "raised")),
    *(("primary", paper) for paper in ("bg", "surface", "primary-soft")),
    ("on-primary", "primary"),
    ("on-primary", "primary-strong"),
    ("on-accent", "accent"),
    ("accent-ink", "accent-soft"),
    ("accent-ink", "surface"),
    ("danger", "surface"),
    ("danger", "danger-soft"),
    ("surface", "danger"),
    ("info", "info-soft"),
    ("bg", "ink"),
    *(("ink", soft) for soft in ("accent-soft", "danger-soft", "info-soft", "primary-soft")),
]
CONTROLS = [(line, paper) for line in ("control", "primary") for paper in ("bg", "surface")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_controls_stand_out(theme: str) -> None:
    colours = palettes()[theme]
    weak = {
        (text, paper): round(ratio, 2)
        for pairs, least in ((TEXT, 4.5), (CONTROLS, 3.0))
        for text, paper in pairs
        if (ratio := contrast(colours[text], colours[paper])) < least
    }
    assert weak == {}


def test_soft_colours_of_faces_are_readable() -> None:
    faces = re.findall(r"\.hue-\d \{\s+background: (#\w+);\s+color: (#\w+);", SHEET)
    assert len(faces) == 8
    assert [pair for pair in faces if contrast(*pair) < 4.5] == []


def test_the_display_font_is_small_and_has_its_licence() -> None:
    (font,) = (PROJECT_FOLDER / "assets/fonts").glob("*.woff2")
    assert f'url("/fonts/{font.name}")' in SHEET
    assert font.stat().st_size <= 25 * 1024
    assert "Open Font License" in (font.parent / "bricolage-grotesque-LICENSE.txt").read_text(
        encoding="utf-8"
    )


def test_each_place_is_marked_in_both_navigations() -> None:
    viewer: rx.Var[ViewerCard] = rx.Var("viewer").to(ViewerCard)
    frame = rendered(page_frame(viewer=viewer, current="/tutor/mentorship/schedule"))
    marked = [link for link in frame if link.props.get("aria-current") == "page"]
    assert {link.props["to"] for link in marked} == {"/tutor/mentorship/schedule"}
    assert len(marked) == 2
    assert frame.one("main").props["id"] == "main"


def test_a_script_that_changed_has_another_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "ASSETS", tmp_path)
    addresses: set[str] = set()
    for text in ("one", "two"):
        (tmp_path / "mentor.js").write_text(text, encoding="ascii")
        addresses.add(document.asset("mentor.js"))
    assert len(addresses) == 2
