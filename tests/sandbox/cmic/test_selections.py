"""Long lists are found by index, kept, and cut by bisection; none of that may show in what is answered."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.cmic import accountant, paging
from sandbox.cmic.books import Books
from sandbox.cmic.finders import Search
from sandbox.cmic.matching import compile_test
from sandbox.cmic.query import All, Any, Between, Compare, Expression, Like, Not, Operator
from sandbox.cmic.resources import TABLES
from sandbox.cmic.schema import Row
from sandbox.cmic.searching import search
from sandbox.cmic.security import Security
from sandbox.cmic.settings import Settings
from sandbox.cmic.tenant import Tenant
from tests.sandbox.cmic.standin import Api

INDEXED, TEXT, NUMBER = ("JcdtCompCode", "JcdtJobCode"), "JcdtRefDesc", "JcdtUnit"
LETTERS = st.sampled_from(["", "A", "B", "C"])
UNITS = st.integers(-2, 2).map(Decimal)
OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])

compares = st.one_of(
    st.builds(Compare, st.sampled_from([*INDEXED, TEXT]), OPERATORS, LETTERS),
    st.builds(Compare, st.just(NUMBER), OPERATORS, UNITS),
    st.builds(Between, st.just(NUMBER), UNITS, UNITS),
    st.builds(Like, st.just(TEXT), st.sampled_from(["A*", "*"])),
)
expressions = st.recursive(
    compares,
    lambda below: st.one_of(
        st.builds(Not, below),
        st.builds(All, st.lists(below, min_size=2, max_size=3).map(tuple)),
        st.builds(Any, st.lists(below, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
orders = st.lists(
    st.tuples(st.sampled_from([*INDEXED, TEXT, NUMBER]), st.booleans()), max_size=2, unique_by=lambda part: part[0]
).map(tuple)
row_lists = st.lists(
    st.fixed_dictionaries(
        {**dict.fromkeys(INDEXED, LETTERS), TEXT: LETTERS | st.none(), NUMBER: UNITS.map(int) | st.none()}
    ),
    max_size=8,
)


def tenant_with(rows: list[Row]) -> Tenant:
    tenant = Tenant("test", Books(), Settings(), Security())
    with tenant.books.transaction():
        accountant.seed(tenant, {"jcdetailposted": rows})
    return tenant


def naive(tenant: Tenant, expression: Expression, order: paging.Order) -> list[Row]:
    """Every row tested, then put in order."""
    test = compile_test(expression, tenant.names("jcdetailposted"))
    return paging.ordered([row for row in tenant.books.select("jcdetailposted") if test(row) is True], order)


@settings(max_examples=300, deadline=None)
@given(row_lists, st.lists(expressions, min_size=1, max_size=3), orders)
def test_a_search_answers_as_a_test_of_every_row_would(
    rows: list[Row], asked: list[Expression], order: paging.Order
) -> None:
    tenant = tenant_with(rows)
    for expression in asked * 2:
        found = search(tenant, tenant.names("jcdetailposted"), expression, Search({}), {}, order)
        assert found == naive(tenant, expression, order)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_a_limit_on_the_attribute_of_the_order(operator: Operator, descending: bool) -> None:
    tenant = tenant_with([{NUMBER: units} for units in (3, 1, 2, None, 2)])
    order, limit = ((NUMBER, descending),), Compare(NUMBER, operator, Decimal(2))
    found = search(tenant, tenant.names("jcdetailposted"), limit, Search({}), {}, order)
    assert found == naive(tenant, limit, order)
    assert len(found) == {"<": 1, "<=": 3, ">": 1, ">=": 3}[operator]


def test_a_finder_and_a_query_that_contradict_each_other_find_nothing() -> None:
    tenant = tenant_with([{"JcdtCompCode": "A", "JcdtJobCode": "B"}])
    names, same = tenant.names("jcdetailposted"), Compare("JcdtJobCode", "=", "B")
    assert len(search(tenant, names, same, Search({"JcdtJobCode": "B"}), {"JcdtCompCode": "A"}, ())) == 1
    assert search(tenant, names, same, Search({"JcdtJobCode": "C"}), {}, ()) == []
    assert search(tenant, names, same, Search({}), {"JcdtJobCode": "C"}, ()) == []
    assert search(tenant, names, All((same, Compare("JcdtJobCode", "=", "C"))), Search({}), {}, ()) == []


def test_a_kept_list_ends_with_the_next_change_even_one_that_is_rolled_back() -> None:
    tenant = tenant_with([{"JcdtCompCode": "A", "JcdtJobCode": "B"}])
    names = tenant.names("jcdetailposted")
    first = search(tenant, names, None, Search({}), {}, ())
    assert search(tenant, names, None, Search({}), {}, ()) is first
    try:
        with tenant.books.transaction():
            accountant.seed(tenant, {"jcdetailposted": [{"JcdtCompCode": "A"}]})
            assert len(search(tenant, names, None, Search({}), {}, ())) == 2
            raise accountant.NotPossible("changed my mind")
    except accountant.NotPossible:
        assert len(search(tenant, names, None, Search({}), {}, ())) == 1
    with tenant.books.transaction():
        tenant.books.put(
            "glcompany", {"CompVUuid": "1", **dict.fromkeys(set(TABLES["glcompany"].by_name) - {"CompVUuid"})}
        )
    kept = search(tenant, names, None, Search({}), {}, ())
    assert search(tenant, names, None, Search({}), {}, ()) is kept


def test_what_a_view_shows_of_other_rows_is_never_stale(api: Api) -> None:
    where = {"resource": "businesspartner", "where": {"BpCode": "ACME01"}, "set": {"BpName": "Acme & Sons"}}
    assert api.items("apvendor", orderBy="BpvenBpCode:asc")[0]["BpvenBpName"] == "Acme Concrete LLC"
    api.control("POST", "edit", where)
    assert api.items("apvendor", orderBy="BpvenBpCode:asc")[0]["BpvenBpName"] == "Acme & Sons"


def test_a_kept_list_does_not_outlive_the_names_it_was_asked_in(api: Api) -> None:
    q = "JobName like 'Harbour*'"
    assert len(api.items("jcjob", q=q)) == 2
    api.control(
        "PATCH", "settings", {"renames": {"jcjob": {"JobName": "JobDefaultDeptCode", "JobDefaultDeptCode": "JobName"}}}
    )
    assert api.items("jcjob", q=q) == []
