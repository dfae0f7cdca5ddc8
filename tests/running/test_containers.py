"""The containers' files, as far as they can be read without running them: names, rights and signals."""

import re
from typing import Any

import pytest
import yaml
from reflex_base.constants import Endpoint

from mentor_ui.cli import commands
from mentor_ui.settings import PROJECT_FOLDER, Settings

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT_FOLDER / "compose.yaml").read_text(encoding="utf-8"))
OURS = ("migrate", "web", "worker")
DOCKERFILE = (PROJECT_FOLDER / "Dockerfile").read_text(encoding="utf-8")
OTHERS_VARIABLES = {"MENTOR_SITE", "POSTGRES_PASSWORD"}


@pytest.mark.parametrize("service", OURS)
def test_every_setting_of_a_container_is_one_of_ours(service: str) -> None:
    assert {name.lower() for name in COMPOSE["services"][service]["environment"]} <= set(
        Settings.model_fields
    )


@pytest.mark.parametrize("service", OURS)
def test_a_container_runs_a_command_of_ours(service: str) -> None:
    (command,) = COMPOSE["services"][service]["command"]
    assert command in {
        one.name or (one.callback.__name__ if one.callback else "") for one in commands.registered_commands
    }


def test_no_secret_stands_in_the_files() -> None:
    for name, value in COMPOSE["x-mentor"]["environment"].items():
        if name.endswith(("_KEY", "_SECRET", "_PASSWORD")):
            assert re.fullmatch(r"\$\{\w+:\?\}", value), name
    assert not re.search(r"(?i)(secret|password|_key)\w*=", DOCKERFILE)


def test_what_compose_asks_for_is_documented() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (PROJECT_FOLDER / "compose.yaml").read_text(encoding="utf-8")))
    assert {name.lower() for name in asked - OTHERS_VARIABLES} <= set(Settings.model_fields)
    head = (PROJECT_FOLDER / "compose.yaml").read_text(encoding="utf-8").split("x-mentor:")[0]
    assert all(name in head for name in OTHERS_VARIABLES)


def test_every_long_lived_service_says_whether_it_is_well() -> None:
    assert "HEALTHCHECK" in DOCKERFILE
    for name in ("postgres", "redis"):
        assert COMPOSE["services"][name]["healthcheck"]["test"]


def test_a_server_stays_in_front_while_only_redis_is_away() -> None:
    caddyfile = (PROJECT_FOLDER / "Caddyfile").read_text(encoding="utf-8")
    assert re.findall(r"health_uri (\S+)", caddyfile) == [str(Endpoint.PING)]


def test_the_image_runs_as_nobody_of_weight_and_stops_gently() -> None:
    last_stage = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert re.search(r"^USER mentor$", last_stage, re.MULTILINE)
    assert re.search(r"^STOPSIGNAL SIGTERM$", last_stage, re.MULTILINE)
    for path in re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE):
        assert (PROJECT_FOLDER / path).exists(), path


def test_only_what_the_image_needs_goes_to_its_builder() -> None:
    lines = (PROJECT_FOLDER / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    for line in lines:
        if line.startswith("!"):
            assert (PROJECT_FOLDER / line.removeprefix("!")).exists(), line
            assert line != "!.env"
