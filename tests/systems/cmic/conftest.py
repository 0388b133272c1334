"""The stand-in for CMiC as a process of its own, and its control endpoints."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[3]


class StandIn:
    """A running stand-in. Its control endpoints are asked synchronously: nothing of the client is used for them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/_sandbox", timeout=30, trust_env=False)

    def post(self, path: str, **body: Any) -> Any:
        return self._checked(self._http.post(path, json=body))

    def get(self, path: str) -> Any:
        return self._checked(self._http.get(path))

    def settings(self, **changes: Any) -> None:
        self._checked(self._http.patch("/settings", json=changes))

    def traffic(self) -> list[dict[str, Any]]:
        """The requests since the last reset or `forget`, oldest first."""
        requests: list[dict[str, Any]] = self.get("/traffic")["requests"]
        return requests

    def forget(self) -> None:
        self._checked(self._http.delete("/traffic"))

    def close(self) -> None:
        self._http.close()

    @staticmethod
    def _checked(answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def process() -> Iterator[StandIn]:
    arguments = ["-m", "sandbox.cmic", "--port", "0", "--no-state", "--seed", "demo"]
    started = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    with started.stdout:
        try:
            stand_in = StandIn(json.loads(started.stdout.readline())["url"])
            yield stand_in
            stand_in.close()
        finally:
            started.terminate()
            started.wait(timeout=20)


@pytest.fixture
def stand_in(process: StandIn) -> Iterator[StandIn]:
    """The stand-in with its demonstration books. Its limits are off: every test opens gateways of its own, and a
    gateway paces only itself."""
    before = process.get("/settings")
    process.post("/reset", seed="demo")
    process.settings(limits=False, latency_ms=0)
    yield process
    process.settings(**before)


@pytest.fixture
async def limited(stand_in: StandIn) -> StandIn:
    """The stand-in with the published limits, and a second after the last request of another test."""
    await asyncio.sleep(1.1)
    stand_in.settings(limits=True, latency_ms=20)
    return stand_in
