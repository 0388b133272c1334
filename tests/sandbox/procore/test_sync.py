"""The sync actions (procore-api §3), on every kind of record that has one."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.stand import (
    ACME,
    BAKER,
    COMPANY,
    CONCRETE,
    LIST,
    PO,
    PROJECT,
    STEEL,
    SUBCONTRACT,
    WO,
    Api,
    Json,
)

C = {"company_id": COMPANY}
S = {**C, "standard_cost_code_list_id": LIST}
P = {"project_id": PROJECT}
# Path, what the body holds beside the rows, a row's fields, and the status for too many rows.
SYNCS = [
    ("/rest/v1.0/vendors/sync", C, {"name": "A vendor"}, 400),
    ("/rest/v1.0/projects/sync", C, {"name": "A project"}, 400),
    ("/rest/v1.0/standard_cost_codes/sync", S, {"name": "A code", "code": "777"}, 413),
    ("/rest/v1.0/cost_codes/sync", P, {"name": "A code", "code": "777"}, 400),
    ("/rest/v1.0/line_item_types/sync", C, {"name": "A type", "csv_import_code": "Z"}, 400),
    (f"{WO}/sync", P, {"title": "A contract", "number": "W-1"}, 400),
    (f"{PO}/sync", P, {"title": "A contract", "number": "P-1"}, 400),
]


def sync(api: Api, path: str, scope: Json, *rows: Json) -> tuple[list[Json], list[Json]]:
    body = api.ok(api.patch(path, {**scope, "updates": list(rows)}))
    assert set(body) == {"entities", "errors"}
    return body["entities"], body["errors"]


@pytest.mark.parametrize(("path", "scope", "row", "_"), SYNCS)
def test_the_matching_table(api: Api, path: str, scope: Json, row: Json, _: int) -> None:
    # Neither id nor origin_id: create without one.
    (made,), errors = sync(api, path, scope, row)
    assert (made["origin_id"], errors) == (None, [])
    # An id that exists, with an origin_id: update, and the only way to change an origin_id.
    (updated,), _errors = sync(api, path, scope, {"id": made["id"], "origin_id": "ONE"})
    assert (updated["id"], updated["origin_id"]) == (made["id"], "ONE")
    (moved,), _errors = sync(api, path, scope, {"id": made["id"], "origin_id": "TWO"})
    assert (moved["id"], moved["origin_id"]) == (made["id"], "TWO")
    # A known origin_id: update.
    (found,), _errors = sync(api, path, scope, {**row, "origin_id": "TWO"})
    assert found["id"] == made["id"]
    # An id that doesn't exist: an error for the row, the caller's fields kept.
    for extra in ({}, {"origin_id": "TWO"}):
        entities, errors = sync(api, path, scope, {"id": 5, "colour": 1.5, **extra})
        expected = {"id": 5, "colour": 1.5, **extra, "errors": {"id": ["Entity with this ID not found"]}}
        assert (entities, errors) == ([], [expected])
    # An unknown origin_id: create.
    other = {key: f"{value}2" for key, value in row.items()}
    (created,), errors = sync(api, path, scope, {**other, "origin_id": "THREE"})
    assert created["id"] != made["id"]
    assert (created["origin_id"], errors) == ("THREE", [])
    # An origin_id that another record owns: an error for the row.
    entities, errors = sync(api, path, scope, {"id": made["id"], "origin_id": "THREE"})
    assert entities == []
    assert errors[0]["errors"] == {"origin_id": ["has already been taken"]}
    # Null lets it go.
    (freed,), _errors = sync(api, path, scope, {"id": made["id"], "origin_id": None})
    assert freed["origin_id"] is None


@pytest.mark.parametrize(("path", "scope", "row", "too_large"), SYNCS)
def test_the_size_of_a_sync(api: Api, path: str, scope: Json, row: Json, too_large: int) -> None:
    key = "number" if "number" in row else "code" if "code" in row else "csv_import_code" if len(row) == 2 else "name"
    rows = [{**row, key: f"{row[key]}-{index}"} for index in range(1000)]
    entities, errors = sync(api, path, scope, *rows)
    assert (len(entities), errors) == (1000, [])
    answer = api.patch(path, {**scope, "updates": [*rows, row]})
    assert (answer.status_code, answer.json()["code"]) == (too_large, too_large)


@pytest.mark.parametrize(("path", "scope", "row", "_"), SYNCS)
def test_a_refused_row_holds_no_other_up(api: Api, path: str, scope: Json, row: Json, _: int) -> None:
    bad = {"id": "abc"}
    entities, errors = sync(api, path, scope, bad, row, "no object", {**row, "origin_data": ["list"]})
    assert len(entities) == 1
    assert [set(error["errors"]) for error in errors][:2] == [{"id"}, {"base"}]
    assert "origin_data" in errors[2]["errors"]
    assert errors[2]["origin_data"] == ["list"]


@pytest.mark.parametrize(("path", "scope", "row", "_"), SYNCS)
def test_a_sync_without_rows(api: Api, path: str, scope: Json, row: Json, _: int) -> None:
    assert api.patch(path, scope).status_code == 400
    assert api.patch(path, {**scope, "updates": row}).status_code == 400
    assert sync(api, path, scope) == ([], [])


def test_an_origin_id_within_one_batch_is_found_by_the_next_row(api: Api) -> None:
    rows = [{"name": "First", "origin_id": "X"}, {"name": "Second", "origin_id": "X"}]
    entities, errors = sync(api, "/rest/v1.0/vendors/sync", C, *rows)
    assert entities[0]["id"] == entities[1]["id"]
    assert (entities[1]["name"], errors) == ("Second", [])


@pytest.fixture
def second_project(api: Api) -> int:
    """Another project of the company, with a cost code."""
    seed = {
        "projects": [{"id": 311, "company_id": COMPANY, "name": "Annex"}],
        "cost_codes": [{"id": 7900, "company_id": COMPANY, "project_id": 311, "code": "03", "name": "Concrete"}],
    }
    api.stand.control("POST", "/seed", seed)
    return 311


def test_an_origin_id_is_unique_over_all_projects(api: Api, second_project: int) -> None:
    sync(api, f"{WO}/sync", P, {"number": "1", "origin_id": "SHARED"})
    there = {"project_id": second_project}
    entities, errors = sync(api, f"{WO}/sync", there, {"number": "1", "origin_id": "SHARED"})
    assert entities == []
    assert errors[0]["errors"] == {"origin_id": ["has already been taken"]}
    # Another type of object may have the same.
    entities, errors = sync(api, f"{PO}/sync", there, {"number": "2", "origin_id": "SHARED"})
    assert (len(entities), errors) == (1, [])


def test_an_id_of_another_project_is_not_found(api: Api, second_project: int) -> None:
    made = api.commitment()
    _, errors = sync(api, f"{WO}/sync", {"project_id": second_project}, {"id": made["id"], "origin_id": "X"})
    assert errors[0]["errors"] == {"id": ["Entity with this ID not found"]}
    _, errors = sync(api, f"{PO}/sync", P, {"id": made["id"], "origin_id": "X"})
    assert errors[0]["errors"] == {"id": ["Entity with this ID not found"]}


def lines(api: Api, made: Json, *rows: Json) -> tuple[list[Json], list[Json]]:
    body = api.ok(api.patch(f"{WO}/{made['id']}/line_items/sync", {"updates": list(rows)}, project_id=PROJECT))
    return body["entities"], body["errors"]


def test_lines_are_synced_by_id_and_origin_id(api: Api) -> None:
    made = api.commitment(status="Draft")
    (number,) = made["line_item_ids"]
    row = {"cost_code_id": CONCRETE, "line_item_type_id": SUBCONTRACT, "amount": "10"}
    (written, created), errors = lines(api, made, {"id": number, "origin_id": "L1"}, {**row, "origin_id": "L2"})
    assert (written["id"], written["origin_id"], written["amount"], errors) == (number, "L1", "1000.0", [])
    (again,), _ = lines(api, made, {"origin_id": "L2", "amount": "11.5"})
    assert (again["id"], again["amount"]) == (created["id"], "11.5")
    assert api.get(f"{WO}/{made['id']}", project_id=PROJECT).json()["grand_total"] == "1011.5"
    other = api.commitment()
    _, errors = lines(api, other, {**row, "origin_id": "L1"})
    assert errors[0]["errors"] == {"origin_id": ["has already been taken"]}
    _, errors = lines(api, other, {"id": number, "origin_id": "L9"})
    assert errors[0]["errors"] == {"id": ["Entity with this ID not found"]}
    too_many = api.patch(f"{WO}/{made['id']}/line_items/sync", {"updates": [row] * 1001}, project_id=PROJECT)
    assert too_many.status_code == 413


def test_a_refused_row_leaves_nothing_behind(api: Api) -> None:
    made = api.commitment(status="Draft")
    good = {"cost_code_id": STEEL, "line_item_type_id": SUBCONTRACT, "amount": "10"}
    before = api.stand.control("GET", "/books")
    entities, errors = lines(api, made, {**good, "uom": "furlong"}, {"amount": "1"})
    assert (entities, len(errors)) == ([], 2)
    assert api.stand.control("GET", "/books") == before
    assert api.get(f"{WO}/{made['id']}", project_id=PROJECT).json()["grand_total"] == "1000.0"


def test_a_frozen_commitment_takes_ids_only(api: Api) -> None:
    made = api.commitment(origin_id="01-SC")
    (number,) = made["line_item_ids"]
    new = {"cost_code_id": CONCRETE, "line_item_type_id": SUBCONTRACT, "amount": "10"}
    entities, errors = lines(api, made, {"id": number, "origin_id": "L1"}, {"id": number, "amount": "1"}, new)
    assert [entity["origin_id"] for entity in entities] == ["L1"]
    assert [set(error["errors"]) for error in errors] == [{"base"}, {"base"}]
    rows = [{"id": made["id"], "origin_id": "02-SC", "vendor_id": ACME}, {"id": made["id"], "vendor_id": BAKER}]
    entities, errors = sync(api, f"{WO}/sync", P, *rows)
    assert [entity["origin_id"] for entity in entities] == ["02-SC"]
    assert list(errors[0]["errors"]) == ["vendor_id"]


def test_a_deleted_record_frees_its_origin_id(api: Api) -> None:
    (made,), _ = sync(api, f"{WO}/sync", P, {"number": "1", "origin_id": "O"})
    api.ok(api.delete(f"{WO}/{made['id']}", project_id=PROJECT))
    _, errors = sync(api, f"{WO}/sync", P, {"id": made["id"], "title": "x"})
    assert errors[0]["errors"] == {"id": ["Entity with this ID not found"]}
    (again,), _ = sync(api, f"{WO}/sync", P, {"number": "1", "origin_id": "O"})
    assert again["id"] != made["id"]


def test_what_is_refused_takes_no_id(api: Api) -> None:
    codes, good, bad = "/rest/v1.0/cost_codes", {"code": "77", "name": "Good"}, {"code": "78", "name": ""}
    (expected,), _ = sync(api, f"{codes}/sync", P, good)
    api.stand.control("POST", "/reset")
    again = api.stand.api()
    assert again.post(codes, {**P, "cost_code": bad}).status_code == 422
    (made,), errors = sync(again, f"{codes}/sync", P, bad, good)
    assert (made["id"], len(errors)) == (expected["id"], 1)
