"""Projects of kinds that an accounting connector refuses or has to know: plain code lists, custom segments, origin ids."""

from __future__ import annotations

from tests.sandbox.procore.stand import COMPANY, LIST, PROJECT, Api

PATH = "/rest/v1.0/projects"


def test_a_project_shows_what_a_job_needs(api: Api) -> None:
    shown = api.ok(api.get(f"{PATH}/{PROJECT}", company_id=COMPANY))
    wanted = ("standard_cost_code_list_id", "address", "city", "state_code", "zip", "country_code", "start_date",
              "completion_date", "origin_id", "origin_code")  # fmt: skip
    assert [shown[name] for name in wanted] == [
        LIST, "1 Harbour View Drive", "Oakland", "CA", "94607", "US", "2026-02-02", "2027-10-29", None, None,
    ]  # fmt: skip


def test_origin_id_and_code_are_written_by_change_and_by_sync(api: Api) -> None:
    one = f"{PATH}/{PROJECT}"
    body = {"company_id": COMPANY, "project": {"origin_id": "01-1042", "origin_code": "1042"}}
    changed = api.ok(api.patch(one, body))
    assert (changed["origin_id"], changed["origin_code"]) == ("01-1042", "1042")
    rows = [{"id": PROJECT, "origin_id": "01-1043", "origin_code": "1043"}]
    api.ok(api.patch(f"{PATH}/sync", {"company_id": COMPANY, "updates": rows}))
    shown = api.ok(api.get(one, company_id=COMPANY))
    assert (shown["origin_id"], shown["origin_code"]) == ("01-1043", "1043")


def test_a_project_may_stand_on_a_plain_cost_code_list(api: Api) -> None:
    seed = {
        "standard_cost_code_lists": [{"id": 2002, "company_id": COMPANY, "name": "Master List"}],
        "projects": [{"id": 311, "company_id": COMPANY, "name": "Plain", "standard_cost_code_list_id": 2002}],
    }
    api.stand.control("POST", "/seed", seed)
    number = api.ok(api.get(f"{PATH}/311", company_id=COMPANY))["standard_cost_code_list_id"]
    path = f"/rest/v1.0/standard_cost_code_lists/{number}"
    assert api.ok(api.get(path, company_id=COMPANY))["is_erp_list"] is False
    path = f"/rest/v1.0/standard_cost_code_lists/{LIST}"
    assert api.ok(api.get(path, company_id=COMPANY))["is_erp_list"] is True


def test_a_project_may_have_custom_segments(api: Api) -> None:
    segment = {"company_id": COMPANY, "name": "Zone", "structure": "flat", "project_ids": [312]}
    seed = {"projects": [{"id": 312, "company_id": COMPANY, "name": "Zoned"}], "segments": [segment]}
    api.stand.control("POST", "/seed", {"projects": seed["projects"]})
    api.stand.control("POST", "/seed", {"segments": seed["segments"]})

    def kinds(project: int) -> list[str]:
        path = f"{PATH}/{project}/work_breakdown_structure/patterns"
        return [row["type"] for row in api.ok(api.get(path))["segments"]]

    assert kinds(312) == ["cost_code", "line_item_type", "custom"]
    assert kinds(PROJECT) == ["cost_code", "line_item_type"]
