"""Creating and changing rows: media types, generated keys, attribute checks, exact amounts (cmic-api §1.5, §7)."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cmic.jsontext import dumps, load
from tests.sandbox.cmic.standin import ITEM, Api, details, header, line, refused

PARTNER = {
    "BpCode": "NEWCO",
    "BpName": "New Company",
    "BpAbbrevCode": "NEWCO",
    "BpDispatchFlag": "N",
    "BpPrequalRequiredFlag": "N",
    "BpVUuid": "",
}


@pytest.mark.parametrize(
    "media",
    [
        ITEM,
        "application/vnd.oracle.adf.resourceItem+json",
        "application/json",
        "application/json; charset=utf-8",
    ],
)
def test_a_row_is_created_in_either_media_type(api: Api, media: str) -> None:
    answer = api.post("businesspartner", PARTNER, media=media)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == ITEM


@pytest.mark.parametrize("media", ["text/plain", "application/vnd.oracle.adf.batch+json", ""])
def test_another_media_type_is_refused(api: Api, media: str) -> None:
    assert api.post("businesspartner", PARTNER, media=media).status_code == 415
    assert api.books("businesspartner", BpCode="NEWCO") == []


def test_the_answer_is_the_whole_row_with_what_the_server_filled_in(api: Api) -> None:
    row = api.create("businesspartner", PARTNER)
    assert re.fullmatch(r"[0-9A-F]{32}", row["BpVUuid"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["BpIuCreateDate"])
    assert row["BpIuUpdateDate"] is None
    assert row["BpWebSite"] is None
    assert row["links"][0]["href"].endswith(row["BpVUuid"])
    assert api.get("businesspartner", row["BpVUuid"]).json() == row


def test_codes_come_back_in_upper_case_and_names_as_sent(api: Api) -> None:
    row = api.create("businesspartner", PARTNER | {"BpCode": "newCo", "BpRegionCode": "or", "BpName": "new Company"})
    assert (row["BpCode"], row["BpRegionCode"], row["BpName"]) == ("NEWCO", "OR", "new Company")


@pytest.mark.parametrize(
    ("attribute", "longest"), [("BpCode", 8), ("BpName", 50), ("BpRegionCode", 4), ("BpAdd1", 40), ("BpFax", 20)]
)
def test_text_beyond_its_length_is_refused(api: Api, attribute: str, longest: int) -> None:
    (problem,) = details(api.post("businesspartner", PARTNER | {attribute: "X" * (longest + 1)}))
    assert problem["o:errorPath"] == f"/{attribute}"
    assert problem["o:errorCode"] == "27010"
    assert api.create("businesspartner", PARTNER | {attribute: "X" * longest})[attribute] == "X" * longest


@pytest.mark.parametrize("empty", [{}, {"BpName": None}, {"BpName": ""}])
def test_a_missing_attribute_is_named(api: Api, empty: dict[str, None]) -> None:
    payload = {name: value for name, value in PARTNER.items() if name != "BpName"} | empty
    (problem,) = details(api.post("businesspartner", payload))
    assert (problem["o:errorCode"], problem["o:errorPath"]) == ("27014", "/BpName")
    assert "BpName" in problem["detail"]


def test_every_wrong_attribute_is_reported_at_once(api: Api) -> None:
    payload = {"BpCode": "TOOLONGCODE", "BpName": 5, "BpDispatchFlag": "X", "Nothing": 1, "BpVendorStatusFlag": "Y"}
    paths = {problem["o:errorPath"] for problem in details(api.post("businesspartner", payload))}
    wrong = {"BpCode", "BpName", "BpDispatchFlag", "Nothing", "BpVendorStatusFlag"}
    missing = {"BpAbbrevCode", "BpPrequalRequiredFlag", "BpVUuid"}
    assert paths == {f"/{name}" for name in wrong | missing}
    text = api.post("businesspartner", payload, framework=2).text
    assert len(text.splitlines()) == len(paths)


def test_the_key_is_the_servers_to_make(api: Api) -> None:
    without = {name: value for name, value in PARTNER.items() if name != "BpVUuid"}
    assert details(api.post("businesspartner", without))[0]["o:errorPath"] == "/BpVUuid"
    assert details(api.post("businesspartner", PARTNER | {"BpVUuid": "A" * 32}))[0]["o:errorPath"] == "/BpVUuid"
    assert api.post("scmast", header()).status_code == 201


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("ScmstHldbkPc", "10"),
        ("ScmstHldbkPc", True),
        ("ScmstHldbkPc", 1.2345678),
        ("ScmstImpactDays", 1.5),
        ("ScmstDate", "2026-02-30"),
        ("ScmstDate", "02/03/2026"),
        ("ScmstDate", "2026-02-03T00:00:00Z"),
        ("ScmstDate", 20260203),
        ("ScmstComplFlag", "yes"),
        ("ScmstName", ["x"]),
        ("ScmstContAmt", 100),
        ("ScmstPostDate", "2026-02-03"),
        ("ScmstStatusCode", "P"),
    ],
)
def test_values_that_do_not_fit_are_refused(api: Api, attribute: str, value: object) -> None:
    (problem,) = details(api.post("scmast", header() | {attribute: value}))
    assert problem["o:errorPath"] == f"/{attribute}"


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "null", '{"ScmstHldbkPc": NaN}'])
def test_a_body_that_is_no_object_is_refused(api: Api, body: str) -> None:
    answer = api.client.post(api.path("scmast"), content=body, headers={"content-type": ITEM})
    assert answer.status_code == 400


def test_an_update_changes_only_what_was_sent(api: Api) -> None:
    row = api.create("scmast", header(ScmstName="Concrete"))
    answer = api.patch("scmast", row["ScmstVUuid"], {"ScmstScopeDesc": "All of it", "ScmstImpactDays": 3})
    assert answer.status_code == 200
    changed = answer.json()
    assert changed["ScmstIuUpdateDate"] is not None
    assert {name for name in row if row[name] != changed[name]} == {
        "ScmstScopeDesc",
        "ScmstImpactDays",
        "ScmstIuUpdateDate",
    }
    assert api.patch("scmast", row["ScmstVUuid"], {"ScmstImpactDays": None}).json()["ScmstImpactDays"] is None


def test_an_update_that_changes_nothing_moves_no_date(api: Api) -> None:
    row = api.create("scmast", header(ScmstName="Concrete"))
    for payload in ({}, {"ScmstName": "Concrete"}):
        answer = api.patch("scmast", row["ScmstVUuid"], payload)
        assert (answer.status_code, answer.json()) == (200, row)


@pytest.mark.parametrize(
    "payload",
    [
        {"ScmstContCode": "SC-9"},
        {"ScmstChgCode": "001"},
        {"ScmstVUuid": "A" * 32},
        {"ScmstContAmt": 5},
        {"ScmstIuUpdateDate": "2026-01-01T00:00:00Z"},
        {"Nothing": 5},
        {"ScmstCurrCode": ""},
        {"ScmstName": "X" * 51},
    ],
)
def test_what_an_update_may_not_change(api: Api, payload: dict[str, object]) -> None:
    row = api.create("scmast", header())
    (problem,) = details(api.patch("scmast", row["ScmstVUuid"], payload))
    assert problem["o:errorPath"] == f"/{next(iter(payload))}"
    assert api.get("scmast", row["ScmstVUuid"]).json() == row


def test_an_update_of_an_unknown_row_is_not_found(api: Api) -> None:
    assert api.patch("scmast", "0" * 32, {"ScmstName": "X"}).status_code == 404


@pytest.mark.parametrize(("resource", "payload"), [("businesspartner", PARTNER), ("scmast", header())])
def test_a_natural_key_exists_once(api: Api, resource: str, payload: dict[str, object]) -> None:
    api.create(resource, payload)
    assert "Too many objects match the primary key" in refused(api.post(resource, payload))
    lower = {
        name: value.lower() if name.endswith("Code") and isinstance(value, str) else value
        for name, value in payload.items()
    }
    assert "Too many objects match the primary key" in refused(api.post(resource, lower))


def test_upsert_goes_by_the_row_key_only(api: Api) -> None:
    row = api.create("scmast", header())
    headers = {"content-type": ITEM, "upsert-mode": "true", "rest-framework-version": "4"}

    def upsert(payload: object) -> tuple[int, dict[str, object]]:
        answer = api.client.post(api.path("scmast"), content=json.dumps(payload), headers=headers)
        return answer.status_code, answer.json()

    status, changed = upsert({"ScmstVUuid": row["ScmstVUuid"], "ScmstName": "Named"})
    assert (status, changed["ScmstName"]) == (200, "Named")
    status, _ = upsert(header("SC-2"))
    assert status == 201
    status, refusal = upsert(header("SC-2"))
    assert (status, refusal["title"]) == (400, "Bad Request")


def test_a_resource_deletes_only_where_the_tenant_offers_it(api: Api) -> None:
    row = api.create("scmast", header())
    api.create("scsched", line())
    api.create("scsched", line(task="2", ScschAmt=50))
    assert api.client.delete(api.path("scmast", row["ScmstVUuid"])).status_code == 405
    api.control("PATCH", "settings", {"extra_methods": {"scmast": ["DELETE"], "scsched": ["DELETE"]}})
    key = api.items("scsched", q="ScschTaskCode = '2'")[0]["ScschVUuid"]
    answer = api.client.delete(api.path("scsched", key))
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get("scmast", row["ScmstVUuid"]).json()["ScmstContAmt"] == 1000
    assert api.client.delete(api.path("scmast", row["ScmstVUuid"])).status_code == 204
    assert api.books("scmast") == api.books("scsched") == []
    assert api.client.delete(api.path("scmast", row["ScmstVUuid"])).status_code == 404


@pytest.mark.parametrize("sent", ["0.01", "0.10", "70.10", "1234567890123456.78", "-5.00", "1e3", "1.5E1", "0"])
def test_amounts_stay_exact_numbers(api: Api, sent: str) -> None:
    api.create("scmast", header())
    body = json.dumps(line(ScschAmt="AMOUNT")).replace('"AMOUNT"', sent)
    answer = api.client.post(api.path("scsched"), content=body, headers={"content-type": ITEM})
    assert answer.status_code == 201, answer.text
    found = re.search(r'"ScschAmt":(-?[\d.]+)[,}]', answer.text)
    assert found is not None
    assert Decimal(found[1]) == Decimal(sent)
    assert not found[1].endswith(".0")


@pytest.mark.parametrize(
    "sent", ["0.001", "12345678901234567", "1e400", "1e-400", "1e999999999", "99999999999999999999.99"]
)
def test_amounts_beyond_the_column_are_refused(api: Api, sent: str) -> None:
    api.create("scmast", header())
    body = json.dumps(line(ScschAmt="AMOUNT")).replace('"AMOUNT"', sent)
    answer = api.client.post(api.path("scsched"), content=body, headers={"content-type": ITEM})
    assert answer.status_code == 400
    assert api.books("scsched") == []


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6) | st.integers().map(Decimal))
def test_decimals_survive_json(value: Decimal) -> None:
    read = load(dumps({"value": value}).encode())["value"]
    assert Decimal(read) == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    )
)
def test_json_is_written_as_the_standard_library_would(value: object) -> None:
    assert json.loads(dumps(value)) == value
