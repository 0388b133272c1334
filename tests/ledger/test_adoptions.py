"""Adoptions in the ledger: one for a run, what was confirmed stays as it was, an outcome for each item (R-09)."""

from __future__ import annotations

import asyncpg
import pytest

from domain.adopting import Answer, Became, Proposal
from domain.adopting_port import Adoption
from domain.adopting_sides import Contract, ContractLine, ErpSide, Item, Standing, What
from ledger.adoptions import PgAdoptions

WANTED = Adoption(procore_company=562949, project=310, erp_company="01", job="1042", who="Ada\x00")


@pytest.fixture
def adoptions(pool: asyncpg.Pool) -> PgAdoptions:
    return PgAdoptions(pool)


def proposal(name: str = "1042") -> Proposal:
    item = Item(what=What.PROJECT, standing=Standing.MATCHED, key="project:562949:-:310", erp_id=name)
    return Proposal(erp_company="01", job="1042", project=310, items=[item])


async def test_the_same_run_is_the_same_adoption(adoptions: PgAdoptions) -> None:
    first = await adoptions.begin("run-1", WANTED)
    assert await adoptions.begin("run-1", WANTED) == first
    assert await adoptions.begin("run-2", WANTED) != first
    assert (await adoptions.one(first)).who == "Ada\ufffd"
    with pytest.raises(LookupError):
        await adoptions.one(10**9)


async def test_what_was_read_comes_back_to_the_cent_and_goes_with_the_end(adoptions: PgAdoptions) -> None:
    number = await adoptions.begin("run", WANTED)
    row = ContractLine(task="1", job="1042", cost_code="03-100", category="S", amount="1000000.10")
    side = ErpSide(
        job="Tower", pairs=[("03-100", "S")], contracts=[Contract(vendor="V", number="1", key="K", lines=[row])]
    )
    await adoptions.keep_erp(number, side)
    assert (await adoptions.one(number)).erp == side
    await adoptions.finish(number, "preview", "")
    ended = await adoptions.one(number)
    assert (ended.erp, ended.state) == (None, "preview")


async def test_what_was_confirmed_stays_and_is_found_by_its_hash(adoptions: PgAdoptions) -> None:
    number, shown = await adoptions.begin("run", WANTED), proposal()
    await adoptions.propose(number, shown, confirmed=False)
    assert await adoptions.carried_out(WANTED, shown.hash) is None
    await adoptions.propose(number, shown, confirmed=True)
    await adoptions.propose(number, proposal("other"), confirmed=True)
    kept = await adoptions.one(number)
    assert (kept.proposal, kept.confirmed) == (shown, True)
    assert await adoptions.carried_out(WANTED, shown.hash[:8]) == number
    assert await adoptions.carried_out(WANTED, "_" * 8) is None
    elsewhere = WANTED.model_copy(update={"job": "1055"})
    assert await adoptions.carried_out(elsewhere, shown.hash) is None


async def test_each_item_has_its_own_outcome(adoptions: PgAdoptions) -> None:
    number = await adoptions.begin("run", WANTED)
    await adoptions.settle(number, "0", Answer(answer=Became.FAILED, sentence="No."))
    await adoptions.settle(number, "1", Answer(answer=Became.REFUSED))
    await adoptions.settle(number, "0", Answer(answer=Became.DONE))
    assert (await adoptions.one(number)).outcomes == {
        "0": Answer(answer=Became.DONE),
        "1": Answer(answer=Became.REFUSED),
    }
