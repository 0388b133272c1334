"""The matrix: every exported kind, times every point of its way to CMiC and out of it again.

The stories are the kinds' (tests.crash.papers), the points are everybody's: what differs is how many batches an export has,
whether Procore has a place for the id, and how the kind is sent again.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.states import State
from tests.crash.case import AROUND, Case
from tests.crash.checks import Ending
from tests.crash.papers import SUBJECTS, WAIT, Paper, Subject, unposted
from tests.crash.scene import Scene
from tests.crash.stories import Story

SEEN = "( record_posting)*"
"""Other cases look for postings meanwhile; what they see of this case's objects is recorded, too."""
EXPORTED = f"send accept complete{SEEN}"
MADE = f"job_made complete{SEEN}"


def matrix() -> Iterator[Case]:
    for subject in SUBJECTS:
        for point in _export(subject):
            yield Case(_at(point, subject), _exported(subject), "exported")
        for point in _unlink(subject):
            yield Case(_at(point, subject), _unlinked(subject), "unlinked")
        for point in _again(subject):
            yield Case(_at(point, subject), _sent_again(subject), subject.again)
        if subject.kind == "project":
            for point in _job_made():
                yield Case(_at(point, subject), _exported(subject), "the job is made")
    for point in _posting():
        yield Case(point, _posted_later, "the contract is posted")


def _at(point: str, subject: Subject) -> str:
    return point.replace(":", f"@{subject.kind}:")


# Points


def _export(subject: Subject) -> Iterator[str]:
    yield from (f"judge/accept:{point}" for point in AROUND)
    yield from (f"prepare:{p}" for p in ("before", "procore.read.after", "case.uncommitted", "case.committed", "after"))
    yield from ("write:before", "write:cmic.find.after", "write:ledger.attempt.before")
    for nth in range(1, subject.batches + 1):
        for point in ("ledger.attempt.after", "cmic.create.after", "ledger.wrote.after"):
            yield f"write:{point}" + (f"#{nth}" if nth > 1 else "")
    yield "write:after"
    yield from (f"write_back:{p}" for p in ("before", "procore.read.after", *_ids(subject), *AROUND[1:3], "after"))


def _unlink(subject: Subject) -> Iterator[str]:
    yield from (f"judge/unlink:{point}" for point in AROUND[1:3])
    yield from (f"look:{point}" for point in ("before", "after"))
    if subject.has_record:
        yield "look:cmic.find.after"
    yield from (f"unlink:{point}" for point in ("before", *_ids(subject), *AROUND[1:3], "after"))


def _ids(subject: Subject) -> tuple[str, ...]:
    return ("procore.write_ids.before", "procore.write_ids.after") if subject.has_id else ()


def _again(subject: Subject) -> Iterator[str]:
    """A kind that is sent again from CMiC looks there first, and writes one batch more."""
    if not subject.again:
        return
    if subject.again == "reset":
        yield from (f"judge/reset:{point}" for point in AROUND)
    yield from (f"judge/resend:{point}" for point in AROUND)
    yield from ("look:before", "look:after", "judge/accept:recorded.committed#2", "prepare:after#2")
    last = subject.batches + 1
    yield from (f"write:{p}#{last}" for p in ("ledger.attempt.after", "cmic.create.after", "ledger.wrote.after"))
    yield from (f"write_back:{point}#2" for point in AROUND[1:3])


def _job_made() -> Iterator[str]:
    """The second export of a project takes over what is there: it writes nothing, and brings the job's codes along."""
    yield from (f"judge/wake:{point}" for point in AROUND[1:])
    yield from ("prepare:case.committed#2", "write:cmic.find.after#2", "write:ledger.wrote.after#3", "write:after#2")
    yield from ("job_codes:cmic.job_codes.after", "job_codes:ledger.wrote.after", "job_codes:after#2")
    yield from (f"write_back:{p}#2" for p in ("procore.write_ids.after", *AROUND[1:3], "after"))


def _posting() -> Iterator[str]:
    """What the schedule saw is never lost: the contract's posting is recorded, and what was held for it leaves."""
    yield from (f"list_changes:{p}" for p in ("before", "cmic.changed.after", "ledger.note_seen.after", "after"))
    for kind in ("commitment", "commitment_change_order"):
        yield from (f"judge/wake@{kind}:{point}" for point in AROUND[1:])


# Stories


def _exported(subject: Subject) -> Story:
    async def story(scene: Scene) -> list[Ending]:
        paper, actions = await _through(scene, subject)
        return [Ending(paper.key, State.SYNCED, actions, books=paper.books, linked=True)]

    return story


def _unlinked(subject: Subject) -> Story:
    async def story(scene: Scene) -> list[Ending]:
        paper, actions = await _through(scene, subject)
        await scene.until(paper.key, State.SYNCED, seconds=WAIT)
        if paper.removed is not None:
            await paper.removed()
        await scene.must(paper.key, "unlink")
        return [Ending(paper.key, State.NOT_SENT, f"{actions} unlink gone", books=paper.books.but(paper.left))]

    return story


def _sent_again(subject: Subject) -> Story:
    async def story(scene: Scene) -> list[Ending]:
        paper, actions = await _through(scene, subject)
        await scene.until(paper.key, State.SYNCED, seconds=WAIT)
        if subject.again == "reset":
            await scene.must(paper.key, "reset")
        assert paper.grown is not None
        wants = await paper.grown()
        await scene.must(paper.key, "resend", paper.sender)
        await scene.must(paper.key, "accept", **paper.typed)
        again = "reset resend" if subject.again == "reset" else "resend"
        history = f"{actions} {again} accept complete{SEEN}"
        return [Ending(paper.key, State.SYNCED, history, books=paper.books.but(wants), linked=True)]

    return story


async def _posted_later(scene: Scene) -> list[Ending]:
    """A change order is held until its contract is posted in CMiC."""
    paper, base, posted = await unposted(scene)
    await scene.must(paper.key, "send", paper.sender)
    await scene.must(paper.key, "accept", **paper.typed)
    assert (await scene.head(paper.key)).state is State.HELD
    await posted()
    left = Ending(paper.key, State.SYNCED, f"send accept release complete{SEEN}", books=paper.books, linked=True)
    return [Ending(base.key, State.SYNCED, "send accept complete record_posting", books=base.books, linked=True), left]


async def _through(scene: Scene, subject: Subject) -> tuple[Paper, str]:
    """Entered, sent and accepted; for a project its job is made, too. The object and the pattern of its history."""
    paper = await subject.entered(scene)
    await scene.must(paper.key, "send", paper.sender)
    await scene.must(paper.key, "accept", **paper.typed)
    if paper.after is None:
        return paper, EXPORTED
    await scene.until(paper.key, State.SYNCED, seconds=WAIT)
    await paper.after()
    return paper, f"{EXPORTED} {MADE}"
