"""Structured logs: one JSON line an event, with ids and never a secret or a personal datum."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from temporalio import workflow


def drop_on_replay(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """A workflow that is replayed says nothing twice."""
    if workflow.in_workflow():
        if workflow.unsafe.is_replaying():
            raise structlog.DropEvent
        event.setdefault("workflow_id", workflow.info().workflow_id)
    return event


def set_up(level: str = "INFO") -> None:
    logging.basicConfig(level=level, stream=sys.stderr, format="%(message)s", force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            drop_on_replay,  # type: ignore[list-item]  # structlog types the event as a MutableMapping
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
