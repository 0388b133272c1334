"""What operators see in Temporal's UI: search attributes, and where an item stands in plain words (design §3)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import QueryWorkflowRequest
from temporalio.client import Client
from temporalio.converter import DataConverter

from domain.states import State
from tests.support import ERP, JOB, PROJECT, SENDER, Site, line
from tests.workflows.ground import FRESH, chain, events, settled
from workflows.attributes import ALL, BLOCKED_ON, COMPANY, ERP_KEY, FAILURE, KIND, STATE
from workflows.attributes import JOB as JOB_KEY
from workflows.attributes import PROJECT as PROJECT_KEY


async def _details(client: Client, key: str) -> str:
    """What Temporal's UI shows as the current details of a workflow."""
    answer = await client.workflow_service.query_workflow(
        QueryWorkflowRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=key),
            query=WorkflowQuery(query_type="__temporal_workflow_metadata"),
        )
    )
    (metadata,) = await DataConverter.default.decode(answer.query_result.payloads, [WorkflowMetadata])
    return str(metadata.current_details)


async def _listed(client: Client, query: str, wanted: Iterable[str], seconds: float = 5) -> list[str]:
    """The ids that a list query finds; visibility lags a little."""
    found: list[str] = []
    for _ in range(int(seconds * 10)):
        found = [w.id async for w in client.list_workflows(query)]
        if set(wanted) <= set(found):
            break
        await asyncio.sleep(0.1)
    return found


async def _attributes(own: Site, key: str) -> dict[str, str]:
    shown = (await own.office.client.get_workflow_handle(key).describe()).typed_search_attributes
    ours = {key.name for key in ALL}
    return {pair.key.name: str(pair.value) for pair in shown if pair.key.name in ours}


async def _failed(own: Site) -> str:
    """CMiC refuses a line whose category the accountant took from the job meanwhile."""
    key = await own.commitment(line("04-200", "S"))
    pair = {"company": ERP, "job": JOB, "cost_code": "04-200", "category": "S"}
    await own.granted(key, "send", SENDER)
    await own.control("unassign", **pair)
    try:
        await own.granted(key, "accept")
        await own.until(key, State.FAILED)
    finally:
        await own.control("assign", **pair)
    return key


async def test_all_stuck_exports_of_a_job_are_one_query(own: Site) -> None:
    stuck, fine = await _failed(own), await own.sent()
    query = 'ErpState="failed" and CmicJob="1042" and ExecutionStatus="Running"'
    found = await _listed(own.office.client, query, [stuck])
    assert found.count(stuck) == 1
    assert fine not in found
    failure = (await own.head(stuck)).failure_code
    assert stuck in await _listed(own.office.client, f'ErpFailureCode="{failure}"', [stuck])
    await own.granted(stuck, "reject")
    for _ in range(50):
        if stuck not in (found := await _listed(own.office.client, query, [])):
            break
        await asyncio.sleep(0.1)
    assert stuck not in found


async def test_the_attributes_follow_the_item(own: Site) -> None:
    key = await own.sent()
    waiting = {KIND.name: "commitment", STATE.name: "waiting", COMPANY.name: ERP, PROJECT_KEY.name: str(PROJECT)}
    assert await _attributes(own, key) == {**waiting, JOB_KEY.name: JOB}
    await own.granted(key, "accept")
    await own.until(key, State.SYNCED)
    await settled(own.office.client, key)
    number = own.numbers[key].upper()
    synced = {**waiting, JOB_KEY.name: JOB, STATE.name: "synced", ERP_KEY.name: f"{ERP}|ACME01|{number}|000"}
    assert await _attributes(own, key) == synced


async def test_a_held_item_names_what_blocks_it_and_stops_naming_it(own: Site) -> None:
    company = await own.company()
    key = await own.sent(vendor=int(company.rsplit(":", 1)[1]))
    assert (await own.granted(key, "accept")).state is State.HELD
    await settled(own.office.client, key)
    assert (await _attributes(own, key))[BLOCKED_ON.name] == f"{company} synced"
    assert key in await _listed(own.office.client, f'ErpBlockedOn="{company} synced"', [key])
    await own.granted(key, "reject")
    await settled(own.office.client, key)
    assert BLOCKED_ON.name not in await _attributes(own, key)


async def test_a_failure_is_named_and_forgotten_when_it_heals(own: Site) -> None:
    key = await _failed(own)
    await settled(own.office.client, key)
    shown = await _attributes(own, key)
    assert (shown[STATE.name], shown[FAILURE.name]) == ("failed", (await own.head(key)).failure_code)
    await own.granted(key, "retry")
    await own.until(key, State.SYNCED)
    await settled(own.office.client, key)
    assert FAILURE.name not in await _attributes(own, key)


async def test_only_changes_are_upserted(own: Site) -> None:
    key = await own.sent()
    before = (await settled(own.office.client, key)).count("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES")
    for _ in range(3):
        assert await own.refused(key, "accept", SENDER) == ["not_permitted"]
    assert (await settled(own.office.client, key)).count("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES") == before


async def test_the_details_say_where_it_stands_and_who_has_to_move(own: Site) -> None:
    key = await own.sent()
    assert "waits for an accounting approver" in await _details(own.office.client, key)
    await own.granted(key, "reject")
    assert "Rejected by the approver" in await _details(own.office.client, key)
    failed = await _failed(own)
    await settled(own.office.client, failed)
    assert await _details(own.office.client, failed) == (await own.head(failed)).words


async def test_a_fresh_run_shows_the_same_details_and_attributes(own: Site) -> None:
    own = own.hurried(rest_after=1)
    key = await own.sent()
    details, shown = await _details(own.office.client, key), await _attributes(own, key)
    await asyncio.sleep(1.5)
    assert await events(own.office.client, key) == FRESH
    assert len(await chain(own.office.client, key)) == 2
    assert await _attributes(own, key) == shown
    assert await _details(own.office.client, key) == details
