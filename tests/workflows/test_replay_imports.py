"""Later code replays the imports that run today, as `test_replay` does for lifecycles (design §3, §6; temporal-practice §9)."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from temporalio.workflow import NondeterminismError

from tests.workflows.changed_imports import ChangedCommand, ChangedConfirmed, ChangedImport, ChangedSchedule
from tests.workflows.ground import all_workflows, kinds
from tests.workflows.record_import_histories import HISTORIES_OF_IMPORTS
from tests.workflows.stories_of_imports import STORIES
from tests.workflows.test_hygiene import strictly
from tests.workflows.test_replay import PRIVATE, _body, _history, _plain, _replay, _steps, _type
from workers.worker import runner

FILES = sorted(HISTORIES_OF_IMPORTS.glob("*.json"))
STEPS = {
    "begin", "pull", "compute", "push", "propose", "compare", "finish", "places_of", "job_gaps", "act_on_staged",
}  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
async def test_a_recorded_import_replays(path: Path) -> None:
    await _replay(path, all_workflows())


async def test_no_run_imports_a_module_again() -> None:
    strict = strictly(runner().restrictions)
    for path in FILES:
        await _replay(path, all_workflows(), strict)


def test_every_story_is_recorded() -> None:
    assert {f.stem.rpartition("-")[0] for f in FILES} == set(STORIES)


def test_every_step_and_way_is_in_some_history() -> None:
    assert {step for f in FILES for step in _steps(f)} == STEPS
    assert {_type(f) for f in FILES} >= {
        "TransactionsImport", "VendorsImport", "BudgetImport", "JobCostsImport", "ScheduledImport", "StagedCommand",
    }  # fmt: skip
    events = {kind for f in FILES for kind in kinds(_history(f))}
    assert {"START_CHILD_WORKFLOW_EXECUTION_INITIATED", "CHILD_WORKFLOW_EXECUTION_COMPLETED"} <= events


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_no_task_of_a_recorded_import_failed(path: Path) -> None:
    assert "WORKFLOW_TASK_FAILED" not in kinds(_history(path))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_history_holds_names_and_numbers_never_rows(path: Path) -> None:
    """Neither a secret, nor a person's name, nor where it was recorded; and nothing of what CMiC's rows say."""
    plain = _plain(path)
    assert PRIVATE.findall(plain) == []
    assert socket.gethostname() not in plain
    assert str(Path(__file__).parents[2]) not in plain
    assert "Formwork" not in plain
    assert '"approver"' not in plain
    assert "Mill Road" not in plain


def test_a_history_doesnt_grow_with_what_is_brought() -> None:
    """Rows stay in the ledger: a payload is a window, a place, an outcome."""
    assert max(len(str(_body(f))) for f in FILES) < 200_000


@pytest.mark.parametrize("changed", [ChangedImport, ChangedConfirmed, ChangedSchedule, ChangedCommand])
async def test_a_changed_workflow_is_caught(changed: type) -> None:
    name = vars(changed)["__temporal_workflow_definition"].name
    for path in [f for f in FILES if _type(f) == name]:
        with pytest.raises(NondeterminismError):
            await _replay(path, [changed])
    assert name in {_type(f) for f in FILES}
