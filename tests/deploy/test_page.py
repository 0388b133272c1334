"""docs/deployment.md names commands, services and variables: they are the real ones."""

from __future__ import annotations

import re

from typer.main import get_command

from cli.main import app
from tests.deploy.files import ROOT, example, offered, services

PAGE = (ROOT / "docs" / "deployment.md").read_text()


def test_commands_are_commands() -> None:
    named = set(re.findall(r"procore-cmic ([a-z][a-z-]+)(?=[`\s])", PAGE))
    commands = set(getattr(get_command(app), "commands"))  # noqa: B009 - typer's own group is typed as a plain command
    assert {"migrate", "register-attributes", "restore"} <= named
    assert named <= commands


def test_services_are_services() -> None:
    named = set()
    for verb, rest in re.findall(r"docker compose (run|exec|stop)([^\n`&#]*)", PAGE):
        words = re.sub(r"(?<!\S)(-e \S+|-\S+)", "", rest).split()
        named |= set(words if verb == "stop" else words[:1])
    assert {"worker", "postgres", "temporal-schema"} <= named
    assert named <= set(services())


def test_the_connectors_variables_are_ones_it_is_given() -> None:
    named = set(re.findall(r"PROCORE_CMIC_[A-Z_]+[A-Z]", PAGE)) | {"TEMPORAL_TLS", "TEMPORAL_API_KEY"}
    assert named <= set(services()["worker"]["environment"])
    assert set(offered()) - set(example()) >= {"TEMPORAL_TLS", "TEMPORAL_API_KEY"}


def test_the_page_says_that_it_never_ran() -> None:
    assert "never run under a container engine here" in PAGE
