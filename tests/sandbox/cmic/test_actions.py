"""Actions answer 200 and tell in ``result`` whether they worked (cmic-api §1.5)."""

from typing import Any

import pytest

from tests.sandbox.cmic.standin import ACTION, Api

CALL = {
    "name": "postCm",
    "parameters": [{"compCode": "01"}, {"jobCode": "1042"}, {"chgCode": "PCI-1"}, {"postDate": "2026-05-01"}],
}


def test_a_pci_that_does_not_exist_is_refused_with_200(api: Api) -> None:
    answer = api.post("postcm", CALL, media=ACTION)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.oracle.adf.actionresult+json"
    result = answer.json()["result"]
    assert result != "SUCCESS"
    for part in ("01", "1042", "PCI-1", "Approved Flag"):
        assert part in result


def test_its_parents_are_checked_first(api: Api) -> None:
    parameters = [*CALL["parameters"][:1], {"jobCode": "9999"}, *CALL["parameters"][2:]]
    answer = api.post("postcm", CALL | {"parameters": parameters}, media=ACTION)
    assert (answer.status_code, answer.json()["result"]) == (200, "Job 9999 does not exist in company 01.")
    parameters = [*CALL["parameters"][:3], {"postDate": "soon"}]
    assert "not a valid date" in api.post("postcm", CALL | {"parameters": parameters}, media=ACTION).json()["result"]


@pytest.mark.parametrize(
    "call",
    [
        {"name": "postCm"},
        {"name": "other", "parameters": CALL["parameters"]},
        CALL | {"parameters": CALL["parameters"][:3]},
        CALL | {"parameters": [*CALL["parameters"], {"more": "x"}]},
        CALL | {"parameters": [{"compCode": "01", "jobCode": "1042"}]},
        [],
    ],
)
def test_what_is_no_call_of_it_is_refused(api: Api, call: Any) -> None:
    assert api.post("postcm", call, media=ACTION).status_code == 400


def test_an_action_has_its_own_media_type_and_method(api: Api) -> None:
    assert api.post("postcm", CALL).status_code == 415
    assert api.get("postcm").status_code == 405
