"""Starts the stand-in as the real process it is, and speaks to it over HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[3]
COMPANY = 562949
PROJECT = 310
ACME, BAKER = 4101, 4102
CONCRETE, STEEL = 7103, 7104
LABOR, MATERIALS, SUBCONTRACT = 3001, 3002, 3003
LIST = 2001
WO = "/rest/v1.0/work_order_contracts"
PO = "/rest/v1.0/purchase_order_contracts"

Json = Any


@dataclass
class Stand:
    """A running stand-in."""

    process: subprocess.Popen[str]
    url: str
    http: httpx.Client

    def control(self, method: str, path: str, body: Json = None, *, status: int = 200) -> Json:
        """Use a control endpoint."""
        answer = self.http.request(method, f"/_sandbox{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def api(self, **headers: str) -> Api:
        """A signed-in caller."""
        body = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
        token = self.http.post("/oauth/token", data=body).json()["access_token"]
        return Api(self, {"Authorization": f"Bearer {token}", "Procore-Company-Id": str(COMPANY), **headers})


@dataclass
class Api:
    """A caller with a token and the company header."""

    stand: Stand
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Json = None, **query: Any) -> httpx.Response:
        """Send one request; the query's names may be given as a dictionary under `params`."""
        params = {**query.pop("params", {}), **query}
        return self.stand.http.request(method, path, json=body, params=params, headers=self.headers)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET."""
        return self.send("GET", path, None, **query)

    def post(self, path: str, body: Json, **query: Any) -> httpx.Response:
        """POST."""
        return self.send("POST", path, body, **query)

    def patch(self, path: str, body: Json, **query: Any) -> httpx.Response:
        """PATCH."""
        return self.send("PATCH", path, body, **query)

    def delete(self, path: str, **query: Any) -> httpx.Response:
        """DELETE."""
        return self.send("DELETE", path, None, **query)

    def ok(self, answer: httpx.Response, status: int = 200) -> Json:
        """The body of an answer that must have a status."""
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def commitment(self, **fields: Any) -> Json:
        """Enter a commitment as a Procore user: by default an approved subcontract of one line."""
        body = {
            "project_id": PROJECT,
            "type": "WorkOrderContract",
            "title": "Foundations",
            "vendor_id": ACME,
            "status": "Approved",
            "lines": [{"cost_code": "03-100", "line_item_type": "S", "amount": "1000.00"}],
            **fields,
        }
        return self.stand.control("POST", "/commitments", body)


@contextmanager
def started(*arguments: str, kill: bool = False) -> Iterator[Stand]:
    """A stand-in of its own; it must stop cleanly, unless it is to be killed."""
    command = [sys.executable, "-m", "sandbox.procore", "--port", "0", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            announced = json.loads(line)
            assert announced["name"] == "procore"
            with httpx.Client(base_url=announced["url"], timeout=10) as http:
                yield Stand(process, announced["url"], http)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            code = process.wait(timeout=10)
    if not kill:
        assert code == 0
