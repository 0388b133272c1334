"""The ``q`` expressions, checked against SQLite's own reading of the same text, and over HTTP (cmic-api §1.3, §7)."""

import contextlib
import sqlite3
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.cmic import query
from sandbox.cmic.errors import Refusal
from sandbox.cmic.matching import compile_test
from sandbox.cmic.naming import Names
from sandbox.cmic.query import All, Any, Between, Compare, Expression, In, IsNull, Like, Not, Operator
from sandbox.cmic.resources import TABLES
from sandbox.cmic.schema import Row
from tests.sandbox.cmic.standin import Api, header

NAMES = Names(TABLES["scsched"], {})
TEXTS = ("ScschTaskCode", "ScschTaskName")
NUMBERS = ("ScschAmt", "ScschUnit")
OPERATORS: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=")

texts = st.text("ABé'\" -*", max_size=4)
numbers = st.integers(-3, 3).map(Decimal)


Values = st.SearchStrategy[str] | st.SearchStrategy[Decimal]


def _comparisons(
    names: tuple[str, ...], values: st.SearchStrategy[str] | st.SearchStrategy[Decimal]
) -> st.SearchStrategy[Expression]:
    name = st.sampled_from(names)
    return st.one_of(
        st.builds(Compare, name, st.sampled_from(OPERATORS), values),
        st.builds(In, name, st.lists(values, min_size=1, max_size=3).map(tuple)),
        st.builds(Between, name, values, values),
        st.builds(IsNull, name),
    )


leaves = st.one_of(
    _comparisons(TEXTS, texts),
    _comparisons(NUMBERS, numbers),
    st.builds(Like, st.sampled_from(TEXTS), texts),
)


def _compound(below: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(below, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, below), st.builds(All, several), st.builds(Any, several))


expressions = st.recursive(leaves, _compound, max_leaves=8)


def written(expression: Expression, wildcard: str = "*") -> str:
    """The expression as text; compounds in parentheses."""

    def literal(value: str | Decimal) -> str:
        return query.quote(value) if isinstance(value, str) else str(value)

    match expression:
        case Compare(name, operator, value):
            return f"{name} {operator} {literal(value)}"
        case In(name, values):
            return f"{name} in ({', '.join(map(literal, values))})"
        case Between(name, low, high):
            return f"{name} between {literal(low)} and {literal(high)}"
        case IsNull(name):
            return f"{name} is null"
        case Like(name, pattern):
            return f"{name} like {literal(pattern.replace('*', wildcard))}"
        case Not(operand):
            return f"(not {written(operand, wildcard)})"
        case All(operands):
            return "(" + " and ".join(written(operand, wildcard) for operand in operands) + ")"
        case Any(operands):
            return "(" + " or ".join(written(operand, wildcard) for operand in operands) + ")"


@given(expressions)
def test_what_is_written_is_read_back(expression: Expression) -> None:
    assert query.parse(written(expression)) == expression


rows = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(TEXTS, st.none() | texts),
            **dict.fromkeys(NUMBERS, st.none() | numbers),
        }
    ),
    max_size=6,
)


@settings(max_examples=200)
@given(expressions, rows)
def test_rows_match_as_they_do_in_sql(expression: Expression, given_rows: list[Row]) -> None:
    test = compile_test(query.parse(written(expression)), NAMES)
    matched = [position for position, row in enumerate(given_rows) if test(row) is True]

    database = sqlite3.connect(":memory:")
    try:
        database.execute("PRAGMA case_sensitive_like = ON")
        database.execute(
            "CREATE TABLE t (n INTEGER, ScschTaskCode TEXT, ScschTaskName TEXT, ScschAmt INT, ScschUnit INT)"
        )
        for position, row in enumerate(given_rows):
            numeric = [None if row[name] is None else int(str(row[name])) for name in NUMBERS]
            database.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", [position, *(row[n] for n in TEXTS), *numeric])
        selected = database.execute(f"SELECT n FROM t WHERE {written(expression, '%')} ORDER BY n").fetchall()
    finally:
        database.close()
    assert matched == [position for (position,) in selected]


@given(st.text(max_size=40) | st.text("'\"()=<>!, andornotlikein ScschAmt5", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(query.QuerySyntax, Refusal):
        compile_test(query.parse(text), NAMES)


def test_deep_nesting_is_refused_rather_than_exhausting_the_server(api: Api) -> None:
    nested = "(" * 2000 + "JobCode = '1042'" + ")" * 2000
    assert api.get("jcjob", q=nested).status_code == 400


@pytest.mark.parametrize(
    ("expression", "jobs"),
    [
        ("JobCode = '1042'", {"1042"}),
        ('JobCode = "1042"', {"1042"}),
        ("JobCode != '1042' and JobCompCode = '01'", {"1042A", "1055"}),
        ("JobCompCode='01' and (JobCode like '104*' or JobName like '%School')", {"1042", "1042A", "1055"}),
        ("JobCode in ('1055', '2001')", {"1055", "2001"}),
        ("JobCode not in ('1055','2001')", {"1042", "1042A"}),
        ("JobCode between '1042A' and '1055'", {"1042A", "1055"}),
        ("not JobCtrlCode = 'ALL'", {"1042A"}),
        ("JobName not like 'Harbour*'", {"1055", "2001"}),
        ("JobDefaultDeptCode is null and JobCode <= '1042'", {"1042"}),
        ("JobDefaultDeptCode IS NOT NULL", set()),
        ("JobDefaultDeptCode != 'X'", set()),
        ("JobCode = 'nothing'", set()),
        ("JobCode = 1042", {"1042"}),
        ("JobIuCreateDate >= '2020-01-01T00:00:00+0000' AND JobIuCreateDate < '2090-01-01'", None),
        ("JobIuUpdateDate >= '2020-01-01T00:00:00Z'", set()),
    ],
)
def test_expressions_over_http(api: Api, expression: str, jobs: set[str] | None) -> None:
    found = {row["JobCode"] for row in api.items("jcjob", q=expression)}
    assert found == ({"1042", "1042A", "1055", "2001"} if jobs is None else jobs)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "Nothing = 'x'",
        "JobCode",
        "JobCode = ",
        "JobCode = '1042",
        "JobCode == '1042'",
        "JobCode = 1042A",
        "JobCode = '1' and",
        "JobCode in ()",
        "(JobCode = '1'",
        "JobCode = '1';JobName = 'x'",
        "JobIuCreateDate > 'yesterday'",
    ],
)
def test_what_cannot_be_read_is_refused(api: Api, expression: str) -> None:
    assert api.get("jcjob", q=expression).status_code == 400


def test_numbers_compare_as_numbers(api: Api) -> None:
    api.create("scmast", header(ScmstHldbkPc=9.5))
    api.create("scmast", header("SC-2", ScmstHldbkPc=10))
    assert [row["ScmstContCode"] for row in api.items("scmast", q="ScmstHldbkPc >= 9.75")] == ["SC-2"]
    assert [row["ScmstContCode"] for row in api.items("scmast", q="ScmstHldbkPc = '9.50'")] == ["SC-1"]
    assert api.get("scmast", q="ScmstHldbkPc > 'NaN'").status_code == 400


def test_framework_1_takes_queries_by_example_only(api: Api) -> None:
    def jobs(example: str) -> set[str]:
        answer = api.get("jcjob", framework=1, q=example)
        assert answer.status_code == 200, answer.text
        return {row["JobCode"] for row in answer.json()["items"]}

    assert jobs("JobCode=1042") == {"1042"}
    assert jobs("JobCompCode 01;JobName Harbour*") == {"1042", "1042A"}
    assert jobs("JobCompCode=01;JobCode>=1042A") == {"1042A", "1055"}
    assert jobs("JobName=Bricks and Mortar in Oregon") == set()
    for expression in ("JobCode = '1042'", "JobCode=1042 or JobCode=1055", "JobCode", "JobCode=1;"):
        assert api.get("jcjob", framework=1, q=expression).status_code == 400
    assert api.get("jcjob", framework=2, q="JobCompCode 01;JobName Harbour*").status_code == 400
