"""A real worker process that kills itself with SIGKILL at the point named by CRASH (see tests.crash.doom).

    CRASH=write:cmic.create.after PROCORE_CMIC_...=... python -m tests.crash.dying_worker

It composes the product's own plant and workers, takes the lease on its CMiC queue, and prints `ready`. If nobody brings
it to its point, it ends with code 3.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from typing import Any, cast

from activities.keeping import Keeping
from ledger.lease import lease
from tests.crash.doom import Doom, LedgerPort, Port, Reaper, TemporalPort
from workers import logs
from workers.config import Config
from workers.plant import Plant, open_plant
from workers.worker import cmic_worker, lifecycle_worker

READY = "ready"
LIFETIME = 180.0
NEVER_DIED = 3


def mortal(plant: Plant, doom: Doom) -> Plant:
    """The same plant, with its ports wrapped."""
    config = plant.config
    ledger: Any = LedgerPort(plant.ledger, "ledger", doom)
    client: Any = TemporalPort(plant.client, "temporal", doom)
    keeping = Keeping(ledger, client, config.task_queue, config.erp_queue, config.timing)
    return replace(
        plant,
        ledger=ledger,
        keeping=keeping,
        procore=cast(Any, Port(plant.procore, "procore", doom)),
        cmic=cast(Any, Port(plant.cmic, "cmic", doom)),
    )


async def live(doom: Doom) -> int:
    config = Config()
    reaper = [Reaper(doom)]
    async with open_plant(config) as whole:
        plant = mortal(whole, doom)
        async with (
            lease(config.database_url.get_secret_value(), config.erp_queue),
            lifecycle_worker(plant, interceptors=reaper),
            cmic_worker(plant, interceptors=reaper),
        ):
            print(READY, flush=True)
            await asyncio.sleep(LIFETIME)
    return NEVER_DIED


if __name__ == "__main__":
    logs.set_up()
    sys.exit(asyncio.run(live(Doom(os.environ["CRASH"]))))
