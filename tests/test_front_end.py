"""The fingerprints that decide about a build, and the rewrite of Reflex's client."""

from pathlib import Path

import pytest
from reflex.utils import frontend_skeleton
from reflex_base.config import get_config
from reflex_base.constants import Templates

from mentor_ui.front_end import last_words, sources_fingerprint
from mentor_ui.web.client_script import keep_taps
from mentor_ui.web.connection_script import tell_ours
from mentor_ui.web.light_scripts import with_light_scripts, with_short_theme
from mentor_ui.web.own_origin import OWN_ORIGIN, STATE_SCRIPT, use_own_origin


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("rxconfig.py", "mentor_ui/pages/home.py", "mentor_ui/sandbox/server.py", "assets/app.css"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["rxconfig.py", "mentor_ui/pages/home.py", "assets/app.css", "assets/new.css"]
)
def test_a_changed_source_changes_the_fingerprint(project: Path, name: str) -> None:
    before = sources_fingerprint(project)
    (project / name).write_text("changed")
    assert sources_fingerprint(project) != before


@pytest.mark.parametrize(
    "name", ["mentor_ui/sandbox/server.py", "mentor_ui/pages/home.cpython-311.pyc", "README.md"]
)
def test_what_no_page_is_made_of_changes_nothing(project: Path, name: str) -> None:
    before = sources_fingerprint(project)
    (project / name).write_text("changed")
    assert sources_fingerprint(project) == before


def test_the_installed_reflex_can_be_rewritten() -> None:
    script = (Templates.Dirs.WEB_TEMPLATE / STATE_SCRIPT).read_text(encoding="utf-8")
    assert OWN_ORIGIN in use_own_origin(script)
    assert 'socket.current.on("heard", forgetTaps)' in keep_taps(script)
    assert "watchSocket(socket.current, event_queue);" in tell_ours(keep_taps(script))
    config = frontend_skeleton._compile_vite_config(get_config())  # pyright: ignore[reportPrivateUsage]
    assert "lightScripts(),\n" in with_light_scripts(config)


def test_another_reflex_is_refused() -> None:
    with pytest.raises(ValueError, match="own_origin"):
        use_own_origin("export const getBackendURL = () => env.PING;")
    with pytest.raises(ValueError, match="client_script"):
        keep_taps("export const getBackendURL = () => env.PING;")
    with pytest.raises(ValueError, match="light_scripts"):
        with_light_scripts("export default defineConfig({});")
    with pytest.raises(ValueError, match="light_scripts"):
        with_short_theme("export function Layout({children}) {}")


def test_a_failed_install_says_why_and_not_where_npm_keeps_its_log(tmp_path: Path) -> None:
    log = tmp_path / "front-end.log"
    log.write_text(
        "npm http fetch GET /yaml attempt 1 failed\n"
        "npm error code ENOTFOUND\n"
        "npm error request to /yaml failed, reason: the name is not known\n"
        "npm error A complete log of this run can be found in: /home/ada/.npm/_logs/debug-0.log\n"
    )
    assert last_words(log) == "npm error request to /yaml failed, reason: the name is not known"
