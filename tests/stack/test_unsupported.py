"""What the permission table knows and CMiC's connector doesn't carry: a send is refused at once, and nothing is read for it
(requirements §1)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.commands import Answer
from domain.states import State
from mappers.registry import KINDS
from tests.stack.commands import DONE, REFUSED, cli
from tests.support import COMPANY, PROJECT, SENDER, Site

SENTENCES = {
    "owner_invoice": "CMiC's connector has no owner invoice: it can't be exported. "
    "Owners are billed in CMiC's job billing.",
    "sub_job": "CMiC's connector has no sub job: it can't be exported. "
    "Sub jobs are made in CMiC and imported from there.",
}
WORKFLOWS = {
    "project": "ProjectLifecycle",
    "cost_codes": "CostCodesLifecycle",
    "company": "CompanyLifecycle",
    "commitment": "CommitmentLifecycle",
    "commitment_change_order": "CommitmentChangeOrderLifecycle",
    "subcontractor_invoice": "SubcontractorInvoiceLifecycle",
    "invoice_payment": "InvoicePaymentLifecycle",
    "budget": "BudgetLifecycle",
    "budget_change": "BudgetChangeLifecycle",
    "budget_modification": "BudgetModificationLifecycle",
    "forecast": "ForecastLifecycle",
    "prime_change_order": "PrimeChangeOrderLifecycle",
    "owner_invoice": "OwnerInvoiceLifecycle",
    "sub_job": "SubJobLifecycle",
}


def key_of(kind: str, number: int) -> str:
    return f"{kind}:{COMPANY}:{PROJECT}:{number}"


async def asked(site: Site) -> tuple[int, int]:
    """How many requests Procore and CMiC have answered since their traffic was forgotten."""
    procore = (await site.procore.get("/_sandbox/traffic")).json()
    cmic = (await site.cmic.get("/_sandbox/traffic/summary")).json()
    return len(procore), int(cmic["requests"])


async def forget(site: Site) -> None:
    assert (await site.procore.post("/_sandbox/traffic/reset")).status_code == 200
    assert (await site.cmic.delete("/_sandbox/traffic")).status_code == 200


@pytest.mark.parametrize("kind", SENTENCES)
async def test_a_send_is_refused_at_once_and_nothing_is_read(site: Site, kind: str) -> None:
    key = key_of(kind, 71)
    await forget(site)
    outcome = await site.ask(key, "send", SENDER)
    assert (outcome.answer, outcome.state) == (Answer.REFUSED, State.NOT_SENT)
    (refusal,) = outcome.refusals
    assert (refusal.code, refusal.sentence, refusal.owner) == ("no_such_object", SENTENCES[kind], "ERP administrator")
    assert refusal.where == "The documentation: what goes to CMiC"
    assert await asked(site) == (0, 0)
    (entry,) = await site.office.reading.history(key)
    assert (entry["action"], entry["answer"], entry["who"]) == ("send", "refused", SENDER.name)
    assert (await site.head(key)).state is State.NOT_SENT
    assert await site.office.reading.verify(key) is None


@pytest.mark.parametrize("kind", SENTENCES)
async def test_its_lifecycle_has_its_own_type_and_ends(site: Site, kind: str) -> None:
    key = key_of(kind, 72)
    for _ in range(2):
        assert await site.refused(key, "send", SENDER) == ["no_such_object"]
    handle = site.office.client.get_workflow_handle(key)
    assert await handle.result() == "not_sent"
    assert (await handle.describe()).workflow_type == WORKFLOWS[kind]
    assert await site.refused(key, "retrieve", SENDER) == ["not_allowed_now"]
    for action in ("accept", "reject", "retry", "adopt", "unlink", "resend"):
        assert await site.refused(key, action) == ["unknown_action"]
    assert [h["answer"] for h in await site.office.reading.history(key)] == ["refused"] * 3


@pytest.mark.parametrize("kind", SENTENCES)
async def test_the_command_line_says_so(site: Site, kind: str) -> None:
    said = await cli(site, "send", kind, 73, "--project", PROJECT)
    assert said.code == REFUSED
    assert f"✗ {SENTENCES[kind]}" in said.words
    assert "ERP administrator → The documentation: what goes to CMiC [no_such_object]" in said.words
    as_data = await cli(site, "send", key_of(kind, 73), "--json")
    assert (as_data.code, as_data.json["answer"], as_data.json["state"]) == (REFUSED, "refused", "not_sent")
    assert [r["code"] for r in as_data.json["refusals"]] == ["no_such_object"]
    assert (await cli(site, "inbox", "--kind", kind, "--json")).json == []


async def test_every_kind_is_listed_with_its_own_workflow_type(site: Site) -> None:
    said = await cli(site, "lifecycles", "--json")
    assert said.code == DONE
    tables: list[dict[str, Any]] = said.json
    assert {table["kind"]: table["workflow_type"] for table in tables} == WORKFLOWS
    assert list(WORKFLOWS) == list(KINDS)
    assert len(set(WORKFLOWS.values())) == len(WORKFLOWS)
    for table in tables:
        assert table["transitions"], table["kind"]
        assert "not_sent" in table["states"]
    guards = {t["kind"]: [row["guards"] for row in t["transitions"] if row["action"] == "send"] for t in tables}
    assert [guards[kind] for kind in SENTENCES] == [[["connector_has_no_such_object"]]] * 2
