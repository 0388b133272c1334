"""Errors of the ports as Temporal understands them, and heartbeats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.ports import Unavailable

BEAT = 2.0


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Heartbeat every 2 s, so that a killed worker's step is taken up by another within seconds. A temporary error becomes
    a retry: after the delay that the system named, where it named one."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT)

    task = asyncio.create_task(beat())
    try:
        yield
    except Unavailable as error:
        delay = timedelta(seconds=max(1.0, error.retry_after)) if error.retry_after else None
        raise ApplicationError(error.words, type="Temporary", next_retry_delay=delay) from None
    finally:
        task.cancel()
