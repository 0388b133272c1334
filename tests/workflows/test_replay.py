"""Any later code replays what runs today: recorded histories of real runs, at every stage (design §3; temporal-practice §9).

A change that breaks one needs `workflow.patched()`; before the first release, re-record (see record_histories).
"""

from __future__ import annotations

import base64
import json
import re
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from domain.states import State
from mappers.registry import KINDS
from tests.support import APPROVER, SENDER
from tests.workflows.changed import ChangedBegin, ChangedJudging
from tests.workflows.ground import FRESH, all_workflows, kinds
from tests.workflows.record_histories import HISTORIES
from tests.workflows.stories import STORIES
from tests.workflows.test_hygiene import strictly
from workers.converter import data_converter
from workers.worker import runner
from workflows.lifecycle import Lifecycle

FILES = sorted(HISTORIES.glob("*.json"))
FIRST = sorted(HISTORIES.with_name("histories_of_the_first_version").glob("*.json"))
"""Runs that looked into CMiC by themselves, before the judge asked for it. They are never recorded anew."""
STEPS = {
    "load", "judge", "prepare", "write", "write_back", "look", "unlink", "job_codes", "give_up", "wake",
    "start_lost", "wake_releasable", "list_changes", "describe", "ask_one",
}  # fmt: skip
PRIVATE = re.compile(
    r"127\.0\.0\.1|localhost|/home/|/[r]oot/|/tmp/|/usr/|site-packages|\.py\b|Bearer |password|secret|cmic-demo|\w@\w",
    re.I,
)


@cache
def _body(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


@cache
def _history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(_body(path)["workflowId"], path.read_text())


def _type(path: Path) -> str:
    started = _body(path)["events"][0]["workflowExecutionStartedEventAttributes"]
    return str(started["workflowType"]["name"])


def _steps(path: Path) -> list[str]:
    """The steps that a run scheduled, in their order."""
    return [
        e["activityTaskScheduledEventAttributes"]["activityType"]["name"]
        for e in _body(path)["events"]
        if "activityTaskScheduledEventAttributes" in e
    ]


COMMITMENTS = [f for f in FILES if _type(f) == "CommitmentLifecycle"]
PARKED = [f for f in COMMITMENTS if kinds(_history(f)) == FRESH]
"""Fresh runs that only began: what an upgrade meets most."""


async def _replay(path: Path, workflows: list[type], with_runner: SandboxedWorkflowRunner | None = None) -> None:
    replayer = Replayer(workflows=workflows, workflow_runner=with_runner or runner(), data_converter=data_converter)
    await replayer.replay_workflow(_history(path))


def _texts(node: Any) -> Iterator[str]:
    """Every text of a history, payloads decoded."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from [base64.b64decode(value).decode(errors="replace")] if name == "data" else _texts(value)
    elif isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, str):
        yield node


def _plain(path: Path) -> str:
    return "\n".join(_texts(_body(path)))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    await _replay(path, all_workflows())


@pytest.mark.parametrize("path", FIRST, ids=lambda p: p.stem)
async def test_a_run_of_the_first_version_goes_on(path: Path) -> None:
    assert "EVENT_TYPE_MARKER_RECORDED" not in [e["eventType"] for e in _body(path)["events"]]
    assert "look" in _steps(path)
    await _replay(path, all_workflows())


def test_runs_of_the_first_version_are_among_them() -> None:
    assert len(FIRST) >= 4


async def test_no_run_imports_a_module_again() -> None:
    strict = strictly(runner().restrictions)
    for path in FILES:
        await _replay(path, all_workflows(), strict)


@pytest.mark.parametrize("changed", [ChangedBegin, ChangedJudging])
@pytest.mark.parametrize("path", [f for f in COMMITMENTS if f not in PARKED], ids=lambda p: p.stem)
async def test_a_changed_workflow_is_caught(path: Path, changed: type) -> None:
    with pytest.raises(NondeterminismError):
        await _replay(path, [changed])


@pytest.mark.parametrize("path", PARKED, ids=lambda p: p.stem)
async def test_a_parked_run_survives_a_change_of_what_comes_after_its_rest(path: Path) -> None:
    """Its first task issued no command, so that months later other code takes it over."""
    await _replay(path, [ChangedJudging])


def test_every_story_is_recorded() -> None:
    assert {f.stem.rpartition("-")[0] for f in FILES} == set(STORIES)


def test_every_workflow_step_and_state_is_in_some_history() -> None:
    assert {_type(f) for f in FILES} == {
        *(kind.lifecycle.workflow_type for kind in KINDS.values()), "Watchdog", "PostingWatch", "DialectCheck",
        "BulkCommand",
    }  # fmt: skip
    assert {step for f in FILES for step in _steps(f)} == STEPS
    heads = "\n".join(_plain(f) for f in FILES)
    states = {s for kind in KINDS.values() for s in kind.lifecycle.states}
    assert {s for s in states if f'"state":"{s}"' not in heads} == set()


def test_a_parked_run_is_among_them() -> None:
    assert PARKED


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_no_task_of_a_recorded_run_failed(path: Path) -> None:
    assert "WORKFLOW_TASK_FAILED" not in kinds(_history(path))


@pytest.mark.parametrize("path", [*FILES, *FIRST], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_history_holds_nothing_private(path: Path) -> None:
    """Neither a secret, nor a person's name, nor where it was recorded."""
    plain = _plain(path)
    assert PRIVATE.findall(plain) == []
    assert socket.gethostname() not in plain
    assert str(Path(__file__).parents[2]) not in plain
    names = re.compile(rf'"(?:who|name)":"(?:{APPROVER.name}|{SENDER.name})"')
    assert names.findall(plain) == []


def test_the_engine_is_one() -> None:
    """A lifecycle adds its table and steps, never another way to walk."""
    for cls in all_workflows():
        if issubclass(cls, Lifecycle):
            assert cls.walk is Lifecycle.walk
            mapped = KINDS[cls.table.kind].mapper.tables
            assert (State.EXPORTING in cls.table.states) == bool(mapped), (
                "what has a mapping is exported, and nothing else"
            )
