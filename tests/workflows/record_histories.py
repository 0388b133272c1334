"""Record the histories that `test_replay` replays: `python -m tests.workflows.record_histories [STORY ...]`.

Starts a stack of its own, tells the stories, writes `histories/STORY-N.json`, and stops everything. Without arguments it
records all, and forgets the files of stories that aren't told any more. Nothing of the machine stays in a file.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import logging
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog
from temporalio.client import WorkflowHistory

from domain.states import State
from ledger.migrate import migrate
from tests.support import ACME, COMPANY, ERP, JOB, PROJECT, Site, config_of
from tests.workflows.ground import QUICK, chain, own_queue
from tests.workflows.stories import STORIES
from workers.plant import open_plant
from workers.stack import Stack, local_stack

HISTORIES = Path(__file__).parent / "histories"
QUEUE = "recorded"
SAYS_NOTHING = {"identity": "worker", "stackTrace": "", "binaryChecksum": "", "buildId": ""}


@asynccontextmanager
async def connected_site(stack: Stack) -> AsyncIterator[Site]:
    """The demo's project linked to its job and its first vendor linked, on a stack of its own."""
    await migrate(stack.database_url)
    async with (
        open_plant(config_of(stack)) as plant,
        own_queue(plant, QUEUE, QUICK) as mine,
        httpx.AsyncClient(base_url=stack.procore_url, timeout=30) as procore,
        httpx.AsyncClient(base_url=stack.cmic_url, timeout=30) as cmic,
    ):
        site = Site(stack, mine, procore, cmic)
        for key, erp_id in ((f"project:{COMPANY}:-:{PROJECT}", JOB), (f"company:{COMPANY}:{ERP}:{ACME}", "ACME01")):
            await site.granted(key, "link", erp_id=erp_id)
            await site.until(key, State.SYNCED)
        yield site


def scrubbed(node: Any, texts: Mapping[str, str]) -> Any:
    """The same history without what only this machine knows: addresses, paths, process and host names."""
    if isinstance(node, dict):
        return {k: SAYS_NOTHING[k] if k in SAYS_NOTHING else _value(k, v, texts) for k, v in node.items()}
    if isinstance(node, list):
        return [scrubbed(item, texts) for item in node]
    if isinstance(node, str):
        for text, instead in texts.items():
            node = node.replace(text, instead)
    return node


def _value(name: str, value: Any, texts: Mapping[str, str]) -> Any:
    """Payloads are JSON in base64: scrubbed within. The queue of a sticky worker bears its host's name."""
    if name == "data" and isinstance(value, str):
        plain = base64.b64decode(value)
        try:
            clean = scrubbed(plain.decode(), texts).encode()
        except UnicodeDecodeError:
            clean = plain
        return base64.b64encode(clean).decode()
    if name == "taskQueue" and isinstance(value, dict) and value.get("kind") == "TASK_QUEUE_KIND_STICKY":
        return {**scrubbed(value, texts), "name": "sticky"}
    return scrubbed(value, texts)


async def record(site: Site, story: str, folder: Path) -> int:
    """Tell one story and write the runs of its workflows. Returns how many files there are now."""
    about = await STORIES[story](site)
    histories = [h for key in about for h in await chain(site.office.client, key)]
    write(story, histories, site.stack, folder)
    return len(histories)


def write(story: str, histories: list[WorkflowHistory], stack: Stack, folder: Path) -> None:
    """Replace the files of a story."""
    addresses = {
        stack.procore_url.removeprefix("http://"): "procore.example",
        stack.cmic_url.removeprefix("http://"): "cmic.example",
    }
    for old in folder.glob(f"{story}-*.json"):
        old.unlink()
    for number, history in enumerate(histories, start=1):
        body = {"workflowId": history.workflow_id, **scrubbed(json.loads(history.to_json()), addresses)}
        (folder / f"{story}-{number}.json").write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n")


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
    HISTORIES.mkdir(exist_ok=True)
    for file in HISTORIES.glob("*.json"):
        if file.stem.rpartition("-")[0] not in STORIES:
            file.unlink()
    more = {"procore": ("--limits", "off"), "cmic": ("--limits", "off")}
    with tempfile.TemporaryDirectory() as folder, local_stack(Path(folder) / "stack", more=more) as stack:
        asyncio.run(record_all(stack, wanted, HISTORIES))


if __name__ == "__main__":
    main()
