"""Batch requests: one commit for all parts, only failing parts listed (cmic-api §1.5)."""

import json

import pytest

from tests.sandbox.cmic.standin import BATCH, ITEM, Api, Row, header, line, part, posting


def contract(lines: int = 2) -> list[Row]:
    """A header and its lines."""
    parts = [part("header", "scmast", header())]
    return parts + [part(f"line{n}", "scsched", line(task=str(n), ScschAmt=10.5)) for n in range(lines)]


def test_header_and_lines_go_in_together(api: Api) -> None:
    answer = api.batch(contract())
    assert (answer.status_code, answer.headers["content-type"]) == (200, BATCH)
    parts = answer.json()["parts"]
    assert [(p["id"], p["path"], p["operation"]) for p in parts] == [
        ("header", "/1/scmast", "create"),
        ("line0", "/1/scsched", "create"),
        ("line1", "/1/scsched", "create"),
    ]
    for found in parts:
        resource = found["path"].rpartition("/")[2]
        key = next(value for name, value in found["payload"].items() if name.endswith("VUuid"))
        assert api.get(resource, key).json() == found["payload"]
    assert parts[0]["payload"]["ScmstContAmt"] == 21


def test_one_failing_part_rolls_everything_back_and_is_listed_alone(api: Api) -> None:
    parts = contract(3)
    parts[2]["payload"] |= {"ScschCatCode": "X"}
    answer = api.batch(parts)
    assert (answer.status_code, answer.headers["content-type"]) == (400, BATCH)
    (failed,) = answer.json()["parts"]
    assert (failed["id"], failed["operation"]) == ("line1", "create")
    assert "Category X is not assigned" in failed["payload"]["o:errorDetails"][0]["detail"]
    assert api.books("scmast") == api.books("scsched") == []


def test_below_framework_4_a_failing_part_carries_text(api: Api) -> None:
    (failed,) = api.batch([part("1", "scmast", header(ScmstJobCode="9999"))], framework=2).json()["parts"]
    assert failed["payload"].startswith("ORA-20001: ")


def test_what_depends_on_a_failing_part_fails_too(api: Api) -> None:
    parts = contract(2)
    parts[0]["payload"] |= {"ScmstJobCode": "9999"}
    assert [failed["id"] for failed in api.batch(parts).json()["parts"]] == ["header", "line0", "line1"]


def test_running_numbers_are_given_back_when_nothing_was_committed(api: Api) -> None:
    numbered = {name: value for name, value in header(ScmstOverrideFlag="N").items() if name != "ScmstContCode"}
    first = api.create("scmast", numbered)["ScmstContCode"]
    bad = [part("1", "scmast", numbered), part("2", "scmast", header(ScmstJobCode="9999"))]
    assert api.batch(bad).status_code == 400
    assert int(api.create("scmast", numbered)["ScmstContCode"]) == int(first) + 1


def test_a_rolled_back_update_leaves_the_old_row(api: Api) -> None:
    row = api.create("scmast", header(ScmstName="Before"))
    child = api.create("scsched", line())
    parts = [
        part("1", "scmast", {"ScmstName": "After"}, "update", row["ScmstVUuid"]),
        part("2", "scsched", {"ScschAmt": 5}, "update", child["ScschVUuid"]),
        part("3", "scsched", {"ScschWmCode": "XX"}, "update", child["ScschVUuid"]),
    ]
    assert [failed["id"] for failed in api.batch(parts).json()["parts"]] == ["3"]
    assert api.get("scsched", child["ScschVUuid"]).json() == child
    assert api.get("scmast", row["ScmstVUuid"]).json()["ScmstName"] == "Before"
    assert api.get("scmast", row["ScmstVUuid"]).json()["ScmstContAmt"] == 1000


def test_every_operation(api: Api) -> None:
    api.control("PATCH", "settings", {"extra_methods": {"scsched": ["DELETE"]}})
    row = api.create("scmast", header())
    first, second = (api.create("scsched", line(task=task))["ScschVUuid"] for task in ("1", "2"))
    parts = [
        part("update", "scmast", {"ScmstName": "New"}, "update", row["ScmstVUuid"]),
        {"id": "delete", "path": f"/1/scsched/{first}", "operation": "delete"},
        {"id": "get", "path": f"/1/scsched/{second}", "operation": "get"},
        part("upsert old", "scsched", {"ScschVUuid": second, "ScschAmt": 7}, "upsert"),
        part("upsert keyed", "scsched", {"ScschTaskName": "Seven"}, "upsert", second),
        part("upsert new", "scsched", line(task="3", ScschAmt=1), "upsert"),
    ]
    answer = api.batch(parts)
    assert answer.status_code == 200, answer.text
    shown = {found["id"]: found.get("payload") for found in answer.json()["parts"]}
    assert shown["delete"] is None
    assert (shown["get"]["ScschAmt"], shown["get"]["ScschTaskName"]) == (7, "Seven")
    assert shown["update"]["ScmstContAmt"] == 8
    assert {row["ScschTaskCode"] for row in api.books("scsched")} == {"2", "3"}


@pytest.mark.parametrize(
    "parts",
    [
        None,
        [],
        "parts",
        ["part"],
        [{"path": "/1/scmast", "operation": "create", "payload": {}}],
        [{"id": "1", "operation": "create", "payload": {}}],
        [{"id": "1", "path": "/1/scmast", "payload": {}}],
        [{"id": "1", "path": "/1/scmast", "operation": "create"}],
        [{"id": 1, "path": "/1/scmast", "operation": "create", "payload": {}}],
        [part("1", "scmast", header(), "insert")],
        [part("1", "scmast", header()), part("1", "scmast", header("SC-2"))],
    ],
)
def test_an_incomplete_envelope_is_refused_whole(api: Api, parts: object) -> None:
    answer = api.batch(parts)
    assert answer.status_code == 400
    assert "o:errorDetails" in answer.json()
    assert api.books("scmast") == []


@pytest.mark.parametrize(
    ("path", "operation", "status"),
    [
        ("/1/apvendor", "create", "404"),
        ("/2/scmast", "create", "404"),
        ("scmast", "create", "404"),
        ("/1/scmast/ABC", "create", "400"),
        ("/1/scmast", "update", "400"),
        ("/1/scmast/ABC", "update", "404"),
        ("/1/scmast/ABC", "get", "404"),
        ("/1/scmast/ABC", "delete", "400"),
    ],
)
def test_a_part_that_leads_nowhere_fails(api: Api, path: str, operation: str, status: str) -> None:
    answer = api.batch([{"id": "1", "path": path, "operation": operation, "payload": header()}])
    assert answer.status_code == 400
    assert answer.json()["parts"][0]["payload"]["status"] == status


def test_the_batch_media_type_is_required(api: Api) -> None:
    for media in ("application/json", ITEM, "text/plain"):
        answer = api.client.post(
            "/cmictest/pm-rest-api/rest", content=json.dumps({"parts": contract()}), headers={"content-type": media}
        )
        assert answer.status_code == 415
    assert api.client.get("/cmictest/pm-rest-api/rest").status_code == 405
    assert api.client.post("/cmictest/no-rest-api/rest").status_code == 404


def test_a_batch_has_one_application(api: Api) -> None:
    assert api.batch(contract(), application="jc-rest-api").status_code == 400
    answer = api.batch([part("1", "pmproject", {})], application="glrestapi")
    assert answer.json()["parts"][0]["payload"]["status"] == "404"


def test_too_many_parts_are_refused(api: Api) -> None:
    api.control("PATCH", "settings", {"batch_limit": 2})
    answer = api.batch(contract(2))
    assert answer.status_code == 413
    assert "Batch size exceeded, maximum is 2" in answer.text
    assert api.batch(contract(1)).status_code == 200


def test_a_tenant_may_not_support_batches_of_a_resource(api: Api) -> None:
    api.control("PATCH", "settings", {"batch_resources": ["pmproject"]})
    answer = api.batch(contract(0))
    assert answer.status_code == 400
    assert "not supported" in answer.text


def test_a_change_order_and_its_lines_in_one_batch(api: Api) -> None:
    api.batch(contract())
    parts = [
        part("h", "scmast", header(ScmstChgCode="001")),
        part("l", "scsched", line(ScschChgCode="001")),
    ]
    assert "not posted or in process" in api.batch(parts).text
    api.control("POST", "subcontracts/post", posting())
    assert api.batch(parts).status_code == 200
