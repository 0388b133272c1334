"""The dialect file hangs together, and it is the only place with CMiC's names (design §8)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

import systems.cmic
from mappers.incoming.registry import IMPORTERS
from systems.cmic.dialect import STANDARD, Dialect
from tests.systems.cmic.support import DIALECT, renamed

CODE = sorted(Path(next(iter(systems.cmic.__path__))).glob("*.py"))


def content() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(STANDARD.read_text())
    return loaded


def test_every_logical_resource_of_the_mappers_is_there() -> None:
    assert set(DIALECT.resources) == {
        "subcontract",
        "subcontract_line",
        "partner",
        "vendor",
        "job",
        "job_code",
        "company",
        "project",
        "job_phase",
        "master_cost_code",
        "master_category",
        "change_item",
        "change_item_line",
        "voucher",
        "voucher_line",
        "payment",
        "payment_line",
        "prime_contract",
        "customer",
        "insurance",
        "job_cost",
        "voucher_payment",
    }
    read = {stream.resource for importer in IMPORTERS.values() for stream in importer.streams if stream.resource}
    assert read <= set(DIALECT.resources)


def test_no_name_of_cmic_stands_in_code() -> None:
    names = {a.name for r in DIALECT.resources.values() for a in r.attributes.values() if a.name}
    names |= {r.path for r in DIALECT.resources.values()} | {r.application for r in DIALECT.resources.values()}
    names |= set(re.findall(r"finder: (\w+)", STANDARD.read_text())) - {"finder"}
    names |= {p.pattern for p in [*DIALECT.texts.duplicate, *DIALECT.texts.wants_first]}
    assert len(names) > 80
    for path in CODE:
        code = path.read_text()
        assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", code)] == [], path.name
    assert any("class CmicGateway" in path.read_text() for path in CODE)


def test_a_second_dialect_of_other_names_loads_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tenant.yaml"
    path.write_text(yaml.safe_dump(renamed().model_dump(mode="json")))
    assert Dialect.load(path).resources["vendor"].name("vendor") == "ZzBpvenBpCode"


@pytest.mark.parametrize(
    ("resource", "changes", "words"),
    [
        ("subcontract", {"key": ["company", "nothing"]}, "refers to attributes"),
        ("subcontract", {"order_by": {"attributes": ["accounting_date"], "evidence": "C"}}, "refers to attributes"),
        ("vendor", {"active": [{"attribute": "gone", "inactive": ["N"], "evidence": "C"}]}, "refers to attributes"),
        ("job", {"path": "jc/../job"}, "match pattern"),
        ("job", {"evidence": "somebody said so"}, "match pattern"),
        ("job", {"changed": {"by": "hope", "evidence": "C"}}, "does not match any"),
        ("job", {"unheard_of": 1}, "Extra inputs"),
        ("job", {"lookup": None}, "looked up, or it is inside"),
        (
            "job_code",
            {"lookup": {"by": "finder", "finder": "F", "parameters": {}, "beside": ["ship"], "evidence": "C"}},
            "refers to attributes",
        ),
        ("change_item", {"posting": {"evidence": "C"}}, "either posted_when_set or posted"),
        (
            "change_item",
            {"posting": {"posted_when_set": "posted_on", "posted_on": "posted_on", "evidence": "C"}},
            "is the date already",
        ),
        (
            "change_item",
            {"posting": {"posted": {"attribute": "gone", "values": ["P"]}, "evidence": "C"}},
            "refers to attributes",
        ),
        ("voucher_line", {"inside": {"resource": "ship", "evidence": "C"}}, "there is no header ship"),
        ("voucher_line", {"inside": {"resource": "payment_line", "evidence": "C"}}, "there is no header payment_line"),
        ("voucher_line", {"inside": {"resource": "payment", "evidence": "C"}}, "payment has no contract"),
        ("voucher_line", {"through": None}, "voucher has no task"),
        ("voucher_line", {"lookup": {"by": "q", "evidence": "C"}}, "looked up, or it is inside"),
        ("voucher_line", {"changed": {"by": "q", "evidence": "C"}}, "neither listed nor posted"),
        (
            "voucher",
            {"changed": {"by": "q", "evidence": "C"}, "inside": {"resource": "payment", "evidence": "C"}},
            "looked up, or it is inside",
        ),
    ],
)
def test_a_dialect_that_does_not_hang_together_is_refused(resource: str, changes: dict[str, Any], words: str) -> None:
    broken = content()
    broken["resources"][resource] |= changes
    with pytest.raises(ValidationError, match=words):
        Dialect.model_validate(broken)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"resource": "ship"}, "there is no ship"),
        ({"resource": "payment_line"}, "there is no payment_line"),
        ({"number": "ship"}, "misnamed"),
        ({"among": {"ship": "company"}}, "misnamed"),
        ({"among": {"company": "ship"}}, "voucher has no ship"),
        ({"gives": {"task": "ship", "change_code": "change_code"}}, "misnamed"),
        ({"gives": {"task": "task", "change_code": "change_code", "ship": "task"}}, "misnamed"),
        ({"attribute": "ship"}, "refers to attributes"),
    ],
)
def test_a_line_that_names_another_record_wrongly_is_refused(change: dict[str, Any], words: str) -> None:
    broken = content()
    broken["resources"]["voucher_line"]["through"] |= change
    with pytest.raises(ValidationError, match=words):
        Dialect.model_validate(broken)


def test_two_attributes_with_one_name_are_refused() -> None:
    broken = content()
    broken["resources"]["job"]["attributes"]["name"]["name"] = "JobCode"
    with pytest.raises(ValidationError, match="have one name"):
        Dialect.model_validate(broken)


def test_a_name_that_could_break_out_of_a_query_is_refused() -> None:
    broken = content()
    broken["resources"]["job"]["attributes"]["job"]["name"] = "JobCode='1' or JobCode"
    with pytest.raises(ValidationError, match="match pattern"):
        Dialect.model_validate(broken)


def test_an_assumption_without_an_explanation_is_refused() -> None:
    broken = content()
    del broken["assumptions"]["A-21"]
    with pytest.raises(ValidationError, match="A-21"):
        Dialect.model_validate(broken)


def test_a_broken_pattern_is_refused() -> None:
    broken = content()
    broken["texts"]["duplicate"] = [{"pattern": "(unclosed", "evidence": "C"}]
    with pytest.raises(ValidationError, match="no regular expression"):
        Dialect.model_validate(broken)


def test_optional_attributes_can_be_skipped_and_only_those() -> None:
    without = DIALECT.skipping(["subcontract.scope", "job.status"])
    assert without.resources["subcontract"].attributes["scope"].name is None
    assert DIALECT.resources["subcontract"].attributes["scope"].name is not None
    for entry in ("subcontract.contract", "subcontract.unknown", "nothing", ""):
        with pytest.raises(ValueError, match="no optional attribute"):
            DIALECT.skipping([entry])


def test_what_a_rule_needs_cannot_be_skipped() -> None:
    with pytest.raises(ValidationError, match="refers to attributes"):
        DIALECT.skipping(["partner.changed_at"])
