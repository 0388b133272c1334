"""How tests speak the command line: in this process against the session's stack, or as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.cells import cell_len
from typer.testing import CliRunner

from cli.main import app
from tests.support import Site
from workers.stack import Stack

DONE, USAGE, REFUSED, FAILED = 0, 2, 3, 4
COMMAND = str(Path(sys.executable).parent / "procore-cmic")
PREFIX = "PROCORE_CMIC_"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """All of it on one line: what is folded at 80 columns is whole again."""
        return " ".join((self.out + self.err).split())


def environment(stack: Stack | None, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A person's environment: what the stack needs, and nothing of this process's own configuration."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "TEMPORAL_"))}
    own = {PREFIX + name: value for name, value in (more or {}).items()}
    return {**plain, "COLUMNS": "80", **(stack.env if stack else {}), **own}


def too_wide(text: str) -> list[str]:
    """The lines that don't fit 80 columns."""
    return [one for one in text.splitlines() if cell_len(one) > 80]


async def cli(site: Site, *words: object, fits: bool = True, more: Mapping[str, str] | None = None) -> Said:
    """The command in this process, in a thread with an event loop of its own. What it prints to people fits 80 columns."""

    def run() -> Said:
        with patch.dict(os.environ, environment(site.stack, more)):
            result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    said = await asyncio.to_thread(run)
    if fits and "--json" not in words and "--diagram" not in words:
        assert too_wide(said.out + said.err) == []
    return said


async def process(folder: Path, env: dict[str, str], *words: object) -> Said:
    """The installed command as a process of its own, in another folder."""
    command = [COMMAND, *(str(word) for word in words)]
    ran = await asyncio.to_thread(
        subprocess.run, command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    return Said(ran.returncode, ran.stdout, ran.stderr)


def begun(folder: Path, env: dict[str, str], *words: str) -> subprocess.Popen[str]:
    """A command that stays: whoever began it ends it."""
    pipe = subprocess.PIPE
    return subprocess.Popen([COMMAND, *words], cwd=folder, env=env, stdout=pipe, stderr=pipe, text=True)
