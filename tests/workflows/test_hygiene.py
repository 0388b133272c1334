"""The sandbox re-imports nothing per run, and workflows import nothing that isn't theirs (design §2; temporal-practice §3)."""

from __future__ import annotations

import ast
import json
import pkgutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

import workflows
from tests.workflows.ground import all_workflows
from workers.converter import data_converter
from workers.worker import PASSED_THROUGH, lifecycles, runner
from workflows.lifecycle import Lifecycle

FORBIDDEN = ("httpx", "asyncpg", "sqlalchemy", "alembic", "fastapi", "ledger", "systems", "workers", "cli", "sandbox")
OURS = ("activities.adopt_messages", "activities.import_messages", "activities.messages", "domain", "workflows")
WORLD = (
    "__future__",
    "asyncio",
    "collections.abc",
    "contextlib",
    "datetime",
    "hashlib",
    "typing",
    "pydantic",
    "temporalio",
)
OF_ASYNCIO = {"gather"}
"""What keeps its order in a workflow's loop: `wait` and `as_completed` don't."""
DOORS = {"workflows.asking", "workflows.ordering"}
"""Not workflow code: what the CLI and the console call, outside any workflow."""
MODULES = sorted(m.name for m in pkgutil.iter_modules(workflows.__path__, "workflows."))


def strictly(restrictions: SandboxRestrictions) -> SandboxedWorkflowRunner:
    """A runner that refuses to import what isn't passed through, instead of importing it again."""
    policy = SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    return SandboxedWorkflowRunner(restrictions=restrictions.with_import_notification_policy(policy))


async def _prepare(strict: SandboxedWorkflowRunner) -> None:
    """Load every workflow class as a worker does when it starts."""

    async def nothing() -> AsyncIterator[WorkflowHistory]:
        return
        yield

    replayer = Replayer(workflows=all_workflows(), workflow_runner=strict, data_converter=data_converter)
    async with replayer.workflow_replay_iterator(nothing()) as results:
        assert [r async for r in results] == []


async def test_nothing_is_imported_again_for_a_run() -> None:
    await _prepare(strictly(runner().restrictions))


async def test_a_package_that_is_not_passed_through_is_noticed() -> None:
    """Without ours on the list, what a workflow's module imports would be imported again for each run."""
    with pytest.raises(RuntimeError) as noticed:
        await _prepare(strictly(SandboxRestrictions.default))
    assert any(f"Module {name}" in repr(noticed.value.__cause__) for name in PASSED_THROUGH)


def test_the_workflow_classes_in_the_sandbox_are_the_ones_outside() -> None:
    """A module of its own per run would be another class: so each is passed through, not loaded again."""
    modules = {cls.__module__ for cls in all_workflows()} | {Lifecycle.__module__}
    passed = runner().restrictions.passthrough_modules
    assert all(any(module == p or module.startswith(f"{p}.") for p in passed) for module in modules)


def test_every_kind_has_its_workflow() -> None:
    assert set(lifecycles()) == {cls for cls in all_workflows() if issubclass(cls, Lifecycle)}


@pytest.mark.parametrize("module", [m for m in MODULES if m not in DOORS])
def test_a_workflow_module_imports_only_what_is_deterministic(module: str) -> None:
    tree = ast.parse(Path(*workflows.__path__, f"{module.rpartition('.')[2]}.py").read_text())
    imported = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    imported |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    allowed = (*OURS, *WORLD)
    assert {i for i in imported if not any(i == a or i.startswith(f"{a}.") for a in allowed)} == set()
    assert not imported & DOORS
    used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "asyncio"}
    assert used <= OF_ASYNCIO
    assert ("asyncio" in imported) == bool(used)


def test_loading_every_workflow_loads_no_system_and_no_database() -> None:
    names = sorted({cls.__module__ for cls in all_workflows()})
    script = f"import json, sys\nfor name in {names}: __import__(name)\nprint(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout)
    assert "workflows.commitment" in loaded
    assert [m for m in loaded if m.split(".")[0] in FORBIDDEN] == []
