"""How things look: tables that fit 80 columns, and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from domain.commands import Answer, Outcome
from domain.refusals import Refusal

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)

COLOURS = {
    "waiting": "blue",
    "held": "cyan",
    "synced": "green",
    "rejected": "yellow",
    "retrieved": "yellow",
    "failed": "red",
}


def complain(text: str) -> None:
    err.print(Text(text, style="red"))


def as_json(body: Any) -> None:
    print(json.dumps(body, indent=2, default=str, ensure_ascii=False))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, whole: Collection[int] = ()) -> None:
    """`whole` are the columns whose cells are never folded: amounts."""
    shown = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for n, name in enumerate(columns):
        shown.add_column(name, overflow="fold", no_wrap=n in whole, justify="right" if n in whole else "left")
    for row in rows:
        shown.add_row(*(c if isinstance(c, Text) else Text(str(c)) for c in row))
    out.print(shown)


def indented(text: str | Text, by: int, *, style: str = "") -> None:
    """A text whose further lines stand under its first."""
    shown = text if isinstance(text, Text) else Text(text, style=style)
    out.print(Padding(shown, (0, 0, 0, by), expand=False))


def state_text(state: str) -> Text:
    return Text(state, style=COLOURS.get(state, ""))


def refusals(reasons: Iterable[Refusal | dict[str, Any]]) -> None:
    """Each reason with who can fix it, and where."""
    for reason in reasons:
        r = reason if isinstance(reason, Refusal) else Refusal.model_validate(reason)
        indented(Text.assemble(("✗ ", "red"), r.sentence), 2)
        indented(f"{r.owner} → {r.where}  [{r.code}]", 4, style="dim")


def outcome(result: Outcome, key: str) -> None:
    """The decision in words."""
    word = {Answer.DONE: "green", Answer.REFUSED: "red", Answer.BUSY: "yellow", Answer.NOTHING: "dim"}[result.answer]
    out.print(Text.assemble((f"{result.action}: {result.answer.value}", f"bold {word}"), f"  {key}"))
    if result.answer is Answer.DONE:
        indented(Text.assemble(state_text(result.state.value), f"  {result.sentence}"), 2)
    elif result.sentence:
        indented(result.sentence, 2)
    refusals(result.refusals)


def age(moment: datetime) -> str:
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{max(0, seconds)} s"


@contextmanager
def quiet() -> Iterator[None]:
    """Print nothing for a while: for what is asked by the dozen."""
    before = out.quiet
    out.quiet = True
    try:
        yield
    finally:
        out.quiet = before
