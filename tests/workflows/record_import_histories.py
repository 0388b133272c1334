"""Record the histories of imports that `test_replay_imports` replays: `python -m tests.workflows.record_import_histories`.

As `record_histories` does for lifecycles: a stack of its own, the stories, `histories_of_imports/STORY-N.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from pathlib import Path

import structlog

from tests.support import Site
from tests.workflows.ground import chain
from tests.workflows.record_histories import HISTORIES, connected_site, write
from tests.workflows.stories_of_imports import STORIES, with_ordering
from workers.stack import Stack, local_stack

HISTORIES_OF_IMPORTS = HISTORIES.with_name("histories_of_imports")


async def record(site: Site, story: str, folder: Path) -> int:
    """Tell one story and write the runs of its workflows. Returns how many files there are now."""
    about = await STORIES[story](with_ordering(site))
    histories = [history for number in about for history in await chain(site.office.client, number)]
    write(story, histories, site.stack, folder)
    return len(histories)


async def record_all(stack: Stack, wanted: list[str], folder: Path) -> None:
    async with connected_site(stack) as site:
        for story in wanted:
            began = time.monotonic()
            files = await record(site, story, folder)
            print(f"{story}: {files} files, {time.monotonic() - began:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stories", nargs="*", metavar="STORY", help=", ".join(STORIES))
    wanted = parser.parse_args().stories or list(STORIES)
    if unknown := set(wanted) - set(STORIES):
        parser.error(f"nobody tells {', '.join(sorted(unknown))}")
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    HISTORIES_OF_IMPORTS.mkdir(exist_ok=True)
    for file in HISTORIES_OF_IMPORTS.glob("*.json"):
        if file.stem.rpartition("-")[0] not in STORIES:
            file.unlink()
    more = {"procore": ("--limits", "off"), "cmic": ("--limits", "off")}
    with tempfile.TemporaryDirectory() as folder, local_stack(Path(folder) / "stack", more=more) as stack:
        asyncio.run(record_all(stack, wanted, HISTORIES_OF_IMPORTS))


if __name__ == "__main__":
    main()
