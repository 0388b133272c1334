"""Every crash case: where the worker dies, and in which story.

The commitment walks through all of its steps and decisions; company and the linked project, which walk the same engine, through
what is their own; every other kind through the matrix (tests.crash.matrix).
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.states import State
from tests.crash.case import AROUND, RESTLESS, Case
from tests.crash.matrix import matrix
from tests.crash.stories import (
    ORDER,
    SLOW,
    SLOW_LINES,
    company,
    decided,
    exported,
    held,
    lost,
    project,
    refused_once,
    sent,
    still_there,
    stranger,
    taken,
    unlinked,
    unreachable,
)


def patience() -> Iterator[Case]:
    """Those that take longest, because a step without heartbeats is missed after 30 s only."""
    for point in ("before", "case.committed", "after"):
        yield Case(f"load:{point}", lost())
    for point in AROUND:
        yield Case(f"give_up:{point}", unreachable(), timing=RESTLESS)
    yield Case("give_up:case.committed", still_there(blind=True), "CMiC can't be asked", RESTLESS)
    yield Case("judge/try_again:case.uncommitted", unreachable(), timing=RESTLESS)
    yield Case("judge/try_again:case.committed", unreachable(), timing=RESTLESS)


def decisions() -> Iterator[Case]:
    yield Case("judge/send:procore.read.after", sent())
    yield Case("judge/send:procore.read.after", sent(procore={"path": "$", "cut": True}), "cut while reading")
    told = {
        "send": sent(),
        "retrieve": decided("retrieve", State.RETRIEVED),
        "reject": decided("reject", State.REJECTED),
        "accept": exported(),
        "retry": refused_once("retry"),
        "unlink": unlinked(),
    }
    for action, story in told.items():
        for point in AROUND:
            yield Case(f"judge/{action}:{point}", story)
    for point in ("before", "cmic.find.after", "after"):
        yield Case(f"look:{point}", refused_once("retry"), "before a retry")
    yield Case("look:after", refused_once("reject"), "before a reject")
    yield Case("judge/reject:recorded.uncommitted", refused_once("reject"), "of a failed one")
    yield Case("judge/reject:recorded.committed", refused_once("reject"), "of a failed one")


def steps() -> Iterator[Case]:
    for point in ("before", "procore.read.after", "case.uncommitted", "case.committed", "after"):
        yield Case(f"prepare:{point}", exported())
    points: tuple[str, ...] = (
        *("before", "case.committed", "cmic.find.before", "cmic.find.after", "ledger.note_seen.after"),
        *("ledger.attempt.before", "ledger.attempt.after", "cmic.create.before", "cmic.create.after"),
        *("ledger.note_seen.after#2", "ledger.wrote.before", "ledger.wrote.after", "after"),
    )
    for point in points:
        yield Case(f"write:{point}", exported())
    for point in ("ledger.settled.after", "recorded.uncommitted", "recorded.committed"):
        yield Case(f"write:{point}", refused_once("retry"), "refused by CMiC")
    points = (
        *("before", "case.committed", "procore.read.after", "procore.write_ids.before", "procore.write_ids.after"),
        *("recorded.uncommitted", "recorded.committed", "after"),
    )
    for point in points:
        yield Case(f"write_back:{point}", exported())
    for point in ("ledger.existed.after", "recorded.uncommitted", "ledger.wrote.after"):
        yield Case(f"write:{point}", taken(), "somebody else's")
    yield Case("judge/adopt:case.committed", taken())
    yield Case("write:ledger.attempt.before", stranger("number_taken"), "a stranger's meanwhile")
    yield Case("write:ledger.attempt.after", stranger("cmic_differs"), "a stranger's meanwhile")


def cuts() -> Iterator[Case]:
    """The connection is cut too: before the worker dies, while it dies, or when the next one tries."""
    created, tried, begun = "write:cmic.create.after", "write:ledger.attempt.after", "write:before"
    for crash in (created, begun, tried):
        yield Case(crash, exported(cmic={"kind": "cut_after_commit"}), "cut after the commit")
        yield Case(crash, exported(cmic={"kind": "cut_before_commit"}), "cut before the commit")
    for seconds in (2, 9):
        late = exported(cmic={"kind": "commit_after_cut", "seconds": seconds})
        yield Case(created, late, f"committed {seconds} s after the cut")
        yield Case(begun, late, f"committed {seconds} s after the cut")
    yield Case("write:cmic.find.after#2", exported(cmic={"kind": "cut_after_commit"}), "looking after the cut")
    yield Case(
        "write:cmic.find.after#2", exported(cmic={"kind": "batch_without_rows"}), "looking after an empty answer"
    )
    under_way = "write:cmic.create.under-way"
    yield Case(under_way, exported(cmic={"kind": "delay_answer", "seconds": 4}), "committed, not answered")
    yield Case(under_way, exported(cmic={"kind": "delay", "seconds": 3}), "committed while nobody works")
    yield Case(under_way, exported(cmic={"kind": "delay", "seconds": 9}), "committed after the next look")
    cut = {"cut": True, "when": "after"}
    writing = "write_back:procore.write_ids"
    yield Case(f"{writing}.under-way", exported(procore=SLOW_LINES), "half the lines")
    yield Case(f"{writing}.under-way", exported(ORDER, procore={"path": "$", "method": "PATCH", **SLOW}), "no header")
    yield Case(f"{writing}.after", exported(procore={"path": "/line_items/", **cut}), "cut at a line")
    yield Case(
        "write_back:before", exported(ORDER, procore={"path": "$", "method": "PATCH", **cut}), "cut at the header"
    )


def unlinking() -> Iterator[Case]:
    for point in ("before", "cmic.find.after", "ledger.note_seen.after", "after"):
        yield Case(f"look:{point}", unlinked())
    points = (
        *("before", "case.committed", "procore.read.after", "procore.write_ids.before", "procore.write_ids.after"),
        *("recorded.uncommitted", "recorded.committed", "after"),
    )
    for point in points:
        yield Case(f"unlink:{point}", unlinked())
    yield Case("unlink:procore.write_ids.under-way", unlinked(procore=SLOW_LINES), "half the lines")
    cut = {"path": "/line_items/", "cut": True, "when": "after"}
    yield Case("unlink:procore.write_ids.after", unlinked(procore=cut), "cut at a line")
    yield Case("unlink:before", unlinked(procore=cut), "cut at a line")
    yield Case("unlink:case.uncommitted", still_there(), "still in CMiC")
    yield Case("unlink:case.committed", still_there(), "still in CMiC")


def holding() -> Iterator[Case]:
    """A held item leaves by itself, and never waits for a decision again."""
    for point in ("before", "temporal.signal.before", "temporal.signal.after", "after"):
        yield Case(f"wake:{point}", held())
    for point in AROUND:
        yield Case(f"judge/wake@commitment:{point}", held())
    yield Case("judge/accept@commitment:case.committed", held(), "held")
    yield Case("write_back@company:recorded.committed", held(), "the parent")
    yield Case("write_back@company:after", held(), "the parent")
    for crash in ("prepare@commitment:after", "write@commitment:cmic.create.after"):
        yield Case(crash, held(), "released")
    yield Case("write_back@commitment:recorded.uncommitted", held(), "released")


def others() -> Iterator[Case]:
    for point in ("cmic.create.after", "ledger.wrote.after", "cmic.create.after#2", "ledger.wrote.after#2"):
        yield Case(f"write@company:{point}", company())
    for point in ("prepare:after", "write:ledger.attempt.after#2", "write_back:procore.write_ids.after"):
        yield Case(f"{point}".replace(":", "@company:"), company())
    yield Case("unlink@company:procore.write_ids.after", company(unlink=True))
    for crash in ("prepare:case.committed", "write:after", "job_codes:cmic.job_codes.after", "job_codes:after"):
        yield Case(crash.replace(":", "@project:"), project())
    yield Case("write_back@project:procore.write_ids.after", project())
    yield Case("judge/refresh@project:case.committed", project(refresh=True))
    yield Case("write_back@project:recorded.uncommitted#2", project(refresh=True))


CASES = [*patience(), *decisions(), *steps(), *cuts(), *unlinking(), *holding(), *others(), *matrix()]
