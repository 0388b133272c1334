"""Which error an answer becomes, and what its Retry-After says."""

from __future__ import annotations

import httpx
import pytest

from domain.ports import NotThere, Unavailable
from domain.refusals import Refused
from systems.procore.errors import Rejected, failure, retry_after
from systems.procore.transport import Answer


def answer(status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, httpx.Headers(named), b'{"message": "because"}')


@pytest.mark.parametrize("status", [400, 401, 403, 405, 406, 409, 413, 415, 422, 418])
def test_four_hundreds_are_refusals_in_procores_words(status: int) -> None:
    error = failure(answer(status), write=True)
    assert isinstance(error, Rejected)
    assert error.status == status
    assert [r.code for r in error.refusals] == ["procore_refused"]
    assert error.refusals[0].sentence == f"Procore refused it: because (HTTP {status})"


def test_404_is_not_there() -> None:
    assert isinstance(failure(answer(404), write=False), NotThere)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520])
@pytest.mark.parametrize("write", [True, False])
def test_a_fault_may_have_been_carried_out_when_it_was_a_write(status: int, write: bool) -> None:
    error = failure(answer(status), write=write)
    assert isinstance(error, Unavailable)
    assert error.maybe_done is write
    assert error.words == f"because (HTTP {status})"


@pytest.mark.parametrize("write", [True, False])
def test_a_limit_was_never_carried_out(write: bool) -> None:
    error = failure(answer(429, Retry_After="7"), write=write)
    assert isinstance(error, Unavailable)
    assert (error.maybe_done, error.retry_after) == (False, 7)


def test_503_names_its_time() -> None:
    error = failure(answer(503, Retry_After="30"), write=False)
    assert isinstance(error, Unavailable)
    assert error.retry_after == 30


def test_a_redirection_is_refused_without_its_target() -> None:
    error = failure(answer(302, Location="https://elsewhere.test/?token=abc"), write=False)
    assert isinstance(error, Refused)
    assert "elsewhere" not in str(error)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("1.5", 1.5),
        (" 12 ", 12),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("999999999", 3600),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Sun, 01 Mar 2026 11:00:00 GMT", None),
        ("Xxx, 99 Foo 2026 99:99:99", None),
    ],
)
def test_retry_after_in_every_spelling(text: str, seconds: float | None) -> None:
    assert retry_after(httpx.Headers({"Retry-After": text, "Date": "Sun, 01 Mar 2026 12:00:00 GMT"})) == seconds
