"""A project in progress, or made before the connection, as a proposal that a person confirms (R-09, B-09, I-15).

Nothing is matched by guess: only what agrees exactly is done, the rest is listed with every difference in words.
"""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from domain import project as projects
from domain.adopting_contracts import alone, compared, money_differences, paired
from domain.adopting_sides import ErpSide, Item, Known, ProcoreSide, Standing, What, refused
from domain.adopting_vendors import Implied, vendor_items
from domain.commitment import with_cost_types
from domain.facts import References
from domain.identity import parse_key
from domain.lines import Pair
from domain.records import digest
from domain.refusals import Refusal

MOST_NAMED = 5


class Became(StrEnum):
    """What became of an item that a person confirmed."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    WAITS = "waits"
    """It goes on by itself."""


class Answer(BaseModel):
    answer: Became
    sentence: str = ""
    refusals: list[Refusal] = []


class Proposal(BaseModel):
    """`matched_codes`: pairs of cost code and category that both sides have."""

    erp_company: str
    job: str
    project: int
    items: list[Item] = []
    matched_codes: int = 0
    note: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the project is its job's, or is about to be: without that nothing else can be done."""
        return all(item.joined for item in self.items if item.what is What.PROJECT)

    def todo(self, what: What) -> list[int]:
        """The positions of what a confirmation does."""
        found = [n for n, item in enumerate(self.items) if item.what is what and item.standing is Standing.MATCHED]
        return found if self.is_open else []

    @property
    def brings(self) -> list[str]:
        """The job's codes that Procore lacks."""
        rows = [i for i in self.items if i.what is What.CODE and i.standing is Standing.ONLY_ERP]
        return [item.erp for item in rows] if self.is_open else []

    @property
    def hash(self) -> str:
        """What a person confirms: exactly what would be done. What else the two sides have may change meanwhile."""
        done = [self.items[n].model_dump(mode="json") for what in What for n in self.todo(what)]
        return digest([self.erp_company, self.job, self.project, done, self.brings])

    def counted(self, what: What) -> dict[str, int]:
        rows = [item.standing for item in self.items if item.what is what]
        counts = {standing.value: rows.count(standing) for standing in Standing if standing in rows}
        if what is What.CODE and self.matched_codes:
            counts = {Standing.MATCHED.value: self.matched_codes, **counts}
        return counts

    @property
    def shown(self) -> dict[str, Any]:
        """For people and programs."""
        return {
            "hash": self.hash,
            **self.model_dump(mode="json"),
            "counts": {what.value: self.counted(what) for what in What},
            "todo": {what.value: len(self.todo(what)) for what in What if what is not What.CODE},
            "brings": self.brings,
        }


def propose(erp: ErpSide, procore: ProcoreSide, known: Known) -> Proposal:
    """Hold both sides against each other. Vendors are told by their contracts first, contracts by their vendors then."""
    pairs, items, only_erp, only_procore = paired(erp.contracts, procore, known)
    implied = [
        Implied(
            vendor=contract.vendor,
            company=commitment.vendor_id,
            number=commitment.number,
            agrees=not money_differences(contract, commitment, known.settings),
        )
        for contract, commitment in pairs
        if commitment.vendor_id
    ]
    vendors = vendor_items(erp, procore, known, implied)
    whose = {item.erp_id: parse_key(item.key).id for item in vendors if item.joined}
    on_job = frozenset((code.upper(), category.upper()) for code, category in erp.pairs)
    items += [compared(contract, one, procore, known, whose, on_job) for contract, one in pairs]
    items += alone(only_erp, only_procore, known)
    items += [
        Item(
            what=What.COMMITMENT,
            standing=Standing.DIFFERS,
            procore=one.number or str(one.id),
            key=known.commitment_key(one.id),
            differences=[one.words],
        )
        for one in procore.unreadable
    ]
    codes, matched = _codes(procore, known, on_job)
    order = list(Standing)
    items.sort(key=lambda item: (order.index(item.standing), item.erp or item.procore, item.key))
    return Proposal(
        erp_company=known.erp_company,
        job=known.job,
        project=known.project,
        items=[_project(erp, procore, known), *vendors, *codes, *items],
        matched_codes=matched,
        note="; ".join(erp.unread),
    )


def _project(erp: ErpSide, procore: ProcoreSide, known: Known) -> Item:
    """The person names both: they are one, unless either is linked elsewhere, or the project can't be linked at all."""
    project, key = procore.project, known.project_key()
    item = Item(
        what=What.PROJECT,
        standing=Standing.MATCHED,
        erp=f"{known.job} {erp.job or ''}".strip(),
        procore=f"{project.number} {project.name}".strip(),
        key=key,
        erp_id=known.job,
    )
    if known.linked_job == known.job:
        return item.model_copy(update={"standing": Standing.LINKED})
    against = []
    if known.linked_job:
        against.append(f"the project is linked to job {known.linked_job}")
    if known.linked_project is not None:
        against.append(f"the job is linked to project {known.linked_project}")
    if not erp.active:
        against.append("the job isn't active in CMiC")
    fields = {"erp_id": known.job, "erp_company": known.erp_company}
    references = References(erp_company=known.erp_company)
    refusals = refused(projects.LIFECYCLE, "link", key, project, known, fields, references)
    against += [r.sentence for r in refusals]
    return item.model_copy(
        update={"standing": Standing.DIFFERS if against else Standing.MATCHED, "differences": against}
    )


def _codes(procore: ProcoreSide, known: Known, on_job: frozenset[Pair]) -> tuple[list[Item], int]:
    """Pairs that Procore's lines use and the job lacks; pairs of the job that Procore lacks; how many both have."""
    used: defaultdict[Pair, dict[str, None]] = defaultdict(dict)
    for commitment in procore.commitments:
        for line in with_cost_types(commitment, known.settings):
            if all(line.pair):
                used[line.pair][commitment.number or str(commitment.id)] = None
    items = []
    for pair in sorted(set(used) - on_job):
        numbers = list(used[pair])
        more = f" and {len(numbers) - MOST_NAMED} more" if len(numbers) > MOST_NAMED else ""
        by = f"used by {', '.join(numbers[:MOST_NAMED])}{more}"
        items.append(Item(what=What.CODE, standing=Standing.ONLY_PROCORE, procore=" ".join(pair), reasons=[by]))
    for code, category in sorted(on_job - procore.pairs):
        item = Item(what=What.CODE, standing=Standing.ONLY_ERP, erp=f"{code} {category}")
        if category not in procore.types:
            words = f"Procore has no cost type {category}"
            item = item.model_copy(update={"standing": Standing.DIFFERS, "differences": [words]})
        items.append(item)
    return items, len(on_job & procore.pairs)
