"""The company header, error bodies, pages and filters that every endpoint shares (procore-api §2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.sandbox.procore.stand import COMPANY, PROJECT, WO, Api, Json, Stand

VENDORS = "/rest/v1.0/vendors"
BODY = {"code", "message", "fields", "reason", "error"}


def without_header(api: Api) -> Api:
    return Api(api.stand, {"Authorization": api.headers["Authorization"]})


@pytest.mark.parametrize("path", [VENDORS, "/rest/v1.0/projects", WO, "/rest/v1.0/me", "/rest/v1.0/companies"])
def test_the_company_header_is_required(api: Api, path: str) -> None:
    answer = without_header(api).get(path, company_id=COMPANY, project_id=PROJECT)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Missing Procore-Company-Id header!")
    assert set(answer.json()) == BODY


@pytest.mark.parametrize("path", ["/rest/v1.0/me", "/rest/v1.0/companies"])
def test_two_paths_are_exempt_unless_a_service_account_asks(stand: Stand, path: str) -> None:
    query = {"response_type": "token", "client_id": "demo-client", "redirect_uri": "http://127.0.0.1/"}
    word = stand.http.get("/oauth/authorize", params=query).headers["location"].partition("access_token=")[2]
    person = Api(stand, {"Authorization": f"Bearer {word.partition('&')[0]}"})
    assert person.get(path).status_code == 200
    assert person.get(VENDORS, company_id=COMPANY).status_code == 400


def test_the_exemption_can_be_opened_to_service_accounts(api: Api) -> None:
    api.stand.control("POST", "/assumptions", {"dmsa_sends_company_header": False})
    try:
        assert without_header(api).get("/rest/v1.0/companies").status_code == 200
        assert without_header(api).get(VENDORS, company_id=COMPANY).status_code == 400
    finally:
        api.stand.control("POST", "/assumptions", {"dmsa_sends_company_header": True})


def test_an_unconnected_company_is_forbidden(api: Api) -> None:
    api.stand.control("POST", f"/edit/companies/{COMPANY}", {"connected": False})
    answer = api.get(VENDORS, company_id=COMPANY)
    assert (answer.status_code, answer.json()["message"]) == (403, "App is not connected to this company")
    api.headers["Procore-Company-Id"] = "1"
    assert api.get(VENDORS, company_id=COMPANY).status_code == 403


@pytest.fixture
def other(api: Api) -> int:
    """A second company with a project of its own."""
    seed = {
        "companies": [{"id": 77, "name": "Others"}],
        "projects": [{"id": 770, "company_id": 77, "name": "Elsewhere"}],
        "vendors": [{"id": 771, "company_id": 77, "name": "Their vendor"}],
    }
    api.stand.control("POST", "/seed", seed)
    return 77


def test_what_the_caller_may_not_see_is_not_found(api: Api, other: int) -> None:
    assert api.get(f"{VENDORS}/771", company_id=COMPANY).status_code == 404
    assert api.get(VENDORS, company_id=other).status_code == 404
    assert api.get("/rest/v1.0/projects/770", company_id=COMPANY).status_code == 404
    assert api.get(WO, project_id=770).status_code == 404
    assert api.get(f"/rest/v1.0/companies/{other}/uoms").status_code == 404
    api.headers["Procore-Company-Id"] = str(other)
    assert api.get(f"{VENDORS}/771", company_id=other).status_code == 200


@pytest.fixture
def unenforced(api: Api) -> Iterator[Api]:
    """A caller without the company header, while its enforcement is off."""
    api.stand.control("POST", "/assumptions", {"company_header_enforced": False})
    yield without_header(api)
    api.stand.control("POST", "/assumptions", {"company_header_enforced": True})


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/rest/v1.0/me", {}),
        ("/rest/v1.0/companies", {}),
        ("/rest/v1.1/projects", {"company_id": COMPANY}),
        (f"/rest/v1.0/companies/{COMPANY}/uoms", {}),
        ("/rest/v1.0/cost_codes", {"project_id": PROJECT}),
        (f"/rest/v1.1/projects/{PROJECT}/vendors", {}),
    ],
)
def test_unenforced_a_call_is_about_the_company_it_names(unenforced: Api, path: str, query: Json) -> None:
    assert unenforced.get(path, **query).status_code == 200


def test_unenforced_a_body_may_name_the_company(unenforced: Api) -> None:
    made = unenforced.post(VENDORS, {"company_id": COMPANY, "vendor": {"name": "New"}})
    assert unenforced.ok(made, 201)["name"] == "New"


def test_unenforced_each_company_keeps_to_itself(unenforced: Api, api: Api, other: int) -> None:
    assert [row["id"] for row in unenforced.get(VENDORS, company_id=other).json()] == [771]
    assert unenforced.get(WO, project_id=770).json() == []
    assert unenforced.get(f"{VENDORS}/771", company_id=COMPANY).status_code == 404
    assert unenforced.get(WO, company_id=COMPANY, project_id=770).status_code == 404
    assert unenforced.get(VENDORS, company_id=1).status_code == 403
    assert api.get(VENDORS, company_id=other).status_code == 404


def test_unenforced_a_call_that_names_no_company_is_refused(unenforced: Api) -> None:
    for answer in (unenforced.get(VENDORS), unenforced.get(WO, project_id=1)):
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("Missing Procore-Company-Id header!")


def test_a_project_that_is_not_permitted_is_forbidden(api: Api) -> None:
    api.stand.control("POST", f"/edit/projects/{PROJECT}", {"permitted": False})
    assert api.get(WO, project_id=PROJECT).status_code == 403
    assert api.get("/rest/v1.1/projects", company_id=COMPANY).json() == []


@pytest.mark.parametrize(
    "path", [VENDORS, "/rest/v1.0/projects", "/rest/v1.0/line_item_types", "/rest/v1.0/cost_codes"]
)
def test_required_scope_is_a_400(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 400
    assert set(answer.json()) == BODY


def test_unknown_paths_and_methods(api: Api) -> None:
    assert api.get("/rest/v1.0/nothing").status_code == 404
    assert api.get(f"{VENDORS}/abc", company_id=COMPANY).status_code == 404
    answer = api.delete(f"{VENDORS}/4101")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PATCH")


def test_v2_errors_have_their_own_shape(api: Api) -> None:
    answer = api.get(f"/rest/v2.0/companies/{COMPANY}/nothing")
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"code", "message", "details"}


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"'])
def test_a_body_that_is_no_json_object_is_a_400(api: Api, content: bytes) -> None:
    answer = api.stand.http.post(VENDORS, content=content, headers=api.headers)
    assert answer.status_code == 400


def test_a_body_without_its_wrapper_is_a_400(api: Api) -> None:
    answer = api.post(VENDORS, {"company_id": COMPANY, "name": "Loose"})
    assert answer.status_code == 400
    assert "vendor" in answer.json()["message"]


def test_a_422_names_the_fields(api: Api) -> None:
    answer = api.post(VENDORS, {"company_id": COMPANY, "vendor": {"name": ""}})
    assert answer.status_code == 422
    assert answer.json() == {
        "code": 422,
        "message": "name can't be blank",
        "fields": "name",
        "reason": answer.json()["reason"],
        "error": None,
    }


def links(header: str) -> dict[str, str]:
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


def test_pages_are_linked(api: Api) -> None:
    first = api.get(VENDORS, company_id=COMPANY, per_page=2)
    assert (first.headers["total"], first.headers["per-page"]) == ("6", "2")
    assert set(links(first.headers["link"])) == {"next", "last"}
    ids: list[int] = []
    url: str | None = str(first.request.url)
    seen = []
    while url:
        page = api.stand.http.get(url, headers=api.headers)
        ids += [row["id"] for row in page.json()]
        relations = links(page.headers["link"])
        seen.append(set(relations))
        url = relations.get("next")
    assert ids == list(range(4101, 4107))
    assert seen == [{"next", "last"}, {"first", "prev", "next", "last"}, {"first", "prev", "last"}]


def test_links_keep_the_query(api: Api) -> None:
    query = {"company_id": COMPANY, "per_page": 1, "filters[search]": "co"}
    following = links(api.get(VENDORS, params=query).headers["link"])["next"]
    assert api.stand.http.get(following, headers=api.headers).headers["total"] == "2"


def test_past_the_end_is_an_empty_array(api: Api) -> None:
    answer = api.get(VENDORS, company_id=COMPANY, page=9)
    assert (answer.status_code, answer.json(), answer.headers["total"]) == (200, [], "6")
    relations = links(api.get(VENDORS, company_id=COMPANY, page=9, per_page=2).headers["link"])
    assert set(relations) == {"first", "prev", "last"}
    assert "page=3&" in relations["prev"]


def test_one_page_needs_no_links(api: Api) -> None:
    assert "link" not in api.get(VENDORS, company_id=COMPANY).headers


def test_page_sizes_are_cut_to_the_limit_of_the_endpoint(api: Api) -> None:
    assert api.get("/rest/v1.1/projects", company_id=COMPANY).headers["per-page"] == "100"
    assert api.get("/rest/v1.1/projects", company_id=COMPANY, per_page=10000).headers["per-page"] == "300"
    assert api.get(VENDORS, company_id=COMPANY, per_page=10000).headers["per-page"] == "2000"
    assert api.get(VENDORS, company_id=COMPANY, per_page=0).headers["per-page"] == "100"


def names(answer: Json) -> list[str]:
    return [row["name"] for row in answer.json()]


@pytest.mark.parametrize(
    "params", [{"filters[id]": "4101,4103"}, {"filters[id]": "[4101,4103]"}, {"filters[id][]": [4101, 4103]}]
)
def test_id_filters_come_in_three_spellings(api: Api, params: dict[str, Json]) -> None:
    found = api.get(VENDORS, params={**params, "company_id": COMPANY})
    assert names(found) == ["Acme Concrete LLC", "Delta Electric Inc."]


def test_time_ranges(api: Api) -> None:
    earlier = api.stand.control("GET", "/clock")["now"]
    moment = api.stand.control("POST", "/clock", {"advance_seconds": 3600})["now"]
    api.ok(api.patch(f"{VENDORS}/4102", {"company_id": COMPANY, "vendor": {"name": "Baker"}}))
    for text in (f"{moment}...2099-01-01T00:00:00Z", f'"{moment}...2099-01-01T00:00:00Z"'):
        found = api.get(VENDORS, params={"company_id": COMPANY, "filters[updated_at]": text})
        assert names(found) == ["Baker"]
    before = api.get(VENDORS, params={"company_id": COMPANY, "filters[updated_at]": f"2000-01-01...{earlier}"})
    assert len(before.json()) == 5
    assert api.get(VENDORS, params={"company_id": COMPANY, "filters[updated_at]": "yesterday"}).status_code == 400


def test_sorting(api: Api) -> None:
    rising = names(api.get(VENDORS, company_id=COMPANY, sort="name"))
    falling = names(api.get(VENDORS, company_id=COMPANY, sort="-name"))
    assert rising == sorted(rising)
    assert falling == rising[::-1]


def test_ids_exceed_32_bits(api: Api) -> None:
    made = api.ok(api.post(VENDORS, {"company_id": COMPANY, "vendor": {"name": "New"}}), 201)
    assert made["id"] > 2**32
