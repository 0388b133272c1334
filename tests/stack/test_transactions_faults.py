"""Whatever fails on the way, every transaction comes in once, and goes out once (O-18, B-03)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.stack.costs import amounts, aside, everything_is_there_once, ordering, reads, wanted
from tests.stack.imports import Body, LinkedJob, brought, done
from tests.stack.test_transactions import cost, headers_of
from tests.support import COMPANY, ERP, Site


@pytest.fixture
async def job(site: Site) -> AsyncIterator[LinkedJob]:
    opened = await LinkedJob.opened(site)
    async with wanted(site, opened):
        yield opened


CMIC_FAULTS: list[Body] = [
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 500, "times": 2},
    {"kind": "cut_before_commit"},
    {"kind": "cut_after_commit"},
    {"kind": "delay", "seconds": 2},
    {"kind": "delay_answer", "seconds": 2},
]


@pytest.mark.parametrize("fault", CMIC_FAULTS, ids=lambda f: f"{f['kind']} {f.get('status', '')}")
async def test_a_fault_of_cmics(job: LinkedJob, fault: Body) -> None:
    await job.costs(*(cost(n) for n in range(1, 8)))
    order = {name: value for name, value in fault.items() if name != "kind"}
    await job.site.fault(fault["kind"], method="GET", resource="jcdetailposted", **order)
    summary = await done(job.site, "transactions", job.project)
    assert summary.words.startswith("7 read, 7 new")
    await everything_is_there_once(job)


REQUESTS = [
    ("PATCH", "direct_costs/sync"),
    ("PATCH", "direct_costs/line_items/sync"),
    ("GET", "rest/v1.0/cost_codes"),
    ("GET", "/uoms"),
]
PROCORE_FAULTS: list[Body] = [
    {"status": 503},
    {"status": 429, "retry_after": 1},
    {"status": 500, "times": 2},
    {"cut": True, "when": "before"},
    {"cut": True, "when": "after"},
    {"malformed": True, "when": "after"},
    {"delay": 2.0},
]


@pytest.mark.parametrize(
    ("method", "path"), REQUESTS, ids=[path.rsplit("/", 2)[-2] + path[-4:] for _, path in REQUESTS]
)
@pytest.mark.parametrize("fault", PROCORE_FAULTS, ids=lambda f: " ".join(map(str, f.values())))
async def test_a_fault_of_procores(job: LinkedJob, method: str, path: str, fault: Body) -> None:
    await job.costs(*(cost(n) for n in range(1, 8)))
    await job.site.procore_fault(path, method=method, **fault)
    summary = await done(job.site, "transactions", job.project)
    assert summary.words.startswith("7 read, 7 new")
    assert (await job.site.procore.get("/_sandbox/faults")).json()[0]["hits"] > 0
    await everything_is_there_once(job)


@pytest.mark.parametrize("path", ["direct_costs/sync", "direct_costs/line_items/sync"])
async def test_a_request_of_which_half_was_done(job: LinkedJob, path: str) -> None:
    await job.costs(*(cost(n) for n in range(1, 8)))
    await job.site.procore_fault(path, method="PATCH", when="half", status=500)
    await done(job.site, "transactions", job.project)
    await everything_is_there_once(job)


@pytest.mark.parametrize("fault", [{"cut": True, "when": "after"}, {"status": 503}, {"cut": True, "when": "before"}])
async def test_a_fault_while_they_are_taken_out(job: LinkedJob, fault: Body) -> None:
    await job.costs(cost(1), cost(2), cost(3))
    await done(job.site, "transactions", job.project)
    await job.site.control("transactions/delete", company=ERP, job=job.job, where={"JcdtAmt": 2})
    await job.site.procore_fault(f"projects/{job.project}/direct_costs/", method="DELETE", **fault)
    await done(job.site, "transactions", job.project, full=True)
    assert await amounts(job) == [Decimal(1), Decimal(3)]
    await everything_is_there_once(job)


async def test_what_procore_wont_let_go_is_named_and_the_next_run_tries_again(job: LinkedJob) -> None:
    await job.costs(cost(1), cost(2))
    await done(job.site, "transactions", job.project)
    await job.site.control("transactions/delete", company=ERP, job=job.job, where={"JcdtAmt": 2})
    await job.site.procore_fault("direct_costs/sync", method="PATCH", status=422)
    summary = await done(job.site, "transactions", job.project, full=True)
    assert "0 removed, 1 set aside" in summary.words
    (row,) = await job.site.office.imports.aside(COMPANY, "transactions", job.key)
    (said,) = row["reasons"]
    assert said["sentence"].count("Procore refused it") == 1
    assert "422" in said["sentence"]
    assert len(await headers_of(job)) == 2
    await done(job.site, "transactions", job.project)
    assert (await amounts(job), await aside(job)) == ([Decimal(1)], [])
    await everything_is_there_once(job)


async def test_what_procore_refuses_is_named_and_the_next_run_tries_again(job: LinkedJob) -> None:
    """A refusal of everything ends no run: each row has it."""
    await job.costs(cost(1), cost(2))
    await job.site.procore_fault("direct_costs/sync", method="PATCH", status=422)
    summary = await done(job.site, "transactions", job.project)
    assert "2 set aside" in summary.words
    assert await aside(job) == ["refused_by_procore", "refused_by_procore"]
    await done(job.site, "transactions", job.project)
    assert await aside(job) == []
    await everything_is_there_once(job)


def impatient(site: Site, seconds: float) -> Site:
    """The same site, whose imports are started with so much patience."""
    asked = ordering(site.office, patience=timedelta(seconds=seconds))
    return replace(site, office=replace(site.office, ordering=asked))


async def test_a_run_is_left_when_patience_is_over_and_the_next_goes_on_with_it(job: LinkedJob) -> None:
    await job.costs(*(cost(n) for n in range(1, 8)))
    await job.site.procore_fault("direct_costs/line_items/sync", method="PATCH", status=503, times=None)
    left = await brought(impatient(job.site, 2.5), "transactions", job.project)
    assert (left.state, [r.code for r in left.refusals]) == ("left", ["import_left"])
    await job.site.procore.delete("/_sandbox/faults")
    await job.site.cmic.delete("/_sandbox/traffic")
    summary = await done(job.site, "transactions", job.project)
    assert summary.run == left.run
    assert await reads(job.site) == [], "what was read before stays"
    assert summary.words.startswith("7 read, 7 new, 0 changed; 7 written")
    await everything_is_there_once(job)
