"""A worker process for bulk commands that kills itself with SIGKILL while it asks its N-th row.

    python -m tests.workflows.bulk_worker TEMPORAL_ADDRESS QUEUE LOG N

It appends the request id of every row it asks to the log before it asks. With N of 0 it lives until it is ended. Nothing
but Temporal is real here: each item answers at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any, cast

from temporalio.client import Client
from temporalio.worker import Worker

from activities.bulk import Bulk
from domain.commands import Answer, Outcome
from domain.ledger_port import Ledger
from domain.permissions import Person
from domain.states import State
from workers.converter import data_converter
from workers.worker import runner
from workflows.bulk import BulkCommand

READY = "ready"
LIFETIME = 120.0
ADA = Person(name="Ada")


class Known:
    """A ledger that knows everybody."""

    async def person(self, number: str) -> Person | None:
        return ADA


class Mortal:
    """The door to items. Dies where it was told to."""

    def __init__(self, log: Path, dies_at: int) -> None:
        self.log = log
        self.left = dies_at

    async def ask(self, key: str, action: str, **more: Any) -> Outcome:
        with self.log.open("a") as log:
            log.write(f"{more['request_id']}\n")
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(0.01)
        return Outcome(answer=Answer.DONE, action=action, state=State.EXPORTING, sequence=2)


async def live(address: str, queue: str, log: str, dies_at: str) -> None:
    client = await Client.connect(address, data_converter=data_converter)
    bulk = Bulk(cast(Ledger, Known()), Mortal(Path(log), int(dies_at)))
    async with Worker(
        client, task_queue=queue, workflows=[BulkCommand], activities=[bulk.ask_one], workflow_runner=runner()
    ):
        print(READY, flush=True)
        await asyncio.sleep(LIFETIME)


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:5]))
