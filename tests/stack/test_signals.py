"""What an operator does with Temporal's own command line: the same table, the same judge (design §3, "Signals"; B-15)."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.people import person_id
from domain.states import State
from tests.support import APPROVER, JOB, SENDER, Site

TEMPORAL = str(Path(sys.executable).parent / "temporal")


async def temporal(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    """Temporal's own command line, with nothing but the server's address."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    command = [TEMPORAL, "workflow", *words, "--address", site.stack.temporal_address]
    return await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, check=False)


async def send_signal(site: Site, key: str, name: str, given: str | None = None) -> None:
    more = ("--input", given) if given is not None else ()
    ran = await temporal(site, "signal", "--workflow-id", key, "--name", name, *more)
    assert ran.returncode == 0, ran.stderr


async def recorded(site: Site, key: str, count: int) -> list[dict[str, Any]]:
    """The history once it has so many entries."""
    for _ in range(400):
        history = await site.office.reading.history(key)
        if len(history) >= count:
            assert len(history) == count
            return history
        await asyncio.sleep(0.025)
    raise AssertionError(f"{key} has {len(history)} entries, not {count}")


async def test_unlink_by_signal_is_what_an_update_is(site: Site) -> None:
    """Refused while CMiC has it, gone when it is void."""
    key = await site.synced()
    await send_signal(site, key, "unlink")
    history = await recorded(site, key, 5)
    told = [(h["action"], h["answer"], h["who"], h["door"], h["actor"]) for h in history[3:]]
    assert told == [
        ("unlink", "done", "operator", "signal", "operator"),
        ("still_there", "done", "connector", "connector", "connector"),
    ]
    assert "CMiC still has" in (await site.until(key, State.SYNCED)).words
    assert (await site.in_procore(key))["origin_id"]
    await site.control("subcontracts/void", **await site.contract(key))
    await send_signal(site, key, "unlink")
    await site.until(key, State.NOT_SENT)
    assert (await site.in_procore(key))["origin_id"] is None


async def test_accept_by_signal_is_recorded_as_refused(site: Site) -> None:
    """Whatever its input says of itself: a person, a door, the connector."""
    key = await site.sent()
    pretending = {"person": person_id(APPROVER.name), "door": "cli"}
    for given in (None, "{}", json.dumps(pretending), json.dumps({"door": "connector"})):
        await send_signal(site, key, "accept", given)
    history = await recorded(site, key, 5)
    for entry in history[1:]:
        assert (entry["action"], entry["answer"], entry["who"]) == ("accept", "refused", "operator")
        assert [r["code"] for r in entry["refusals"]] == ["operator_may_not_accept"]
    assert (await site.head(key)).state is State.WAITING
    await site.granted(key, "retrieve", SENDER)


async def test_the_connectors_own_actions_are_not_open_to_signals(site: Site) -> None:
    key = await site.sent()
    for name in ("complete", "release", "record_posting", "adopt"):
        await send_signal(site, key, name)
    history = await recorded(site, key, 5)
    assert {h["answer"] for h in history[1:]} == {"refused"}
    assert (await site.head(key)).state is State.WAITING


GARBAGE = ['"a text"', "[1, 2]", "7", "null", '{"fields": 5}', '{"seen": "yesterday"}', '{"action": "reject"}', "{}"]


async def test_nonsense_is_recorded_as_refused_and_blocks_nobody(site: Site) -> None:
    key = await site.sent()
    for given in GARBAGE:
        await send_signal(site, key, "explode", given)
    await send_signal(site, key, "y" * 300, "[]")
    history = await recorded(site, key, len(GARBAGE) + 2)
    for entry in history[1:]:
        assert entry["answer"] == "refused"
        assert {r["code"] for r in entry["refusals"]} <= {"unknown_action", "bad_input"}
    assert await site.office.reading.verify(key) is None
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)


@pytest.mark.parametrize(("name", "state"), [("reject", State.REJECTED), ("retrieve", State.RETRIEVED)])
async def test_what_is_open_to_an_operator_is_done_in_his_name(site: Site, name: str, state: State) -> None:
    key = await site.sent()
    await send_signal(site, key, name)
    await site.until(key, state)
    await send_signal(site, key, "resend")
    await site.until(key, State.WAITING)
    history = await site.office.reading.history(key)
    assert [(h["action"], h["who"]) for h in history] == [
        ("send", SENDER.name),
        (name, "operator"),
        ("resend", "operator"),
    ]
    outcome = await site.ask(key, "adopt")
    assert outcome.refusals[0].sentence.startswith("operator was first: resend at")
    await site.granted(key, "retrieve", SENDER)


async def test_retry_by_signal(site: Site) -> None:
    key = await site.sent()
    async with site.settings(subcontract_type="NOPE"):
        await site.granted(key, "accept")
        await site.until(key, State.FAILED)
    await send_signal(site, key, "retry")
    await site.until(key, State.SYNCED)


async def test_an_update_that_names_nobody_speaks_as_the_operator(site: Site) -> None:
    key = await site.sent()
    ran = await temporal(site, "update", "execute", "--workflow-id", key, "--name", "accept", "--input", "{}")
    assert ran.returncode != 0
    assert "Accepting is an accounting approver's decision" in ran.stderr + ran.stdout
    ran = await temporal(site, "update", "execute", "--workflow-id", key, "--name", "reject", "--input", "{}")
    assert ran.returncode == 0, ran.stderr
    assert (await site.head(key)).state is State.REJECTED
    assert (await site.office.reading.history(key))[-1]["who"] == "operator"


async def test_all_stuck_exports_of_a_job_are_one_query(site: Site) -> None:
    key, fine = await site.sent(), await site.synced()
    async with site.settings(subcontract_type="NOPE"):
        await site.granted(key, "accept")
        await site.until(key, State.FAILED)
    query = f"ErpKind='commitment' AND ErpState='failed' AND CmicJob='{JOB}' AND ErpFailureCode='cmic_refused'"
    listed: list[str] = []
    for _ in range(100):  # Visibility is told a moment later.
        ran = await temporal(site, "list", "--query", query, "--output", "json")
        assert ran.returncode == 0, ran.stderr
        listed = [one["execution"]["workflowId"] for one in json.loads(ran.stdout)]
        if key in listed:
            break
    assert key in listed
    assert fine not in listed
    described = await temporal(site, "describe", "--workflow-id", key, "--output", "json")
    assert "CommitmentLifecycle" in described.stdout
    await site.granted(key, "reject")


async def test_terminated_by_an_operator_it_is_taken_up_by_the_next_question(site: Site) -> None:
    key = await site.sent()
    ran = await temporal(site, "terminate", "--workflow-id", key, "--reason", "stuck")
    assert ran.returncode == 0, ran.stderr
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert await site.actions(key) == ["send", "accept", "complete"]
