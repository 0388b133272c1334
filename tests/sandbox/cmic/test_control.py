"""The accountant's side, seeding, traffic and settings (the stand-in's own control endpoints)."""

import json
from typing import Any

import pytest

from tests.sandbox.cmic.standin import Api, header, line, posting, refused


def test_posting_sets_what_a_watcher_looks_for(api: Api) -> None:
    api.create("scmast", header())
    row = api.control("POST", "subcontracts/post", posting(post_date="2026-05-31"))
    assert (row["ScmstPost"], row["ScmstPostDate"], row["ScmstStatusCode"]) == ("Y", "2026-05-31", "P")
    assert row["ScmstPostBatch"] >= 1
    assert row["ScmstDateTimePost"].endswith("Z")
    assert row["ScmstIuUpdateDate"] is not None
    today = api.create("scmast", header("SC-2"))["ScmstIuCreateDate"][:10]
    assert api.control("POST", "subcontracts/post", posting("SC-2"))["ScmstPostDate"] >= today


def test_posting_is_final(api: Api) -> None:
    api.create("scmast", header())
    api.control("POST", "subcontracts/post", posting())
    for deed in ("post", "process", "unpost"):
        api.control("POST", f"subcontracts/{deed}", posting(), 409)
    api.control("POST", "subcontracts/void", posting())
    for deed in ("post", "process", "void"):
        api.control("POST", f"subcontracts/{deed}", posting(), 409)
    api.control("POST", "subcontracts/post", posting("SC-9"), 409)


def test_a_change_order_is_posted_after_its_base(api: Api) -> None:
    api.create("scmast", header())
    api.control("POST", "subcontracts/process", posting())
    api.create("scmast", header(ScmstChgCode="001"))
    api.control("POST", "subcontracts/post", posting(change_code="001"), 409)
    api.control("POST", "subcontracts/post", posting())
    api.control("POST", "subcontracts/post", posting(change_code="001"))


def test_voiding_keeps_the_row_and_its_post_date(api: Api) -> None:
    api.create("scmast", header())
    api.control("POST", "subcontracts/post", posting(post_date="2026-05-31"))
    row = api.control("POST", "subcontracts/void", posting())
    assert (row["ScmstStatusCode"], row["ScmstPostDate"]) == ("V", "2026-05-31")
    assert len(api.items("scmast")) == 1


def test_categories_are_assigned_and_taken_away(api: Api) -> None:
    pair = {"company": "01", "job": "1042", "cost_code": "07-500", "category": "L"}
    api.create("scmast", header())
    wanted = line(ScschPhsCode="07-500", ScschCatCode="L")
    assert "Category L" in refused(api.post("scsched", wanted))
    api.control("POST", "assign", pair)
    assert api.post("scsched", wanted).status_code == 201
    api.control("POST", "unassign", pair)
    api.control("POST", "unassign", pair, 409)
    assert "Category L" in refused(api.post("scsched", wanted | {"ScschTaskCode": "2"}))
    api.control("POST", "assign", pair)
    api.control(
        "POST", "edit", {"resource": "jcjobcategory", "where": {"JcatCode": "L"}, "set": {"JcatCatActiveFlag": "N"}}
    )
    assert "Category L" in refused(api.post("scsched", wanted | {"ScschTaskCode": "2"}))
    api.control("POST", "assign", pair)
    assert api.post("scsched", wanted | {"ScschTaskCode": "2"}).status_code == 201
    api.control("POST", "assign", pair | {"cost_code": "99-999"}, 409)


def test_an_accountant_edits_what_the_api_may_not(api: Api) -> None:
    row = api.create("scmast", header())
    api.create("scsched", line())
    api.control("POST", "subcontracts/post", posting())
    edited = api.control(
        "POST", "edit", {"resource": "scsched", "where": {"ScschContCode": "SC-1"}, "set": {"ScschAmt": 12.34}}
    )
    assert [line_["ScschAmt"] for line_ in edited["rows"]] == [12.34]
    assert api.get("scmast", row["ScmstVUuid"]).json()["ScmstContAmt"] == 12.34
    assert api.items("scsched")[0]["ScschIuUpdateDate"] is not None
    for body in (
        {"resource": "nothing", "where": {}},
        {"resource": "scmast", "where": {"Nothing": 1}},
        {"resource": "scmast", "where": {}, "set": {"ScmstDate": "soon"}},
    ):
        api.control("POST", "edit", body, 409)


def test_a_row_is_deleted_with_its_children(api: Api) -> None:
    api.create("scmast", header())
    api.create("scsched", line(task="1"))
    api.create("scsched", line(task="2"))
    assert api.control("POST", "delete", {"resource": "scsched", "where": {"ScschTaskCode": "2"}}) == {"deleted": 1}
    assert api.books("scmast")[0]["ScmstContAmt"] == 1000
    assert api.control("POST", "delete", {"resource": "scmast", "where": {"ScmstContCode": "SC-1"}}) == {"deleted": 1}
    assert api.books("scsched") == []
    assert api.post("scmast", header()).status_code == 201


def test_seeding_asks_no_rules_but_fills_defaults(api: Api) -> None:
    content = {
        "scmast": [{"ScmstCompCode": "01", "ScmstVenCode": "GHOST", "ScmstContCode": "OLD", "ScmstChgCode": "000"}],
        "scsched": [line("OLD", ScschVenCode="GHOST", ScschAmt=5.5)],
    }
    assert api.control("POST", "seed", content) == {"entered": 2}
    (row,) = api.items("scmast")
    assert (row["ScmstStatusCode"], row["ScmstContAmt"]) == ("U", 5.5)
    assert api.items("scsched")[0]["ScschOraseq"] is not None
    before = api.control("GET", "books")
    api.control("POST", "seed", {"weightmeasure": [{"WmCode": "QT"}], **content}, 409)
    assert api.control("GET", "books") == before


@pytest.mark.parametrize(
    "content",
    [{"nothing": []}, {"jcjob": 5}, {"jcjob": [5]}, {"jcjob": [{"Nothing": 1}]}, {"jcjobcostcatcodes": []}, []],
)
def test_an_impossible_seed_is_refused(api: Api, content: Any) -> None:
    api.control("POST", "seed", content, 409)


def test_the_books_can_be_read_whole(api: Api) -> None:
    counts = api.control("GET", "books")
    assert counts["glcompany"] == 2
    assert counts["jcjobcostcatcodes"] == counts["jcjobcategory"] > 50
    assert len(api.books("jcjobcategory")) == counts["jcjobcategory"]
    assert api.books("jcjob", JobCode="1055")[0]["JobName"] == "Cedar Street School"
    api.control("GET", "books/nothing", status=409)


def test_traffic_is_listed_and_counted(api: Api) -> None:
    api.get("jcjob", limit=1)
    api.post("scmast", header())
    api.get("nothing")
    first, second, third = api.control("GET", "traffic")["requests"]
    assert (first["method"], first["path"], first["query"]) == ("GET", "/cmictest/jc-rest-api/rest/1/jcjob", "limit=1")
    assert (first["status"], first["in_flight"], second["status"], third["status"]) == (200, 1, 201, 404)
    assert first["at"] < second["at"] < third["at"]
    assert api.control("GET", "traffic/summary") == {
        "requests": 3,
        "reads": 2,
        "writes": 1,
        "by_status": {"200": 1, "201": 1, "404": 1},
        "max_in_flight": 1,
        "pending": 0,
    }
    api.control("DELETE", "traffic")
    assert api.control("GET", "traffic") == {"requests": []}


def test_settings_are_checked(api: Api) -> None:
    assert api.control("GET", "settings")["cut_after_seconds"] == 60
    refused_settings: list[dict[str, Any]] = [
        {"max_in_flight": 0},
        {"nothing": 1},
        {"renames": {"nothing": {}}},
        {"renames": {"scmast": {"Nothing": "X"}}},
        {"renames": {"scmast": {"ScmstName": "ScmstDesc"}}},
        {"extra_methods": {"scmast": ["PUT"]}},
        {"batch_resources": ["nothing"]},
    ]
    for wrong in refused_settings:
        api.control("PATCH", "settings", wrong, 400)
    api.control("PATCH", "settings", [], 409)
    assert api.client.patch("/_sandbox/settings", content="{").status_code == 400


def test_reset_brings_the_start_back(api: Api) -> None:
    api.create("scmast", header())
    api.fault("status", times=None)
    api.control("PATCH", "settings", {"licensed": False})
    api.control("POST", "security", {"action": "revoke"})
    api.control("POST", "reset", {"seed": "demo"})
    assert api.get("scmast").json()["items"] == []
    assert len(api.items("jcjob")) == 4
    assert api.control("POST", "reset", {}) == {"entered": 0}
    assert api.items("jcjob") == []
    api.control("POST", "reset", {"seed": "/no/such/file.json"}, 409)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("subcontracts/post", {"company": "01"}),
        ("subcontracts/post", posting(post_date="soon")),
        ("assign", {}),
        ("jobs/active", {"company": "01", "code": "1042"}),
        ("security", {"action": "steal"}),
    ],
)
def test_an_incomplete_control_request_is_refused(api: Api, path: str, body: Any) -> None:
    api.control("POST", path, body, 400)


def test_control_needs_existing_rows(api: Api) -> None:
    api.control("POST", "jobs/active", {"company": "01", "code": "9999", "active": True}, 409)
    api.control("POST", "vendors/active", {"company": "01", "code": "NOBODY", "active": True}, 409)
    api.control("POST", "security", {"action": "revoke", "method": "PUT"}, 409)


def test_amounts_in_the_books_are_exact(api: Api) -> None:
    api.create("scmast", header())
    api.create("scsched", line(ScschAmt=70.1))
    text = api.client.get("/_sandbox/books/scsched").text
    assert '"ScschAmt":70.1,' in text
    assert json.loads(text)["rows"][0]["ScschAmt"] == 70.1
