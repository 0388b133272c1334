"""What an object waits for and who waits for it, as a tree (design §4)."""

from __future__ import annotations

from typing import Any

from rich.text import Text
from rich.tree import Tree

from cli import printing
from cli.context import ErpCompanyOption, IdArgument, JsonOption, KindArgument, ProjectOption, in_office, named
from domain.prerequisites import met
from domain.states import Condition
from domain.words import needed
from ledger.surroundings import parent_fact
from workers.plant import Office

MOST_DEEP = 8


def graph(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    async def work(office: Office) -> dict[str, Any]:
        key = await named(office, kind, number, project, erp_company)
        return {
            **await _node(office, key),
            "waits_for": await _around(office, key, "child", "parent", MOST_DEEP),
            "waited_for_by": await _around(office, key, "parent", "child", MOST_DEEP),
        }

    found = in_office(work)
    if as_json:
        printing.as_json(found)
        return
    printing.out.print(_tree("waits for", found, "waits_for"))
    printing.out.print(_tree("is waited for by", found, "waited_for_by"))


async def _node(office: Office, key: str) -> dict[str, Any]:
    fact = (await office.reading.facts([key])).get(key)
    known = {"label": fact["label"], "state": fact["state"], "posting": fact["posting"]} if fact else {}
    return {"key": key, "label": "", "state": "not_sent", "posting": "unknown", **known}


async def _around(office: Office, key: str, mine: str, other: str, deep: int) -> list[dict[str, Any]]:
    """The rows in one direction, each with what lies behind it."""
    if not deep:
        return []
    rows = [r for r in await office.reading.graph_rows([key]) if r[mine] == key]
    facts = await office.reading.facts([r["parent"] for r in rows])
    return [
        {
            **await _node(office, row[other]),
            "condition": row["condition"],
            "met": met(Condition(row["condition"]), parent_fact(facts[row["parent"]])),
            "waits_for" if other == "parent" else "waited_for_by": await _around(
                office, row[other], mine, other, deep - 1
            ),
        }
        for row in sorted(rows, key=lambda r: (r[other], r["condition"]))
    ]


def _tree(title: str, found: dict[str, Any], direction: str) -> Tree:
    tree = Tree(Text.assemble((found["key"], "bold"), "  ", printing.state_text(found["state"]), f"  {title}"))
    if not found[direction]:
        tree.add(Text("nothing" if direction == "waits_for" else "nobody", style="dim"))
    _grow(tree, found[direction], direction)
    return tree


def _grow(tree: Tree, rows: list[dict[str, Any]], direction: str) -> None:
    for row in rows:
        mark = ("✓ ", "green") if row["met"] else ("… ", "yellow")
        label = f"  {row['label'][:30]}" if row["label"] else ""
        line = Text.assemble(mark, row["key"], label, "  ", printing.state_text(row["state"]))
        line.append(f"  ({needed(Condition(row['condition']))})", style="dim")
        _grow(tree.add(line), row[direction], direction)
