"""`procore-cmic settings`: every kind of value, every refusal, the history, and two who change at the same time (B-06)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from temporalio.service import RPCError

from domain.company_settings import Settings
from domain.permissions import Level, Person
from domain.refusals import Refused
from domain.setting_changes import Edit
from ledger.setting_versions import SettingVersions
from tests.stack.commands import DONE, REFUSED, USAGE, Said, cli
from tests.support import APPROVER, COMPANY, Site
from workers.schedules import schedule_id, standing
from workers.setting_changes import change_setting


@pytest.fixture
async def desk(site: Site) -> AsyncIterator[Site]:
    """The site, with the settings afterwards as they were."""
    async with site.settings():
        yield site


async def told(site: Site, *words: object) -> Said:
    return await cli(site, "settings", *words)


async def now(site: Site, name: str) -> object:
    return (await told(site, "get", name, "--json")).json["value"]


async def refusal(site: Site, *words: object) -> str:
    """The sentence of the one refusal; nothing was changed by it."""
    before = await SettingVersions(site.office.ledger.pool).current(COMPANY)
    said = await told(site, "set", *words, "--json")
    assert said.code == REFUSED, said
    assert await SettingVersions(site.office.ledger.pool).current(COMPANY) == before
    (one,) = said.json["refusals"]
    assert one["owner"] == "ERP administrator"
    assert "pydantic" not in one["sentence"]
    assert "{" not in one["where"]
    return str(one["sentence"])


KINDS = [
    ("currency", "CAD", "CAD"),
    ("currency", '"CAD"', "CAD"),
    ("commitment_export", "no", False),
    ("transactions", "ON", True),
    ("transactions", "true", True),
    ("forecast_export", "PCI", "pci"),
    ("projection_method", "r", "R"),
    ("invoice_due_days", "45", 45),
    ("settle_seconds", "90.5", "90.5"),
    ("project_template", "12", 12),
    ("vendor_class", "SUBS", "SUBS"),
    ("subcontract_cost_type", "S", "S"),
    ("time_zone", "America/Chicago", "America/Chicago"),
    ("excluded_codes", '["99-*", "01-000"]', ["99-*", "01-000"]),
    ("transaction_projects", "[310, 311]", [310, 311]),
    ("journal_codes", '{"ap": "expense"}', {"AP": "expense"}),
    ("default_cost_types", '{"03-100": ["s", "L"]}', {"03-100": ["S", "L"]}),
]


@pytest.mark.parametrize(("name", "text", "value"), KINDS, ids=lambda v: str(v)[:25])
async def test_every_kind_of_value_is_set(desk: Site, name: str, text: str, value: object) -> None:
    said = await told(desk, "set", name, text, "--note", "Agreed")
    assert said.code == DONE, said
    assert name in said.words
    assert "→" in said.words
    assert await now(desk, name) == value
    again = await told(desk, "set", name, text)
    assert (again.code, "It is so already" in again.words) == (DONE, True)


@pytest.mark.parametrize("text", ["", "null", "none"])
async def test_what_may_be_nothing_is_set_to_nothing(desk: Site, text: str) -> None:
    assert (await told(desk, "set", "vendor_class", "SUBS")).code == DONE
    assert (await told(desk, "set", "vendor_class", text)).code == DONE
    assert await now(desk, "vendor_class") is None


async def test_entries_come_and_go(desk: Site) -> None:
    steps = [
        ("excluded_codes", ("--add", "99-*", "--add", "01-*"), ["99-*", "01-*"]),
        ("excluded_codes", ("--add", "99-*", "--remove", "01-*"), ["99-*"]),
        ("masked_classes", ("--add", "emp"), ["EMP"]),
        ("masked_classes", ("--remove", "emp"), []),
        ("transaction_projects", ("--add", "310"), [310]),
        ("transaction_projects", ("--remove", "310"), []),
        ("journal_codes", ("--remove", "JC", "--add", "ap=Expense"), {"AP": "expense", "PR": "payroll"}),
        ("default_cost_types", ("--add", "03-100=S,l"), {"03-100": ["S", "L"]}),
        ("default_cost_types", ("--add", '04-200=["M"]'), {"03-100": ["S", "L"], "04-200": ["M"]}),
        ("uom_map", ("--add", "Cubic Yards=CY", "--remove", "ton", "--remove", "tons"),
         {"lump sum": "LS", "each": "EA", "hours": "HR", "cubic yards": "CY"}),
    ]  # fmt: skip
    for name, words, value in steps:
        said = await told(desk, "set", name, *words)
        assert said.code == DONE, said
        assert await now(desk, name) == value
    version = (await told(desk, "get", "--json")).json["version"]
    assert (await told(desk, "set", "default_cost_types", "--add", "03-100=S,L")).code == DONE
    assert (await told(desk, "get", "--json")).json["version"] == version


async def test_a_limit_is_set_and_has_its_default_again(desk: Site) -> None:
    said = await told(desk, "set", "limits", "--add", "title=150")
    assert (said.code, "limits, title: 200 → 150" in said.words) == (DONE, True)
    said = await told(desk, "set", "limits", "--remove", "title")
    assert (said.code, "limits, title: 150 → 200" in said.words) == (DONE, True)


REFUSALS = [
    (("currncy", "CAD"), "There is no setting 'currncy'. Did you mean currency?"),
    (("cost_type", "S"), "Did you mean subcontract_cost_type or purchase_order_cost_type or default_cost_types?"),
    (("xyzzy", "1"), "There is no setting 'xyzzy'."),
    (("currency", "Dollars"), "currency can't be Dollars. Possible: three capital letters."),
    (("transactions", "maybe"), "transactions can't be maybe. Possible: yes or no."),
    (("forecast_export", "pcy"), "Possible: one of off, pci, projected. Did you mean pci?"),
    (("invoice_due_days", "400"), "invoice_due_days can't be 400. Possible: a whole number from 0 to 365."),
    (("invoice_due_days", "soon"), "invoice_due_days can't be soon. Possible: a whole number from 0 to 365."),
    (("settle_seconds", "NaN"), "settle_seconds can't be NaN. Possible: a number from 0 to 3600."),
    (("project_template", "0"), "Possible: an id in Procore, a whole number above 0, or null for none."),
    (("subcontract_type", ""), 'subcontract_type can\'t be "". Possible: a text of 1 to 30 characters.'),
    (("time_zone", "Chicago"), "'Chicago' isn't the IANA name of a time zone. Possible: the IANA name"),
    (("time_zone", "../../etc/passwd"), "Possible: the IANA name of a time zone"),
    (("erp_companies", "[]"), "erp_companies can't be []. Possible: a list of companies' codes"),
    (("erp_companies", '["0|1"]'), "'0|1'"),
    (("excluded_codes", "99-*"), "excluded_codes can't be 99-*, which isn't JSON. Possible: a list of codes."),
    (("excluded_codes", "[1]"), "excluded_codes: 0 can't be '1'. Possible: a list of codes."),
    (("excluded_codes", "[" * 30_000), "which isn't JSON"),
    (("journal_codes", '{"AP": "invoise"}'), "AP can't be 'invoise'. Possible: a map of codes"),
    (("journal_codes", "--add", "AP=invoise"), "Did you mean invoice?"),
    (("journal_codes", "--add", "AP"), "journal_codes can't be AP: an entry is written NAME=VALUE."),
    (("journal_codes", "--remove", "XX"), "journal_codes has no entry 'XX'; it has AP, JC, PR."),
    (("transaction_projects", "--remove", "310"), "transaction_projects has no entry '310'; it has none."),
    (("transaction_projects", "--add", "tower"), "transaction_projects can't be tower. Possible: a list of ids"),
    (("currency", "--add", "CAD"), "currency has no entries to add or remove: it is three capital letters."),
    (("limits", "--add", "titel=150"), "limits: there is no 'titel'. Possible: a map of contract_number"),
    (("limits", "--add", "titel=150"), "Did you mean title?"),
    (("schedules", "--add", "job_cost=60"), "schedules: job_cost can't be scheduled. Possible: a map of import to minutes"),
    (("schedules", "--add", "job_cost=60"), "Did you mean job_costs?"),
    (("schedules", "--add", "job_costs=1"), "job_costs: 0 for never, or 5 to 44640 minutes."),
]  # fmt: skip


@pytest.mark.parametrize(("words", "sentence"), REFUSALS, ids=lambda v: str(v)[:40])
async def test_what_isnt_possible_is_refused_in_plain_words(desk: Site, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in await refusal(desk, *words)


async def test_a_refusal_in_words_says_who_and_where(desk: Site) -> None:
    said = await told(desk, "set", "currency", "Dollars")
    assert said.code == REFUSED
    assert "ERP administrator → procore-cmic settings get currency [setting_not_possible]" in said.words
    unknown = await told(desk, "get", "curency")
    assert (unknown.code, "Did you mean currency?" in unknown.words) == (REFUSED, True)
    as_data = await told(desk, "history", "curency", "--json")
    assert (as_data.code, as_data.json["refusals"][0]["code"]) == (REFUSED, "unknown_setting")


async def test_wrong_usage(desk: Site) -> None:
    for words in (("set", "currency"), ("set", "excluded_codes", "[]", "--add", "X"), ("set",), ("put", "x", "y")):
        assert (await told(desk, *words)).code == USAGE


async def test_only_who_may_change_settings_does(desk: Site) -> None:
    """The permission `settings`: Admin on the ERP tool; looking is everybody's."""
    standard = {"PERSON_LEVEL": "2", "PERSON_NAME": "Bo"}
    said = await cli(desk, "settings", "set", "currency", "CAD", more=standard)
    assert said.code == REFUSED
    assert "Bo may not change this: Admin on the ERP Integrations tool is needed." in said.words
    assert (await cli(desk, "settings", "get", "currency", more=standard)).code == DONE
    assert await now(desk, "currency") == "USD"
    admin = {"PERSON_LEVEL": "3", "PERSON_NAME": "Ada", "PERSON_MAY_PUSH": "false", "PERSON_OWNS_TOOLS": "false"}
    assert (await cli(desk, "settings", "set", "currency", "CAD", more=admin)).code == DONE


async def test_looking_at_them(desk: Site) -> None:
    await told(desk, "set", "currency", "CAD")
    everything = await told(desk, "get")
    assert everything.code == DONE
    for words in ("Exports", "Approvals", "Imports", "Schedules", "Limits", "* currency", "CAD", "forecast_export"):
        assert words in everything.out
    as_data = (await told(desk, "get", "--json")).json
    assert set(as_data["settings"]) == set(Settings.model_fields)
    assert as_data["settings"]["currency"] == "CAD"
    one = await told(desk, "get", "forecast_export")
    for words in ("forecast_export = off", "[S-10]", "one of off, pci, projected", "with the next approval"):
        assert words in one.words
    assert "takes effect at once" in (await told(desk, "get", "transactions")).words


async def test_the_history_says_who_changed_what_and_why(desk: Site) -> None:
    before = (await told(desk, "get", "--json")).json["version"]
    await cli(desk, "settings", "set", "currency", "CAD", "--note", "We moved", more={"PERSON_NAME": "Grace"})
    await told(desk, "set", "journal_codes", "--add", "AP=expense", "--remove", "JC")
    said = await told(desk, "history")
    for words in ("Grace", "currency: USD → CAD", "We moved", "administrator", "journal_codes, AP: invoice → expense"):
        assert words in said.words
    assert "journal_codes, JC: expense → none" in said.words
    of_one = (await told(desk, "history", "currency", "--json")).json[-1]
    assert (of_one["version"], of_one["who"], of_one["note"]) == (before + 1, "Grace", "We moved")
    assert of_one["changes"] == [{"name": "currency", "entry": None, "before": "USD", "after": "CAD"}]
    assert len((await told(desk, "history", "--most", 1, "--json")).json) == 1


async def test_two_at_once_lose_nothing(desk: Site) -> None:
    """Twelve people add a code each, in the same moment; a thirteenth changes something else."""
    codes = [f"X-{n:02d}" for n in range(12)]
    edits = [Edit(name="excluded_codes", add=(code,)) for code in codes] + [Edit(name="currency", value="CAD")]
    before = (await SettingVersions(desk.office.ledger.pool).current(COMPANY))[0]
    made = await asyncio.gather(*(change_setting(desk.office, edit, APPROVER, uuid4().hex) for edit in edits))
    version, settings = await SettingVersions(desk.office.ledger.pool).current(COMPANY)
    assert sorted(settings.excluded_codes) == codes
    assert settings.currency == "CAD"
    assert version == before + 13
    assert sorted(change.version for change in made) == list(range(before + 1, before + 14))
    assert all(len(change.differences) == 1 for change in made)


async def test_a_value_as_a_form_has_it(desk: Site) -> None:
    """The console gives values, not texts: a wrong one is refused all the same."""
    edit = Edit(name="transaction_projects", value=[310], is_text=False)
    assert (await change_setting(desk.office, edit, APPROVER)).differences[
        0
    ].words == "transaction_projects: [] → [310]"
    with pytest.raises(Refused) as refused:
        await change_setting(desk.office, Edit(name="limits", value={"title": 0}, is_text=False), APPROVER)
    assert "title can't be '0'" in refused.value.refusals[0].sentence
    nobody = Person(name="Bo", erp_level=Level.STANDARD, may_push=True, owning_tool_admin=True)
    with pytest.raises(Refused) as refused:
        await change_setting(desk.office, edit, nobody)
    assert [r.code for r in refused.value.refusals] == ["not_permitted"]


async def test_the_schedules_follow(desk: Site) -> None:
    """S-16, S-17: Temporal's schedule is there, changes, and goes, with the setting."""
    every = []
    for text in ("vendors=120", "vendors=240", "vendors=0"):
        assert (await told(desk, "set", "schedules", "--add", text)).code == DONE
        found = (await standing(desk.office.client, "vendors", COMPANY, "01")).every
        every.append(found and int(found.total_seconds()) // 60)
    assert every == [120, 240, None]
    assert (await told(desk, "set", "schedules", "{}")).code == DONE


async def test_a_schedule_that_was_lost_is_made_again_by_the_same_setting(desk: Site) -> None:
    handle = desk.office.client.get_schedule_handle(schedule_id("vendors", COMPANY, "01"))
    for words in (("--add", "vendors=120"), ("--add", "vendors=120")):
        assert (await told(desk, "set", "schedules", *words)).code == DONE
        await handle.delete()
    assert (await told(desk, "set", "schedules", "{}")).code == DONE
    with pytest.raises(RPCError):
        await handle.describe()


async def test_another_cmic_company_is_watched_at_once(desk: Site) -> None:
    """S-28: its posting watches are there without a new start of the worker."""
    rarely = {"POSTING_EVERY": "P300D", "WATCHDOG_EVERY": "P300D"}
    said = await cli(desk, "settings", "set", "erp_companies", "--add", "77", more=rarely)
    assert said.code == DONE
    found = {s.id async for s in await desk.office.client.list_schedules()}
    client = desk.office.client
    for number in found:
        if number.startswith(("posting", "schedule:")):
            await client.get_schedule_handle(number).delete()
    assert "posting:77:subcontract" in found
    assert await now(desk, "erp_companies") == ["01", "77"]
