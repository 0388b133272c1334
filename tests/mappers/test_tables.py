"""Every mapper's tables against the dialect: no attribute that it does not know, no row that cannot be sent (design §8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mappers.fields import Field, Table
from mappers.incoming.registry import IMPORTERS
from mappers.registry import KINDS
from systems.cmic.dialect import Dialect
from systems.cmic.grouping import places_of, render
from systems.cmic.sending import too_long
from tests.builders import ASSIGNABLE, IDS, UNSUPPORTED, export, parents, references
from tests.domain.documents import settings_for
from tests.mappers.raws import RAWS
from workers.mappings import mappings

DIALECT = Dialect.load()
TABLES = [(name, table) for name, kind in KINDS.items() for table in kind.mapper.tables]
every_table = pytest.mark.parametrize(("kind", "table"), TABLES, ids=[f"{kind}-{t.title}" for kind, t in TABLES])
GOING = [name for name in KINDS if name not in UNSUPPORTED]


def plans(kind: str) -> list[Any]:
    """The kind's good document read from JSON and planned: with the settings that change what is sent, and each mode."""
    mapper = KINDS[kind].mapper
    document = mapper.from_procore(RAWS[kind]())
    settings: list[dict[str, Any]] = [{}, {"billing_on_budgets": True, "forecast_with_budget": True}]
    settings += [{"revenue_only_changes": True}, {"forecast_export": "projected"}]
    typed = {"erp_id": "ACME"} if kind == "company" else {}
    known = references(keys=parents(), assignable=ASSIGNABLE | {("05-100", "L")}, codes=frozenset({("03-300", "M")}))
    cases: list[dict[str, Any]] = [{"settings": settings_for(kind, **more)} for more in settings]
    if kind == "project":
        cases = [{"references": references(job="", watched=frozenset(seen))} for seen in ((), ("job",))]
    return [mapper.plan(export(kind, document, **{"references": known, "typed": typed, **case})) for case in cases]


@every_table
def test_every_mapped_attribute_is_known_to_the_dialect(kind: str, table: Table) -> None:
    resource = DIALECT.resources[table.resource]
    given = set(resource.through.gives) if resource.through else set()
    known = {*resource.attributes, *resource.inherited, *given}
    assert {f.ours for f in table.fields} - known == set()


@every_table
def test_a_tables_key_is_the_resources_own_in_its_order(kind: str, table: Table) -> None:
    assert [f.ours for f in table.key] == DIALECT.resources[table.resource].key


@every_table
def test_what_goes_to_cmic_is_written_there(kind: str, table: Table) -> None:
    """An attribute that CMiC only shows would be left out without a word."""
    resource = DIALECT.resources[table.resource]
    read_only = {ours for ours, attribute in resource.attributes.items() if attribute.direction == "read"}
    assert {f.ours for f in table.fields if f.direction != "←"} & read_only == set()


@every_table
def test_every_row_of_the_mapping_says_where_it_comes_from_and_why(kind: str, table: Table) -> None:
    named = [f.ours for f in table.fields]
    assert len(set(named)) == len(named)
    for field in table.fields:
        assert field.procore.strip()
        assert field.requirement.strip()
        assert field.direction in ("→", "←", "↔")


@pytest.mark.parametrize("kind", GOING)
def test_every_row_that_is_planned_is_of_one_of_the_kinds_tables(kind: str) -> None:
    """`procore-cmic mappings` reads the tables: what is planned besides would be missing there."""
    shapes = {(t.resource, frozenset(f.ours for f in t.fields)) for _, t in TABLES}
    for plan in plans(kind):
        for record in (r for g in plan.groups for r in g.records):
            assert (record.key.resource, frozenset(record.attributes)) in shapes


@pytest.mark.parametrize("kind", GOING)
def test_every_table_of_the_kind_makes_rows(kind: str) -> None:
    made = {record.key.resource for plan in plans(kind) for g in plan.groups for record in g.records}
    assert {t.resource for t in KINDS[kind].mapper.tables} <= made


@pytest.mark.parametrize("kind", GOING)
def test_every_planned_row_can_be_sent(kind: str) -> None:
    """Types, names and lengths as the dialect has them; a link's job is only looked up."""
    for plan in plans(kind):
        for group in (g for g in plan.groups if g.header.key.resource != "job"):
            rows = render(DIALECT, group)
            assert len(rows) == len(group.records)
            for record in group.records:
                assert too_long(DIALECT.resources[record.key.resource], record) == []
            if not group.updates:
                assert places_of(DIALECT, group)


@pytest.mark.parametrize("kind", GOING)
def test_a_plan_has_one_main_part_and_no_part_or_key_twice(kind: str) -> None:
    for plan in plans(kind):
        records = [record for group in plan.groups for record in group.records]
        own = [r for g in plan.groups if not g.common for r in g.records]
        keys = [(r.key.resource, r.key.text) for r in records]
        assert len(set(keys)) == len(keys)
        assert len({r.part for r in own}) == len(own)
        if own:
            assert [r.part for r in own].count("") == 1


@pytest.mark.parametrize("kind", GOING)
def test_a_plan_comes_back_from_the_ledger_as_it_was(kind: str) -> None:
    for plan in plans(kind):
        back = type(plan).model_validate_json(plan.model_dump_json())
        assert (back, back.hash) == (plan, plan.hash)


def test_a_field_is_found_in_its_source_alone() -> None:
    """A mapper is pure: the same export makes the same plan."""
    for kind in GOING:
        assert [p.hash for p in plans(kind)] == [p.hash for p in plans(kind)]


# The published list

COMING_IN = {s.title: s.takes for importer in IMPORTERS.values() for s in importer.streams}
"""What imports take, by the title of their streams."""


def test_the_published_mappings_are_the_tables() -> None:
    rows = [row for row in mappings(DIALECT) if row["object"] not in COMING_IN]
    assert {row["object"] for row in rows} == {t.title for _, t in TABLES}
    assert all(set(row) == {"object", "procore", "direction", "cmic", "requirement"} for row in rows)
    wanted = {(t.title, f.procore, f.direction, f.requirement) for _, t in TABLES for f in t.fields}
    assert {(r["object"], r["procore"], r["direction"], r["requirement"]) for r in rows} == wanted


def test_the_published_mappings_are_what_the_importers_take() -> None:
    rows = [row for row in mappings(DIALECT) if row["object"] in COMING_IN]
    assert {row["object"] for row in rows} == {title for title, takes in COMING_IN.items() if takes}
    assert {row["direction"] for row in rows} == {"←"}
    wanted = {(title, t.procore, t.requirement) for title, takes in COMING_IN.items() for t in takes}
    assert {(r["object"], r["procore"], r["requirement"]) for r in rows} == wanted


def test_what_has_no_known_place_says_so() -> None:
    unsent = [row["cmic"] for row in mappings(DIALECT) if "no place known" in row["cmic"]]
    assert unsent == ["apvendor.(no place known for name)", "scmast.(no place known for accounting_date)"]


def test_a_record_is_made_of_a_table_and_its_source() -> None:
    table = Table(
        "thing",
        "thing",
        key=(Field("company", "x", lambda s: None, "R-1"), Field("code", "x", lambda s: 7, "R-1")),
        values=(Field("day", "x", lambda s: date(2026, 1, 1), "R-1"), Field("amount", "x", lambda s: s.line, "R-1")),
    )
    source: Any = type("S", (), {"line": Decimal(1)})()
    record = table.record(source, part="p", label="l")
    assert record.key.parts == {"company": "", "code": "7"}
    assert (record.values, record.part, record.label) == ({"day": date(2026, 1, 1), "amount": Decimal(1)}, "p", "l")


def test_every_kind_is_named_once() -> None:
    assert set(IDS) == set(KINDS)
