"""The Procore stand-in, a process of its own that speaks HTTP, and what a person does there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from systems.procore.config import ProcoreConfig
from tests.systems.procore.fake import PROJECT

REPOSITORY = Path(__file__).resolve().parents[3]
COMMITMENT_LINES = [
    {"cost_code": "03-100", "line_item_type": "S", "quantity": "2.5", "unit_cost": "100", "uom": "cy"},
    {"cost_code": "05-120", "line_item_type": "M", "amount": "250.10", "description": "Steel"},
]


@contextmanager
def running() -> Iterator[str]:
    """Its address, for as long as it runs."""
    command = [sys.executable, "-m", "sandbox.procore", "--port", "0", "--no-state", "--seed", "demo"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
            process.wait(20)


class Desk:
    """What a person does in Procore, and what its books say."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def post(self, path: str, body: Any) -> Any:
        return (await self.http.post(f"/_sandbox{path}", json=body)).raise_for_status().json()

    async def enter(self, number: str, type_: str = "WorkOrderContract", **more: Any) -> tuple[int, list[int]]:
        body = {"project_id": PROJECT, "type": type_, "number": number, "title": number, "status": "Approved"}
        entered = await self.post("/commitments", {**body, "lines": COMMITMENT_LINES, **more})
        return entered["id"], entered["line_item_ids"]

    async def book(self, table: str, number: int) -> dict[str, Any]:
        answer = (await self.http.get(f"/_sandbox/books/{table}", params={"id": number})).raise_for_status()
        (row,) = answer.json()
        return dict(row)

    async def sent(self, method: str, path: str) -> list[dict[str, Any]]:
        answer = await self.http.get("/_sandbox/traffic", params={"method": method, "path": path})
        return list(answer.raise_for_status().json())


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Desk]:
    """The desk of the stand-in at an address, with its books as they were at first, and without limits."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
        desk = Desk(http)
        await desk.post("/limits", {"enabled": False})
        await desk.post("/reset", {})
        yield desk


def settings(url: str, **more: Any) -> ProcoreConfig:
    values = {"api_url": url, "login_url": url, "client_id": "demo-client", "client_secret": "demo-secret", **more}
    return ProcoreConfig.model_validate(values)
