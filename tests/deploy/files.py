"""The deployment's files, read: the compose file with its variables filled in, example.env, the Dockerfile."""

from __future__ import annotations

import os
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OURS = "procore-cmic:"
ONE_SHOT = "service_completed_successfully"
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::\?(?P<words>[^}]*)|:-(?P<default>[^}]*))?\}")


@cache
def example() -> dict[str, str]:
    """What example.env sets."""
    return dict(re.findall(r"^(\w+)=(.*)$", (DEPLOY / "example.env").read_text(), re.MULTILINE))


@cache
def offered() -> dict[str, str]:
    """What example.env shows behind a #: the default, or an example."""
    return dict(re.findall(r"^# (\w+)=(.*)$", (DEPLOY / "example.env").read_text(), re.MULTILINE))


@cache
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


def services() -> dict[str, Any]:
    return dict(compose()["services"])


def ours() -> dict[str, Any]:
    """The services that run our image."""
    return {name: service for name, service in services().items() if service["image"].startswith(OURS)}


def one_shots() -> set[str]:
    """The services that others wait for until they have ended well."""
    return {
        target
        for service in services().values()
        for target, wait in service.get("depends_on", {}).items()
        if wait["condition"] == ONE_SHOT
    }


def filled(text: str, values: dict[str, str]) -> str:
    """Compose's interpolation, of the forms this file may use. A missing required one is a KeyError, as it is an error
    for compose."""

    def one(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        name, default = match["name"], match["default"]
        return values[name] if default is None else values.get(name) or default

    assert "$" not in _VARIABLE.sub("", text), f"a form of interpolation that isn't known here: {text}"
    return _VARIABLE.sub(one, text)


def environment(service: str, values: dict[str, str]) -> dict[str, str]:
    """What the container gets: a variable without a value is passed on where `.env` has it."""
    stated = services()[service].get("environment", {})
    fixed = {name: filled(value, values) for name, value in stated.items() if value is not None}
    return fixed | {name: values[name] for name, value in stated.items() if value is None and name in values}


def without_ours(**more: str) -> dict[str, str]:
    """This process's environment without the connector's and Temporal's variables, and with others."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROCORE_CMIC_", "TEMPORAL_"))}
    return {**kept, **more}


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pinned(package: str, extra: str) -> str:
    """The version that pyproject.toml pins a package of an extra to."""
    lines = project()["project"]["optional-dependencies"][extra]
    return str(next(line.split("==")[1] for line in lines if line.split("==")[0] == package))


@cache
def dockerfile() -> list[tuple[str, str]]:
    """(instruction, the rest), without comments."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line and not line.startswith("#")]
