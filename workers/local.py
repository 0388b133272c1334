"""`make up`: the local stack with a worker, until Ctrl-C; and the start of a worker as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.migrate import migrate
from workers.config import STACK_FILE
from workers.stack import Stack, end, local_stack

READY = b"worker ready"


def start_worker(stack: Stack, **more: str) -> subprocess.Popen[Any]:
    """Start a worker process against the stack and wait until it polls. Further configuration by keyword."""
    log = stack.folder / "worker.log"
    offset = log.stat().st_size if log.exists() else 0
    env = {**os.environ, **stack.env, **more}
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "worker"], stdout=sink, stderr=sink, env=env, start_new_session=True
        )
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the worker stopped while starting: see {log}")
        with log.open("rb") as said:
            said.seek(offset)
            if READY in said.read():
                return process
        time.sleep(0.05)
    end(process)
    raise RuntimeError(f"the worker isn't ready after 30 seconds: see {log}")


@contextmanager
def running_worker(stack: Stack, **more: str) -> Iterator[subprocess.Popen[Any]]:
    process = start_worker(stack, **more)
    try:
        yield process
    finally:
        end(process)


def stay_up(folder: Path, ui_port: int, say: Callable[[str], None]) -> None:
    """Print the addresses and wait for Ctrl-C; then stop everything that was started."""
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.append(True))
    with local_stack(folder, ui_port=ui_port) as stack:
        asyncio.run(migrate(stack.database_url))
        write_env(stack)
        try:
            with running_worker(stack):
                for line in addresses(stack):
                    say(line)
                while not stopping:
                    time.sleep(0.2)
                say("Stopping.")
        finally:
            STACK_FILE.unlink(missing_ok=True)


def write_env(stack: Stack) -> None:
    """Let `procore-cmic` in the same folder find this stack. Readable by its owner only: it holds credentials."""
    STACK_FILE.parent.mkdir(parents=True, exist_ok=True)
    STACK_FILE.touch(mode=0o600)
    STACK_FILE.write_text("".join(f"{name}={value}\n" for name, value in stack.env.items()))


def addresses(stack: Stack) -> list[str]:
    return [
        "The stack is up. Ctrl-C stops it; its data stays for the next start (`make clean` forgets).",
        f"  Temporal UI       {stack.temporal_ui}",
        f"  Temporal          {stack.temporal_address}",
        f"  Procore stand-in  {stack.procore_url}",
        f"  CMiC stand-in     {stack.cmic_url}",
        f"  PostgreSQL        {stack.database_url}",
        "In another terminal, in this folder: .venv/bin/procore-cmic --help",
    ]
