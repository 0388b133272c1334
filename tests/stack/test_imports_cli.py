"""Imports and staged records on the command line: what it says, its exit codes, its JSON (R-02, design §6)."""

from __future__ import annotations

from tests.stack.commands import REFUSED, USAGE, cli
from tests.support import COMPANY, Site
from workers.schedules import apply_schedules


async def test_every_import_is_listed_with_its_schedule_and_freshness(site: Site) -> None:
    settings = await site.office.ledger.settings_of(COMPANY)
    await apply_schedules(site.office.client, site.office.config, settings)
    assert (await cli(site, "import", "vendors", "--json")).code == 0
    listed = await cli(site, "imports", "--json")
    rows = {(row["import"], row["erp_company"], row["project"]): row for row in listed.json}
    vendors = rows["vendors", "01", None]
    assert (vendors["state"], vendors["schedule"]["minutes"]) == ("done", None)
    assert vendors["fresh_at"]
    assert vendors["rows"]["read"] > 0
    assert any(row["import"] == "transactions" for row in rows.values())
    text = (await cli(site, "imports")).out
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "on demand" in text


async def test_a_run_says_what_it_did_or_why_not(site: Site) -> None:
    ran = await cli(site, "import", "vendors")
    assert "import vendors: done" in ran.out
    assert "read" in ran.out
    refused = await cli(site, "import", "transactions", "--project", 310)
    assert refused.code == REFUSED
    assert "switched off" in refused.out
    unknown = await cli(site, "import", "weather")
    assert (unknown.code, "There is no import 'weather'." in unknown.out) == (REFUSED, True)
    assert (await cli(site, "import", "transactions")).code == REFUSED


async def test_staged_records_are_listed_archived_and_restored(site: Site) -> None:
    await cli(site, "import", "vendors")
    listed = await cli(site, "staged", "list", "vendors", "--json")
    code = next(row["key"].split("|")[1] for row in listed.json)
    assert (await cli(site, "staged", "archive", "vendors", code)).code == 0
    assert code in (await cli(site, "staged", "list", "vendors", "--view", "archived")).out
    again = await cli(site, "staged", "restore", "vendors", code, "NOBODY")
    assert again.code == REFUSED
    assert f"done  restore 01|{code}" in again.out
    assert "unknown_staged" in again.out
    assert (await cli(site, "staged", "list", "weather")).code == USAGE
    assert (await cli(site, "staged", "link-all", "vendors")).code == 0


async def test_a_schedule_is_paused_and_resumed(site: Site) -> None:
    settings = await site.office.ledger.settings_of(COMPANY)
    changed = settings.model_validate({**settings.model_dump(), "schedules": {"vendors": 60}})
    await apply_schedules(site.office.client, site.office.config, changed)
    assert "vendors: paused." in (await cli(site, "schedule", "pause", "vendors", "--note", "month-end")).out
    assert "paused" in (await cli(site, "imports")).out
    assert (await cli(site, "schedule", "resume", "vendors")).code == 0
    assert (await cli(site, "schedule", "pause", "jobs")).code == REFUSED
    assert (await cli(site, "schedule", "stop", "vendors")).code == REFUSED
    await apply_schedules(site.office.client, site.office.config, settings)
