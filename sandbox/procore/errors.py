"""Refusals, and the error bodies of Procore's API.

v1 answers `{code, message, fields, reason, error}`, v2 `{error: {code, message, details}}`, and some v1 endpoints have
shapes of their own for some statuses (procore-api §2, counted over the public description).
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

Errors = dict[str, list[str]]


class ApiError(Exception):
    """A request that is refused as a whole, with the status it is refused with."""

    def __init__(
        self, status: int, message: str, *, fields: Errors | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields or {}
        self.headers = headers or {}


class Invalid(Exception):
    """A record that breaks rules, as messages per field: a 422 on its own, one row's errors inside a sync."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(sentence(errors))
        self.errors = errors


def sentence(errors: Errors) -> str:
    """All messages in one line, each with the field it is about."""
    return "; ".join(f"{field} {message}" for field, messages in errors.items() for message in messages)


def not_found(what: str = "Resource") -> ApiError:
    """What is missing, deleted, or not for this caller's eyes: all three look the same."""
    return ApiError(404, f"{what} not found")


def missing_param(name: str) -> ApiError:
    """A required query name or body key is absent."""
    return ApiError(400, f"param is missing or the value is empty: {name}", fields={name: ["is missing"]})


def error_body(error: ApiError, path: str, shape: str | None = None) -> dict[str, Any]:
    """The JSON body of a refusal, in the endpoint's own shape or that of the API version that the path belongs to."""
    if shape is not None:
        return _SHAPES[shape](error)
    if path.startswith("/rest/v2"):
        return {"error": {"code": str(error.status), "message": error.message, "details": _details(error)}}
    return {
        "code": error.status,
        "message": error.message,
        "fields": ",".join(error.fields),
        "reason": HTTPStatus(error.status).phrase,
        "error": None,
    }


def _details(error: ApiError) -> list[dict[str, str]]:
    return [
        {"reason_code": "invalid", "message": message, "source": field}
        for field, messages in error.fields.items()
        for message in messages
    ]


def _errors(error: ApiError) -> list[dict[str, Any]]:
    """What the description leaves open in `{errors: [object]}`: one object a field, or one for the whole refusal."""
    if not error.fields:
        return [{"message": error.message}]
    return [{"field": field, "messages": messages} for field, messages in error.fields.items()]


_SHAPES: dict[str, Callable[[ApiError], dict[str, Any]]] = {
    "exception": lambda error: {"message": error.message, "exception": "ActiveRecord::RecordNotFound"},
    "errors": lambda error: {"errors": _errors(error)},
    "message": lambda error: {"message": error.message, "error": HTTPStatus(error.status).phrase},
}
"""The shapes that only some endpoints have, for some statuses."""
