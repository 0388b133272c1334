"""One case from beginning to end: the story is told while one worker dies and another takes over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.crash.checks import Ending, ended
from tests.crash.scene import Scene, working
from tests.crash.stories import Story
from workers.stack import end

Telling = asyncio.Task[list[Ending]]


@asynccontextmanager
async def told_until_death(scene: Scene, story: Story) -> AsyncIterator[Telling]:
    """The story, begun with a worker that has died at the scene's point by now. Afterwards nothing of it is left."""
    process = await scene.doomed()
    telling = asyncio.ensure_future(story(scene))
    try:
        await scene.dead(process, telling)
        yield telling
    finally:
        telling.cancel()
        end(process, seconds=1)
        await scene.mend(proven=False)


async def finish(scene: Scene, telling: Telling) -> None:
    """Another worker goes on; then every object's end is checked."""
    async with working(scene.plant):
        for ending in await telling:
            await ended(scene, ending)
    await scene.mend()


async def play(scene: Scene, story: Story) -> None:
    async with told_until_death(scene, story) as telling:
        await finish(scene, telling)
