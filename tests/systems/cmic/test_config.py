"""The configuration refuses what can't work, and shows no secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from systems.cmic.config import CmicConfig
from tests.systems.cmic.support import PASSWORD, config


def test_the_address_is_base_and_environment() -> None:
    assert config().address == "http://cmic.test/cmictest"
    assert config(base_url="https://cmic.example/api/", environment="").address == "https://cmic.example/api"


@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": "cmic.test"},
        {"base_url": "ftp://cmic.test"},
        {"base_url": "https://user:secret@cmic.test"},
        {"base_url": "https://cmic.test?x=1"},
        {"environment": "a/b"},
        {"page_size": 1001},
        {"page_size": 0},
        {"framework_version": 1},
        {"window_seconds": 0.5},
        {"media_types": "xml"},
        {"sign_in": {"mode": "kerberos"}},
        {"unheard_of": True},
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        config(**changes)


def test_oauth_is_read_from_plain_values() -> None:
    sign_in = {
        "mode": "oauth",
        "token_url": "https://id.test/token",
        "client_id": "connector",
        "client_secret": "s3cret",
        "scope": "api://connector/.default",
    }
    read = config(sign_in=sign_in)
    assert read.sign_in.mode == "oauth"
    assert "s3cret" not in repr(read)


def test_no_secret_in_repr_dump_or_error() -> None:
    assert PASSWORD not in repr(config())
    assert PASSWORD not in config().model_dump_json()
    broken = {"base_url": "https://cmic.test", "sign_in": {"mode": "basic", "user": 7, "password": PASSWORD}}
    with pytest.raises(ValidationError) as caught:
        CmicConfig.model_validate(broken)
    assert PASSWORD not in str(caught.value)
