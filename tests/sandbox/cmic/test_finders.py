"""Every finder that is known for these resources, quoted and bare values, refusals (cmic-api §1.4)."""

import pytest

from sandbox.cmic.finders import parse
from tests.sandbox.cmic.standin import Api, header, line

PAST = "2020-01-01T00:00:00+0000"
FUTURE = "2090-01-01T00:00:00+0000"


@pytest.fixture
def contracts(api: Api) -> Api:
    """A base contract with two lines, another one, and nothing posted."""
    api.create("scmast", header())
    api.create("scmast", header("SC-2", ScmstVenCode="BOLT02"))
    api.create("scsched", line(task="1"))
    api.create("scsched", line(task="2", ScschJobCode="1042A"))
    return api


@pytest.mark.parametrize(
    ("resource", "finder", "attribute", "expected"),
    [
        ("pmproject", "selectByCompProj;compCode=01,projCode='1042'", "GrpmpProjCode", ["1042"]),
        ("pmproject", "selectByCompProj;projCode=2001", "GrpmpProjCode", ["2001"]),
        ("pmproject", "selectByJobCode;companyCode='01',projectCode='1055'", "GrpmpProjCode", ["1055"]),
        ("scmast", "selectByCompany;CompCodeVar=01", "ScmstContCode", ["SC-1", "SC-2"]),
        ("scmast", "selectByCompany;CompCodeVar='01',VendorCodeVar='BOLT02'", "ScmstContCode", ["SC-2"]),
        ("scmast", "selectByCompany; CompCodeVar = 01 , ContCodeVar = SC-1", "ScmstContCode", ["SC-1"]),
        ("scmast", "selectByCompany;CompCodeVar=01,ContCodeVar=sc-1", "ScmstContCode", []),
        ("scsched", "selectSOV;CompCodeVar=01,ContCodeVar=SC-1,ChgCodeVar=000", "ScschTaskCode", ["1", "2"]),
        ("scsched", "selectSOV;CompCodeVar=01,ContCodeVar=SC-1,JobCodeSOV='1042A'", "ScschTaskCode", ["2"]),
        ("jcjobcategory", "selectJobCategory;jobCode=2001", "JcatJobCode", ["2001"] * 25),
        ("apvendor", "ApVendorFinder;CompCode=02", "BpvenCompCode", ["01", "02", "01", "01", "01"]),
        ("pmproject", f"selectByPmProjInfo;pmprojectDate={FUTURE}", "GrpmpProjCode", []),
        ("scmast", f"selectByPostDate;AuditDate={PAST}", "ScmstContCode", ["SC-1", "SC-2"]),
        ("scmast", f"selectByPostDate;AuditDate='{FUTURE}'", "ScmstContCode", []),
        ("apvendor", f"selectByDate;auditDate={FUTURE}", "BpvenBpCode", []),
        ("glcompany", f"selectByDate;auditDate={PAST}", "CompCode", ["01", "02"]),
        ("glcompany", "selectByDate;auditDate=2090-01-01", "CompCode", []),
        ("glcompany", "selectByDate", "CompCode", ["01", "02"]),
    ],
)
def test_finders(contracts: Api, resource: str, finder: str, attribute: str, expected: list[str]) -> None:
    assert [row[attribute] for row in contracts.items(resource, finder=finder)] == expected


def test_changed_since_looks_at_the_last_change(api: Api) -> None:
    row = api.create("scmast", header())
    api.control("PATCH", "settings", {"clock_offset_seconds": 3600})
    since = api.patch("scmast", row["ScmstVUuid"], {"ScmstName": "Changed"}).json()["ScmstIuUpdateDate"]
    assert since > row["ScmstIuCreateDate"]
    found = api.items("scmast", finder=f"selectByPostDate;AuditDate={since}")
    assert [row["ScmstName"] for row in found] == ["Changed"]
    assert api.items("scmast", finder="selectByPostDate;AuditDate=" + since.replace("Z", "-0100")) == []
    assert api.items("scmast", finder="selectByPostDate;AuditDate=" + since.replace("Z", "+01:00")) != []


def test_a_finder_and_a_query_both_hold(contracts: Api) -> None:
    rows = contracts.items("scmast", finder="selectByCompany;CompCodeVar=01", q="ScmstVenCode = 'BOLT02'")
    assert [row["ScmstContCode"] for row in rows] == ["SC-2"]
    assert contracts.items("scmast", finder="selectByCompany;CompCodeVar=01", q="ScmstCompCode = '02'") == []


@pytest.mark.parametrize(
    ("resource", "finder"),
    [
        ("jcjob", "selectByCompany;CompCodeVar=01"),
        ("scmast", "SelectByCompany;CompCodeVar=01"),
        ("scmast", "selectByCompany;compCode=01"),
        ("scmast", "selectByCompany;CompCodeVar"),
        ("scmast", "selectByCompany;=01"),
        ("scmast", "selectByPostDate;AuditDate=yesterday"),
        ("scmast", "selectByPostDate;AuditDate=2024-13-01T00:00:00+0000"),
        ("scmast", "selectByPostDate;AuditDate=2024-01-01T00:00:00"),
        ("scmast", ""),
    ],
)
def test_an_unknown_finder_or_parameter_is_refused(api: Api, resource: str, finder: str) -> None:
    assert api.get(resource, finder=finder).status_code == 400


def test_quoted_values_may_hold_commas_and_quotes() -> None:
    assert parse("Name;a='x, y',b=\"z\",c='it''s',d=") == ("Name", {"a": "x, y", "b": "z", "c": "it's", "d": ""})
    assert parse("Name") == ("Name", {})
