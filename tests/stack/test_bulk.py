"""Bulk commands over the whole stack: one action for many items, an outcome for every row, and nothing lost or asked twice when
a worker dies in the middle (B-10)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from domain.states import State
from tests.paperwork import Job, coded, id_of, line
from tests.stack.commands import DONE, REFUSED, USAGE, begun, cli, environment
from tests.support import COMPANY, ERP, PROJECT, SENDER, Site
from workers.stack import end


@pytest.fixture(autouse=True)
def quiet_worker() -> Iterator[None]:
    """The worker of this process logs elsewhere while the CLI's output is read."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


def answers(rows: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """What was answered to each, and where it stood then; a refusal's first code in place of the state."""
    return {r["key"]: (r["answer"], r["refusals"][0]["code"] if r["refusals"] else r["state"]) for r in rows}


async def listed(folder: Path, *rows: tuple[str, dict[str, Any]]) -> Path:
    file = folder / "rows.json"
    await asyncio.to_thread(file.write_text, json.dumps([{"key": key, "fields": fields} for key, fields in rows]))
    return file


async def test_accept_by_keys_with_mixed_outcomes(site: Site) -> None:
    """One leaves, one is held, one needs a field, one isn't sent, one doesn't exist, one is an object that isn't carried."""
    company = await site.company()
    plain, held, unsent = await site.sent(), await site.sent(vendor=id_of(company)), await site.commitment()
    await site.granted(company, "send", SENDER)
    missing = f"commitment:{COMPANY}:{PROJECT}:99999950"
    unknown = f"owner_invoice:{COMPANY}:{PROJECT}:50"
    keys = (plain, held, company, unsent, missing, unknown)
    said = await cli(site, "bulk", "accept", *keys, "--json")
    assert said.code == REFUSED
    assert [row["key"] for row in said.json] == list(keys), "in the order in which they were named"
    assert answers(said.json) == {
        plain: ("done", "exporting"),
        held: ("done", "held"),
        company: ("refused", "field_missing"),
        unsent: ("refused", "not_allowed_now"),
        missing: ("refused", "not_allowed_now"),
        unknown: ("refused", "unknown_action"),
    }
    for row in said.json:
        assert set(row) == {"key", "answer", "action", "state", "sequence", "refusals", "sentence"}
        assert all(r["sentence"] and r["owner"] and r["where"] for r in row["refusals"])
    await site.until(plain, State.SYNCED)
    assert (await site.head(held)).state is State.HELD
    (entry,) = await site.office.reading.history(missing)
    assert (entry["action"], entry["answer"]) == ("accept", "refused")


async def test_in_words_at_80_columns(site: Site) -> None:
    company = await site.company("A company with a rather long name so")
    plain, unsent = await site.sent(), await site.commitment()
    await site.granted(company, "send", SENDER)
    said = await cli(site, "bulk", "accept", plain, company, unsent)
    assert said.code == REFUSED
    assert f"done {plain} exporting" in said.words
    assert f"refused {company}" in said.words
    assert "✗ erp_id is needed to accept." in said.words
    assert "accounting approver → The approver's fields [field_missing]" in said.words
    assert "✗ A commitment that is Not sent can't be asked to accept." in said.words
    assert said.words.endswith("accept: 1 of 3 done.")
    await site.until(plain, State.SYNCED)
    await site.granted(company, "retrieve", SENDER)


async def test_by_file_with_fields_of_each_row(site: Site, tmp_path: Path) -> None:
    companies, codes = [await site.company() for _ in range(3)], [site.code("V") for _ in range(2)]
    number = site.code("BULK-")
    contract = await site.sent()
    for key in companies:
        await site.granted(key, "send", SENDER)
    rows: list[tuple[str, dict[str, Any]]] = [
        (key, {"erp_id": code}) for key, code in zip(companies, codes, strict=False)
    ]
    file = await listed(tmp_path, *rows, (companies[2], {"erp_id": "A|B"}), (contract, {"erp_id": number}))
    said = await cli(site, "bulk", "accept", "--file", file, "--json")
    assert said.code == REFUSED
    assert answers(said.json) == {
        companies[0]: ("done", "exporting"),
        companies[1]: ("done", "exporting"),
        companies[2]: ("refused", "bad_input"),
        contract: ("done", "exporting"),
    }
    for key, code in zip(companies, codes, strict=False):
        assert (await site.until(key, State.SYNCED)).erp_key == f"{ERP}|{code}"
    assert (await site.until(contract, State.SYNCED)).erp_key == f"{ERP}|ACME01|{number}|000"
    file = await listed(tmp_path, (companies[2], {}))
    rejected = await cli(site, "bulk", "reject", "--file", file, "--note", "Not a vendor of ours")
    assert (rejected.code, "reject: 1 of 1 done." in rejected.words) == (DONE, True)
    (entry,) = [h for h in await site.office.reading.history(companies[2]) if h["action"] == "reject"]
    assert entry["note_text"] == "Not a vendor of ours"


async def test_by_view_kind_and_project(site: Site) -> None:
    """The view that the action is meant for, of one project and one kind; nothing of another project is touched."""
    job, other = await Job.opened(site), await Job.opened(site)
    contracts = [await job.commitment(line("03-100", "S", "5.00")) for _ in range(3)]
    strange = await other.commitment(line("03-100", "S", "5.00"))
    budget = await job.budget(coded("03-100", "S", "10.00"))
    for key in (*contracts, strange, budget):
        await site.granted(key, "send", SENDER)
    said = await cli(site, "bulk", "accept", "--kind", "commitment", "--project", job.project, "--json")
    assert (said.code, answers(said.json)) == (DONE, dict.fromkeys(contracts, ("done", "exporting")))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in contracts))
    assert [(await site.head(key)).state for key in (strange, budget)] == [State.WAITING] * 2
    said = await cli(site, "bulk", "accept", "--project", job.project)
    assert (said.code, f"refused {budget}" in said.words) == (REFUSED, True)
    assert "confirmation_needed" in said.words
    rejected = await cli(site, "bulk", "reject", "--view", "waiting", "--project", job.project, "--json")
    assert answers(rejected.json) == {budget: ("done", "rejected")}
    again = await cli(site, "bulk", "resend", "--view", "rejected", "--project", job.project, "--json")
    assert answers(again.json) == {budget: ("done", "waiting")}
    assert (await cli(site, "bulk", "retrieve", "--view", "waiting", "--project", job.project)).code == DONE
    nothing = await cli(site, "bulk", "accept", "--project", job.project)
    assert (nothing.code, nothing.out.strip()) == (DONE, "Nothing to ask.")
    assert (await cli(site, "bulk", "accept", "--project", job.project, "--json")).json == []
    await site.granted(strange, "retrieve", SENDER)


async def test_retry_what_failed(site: Site) -> None:
    job = await Job.opened(site)
    keys = [await job.commitment(line("03-100", "S", "5.00")) for _ in range(3)]
    async with site.settings(subcontract_type="NOPE"):
        for key in keys:
            await job.accepted(key)
        await asyncio.gather(*(site.until(key, State.FAILED) for key in keys))
    await job.edit("commitments", id_of(keys[0]), status="Void")
    await site.granted(keys[2], "reject")
    said = await cli(site, "bulk", "retry", "--project", job.project, "--json")
    assert answers(said.json) == {keys[0]: ("done", "exporting"), keys[1]: ("done", "exporting")}
    await site.until(keys[1], State.SYNCED)
    await site.until(keys[0], State.WAITING)
    by_key = await cli(site, "bulk", "retry", *keys)
    assert (by_key.code, "retry: 0 of 3 done." in by_key.words) == (REFUSED, True)


async def test_who_may_not_is_told_so_row_by_row(site: Site) -> None:
    """Unlinking a company asks for less than unlinking a commitment: one order, both answers, under the person's name."""
    company, _ = await site.linked_company()
    contract = await site.synced()
    clerk = {
        "PERSON_NAME": "Clara Clerk",
        "PERSON_LEVEL": "2",
        "PERSON_MAY_PUSH": "false",
        "PERSON_OWNS_TOOLS": "false",
    }
    said = await cli(site, "bulk", "unlink", company, contract, "--json", more=clerk)
    assert said.code == REFUSED
    assert answers(said.json) == {company: ("done", "unlinking"), contract: ("refused", "not_permitted")}
    assert said.json[1]["refusals"][0]["sentence"].startswith("Clara Clerk may not unlink this:")
    await site.until(company, State.NOT_SENT)
    last = (await site.office.reading.history(contract))[-1]
    assert (last["who"], last["door"], last["answer"]) == ("Clara Clerk", "cli", "refused")
    plain = await cli(site, "bulk", "unlink", contract, more=clerk)
    assert "Clara Clerk may not unlink this" in plain.words


async def test_one_item_twice_is_decided_once(site: Site) -> None:
    key = await site.sent()
    said = await cli(site, "bulk", "accept", key, key, "--json")
    assert said.code == REFUSED
    assert sorted(row["answer"] for row in said.json) == ["done", "refused"]
    await site.until(key, State.SYNCED)
    assert await site.actions(key) == ["send", "accept", "complete"]


async def test_many_at_once(site: Site) -> None:
    job = await Job.opened(site)
    keys = [await job.commitment(line("03-100", "S", "1.00")) for _ in range(40)]
    sent = await cli(site, "bulk", "send", *keys, "--json")
    assert answers(sent.json) == dict.fromkeys(keys, ("done", "waiting"))
    accepted = await cli(site, "bulk", "accept", "--project", job.project)
    assert (accepted.code, accepted.words.endswith("accept: 40 of 40 done.")) == (DONE, True)
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys))
    assert len(await site.rows("scmast", ScmstJobCode=job.job)) == 40


WRONG: dict[str, tuple[tuple[object, ...], str]] = {
    "no action": (("bulk",), "Missing argument"),
    "no items and no view": (("bulk", "unlink"), "Name the items, or a --view: not_sent, waiting"),
    "an unknown view": (("bulk", "accept", "--view", "archived"), "Name the items, or a --view"),
    "no key": (("bulk", "accept", "commitment"), "The items can't be read: 'commitment' is not the key"),
    "a key of an unknown kind": (("bulk", "accept", "invoice:1:-:7"), "there is no kind 'invoice'"),
    "a file that isn't there": (("bulk", "accept", "--file", "/nowhere.json"), "The items can't be read"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_usage_is_two(site: Site, name: str) -> None:
    words, message = WRONG[name]
    said = await cli(site, *words, fits=False)
    assert (said.code, said.out) == (USAGE, "")
    assert message in said.words


@pytest.mark.parametrize("text", ["", "{", "7", "[7]", '[{"fields": {}}]', '[{"key": "x"}]', '{"key": "commitment:1"}'])
async def test_a_file_that_cant_be_read_is_two(site: Site, tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.json").write_text(text)
    said = await cli(site, "bulk", "accept", "--file", tmp_path / "rows.json", fits=False)
    assert (said.code, said.out) == (USAGE, "")
    assert "The items can't be read" in said.words


# A worker dies


class OwnQueue:
    """A bulk command with workers of its own, so that they may be killed. The lifecycles are the session's."""

    def __init__(self, site: Site, folder: Path) -> None:
        name = site.code("bulk-")
        more = {"TASK_QUEUE": name, "ERP_QUEUE_SUFFIX": f"-{name}", "POSTING_EVERY": "P1D", "WATCHDOG_EVERY": "P1D"}
        self.env, self.folder = environment(site.stack, more), folder
        self.running: list[subprocess.Popen[str]] = []

    def begin(self, *words: str) -> subprocess.Popen[str]:
        self.running.append(begun(self.folder, self.env, *words))
        return self.running[-1]


@pytest.fixture
async def own_queue(site: Site, tmp_path: Path) -> Any:
    queue = OwnQueue(site, tmp_path)
    yield queue
    for process in queue.running:
        end(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    async for schedule in await site.office.client.list_schedules():
        if schedule.id.startswith("posting"):
            await site.office.client.get_schedule_handle(schedule.id).delete()


async def test_a_worker_that_is_killed_in_the_middle_loses_nothing_and_asks_nothing_twice(
    site: Site, own_queue: OwnQueue
) -> None:
    job = await Job.opened(site)
    keys = [await job.commitment(line("03-100", "S", "1.00")) for _ in range(60)]
    await asyncio.gather(*(site.granted(key, "send", SENDER) for key in keys))
    worker = own_queue.begin("worker")
    order = own_queue.begin("bulk", "accept", "--project", str(job.project), "--json")
    decided = await until_some_are_decided(site, job, 5)
    os.kill(worker.pid, signal.SIGKILL)
    assert decided < len(keys), "it was killed in the middle"
    own_queue.begin("worker")
    out, err = await asyncio.to_thread(order.communicate, timeout=100)
    assert order.returncode == DONE, (out + err)[-2000:]
    assert answers(json.loads(out)) == dict.fromkeys(keys, ("done", "exporting"))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys))
    for key in keys:
        history = await site.office.reading.history(key)
        assert [(h["action"], h["answer"]) for h in history] == [
            ("send", "done"), ("accept", "done"), ("complete", "done"),
        ]  # fmt: skip
    assert len(await site.rows("scmast", ScmstJobCode=job.job)) == len(keys)


async def until_some_are_decided(site: Site, job: Job, some: int) -> int:
    for _ in range(3000):
        waiting = await site.office.reading.inbox("waiting", project=job.project)
        if len(waiting) <= 60 - some:
            return 60 - len(waiting)
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was decided")
