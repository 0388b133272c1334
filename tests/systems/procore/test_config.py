"""Settings of the connection: what is refused, and that the secret is never shown."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.systems.procore.fake import SECRET, config


def test_a_trailing_slash_is_dropped() -> None:
    assert config(api_url="https://api.procore.test/ ").api_url == "https://api.procore.test"


def test_lines_are_not_synced_by_id_unless_switched_on() -> None:
    assert config().sync_lines_by_id is False
    assert config().deadline_seconds == 65
    assert config().budget_view is None


@pytest.mark.parametrize(
    "changes",
    [
        {"api_url": "api.procore.test"},
        {"api_url": "ftp://api.procore.test"},
        {"login_url": "https://user:word@login.test"},
        {"login_url": "https://login.test?x=1"},
        {"client_secret": ""},
        {"client_id": ""},
        {"page_size": 2001},
        {"max_in_flight": 0},
        {"deadline_seconds": 0},
        {"budget_view": ""},
        {"client_secrett": "x"},
    ],
)
def test_what_makes_no_sense_is_refused_without_showing_values(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        config(**changes)
    assert SECRET not in str(caught.value)
    assert "word@" not in str(caught.value)


def test_the_secret_is_not_in_the_repr() -> None:
    assert SECRET not in repr(config())
    assert SECRET not in config().model_dump_json()
