"""The settings: look at them, change one, see who changed what (B-06, requirements §4)."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from cli import printing
from cli.context import REFUSED, JsonOption, in_office, wrong_usage
from domain.refusals import Refused
from domain.setting_changes import Difference, Edit, Version, differences, known
from domain.setting_table import Setting, plain, setting, settings_table, shown
from ledger.setting_versions import SettingVersions
from workers.plant import Office
from workers.setting_changes import change_setting

command = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at the settings, and change them.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="the setting's name: settings get shows them all")]
MaybeNameArgument = Annotated[str | None, typer.Argument(metavar="[NAME]")]
ValueArgument = Annotated[str | None, typer.Argument(metavar="[VALUE]", help="JSON for lists and maps, else plain")]
AddOption = Annotated[list[str] | None, typer.Option("--add", help="an entry: X of a list, X=VALUE of a map")]
RemoveOption = Annotated[list[str] | None, typer.Option("--remove", help="an entry: X")]
NoteOption = Annotated[str, typer.Option("--note", "-n", help="why; kept with the version")]
MostOption = Annotated[int, typer.Option("--most", min=1, max=5000, help="the newest so many")]


def register(app: typer.Typer) -> None:
    command.command("get", help="All settings, or one with its meaning and what is possible.")(get)
    command.command("set", help="Change a setting; lists and maps by --add and --remove, too.")(set_)
    command.command("history", help="Who changed what, and when.")(history)
    app.add_typer(command, name="settings")


def get(name: MaybeNameArgument = None, as_json: JsonOption = False) -> None:
    if name is not None:
        _or_refused(name, as_json=as_json)
    version, values = in_office(_values)
    if name is not None:
        _one(setting(name), values[name], version, as_json=as_json)
    elif as_json:
        printing.as_json({"version": version, "settings": values})
    else:
        _all(values, version)


def set_(
    name: NameArgument,
    value: ValueArgument = None,
    add: AddOption = None,
    remove: RemoveOption = None,
    note: NoteOption = "",
    as_json: JsonOption = False,
) -> None:
    if (value is None) is (not add and not remove):
        wrong_usage("Give either a VALUE, or entries with --add and --remove.")
    edit = Edit(name=name, value=value, add=tuple(add or ()), remove=tuple(remove or ()))

    async def work(office: Office) -> Any:
        try:
            return await change_setting(office, edit, office.config.person, note)
        except Refused as refused:
            return refused

    change = in_office(work)
    if isinstance(change, Refused):
        _refuse(change, as_json=as_json)
    elif as_json:
        printing.as_json(change.model_dump(mode="json"))
    elif not change.differences:
        printing.out.print(f"It is so already, since version {change.version}.")
    else:
        printing.out.print(f"Version {change.version}.")
        _differences(change.differences)
        printing.out.print(f"It takes effect {setting(name).takes_effect}.")


def history(name: MaybeNameArgument = None, most: MostOption = 20, as_json: JsonOption = False) -> None:
    if name is not None:
        _or_refused(name, as_json=as_json)

    async def work(office: Office) -> list[Version]:
        return await SettingVersions(office.ledger.pool).history(office.config.procore_company)

    told = [(v, d) for v, d in _told(in_office(work)) if name is None or any(one.name == name for one in d)]
    shown_ones = [(v, [d for d in ds if name in (None, d.name)]) for v, ds in told[-most:]]
    if as_json:
        printing.as_json([_as_data(v, ds) for v, ds in shown_ones])
        return
    if not shown_ones:
        printing.out.print("Nothing was changed yet: these are the defaults.")
    for version, found in shown_ones:
        head = f"{version.number:>4}  {version.at:%Y-%m-%d %H:%M:%S}  "
        printing.out.print(Text.assemble((head, "bold"), version.who), soft_wrap=True)
        _differences(found, by=6)
        if version.note:
            printing.indented(version.note, 6, style="dim")


async def _values(office: Office) -> tuple[int, dict[str, Any]]:
    version, found = await SettingVersions(office.ledger.pool).current(office.config.procore_company)
    return version, {name: plain(name, getattr(found, name)) for name in type(found).model_fields}


def _told(versions: list[Version]) -> list[tuple[Version, list[Difference]]]:
    """Each version with what changed from the one before it, the first one from the defaults."""
    before = [{}, *(v.body for v in versions)]
    return [(v, differences(b, v.body)) for b, v in zip(before, versions, strict=False)]


def _as_data(version: Version, found: list[Difference]) -> dict[str, Any]:
    head = {"version": version.number, "at": version.at.isoformat(), "who": version.who, "note": version.note}
    return {**head, "changes": [d.model_dump(mode="json") for d in found]}


def _all(values: dict[str, Any], version: int) -> None:
    rows = list(settings_table())
    for group in dict.fromkeys(row.group for row in rows):
        mine = [row for row in rows if row.group is group]
        body = [(("* " if values[r.name] != r.default else "  ") + r.name, shown(values[r.name])) for r in mine]
        printing.table(f"\n{group.value.capitalize()}", ("  setting", "value"), body)
    printing.out.print(f"\nVersion {version}. * differs from the default.")


def _one(row: Setting, value: Any, version: int, *, as_json: bool) -> None:
    if as_json:
        data = {
            "name": row.name,
            "value": value,
            "default": row.default,
            "requirements": row.ids,
            "meaning": row.meaning,
        }
        printing.as_json({**data, "allowed": row.allowed, "takes_effect": row.takes_effect, "version": version})
        return
    printing.out.print(Text.assemble((row.name, "bold"), f" = {shown(value)}"), overflow="fold")
    printing.indented(row.meaning + (f" [{', '.join(row.ids)}]" if row.ids else ""), 2)
    printing.indented(f"Possible: {row.allowed}. Default: {shown(row.default)}. Example: {shown(row.example)}.", 2)
    printing.indented(f"A change takes effect {row.takes_effect}.", 2)


def _differences(found: list[Difference], by: int = 2) -> None:
    for one in found:
        printing.indented(one.words, by)


def _or_refused(name: str, *, as_json: bool) -> None:
    try:
        known(name)
    except Refused as refused:
        _refuse(refused, as_json=as_json)


def _refuse(refused: Refused, *, as_json: bool = False) -> None:
    if as_json:
        printing.as_json({"refusals": [r.model_dump(mode="json") for r in refused.refusals]})
    else:
        printing.refusals(refused.refusals)
    raise typer.Exit(REFUSED)
