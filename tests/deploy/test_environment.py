"""Every variable: what the connector can read, what compose passes on, what example.env explains."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from temporalio.envconfig import ClientConfig

from tests.deploy.files import DEPLOY, ROOT, environment, example, offered, ours, services
from workers.config import Config

PREFIX = "PROCORE_CMIC_"
OAUTH = {f"{PREFIX}CMIC__SIGN_IN__{n}" for n in ("TOKEN_URL", "CLIENT_SECRET", "SCOPE")}
BASIC = {f"{PREFIX}CMIC__SIGN_IN__{n}" for n in ("USER", "PASSWORD")}


def models_of(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_of(part)]


def readable(model: type[BaseModel], before: str = PREFIX) -> Iterator[tuple[str, FieldInfo]]:
    """Every variable that a configuration can read, with its field."""
    for name, field in model.model_fields.items():
        variable = before + name.upper()
        deeper = models_of(field.annotation)
        for part in deeper:
            yield from readable(part, variable + "__")
        if not deeper:
            yield variable, field


# A production address of CMiC has one queue: a suffix would make two processes write at the same time.
NOT_FOR_PRODUCTION = {PREFIX + "ERP_QUEUE_SUFFIX"}
# Of the two ways to sign in to CMiC, a variable that both have is taken as the first one has it.
READABLE = {name: field for name, field in reversed(list(readable(Config))) if name not in NOT_FOR_PRODUCTION}
CONNECTOR = sorted(name for name in offered() if name in READABLE and name not in OAUTH)


def load(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], service: str = "worker") -> Config:
    """The configuration that a container has with these lines in `.env`, and no file picked up."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in environment(service, values).items():
        monkeypatch.setenv(name, value)
    return Config(_env_file=None)


@pytest.mark.parametrize("service", sorted(ours()))
def test_the_example_loads(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load(monkeypatch, example(), service)
    assert (
        config.database_url.get_secret_value()
        == "postgresql://procore_cmic:change-me-ledger@postgres:5432/procore_cmic"
    )
    assert config.procore_company == 562949
    assert config.cmic.address == "https://cmic.example.com/cmicprod"
    assert config.cmic.sign_in.mode == "basic"
    assert config.temporal_address == "temporal:7233"
    assert config.health_port


def test_the_example_loads_with_oauth(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {name: value for name, value in example().items() if name not in BASIC}
    values |= {name: offered()[name] for name in OAUTH} | {f"{PREFIX}CMIC__SIGN_IN__MODE": "oauth"}
    values |= {f"{PREFIX}CMIC__SIGN_IN__CLIENT_ID": "connector"}
    assert load(monkeypatch, values).cmic.sign_in.mode == "oauth"


def test_compose_passes_on_all_that_can_be_read_and_nothing_else() -> None:
    for name, service in ours().items():
        assert {v for v in service["environment"] if v.startswith(PREFIX)} == set(READABLE), name
    assert dict(readable(Config)).keys() >= NOT_FOR_PRODUCTION


def test_the_example_explains_all_that_compose_does_not_fix() -> None:
    stated = services()["worker"]["environment"]
    fixed = {name for name, value in stated.items() if value is not None and f"${{{name}" not in value}
    assert fixed & set(READABLE) == {
        PREFIX + name for name in ("DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "HEALTH_PORT")
    }
    assert (set(example()) | set(offered())) & set(READABLE) == set(READABLE) - fixed
    assert {name for name in {**example(), **offered()} if name.startswith("TEMPORAL_TLS")} <= set(stated)


def test_the_example_has_nothing_that_nobody_reads() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    passed_on = set(re.findall(r"\$\{(\w+)", text)) | {
        n for n, v in services()["worker"]["environment"].items() if v is None
    }
    assert set(example()) | set(offered()) <= passed_on


@pytest.mark.parametrize("name", sorted(n for n in set(example()) if n.startswith(PREFIX) and n not in BASIC))
def test_compose_refuses_to_start_without_what_is_needed(name: str) -> None:
    value = services()["worker"]["environment"][name]
    assert value is None or f"${{{name}:?" in value
    assert value is not None or not READABLE[name].is_required()


@pytest.mark.parametrize("name", CONNECTOR)
def test_an_offered_line_is_the_default_or_at_least_loads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = load(monkeypatch, example())
    other = load(monkeypatch, {**example(), name: offered()[name]})
    if READABLE[name].get_default() is None:
        assert other != plain, "the line changes nothing"
    else:
        assert other == plain, f"{name}: the line isn't the default"


def test_no_line_is_given_twice() -> None:
    lines = re.findall(r"^(?:# )?([A-Z_]+)=", (DEPLOY / "example.env").read_text(), re.MULTILINE)
    assert len(lines) == len(set(lines))
    assert not set(example()) & set(offered())


def test_temporals_variables_are_ones_its_client_reads(tmp_path: Any) -> None:
    stated = {n for n, v in services()["worker"]["environment"].items() if n.startswith("TEMPORAL_") and v is None}
    given = {name: "true" if name == "TEMPORAL_TLS" else name.lower() for name in stated}
    for name in given:
        if name.endswith("_PATH"):
            (tmp_path / name).write_bytes(name.encode())
            given[name] = str(tmp_path / name)
    read = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=given)
    tls: Any = read["tls"]
    assert read["api_key"] == "temporal_api_key"
    assert (tls.server_root_ca_cert, tls.client_cert, tls.client_private_key, tls.domain) == (
        b"TEMPORAL_TLS_SERVER_CA_CERT_PATH",
        b"TEMPORAL_TLS_CLIENT_CERT_PATH",
        b"TEMPORAL_TLS_CLIENT_KEY_PATH",
        "temporal_tls_server_name",
    )


def test_secrets_are_only_given_where_they_are_used() -> None:
    superuser = [n for n in services() if "POSTGRES_PASSWORD" in services()[n].get("environment", {})]
    assert superuser == ["postgres"]
    for name in ours():
        given = environment(name, example())
        assert "change-me-temporal" not in given.values()
    assert "env_file" not in str(services())
    assert all("change-me" in value for name, value in example().items() if name.endswith(("PASSWORD", "SECRET")))
