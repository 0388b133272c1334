"""A stack with the crash tests' own project and vendor linked, where scenes are set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from activities.messages import Timing
from domain.identity import company_key, project_key
from domain.states import State
from tests.crash.scene import Scene, place, working
from tests.crash.seeds import CRASH_JOB, CRASH_PARTNER, CRASH_PROJECT, CRASH_VENDOR, seed_job, seed_project, seed_vendor
from tests.support import COMPANY, ERP, IMPATIENT
from workers.plant import Plant
from workers.stack import Stack


@dataclass
class Grounds:
    """A stack with the crash tests' project and vendor linked, where scenes are set."""

    stack: Stack
    plant: Plant
    procore: httpx.AsyncClient
    cmic: httpx.AsyncClient

    def scene(self, name: str, crash: str, timing: Timing = IMPATIENT) -> Scene:
        return Scene(self.stack, place(self.plant, name, timing), self.procore, self.cmic, crash=crash)


@asynccontextmanager
async def build_on(stack: Stack, plant: Plant) -> AsyncIterator[Grounds]:
    """Seed the crash tests' project, job and vendor, and link them."""
    async with (
        httpx.AsyncClient(base_url=stack.procore_url, timeout=30) as procore,
        httpx.AsyncClient(base_url=stack.cmic_url, timeout=30) as cmic,
    ):
        await seed_project(procore, CRASH_PROJECT)
        await seed_vendor(procore, cmic)
        await seed_job(cmic, CRASH_JOB)
        grounds = Grounds(stack, plant, procore, cmic)
        scene = grounds.scene("ground", "")
        async with working(scene.plant):
            for key, erp_id in (
                (project_key(COMPANY, CRASH_PROJECT), CRASH_JOB),
                (company_key(COMPANY, ERP, CRASH_VENDOR), CRASH_PARTNER),
            ):
                await scene.must(key, "link", erp_id=erp_id)
                await scene.until(key, State.SYNCED)
        yield grounds
