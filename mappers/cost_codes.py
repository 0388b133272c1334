"""A project's cost codes to phases and categories of its job (O-02; requirements §3, budget: cost code ↔, cost type ↔ category;
cmic-api §3.4, §3.5)."""

from __future__ import annotations

from typing import Any

from domain.cost_codes import CodePair, CostCodes, to_assign
from domain.facts import Prerequisite
from domain.identity import ObjectId
from domain.records import Plan
from mappers.base import Mapper, needs_job, text_of
from mappers.codes import CODE, PHASE, going_along
from mappers.fields import Export


class CostCodesMapper(Mapper):
    document = CostCodes
    tables = (PHASE, CODE)

    def read(self, raw: dict[str, Any]) -> CostCodes:
        return CostCodes(
            id=raw["id"],
            name=text_of(raw, "name"),
            custom_segments=raw.get("custom_segments") or [],
            is_erp_list=raw.get("is_erp_list"),
            pairs=[_pair(line) for line in raw["lines"]],
        )

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        return [needs_job(object_id)]

    def plan(self, export: Export) -> Plan:
        return Plan(groups=going_along(export, to_assign(export.document, export.references, export.settings)))


def _pair(raw: dict[str, Any]) -> CodePair:
    return CodePair(
        cost_code=text_of(raw, "cost_code"),
        category=text_of(raw, "category"),
        budget=raw.get("original_budget_amount"),
    )
