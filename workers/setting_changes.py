"""How a door changes a setting: judged by the permission table, made from the version it was read at, and followed by the
schedules (B-06, R-02). No change of another person's is ever lost."""

from __future__ import annotations

from domain.company_settings import Settings
from domain.ledger_port import Overtaken
from domain.people import named, person_id
from domain.permissions import PERMISSIONS, Person, missing
from domain.refusals import Refused, refuse
from domain.setting_changes import Change, Edit, differences, edited
from ledger.setting_versions import SettingVersions
from workers.plant import Office
from workers.schedules import apply_schedules
from workers.temporal import ensure_schedules

FOLLOWED = ("schedules", "erp_companies")
"""Settings that Temporal's schedules are made of."""
ATTEMPTS = 20


async def change_setting(office: Office, edit: Edit, person: Person, note: str = "") -> Change:
    """Make a new version with the edit in it; none where it was so already. Raises Refused."""
    versions, company = SettingVersions(office.ledger.pool), office.config.procore_company
    change = await _change(versions, company, edit, person, note)
    if edit.name in FOLLOWED:
        await _follow(office, versions, edit.name)
    return change


async def _change(versions: SettingVersions, company: int, edit: Edit, person: Person, note: str) -> Change:
    for _ in range(ATTEMPTS):
        version, before = await versions.current(company)
        _permitted(person, before)
        after = edited(before, edit)
        found = differences(before.model_dump(mode="json"), after.model_dump(mode="json"))
        if not found:
            return Change(version=version)
        try:
            number = await versions.put(company, after, person.name, note=note, after=version)
        except Overtaken:
            continue
        return Change(version=number, differences=found)
    raise Refused(refuse("settings_busy"))


def _permitted(person: Person, settings: Settings) -> None:
    """Raises Refused, with the person's name in it."""
    refusals = missing(PERMISSIONS["settings"], person, "change", settings)
    if refusals:
        names = {person_id(person.name): person.name}
        raise Refused(*(r.model_copy(update={"sentence": named(r.sentence, names)}) for r in refusals))


async def _follow(office: Office, versions: SettingVersions, name: str) -> None:
    """Make the schedules what the newest version says, however many change it meanwhile."""
    company, applied = office.config.procore_company, -1
    while True:
        version, settings = await versions.current(company)
        if version == applied:
            return
        if name == "erp_companies":
            await ensure_schedules(office.client, office.config, settings.erp_companies)
        await apply_schedules(office.client, office.config, settings)
        applied = version
