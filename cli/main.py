"""The command `procore-cmic`."""

from __future__ import annotations

import typer

from cli import actions, adopting, imports, looking, operating, reports, settings, staged

app = typer.Typer(
    name="procore-cmic",
    help="Commitments, companies and projects from Procore to CMiC, and back.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
actions.register(app)
looking.register(app)
operating.register(app)
imports.register(app)
staged.register(app)
adopting.register(app)
settings.register(app)
reports.register(app)


def main() -> None:
    app()
