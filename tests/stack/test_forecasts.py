"""Forecasts over the whole stack: refusals, every step of their own, as a PCI, as projected cost, along with a budget; a second
export of a month (O-10, S-09, S-10; erp-tool-behaviour B-06)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.settings import Forecast
from domain.states import Posting, State
from tests.paperwork import Job, coded
from tests.stack.walks import (
    ADMIN,
    SHARED,
    TEAM,
    by_a_stranger,
    its_rows_refuse,
    moves_of,
    told,
    walked,
)
from tests.support import APPROVER, COMPANY, ERP, SENDER, Site

CONCRETE, MASONRY, FORMS = ("03-100", "S"), ("04-200", "S"), ("03-100", "M")
CONFIRMED: dict[str, Any] = {"confirm_import_closed": True}
MONTH, FIRST, SECOND = 202611, "F202611-01", "F202611-02"
NO_AMOUNT = ("no_forecast", "The budget view has no amount to forecast with.", TEAM)
NOTHING_NEW = ("nothing_new", "Nothing is new since the last export.", TEAM)
OFF = ("export_switched_off", "Exporting a forecast is switched off in the settings.", ADMIN)


def foreseen(pair: tuple[str, str], at_completion: str, amount: str = "10.00", **more: Any) -> dict[str, Any]:
    return coded(*pair, amount, estimated_cost_at_completion=at_completion, **more)


async def entered(site: Site, *lines: dict[str, Any]) -> tuple[Job, str]:
    """A job, and November's forecast of these budget lines."""
    job = await Job.opened(site)
    await job.budget(*(lines or (foreseen(CONCRETE, "12.00"),)))
    return job, job.of("forecast", MONTH)


# Refusals


async def test_what_is_switched_off_is_refused(site: Site) -> None:
    _, key = await entered(site)
    assert await told(site, key, "send") == [OFF]
    async with site.settings(forecast_export=Forecast.PCI, forecast_with_budget=True):
        assert await told(site, key, "send") == [OFF], "it would count twice"


@pytest.mark.parametrize("as_what", [Forecast.PCI, Forecast.PROJECTED])
async def test_a_forecast_is_refused_with_its_reasons(site: Site, as_what: Forecast) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("98-100")
    await job.budget(foreseen(CONCRETE, "1.00"), foreseen(("98-100", "S"), "2.00"))
    key = job.of("forecast", MONTH)
    async with site.settings(forecast_export=as_what):
        no_such = ("code_not_synced", f"Line 2 sits on 98-100 S, which is not on CMiC's list for job {job.job}.", ADMIN)
        assert await told(site, key, "send") == [no_such]
        assert await told(site, job.of("forecast", 300001), "send") == [
            ("not_the_export_month", "'300001' is no month: a forecast is named by its month as YYYYMM.", TEAM),
            no_such,
        ]
        (view,) = (await site.procore.get("/_sandbox/books/budget_views", params={"id": "9001"})).json()
        await job.edit("budget_views", 9001, columns=[])
        try:
            assert await told(site, key, "send") == [NO_AMOUNT]
        finally:
            await job.edit("budget_views", 9001, columns=view["columns"])
        await job.budget(foreseen(("98-100", "S"), "0.00"), foreseen(CONCRETE, "0.00"))
        if as_what is Forecast.PCI:
            nothing = ("zero_total", "It adds up to zero: there is nothing to send.", TEAM)
            assert await told(site, key, "send") == [nothing]
        segment = {"company_id": COMPANY, "name": "Wing", "structure": "flat", "project_ids": [job.project]}
        assert (await site.procore.post("/_sandbox/seed", json={"segments": [segment]})).status_code == 200
        assert (await told(site, key, "send"))[0] == (
            "custom_segments",
            "Its project uses custom WBS segments (Wing), which CMiC has no place for.",
            ADMIN,
        )


async def test_the_guards_of_its_rows(site: Site) -> None:
    job, key = await entered(site)
    async with site.settings(forecast_export=Forecast.PCI):
        await its_rows_refuse(site, job, key, FIRST)
        assert await told(site, key, "resend") == [NOTHING_NEW]
        assert await told(site, key, "accept", APPROVER, erp_id="F" * 12) == [
            ("bad_input", "The command can't be read: erp_id: String should have at most 11 characters", TEAM)
        ]
    assert await job.item_amounts(FIRST) == {CONCRETE: Decimal(12)}


async def test_what_was_switched_off_meanwhile_is_not_exported(site: Site) -> None:
    """The approver's settings are those of his moment."""
    job, key = await entered(site)
    async with site.settings(forecast_export=Forecast.PCI):
        await site.granted(key, "send", SENDER)
    assert await told(site, key, "accept", APPROVER) == [OFF]
    await site.granted(key, "retrieve", SENDER)
    assert (await site.head(key)).state is State.RETRIEVED
    assert await job.items() == []


# Its way


async def test_every_step_of_its_own_is_walked(site: Site) -> None:
    """What a forecast has beside what every kind has. Held while it is linked can't be brought about here: it needs its job,
    and the project isn't unlinked while the forecast stands on it; and CMiC asks nothing of a PCI first."""
    job, key = await entered(site, foreseen(CONCRETE, "12.00"), foreseen(MASONRY, "8.00"))
    async with site.settings(forecast_export=Forecast.PCI):
        await job.exported(key)
        await job.budget(foreseen(CONCRETE, "13.00"))
        await site.granted(key, "resend", SENDER)
        await site.granted(key, "retrieve", SENDER)
        assert (await site.head(key)).state is State.SYNCED
        await site.granted(key, "resend", SENDER)
        await site.granted(key, "reject")
        assert (await site.head(key)).state is State.SYNCED
        await site.granted(key, "resend", SENDER)
        await site.fault("status", status=400, method="POST", key=SECOND)
        await site.granted(key, "accept")
        await site.until(key, State.FAILED)
        await site.granted(key, "reject")
        assert (await site.head(key)).state is State.SYNCED
        await job.exported(key, "resend")
    first, second = [row["CmmCode"] for row in await job.items()]
    assert first == FIRST
    assert await job.item_amounts(second) == {CONCRETE: Decimal(1)}
    await job.post_items()
    await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    seen, unreachable = await walked(site, key), {(State.HELD, "reject", State.SYNCED)}
    assert seen >= moves_of("forecast") - SHARED - unreachable
    assert (State.SYNCED, "record_posting", State.SYNCED) in seen
    assert await site.office.reading.verify(key) is None


async def test_unlinked_once_cmic_has_it_no_more(site: Site) -> None:
    job, key = await entered(site)
    async with site.settings(forecast_export=Forecast.PCI):
        await job.exported(key)
        await site.granted(key, "unlink")
        assert f"CMiC still has {ERP}|{job.job}|{FIRST}." in (await site.until(key, State.SYNCED)).words
        await job.post_items(FIRST, deed="void")
        await site.granted(key, "unlink")
        await site.until(key, State.NOT_SENT)
        await job.exported(key)
    assert await job.item_amounts(SECOND) == {CONCRETE: Decimal(12)}, "a new code, and the whole amount again"


# As a PCI


async def test_a_months_exports_together_are_the_forecast(site: Site) -> None:
    job, key = await entered(site, foreseen(CONCRETE, "1200.10"), foreseen(MASONRY, "0.00"), foreseen(FORMS, "3.00"))
    async with site.settings(forecast_export=Forecast.PCI):
        await job.exported(key)
        (row,) = await job.items()
        assert (row["CmmName"], row["CmmTypeCode"], row["CmmCode"], row["CmmPrepostStatCode"]) == (
            "November Procore Forecast Amounts", "FCT", FIRST, "APPROVED",
        )  # fmt: skip
        assert row["CmmScopeDesc"] == "Forecast to complete: 30.00 (03-100 M 10.00; 03-100 S 10.00; 04-200 S 10.00)"
        assert await job.item_amounts(FIRST) == {CONCRETE: Decimal("1200.10"), FORMS: Decimal(3)}
        rounds: list[tuple[list[dict[str, Any]], dict[tuple[str, str], str]]] = [
            ([foreseen(CONCRETE, "1100.00")], {CONCRETE: "-100.10"}),
            ([foreseen(CONCRETE, "1100.01"), foreseen(MASONRY, "-5.00")], {CONCRETE: "0.01", MASONRY: "-5.00"}),
            ([foreseen(FORMS, "0.00")], {FORMS: "-3.00"}),
        ]
        for number, (lines, new) in enumerate(rounds, start=2):
            await job.budget(*lines)
            await job.exported(key, "resend")
            assert await job.item_amounts(f"F202611-{number:02d}") == {p: Decimal(a) for p, a in new.items()}
            assert await told(site, key, "resend") == [NOTHING_NEW]
        december = job.of("forecast", 202612)
        await job.exported(december)
        assert await job.item_amounts("F202612-01") == {CONCRETE: Decimal("1100.01"), MASONRY: Decimal(-5)}
    (row,) = [row for row in await job.items() if row["CmmCode"] == "F202612-01"]
    assert row["CmmName"] == "December Procore Forecast Amounts"


async def test_its_code_may_be_typed_and_its_type_set(site: Site) -> None:
    job, key = await entered(site)
    async with site.settings(forecast_export=Forecast.PCI, forecast_type="INT"):
        await job.exported(key, erp_id="nov-26")
    assert [(row["CmmCode"], row["CmmTypeCode"]) for row in await job.items()] == [("NOV-26", "INT")]


async def test_a_cut_and_a_stranger(site: Site) -> None:
    job, key = await entered(site)
    async with site.settings(forecast_export=Forecast.PCI):
        await site.fault("cut_after_commit", method="POST", key=FIRST)
        await job.exported(key)
        assert [row["CmmCode"] for row in await job.items()] == [FIRST]
        assert len(await job.item_lines(FIRST)) == 1
        other = job.of("forecast", 202701)
        await by_a_stranger(job, "JAN", (*CONCRETE, 12), kind="FCT")
        await job.accepted(other, erp_id="JAN")
        assert (await site.until(other, State.FAILED)).failure_code == "number_taken"
        await site.granted(other, "adopt")
        await site.until(other, State.SYNCED)
    assert [row["CmmCode"] for row in await job.items()] == [FIRST, "JAN"]


# As projected cost


async def test_projected_costs_are_set_anew(site: Site) -> None:
    job, key = await entered(site, foreseen(CONCRETE, "1200.10"), foreseen(MASONRY, "7.00"), foreseen(FORMS, "0.00"))
    async with site.settings(forecast_export=Forecast.PROJECTED):
        await job.exported(key)
        assert await job.items() == []
        projected = {CONCRETE: Decimal("1200.10"), MASONRY: Decimal(7)}
        assert await job.budgeted_in_cmic("JcatProjAmt") == projected
        await job.budget(foreseen(CONCRETE, "900.00"), foreseen(MASONRY, "0.00"))
        await site.fault("cut_after_commit", method="PATCH", resource="jcjobcategory")
        await job.exported(key, "resend")
        assert await job.budgeted_in_cmic("JcatProjAmt") == {CONCRETE: Decimal(900)}
        writes = (await site.cmic.get("/_sandbox/traffic/summary")).json()["writes"]
        await job.exported(key, "resend")
        assert (await site.cmic.get("/_sandbox/traffic/summary")).json()["writes"] == writes
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    assert await job.budgeted_in_cmic("JcatProjAmt") == {CONCRETE: Decimal(900)}, "nothing is ever taken back there"


async def test_a_code_that_the_job_lacks_goes_along_and_one_that_is_inactive_is_named(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"))
    await job.budget(foreseen(CONCRETE, "5.00"), foreseen(FORMS, "6.00"))
    key = job.of("forecast", MONTH)
    where = {"JcatJobCode": job.job, "JcatPhsCode": "03-100", "JcatCode": "S"}
    await site.control("edit", resource="jcjobcategory", where=where, set={"JcatCatActiveFlag": "N"})
    async with site.settings(forecast_export=Forecast.PROJECTED):
        await job.accepted(key)
        head = await site.until(key, State.FAILED)
        assert head.failure_code == "inactive_in_cmic"
        assert f"CMiC's job_code {ERP}|{job.job}|03-100|S is not active." in head.words
        await site.control("edit", resource="jcjobcategory", where=where, set={"JcatCatActiveFlag": "Y"})
        await site.granted(key, "retry")
        await site.until(key, State.SYNCED)
    assert await job.budgeted_in_cmic("JcatProjAmt") == {CONCRETE: Decimal(5), FORMS: Decimal(6)}


async def test_a_projected_zero_on_a_code_that_the_job_lacks_is_left_out(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("06-100")
    await job.budget(foreseen(CONCRETE, "12.00"), foreseen(("06-100", "S"), "0", "0"))
    async with site.settings(forecast_export="projected"):
        await job.exported(job.of("forecast", MONTH))
    assert await job.budgeted_in_cmic("JcatProjAmt") == {CONCRETE: Decimal(12)}


async def test_what_is_projected_stays_synced_whoever_says_no(site: Site) -> None:
    """Nothing of it is linked by a record of its own, and yet it is in CMiC."""
    job, key = await entered(site)
    async with site.settings(forecast_export=Forecast.PROJECTED):
        await job.exported(key)
        for action, person in (("reject", APPROVER), ("retrieve", SENDER)):
            await site.granted(key, "resend", SENDER)
            await site.granted(key, action, person)
            assert (await site.head(key)).state is State.SYNCED


# Along with a budget


async def test_a_budget_takes_its_forecast_along(site: Site) -> None:
    job, _ = await entered(site, foreseen(CONCRETE, "12.50", "10.00"), foreseen(MASONRY, "4.00", "5.00"))
    key = job.budget_key
    async with site.settings(forecast_with_budget=True):
        await job.exported(key, **CONFIRMED)
        assert [(row["CmmCode"], row["CmmTypeCode"]) for row in await job.items()] == [
            ("BUD-01", "OBC"), ("BUD-01F", "FCT"),
        ]  # fmt: skip
        assert await job.item_amounts("BUD-01") == {CONCRETE: Decimal(10), MASONRY: Decimal(5)}
        assert await job.item_amounts("BUD-01F") == {CONCRETE: Decimal("12.50"), MASONRY: Decimal(4)}
        await job.post_items()
        await site.until(key, State.SYNCED, also=lambda h: h.budgeted and h.posting is Posting.POSTED)
        await job.budget(foreseen(CONCRETE, "11.00", "9.00"))
        await job.exported(key, "resend")
        assert await job.item_amounts("BUD-02") == {CONCRETE: Decimal(-1)}
        assert await job.item_amounts("BUD-02F") == {CONCRETE: Decimal("-1.50")}
        await job.post_items()
        await site.until(key, State.SYNCED, also=lambda h: h.budgeted and h.posting is Posting.POSTED)
        await job.budget(foreseen(CONCRETE, "11.00", "9.50"))
        await job.exported(key, "resend")
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", "BUD-01F", "BUD-02", "BUD-02F", "BUD-03"]


async def test_a_typed_code_has_room_for_the_forecasts(site: Site) -> None:
    job, _ = await entered(site)
    async with site.settings(forecast_with_budget=True):
        await job.exported(job.budget_key, erp_id="abcdefghij", **CONFIRMED)
    assert [row["CmmCode"] for row in await job.items()] == ["ABCDEFGHIJ", "ABCDEFGHIJF"]


async def test_the_forecast_along_is_refused_and_neither_is_there_twice(site: Site) -> None:
    job, _ = await entered(site)
    async with site.settings(forecast_with_budget=True):
        await site.fault("status", status=400, method="POST", key="BUD-01F")
        await job.accepted(job.budget_key, **CONFIRMED)
        await site.until(job.budget_key, State.FAILED)
        assert [row["CmmCode"] for row in await job.items()] == ["BUD-01"]
        await site.granted(job.budget_key, "retry")
        await site.until(job.budget_key, State.SYNCED)
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", "BUD-01F"]
    assert len(await job.item_lines("BUD-01")) == len(await job.item_lines("BUD-01F")) == 1
