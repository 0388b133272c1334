"""The command as a process: without a configuration, without a stack, the worker, and the stacks that it starts itself."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import pytest

from cli.demo.run import STORY
from tests.stack.commands import DONE, FAILED, USAGE, Said, begun, environment, process, too_wide
from tests.support import Site
from workers.stack import end, free_port

UNREACHABLE = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",
    "TEMPORAL_ADDRESS": "127.0.0.1:9",
    "PROCORE__API_URL": "http://127.0.0.1:9",
    "PROCORE__LOGIN_URL": "http://127.0.0.1:9",
    "PROCORE__CLIENT_ID": "somebody",
    "PROCORE__CLIENT_SECRET": "procore-secret-word",
    "CMIC__BASE_URL": "http://127.0.0.1:9",
    "CMIC__SIGN_IN__MODE": "basic",
    "CMIC__SIGN_IN__USER": "SOMEBODY",
    "CMIC__SIGN_IN__PASSWORD": "cmic-secret-word",
}
NEEDING_A_STACK = (("inbox",), ("check",), ("migrate",), ("worker",))


async def each(folder: Path, env: dict[str, str]) -> dict[str, Said]:
    """Every command that needs a stack, several at a time."""
    gate = asyncio.Semaphore(3)

    async def one(words: tuple[str, ...]) -> Said:
        async with gate:
            return await process(folder, env, *words)

    answers = await asyncio.gather(*(one(words) for words in NEEDING_A_STACK))
    return {words[0]: said for words, said in zip(NEEDING_A_STACK, answers, strict=True)}


async def test_unconfigured_is_two_in_a_plain_sentence(tmp_path: Path) -> None:
    answers = await each(tmp_path, environment(None))
    assert {name: said.code for name, said in answers.items()} == dict.fromkeys(answers, USAGE)
    for said in answers.values():
        assert said.words.startswith("The connector isn't configured: PROCORE_CMIC_DATABASE_URL")
        assert "make up" in said.words
        assert "Traceback" not in said.err


async def test_unreachable_is_four_in_a_plain_sentence(tmp_path: Path) -> None:
    answers = await each(tmp_path, environment(None, UNREACHABLE))
    assert [name for name, said in answers.items() if "Traceback" in said.err] == []
    assert {name: said.code for name, said in answers.items()} == dict.fromkeys(answers, FAILED)
    for said in answers.values():
        assert "Can't reach" in said.words
        assert "secret-word" not in said.words


async def test_a_wrong_configuration_is_told_as_wrong_without_its_secrets(tmp_path: Path) -> None:
    """What is set, but can't be: the sentence says what is wrong with it, not that it is missing."""
    wrong = {**UNREACHABLE, "PROCORE__API_URL": "ftp://files.example.test", "PERSON_LEVEL": "9"}
    said = await process(tmp_path, environment(None, wrong), "inbox")
    assert said.code == USAGE
    assert "PROCORE_CMIC_PROCORE__API_URL" in said.words
    assert "PROCORE_CMIC_PERSON_LEVEL" in said.words
    assert "secret-word" not in said.words
    assert "https://" in said.words


@pytest.fixture
async def no_schedules_left(site: Site) -> AsyncIterator[None]:
    """A worker as the product starts it lays out the posting watch; it isn't for the other tests."""
    yield
    async for schedule in await site.office.client.list_schedules():
        if schedule.id.startswith("posting"):
            await site.office.client.get_schedule_handle(schedule.id).delete()


async def test_the_worker_runs_until_it_is_told_to_stop(site: Site, no_schedules_left: None, tmp_path: Path) -> None:
    port = free_port()
    more = {"TASK_QUEUE": "another-queue", "HEALTH_PORT": str(port), "POSTING_EVERY": "P1D", "WATCHDOG_EVERY": "P1D"}
    running = begun(tmp_path, environment(site.stack, more), "worker")
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            answer = await answered(http, f"http://127.0.0.1:{port}/health", running)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        running.send_signal(signal.SIGTERM)
        _, log = await asyncio.to_thread(running.communicate, timeout=30)
        assert running.returncode == 0
        events = [json.loads(text) for text in log.splitlines() if text.startswith("{")]
        assert {"worker ready", "holding the lease"} <= {entry["event"] for entry in events}
        assert "cmic-demo" not in log
    finally:
        end(running)


async def answered(http: httpx.AsyncClient, url: str, running: subprocess.Popen[str]) -> httpx.Response:
    for _ in range(300):
        assert running.poll() is None
        try:
            return await http.get(url)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
    raise AssertionError("the worker doesn't answer")


async def up_stays(folder: Path) -> None:
    """It says where everything is, other commands find it, and an interrupt leaves nothing behind."""
    env = {**environment(None), "PYTHONUNBUFFERED": "1"}
    running = begun(folder, env, "up", "--folder", "mine")
    try:
        assert running.stdout is not None
        first = await asyncio.to_thread(running.stdout.readline)
        assert first.startswith("The stack is up.")
        started = psutil.Process(running.pid).children(recursive=True)
        assert len(started) >= 4
        inbox = await process(folder, env, "inbox")
        assert (inbox.code, inbox.out.strip()) == (DONE, "Nothing here.")
        file = folder / ".stack" / "stack.env"
        assert file.stat().st_mode & 0o077 == 0
        running.send_signal(signal.SIGINT)
        rest, _ = await asyncio.to_thread(running.communicate, timeout=60)
        assert running.returncode == 0
        assert "Stopping." in rest
        assert not file.exists()
        _, alive = psutil.wait_procs(started, timeout=10)
        assert alive == []
    finally:
        end(running)


async def demo_tells(folder: Path) -> None:
    said = await process(folder, environment(None), "demo")
    assert said.code == DONE, said.out[-3000:]
    assert f"{len(STORY)} of {len(STORY)} claims held" in said.words
    assert "Traceback" not in said.words
    assert too_wide(said.out) == []


async def test_up_and_demo_each_on_a_stack_of_its_own(tmp_path: Path) -> None:
    for name in ("up", "demo"):
        (tmp_path / name).mkdir()
    await asyncio.gather(up_stays(tmp_path / "up"), demo_tells(tmp_path / "demo"))
