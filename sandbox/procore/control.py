"""The stand-in's own controls under /_sandbox: no sign-in, JSON, no part of Procore's API.

They show the books, act as a Procore user (whom the API's freezing doesn't bind), lay out faults, move the clock and
tell what was asked. A refused control is a 400 with `{"error": text}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from sandbox.procore import oauth
from sandbox.procore.budget_control import budget_controls
from sandbox.procore.contract_entry import enter_contract, enter_lines, remove_lines
from sandbox.procore.document_controls import document_controls, nested
from sandbox.procore.errors import ApiError, Invalid
from sandbox.procore.faults import FaultOrder
from sandbox.procore.house import House
from sandbox.procore.record_controls import record_controls
from sandbox.procore.resources.contracts import KINDS
from sandbox.procore.resources.table import desk_of
from sandbox.procore.seeding import enter
from sandbox.procore.values import Record, moment
from sandbox.procore.web import Reply, Request, Routes

Parts = dict[str, str]
ControlHandler = Callable[[Request, Parts], Any]
_ALIASES = {kind.path: kind.type for kind in KINDS.values()}


class Control:
    """Answers control requests."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.routes: Routes[ControlHandler] = Routes()
        for line, handler in self._table().items():
            method, path = line.split(" ")
            self.routes.add(method, f"/_sandbox{path}", handler)

    def _table(self) -> dict[str, ControlHandler]:
        return {
            "GET /health": lambda request, parts: {"status": "ok"},
            "GET /books": lambda request, parts: self.house.books.tables(),
            "GET /books/{resource}": self.books,
            "POST /seed": lambda request, parts: enter(self.house, request.json()),
            "POST /reset": self.reset,
            "POST /edit/{resource}/{id}": self.edit,
            "POST /commitments": self.add_commitments,
            "DELETE /commitments/{id}": self.delete_commitment,
            "POST /commitments/{id}/lines": self.add_lines,
            "PUT /commitments/{id}/lines": self.replace_lines,
            "DELETE /commitments/{id}/lines/{line}": self.remove_line,
            **budget_controls(self.house),
            **document_controls(self.house),
            **record_controls(self.house),
            "GET /faults": self.faults,
            "POST /faults": self.add_fault,
            "DELETE /faults": self.clear_faults,
            "DELETE /faults/{id}": self.remove_fault,
            "POST /oauth/expire": lambda request, parts: {"expired": oauth.expire_all(self.house)},
            "GET /assumptions": lambda request, parts: self.house.assumptions.as_dict(),
            "POST /assumptions": self.assume,
            "GET /limits": lambda request, parts: self._limits(),
            "POST /limits": self.change_limits,
            "GET /clock": lambda request, parts: {"now": self.house.clock.text()},
            "POST /clock": self.move_clock,
            "GET /traffic": self.traffic,
            "GET /traffic/summary": lambda request, parts: self.house.traffic.summary(),
            "POST /traffic/reset": self.reset_traffic,
        }

    def answer(self, request: Request) -> Reply:
        """Answer one control request; what it wrote is committed."""
        try:
            route, parts = self.routes.match(request.method, request.path)
            body = route.handler(request, parts)
        except ApiError as error:
            return self._refused(error.status, error.message)
        except (Invalid, ValidationError, ValueError, KeyError, TypeError, re.error) as error:
            return self._refused(400, str(error))
        self.house.books.commit()
        return Reply(200, body)

    def _refused(self, status: int, text: str) -> Reply:
        self.house.books.rollback()
        return Reply(status, {"error": text})

    def books(self, request: Request, parts: Parts) -> list[Record]:
        """The records of a table as they are kept; documents with their lines. The query filters by equality."""
        resource = parts["resource"]
        table = "commitments" if resource in _ALIASES else resource
        equal = {"type": _ALIASES[resource]} if resource in _ALIASES else {}
        rows = self.house.books.find(table, **equal)
        rows = [row for row in rows if all(str(row.get(name)) == value for name, value in request.query)]
        if table != "commitments":
            return [nested(self.house, table, row) for row in rows]
        return [row | {"line_items": self.house.books.find("line_items", contract_id=row["id"])} for row in rows]

    def reset(self, request: Request, parts: Parts) -> dict[str, str]:
        """Back to the seed and the real time: books, tokens, faults, traffic and counts are gone; switches stay."""
        self.house.clock.reset()
        self.house.books.clear()
        enter(self.house, self.house.settings.seed)
        self.house.faults.clear()
        self.house.traffic.reset()
        self.house.limits.reset()
        return {"status": "reset"}

    def edit(self, request: Request, parts: Parts) -> Record:
        """Set fields of a record as a user of Procore would, or as nobody could (`deleted_at`). It moves."""
        table = "commitments" if parts["resource"] in _ALIASES else parts["resource"]
        row = self.house.books.get(table, int(parts["id"]))
        desk = desk_of(self.house, table, row) if row else None
        if row is None or desk is None:
            raise ApiError(404, f"there is no {table} {parts['id']} to edit")
        body = request.json()
        unknown = set(body) - set(desk.known) - {"deleted_at"}
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
        if "deleted_at" in body:
            if body["deleted_at"] is not None:
                moment(body["deleted_at"])
            row = self.house.books.change(table, row["id"], {"deleted_at": body["deleted_at"]})
        return desk.update(row, body)

    def add_commitments(self, request: Request, parts: Parts) -> Record:
        """Enter one commitment, or many under `commitments`; answers ids, numbers and the ids of lines."""
        body = request.json()
        many = body.get("commitments")
        entered = [enter_contract(self.house, one) for one in (many if many is not None else [body])]
        shown = [
            {"id": row["id"], "type": row["type"], "number": row["number"], "grand_total": row["grand_total"],
             "line_item_ids": [line["id"] for line in lines]}
            for row, lines in entered
        ]  # fmt: skip
        return {"commitments": shown, "ids": [one["id"] for one in shown]} if many is not None else shown[0]

    def _contract(self, parts: Parts) -> Record:
        row = self.house.books.get("commitments", int(parts["id"]))
        if row is None or row["deleted_at"]:
            raise ApiError(404, f"there is no commitment {parts['id']}")
        return row

    def delete_commitment(self, request: Request, parts: Parts) -> Record:
        """Delete a commitment as a user would."""
        row = self._contract(parts)
        return self.house.books.change("commitments", row["id"], {"deleted_at": self.house.clock.text()})

    def _entered_lines(self, request: Request, parts: Parts) -> Record:
        body = request.json()
        contract = self._contract(parts)
        lines = enter_lines(self.house, contract, body.get("lines", [body]))
        total = self._contract(parts)["grand_total"]
        return {"line_item_ids": [line["id"] for line in lines], "grand_total": total}

    def add_lines(self, request: Request, parts: Parts) -> Record:
        """Add one line, or many under `lines`, as a user would."""
        return self._entered_lines(request, parts)

    def replace_lines(self, request: Request, parts: Parts) -> Record:
        """Replace all lines by those under `lines`, as a user would."""
        if "lines" not in request.json():
            raise ValueError("lines is missing")
        remove_lines(self.house, self._contract(parts))
        return self._entered_lines(request, parts)

    def remove_line(self, request: Request, parts: Parts) -> Record:
        """Remove one line as a user would."""
        remove_lines(self.house, self._contract(parts), [int(parts["line"])])
        return {"grand_total": self._contract(parts)["grand_total"]}

    def faults(self, request: Request, parts: Parts) -> list[dict[str, Any]]:
        """The faults that were laid out, with how often each struck."""
        return [fault.as_dict() for fault in self.house.faults.waiting]

    def add_fault(self, request: Request, parts: Parts) -> dict[str, Any]:
        """Lay a fault out."""
        return self.house.faults.add(FaultOrder.model_validate_json(request.raw)).as_dict()

    def clear_faults(self, request: Request, parts: Parts) -> dict[str, str]:
        """Take all faults back."""
        self.house.faults.clear()
        return {"status": "cleared"}

    def remove_fault(self, request: Request, parts: Parts) -> dict[str, str]:
        """Take one fault back."""
        if not self.house.faults.remove(int(parts["id"])):
            raise ApiError(404, f"there is no fault {parts['id']}")
        return {"status": "removed"}

    def assume(self, request: Request, parts: Parts) -> dict[str, Any]:
        """Change switches."""
        for name, value in request.json().items():
            self.house.assumptions.change(name, value)
        return self.house.assumptions.as_dict()

    def _limits(self) -> dict[str, Any]:
        limits = self.house.limits
        return {"enabled": limits.enabled, "hourly": limits.hourly, "spike": limits.spike}

    def change_limits(self, request: Request, parts: Parts) -> dict[str, Any]:
        """Change the limits and forget the counts."""
        body = request.json()
        if set(body) - {"enabled", "hourly", "spike"}:
            raise ValueError("limits are enabled, hourly and spike")
        limits = self.house.limits
        limits.enabled = bool(body.get("enabled", limits.enabled))
        limits.hourly = int(body.get("hourly", limits.hourly))
        limits.spike = int(body.get("spike", limits.spike))
        limits.reset()
        return self._limits()

    def move_clock(self, request: Request, parts: Parts) -> dict[str, str]:
        """Move the clock forward by `advance_seconds`."""
        seconds = float(request.json()["advance_seconds"])
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.house.clock.advance(seconds)
        return {"now": self.house.clock.text()}

    def traffic(self, request: Request, parts: Parts) -> list[dict[str, Any]]:
        """The kept exchanges, also those that faults cut; `method`, `path` (a pattern) and `limit` narrow."""
        found = self.house.traffic.matching(request.value("method"), request.value("path"))
        return found[-int(request.value("limit") or len(found) or 1) :]

    def reset_traffic(self, request: Request, parts: Parts) -> dict[str, str]:
        """Forget the kept exchanges."""
        self.house.traffic.reset()
        return {"status": "reset"}
