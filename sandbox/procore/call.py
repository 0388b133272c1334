"""One authenticated API request, with the questions every endpoint asks of it.

The rules of the `Procore-Company-Id` header, of connected companies and of permitted projects stand here
(procore-api §1, §2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.procore.errors import ApiError, missing_param, not_found
from sandbox.procore.house import House
from sandbox.procore.oauth import user_of
from sandbox.procore.values import Record, whole
from sandbox.procore.web import Reply, Request, Routes

EXEMPT = ("/rest/v1.0/me", "/rest/v1.0/companies")
"""The two paths that need no company header, except from a service account."""


@dataclass
class Call:
    """What a handler is given. `token` is the live access token, `parts` what the path says."""

    house: House
    request: Request
    parts: dict[str, str]
    token: Record

    @cached_property
    def body(self) -> Record:
        """The JSON body."""
        return self.request.json()

    @cached_property
    def user(self) -> Record:
        """Who asks."""
        return user_of(self.token)

    @cached_property
    def company(self) -> Record:
        """The company that the header names. Raises ApiError."""
        assumed = self.house.assumptions
        word = self.request.headers.get("procore-company-id")
        if not word and not assumed.company_header_enforced:
            word = self._otherwise_named_company()
        if not word:
            status = assumed.missing_company_header_status
            raise ApiError(
                status,
                "Missing Procore-Company-Id header! Send the id of the company that the request is about "
                "in the Procore-Company-Id header.",
            )
        company = self.house.books.get("companies", _number(word))
        if company is None or not company["connected"]:
            raise ApiError(403, "App is not connected to this company")
        return company

    def _otherwise_named_company(self) -> Any:
        """The company_id in the path, query or body, or else the company of the project that is named there."""
        named = self.parameter("company_id")
        if named is not None:
            return named
        project = self.house.books.get("projects", _number(self.parameter("project_id")))
        return project["company_id"] if project else None

    def check_header(self) -> None:
        """Refuse a request without the company header, unless its path is exempt for this caller."""
        assumed = self.house.assumptions
        strict = (
            self.token["grant"] == "client_credentials"
            and assumed.dmsa_sends_company_header
            and assumed.company_header_enforced
        )
        if self.request.path in EXEMPT and not strict and "procore-company-id" not in self.request.headers:
            return
        company = self.company
        if "company_id" in self.parts and _number(self.parts["company_id"]) != company["id"]:
            raise not_found("Company")

    def path_id(self, name: str = "id") -> int:
        """An id in the path. Raises ApiError 404 when it isn't a number."""
        number = _number(self.parts[name])
        if number is None:
            raise not_found()
        return number

    def parameter(self, name: str) -> Any:
        """A value from the path, the query or the body, whichever has it."""
        if name in self.parts:
            return self.parts[name]
        in_query = self.request.value(name)
        return in_query if in_query is not None else self.body.get(name) if self.request.raw else None

    def company_scope(self) -> Record:
        """The scope of company-level records; the request must name the header's company. Raises ApiError."""
        named = self.parameter("company_id")
        if named is None:
            raise missing_param("company_id")
        if _number(named) != self.company["id"]:
            raise not_found("Company")
        return {"company_id": self.company["id"]}

    def project(self) -> Record:
        """The project that the request names. Raises ApiError."""
        named = self.parameter("project_id")
        if named is None:
            raise missing_param("project_id")
        return self.permitted_project(_number(named))

    def permitted_project(self, number: int | None) -> Record:
        """A project of this company that the application may enter. Raises ApiError."""
        project = self.house.books.get("projects", number)
        if project is None or project["company_id"] != self.company["id"]:
            raise not_found("Project")
        if not project["permitted"]:
            raise ApiError(403, "The application is not permitted on this project")
        return project

    def project_scope(self) -> Record:
        """The scope of project-level records. Raises ApiError."""
        return {"company_id": self.company["id"], "project_id": self.project()["id"]}

    def wrapped(self, name: str) -> Record:
        """The object a write carries under its type name (procore-api §2). Raises ApiError 400."""
        inner = self.body.get(name)
        if not isinstance(inner, dict):
            raise missing_param(name)
        return inner


def _number(value: Any) -> int | None:
    try:
        return whole(value)
    except ValueError:
        return None


ApiHandler = Callable[[Call], Reply]


def api_routes() -> Routes[ApiHandler]:
    """An empty table of API handlers."""
    return Routes()
