"""A commitment held against a subcontract: only what agrees to the cent is the same contract (R-09, B-09).

Numbers are compared past case and blanks. Lines are compared by cost code, category and amount; texts and units needn't
agree, as when a single contract is adopted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from domain import commitment as commitments
from domain.adopting_sides import Contract, ContractLine, Item, Known, ProcoreSide, Standing, What, refused
from domain.commitment import Commitment, CommitmentLine, with_cost_types
from domain.export_rows import UNSENT
from domain.facts import References
from domain.identity import parse_key
from domain.lines import Pair, total_of
from domain.money import shown
from domain.settings import ExportSettings
from domain.states import Posting


def plain(number: str) -> str:
    """A number without what people write one way or the other: case and blanks."""
    return "".join(number.split()).upper()


def paired(
    contracts: Iterable[Contract], procore: ProcoreSide, known: Known
) -> tuple[list[tuple[Contract, Commitment]], list[Item], list[Contract], list[Commitment]]:
    """Contracts and commitments of one number; what is linked, or can't be told apart; what only one side has."""
    free = {c.key: c for c in contracts}
    left = {c.id: c for c in procore.commitments}
    items = _linked(free, left, known)
    numbers: defaultdict[str, tuple[list[Contract], list[Commitment]]] = defaultdict(lambda: ([], []))
    for contract in free.values():
        numbers[plain(contract.number)][0].append(contract)
    for one in left.values():
        numbers[plain(one.number)][1].append(one)
    pairs: list[tuple[Contract, Commitment]] = []
    for theirs, ours in numbers.values():
        if len(theirs) == len(ours) == 1:
            pairs.append((theirs[0], ours[0]))
        elif theirs and ours:
            items += _several(theirs, ours, known)
        else:
            continue
        for contract in theirs:
            del free[contract.key]
        for one in ours:
            del left[one.id]
    return pairs, items, list(free.values()), list(left.values())


def _linked(free: dict[str, Contract], left: dict[int, Commitment], known: Known) -> list[Item]:
    """What the ledger has joined already, whatever its numbers are; taken out of what is left."""
    items = []
    for key, holder in known.holders.items():
        contract = free.pop(key, None)
        if contract is None:
            continue
        named = parse_key(holder)
        is_ours = named.kind == commitments.KIND and named.project == known.project
        mine = left.pop(named.id, None) if is_ours else None
        items.append(
            _item(Standing.LINKED, contract, mine, known, reasons=[f"linked to {holder}"]).model_copy(
                update={"key": holder}
            )
        )
    for number, one in list(left.items()):
        head = known.heads.get(known.commitment_key(number))
        if head is not None and head.exported:
            del left[number]
            items.append(_item(Standing.LINKED, None, one, known).model_copy(update={"erp": head.erp_key}))
    return items


def _several(theirs: list[Contract], ours: list[Commitment], known: Known) -> list[Item]:
    """A number that one side has more than once: a person decides."""
    erp = ", ".join(f"{c.vendor} {c.number}" for c in theirs)
    procore = ", ".join(f"{c.number} ({c.id})" for c in ours)
    words = f"the number isn't one contract's: CMiC has {erp}; Procore has {procore}"
    rows = [_item(Standing.DIFFERS, c, None, known, differences=[words]) for c in theirs]
    return rows + [_item(Standing.DIFFERS, None, c, known, differences=[words]) for c in ours]


def money_differences(contract: Contract, commitment: Commitment, settings: ExportSettings) -> list[str]:
    """Every difference in lines, total and currency, in words: nothing where all of it agrees to the cent."""
    ours = with_cost_types(commitment, settings)
    differences = _lines(ours, contract.lines)
    total = sum((line.amount for line in contract.lines), Decimal(0))
    if total_of(ours) != total:
        differences.insert(0, f"total: Procore {shown(total_of(ours))}, CMiC {shown(total)}")
    if contract.amount is not None and contract.amount != total:
        differences.append(f"CMiC's contract says {shown(contract.amount)}, its lines add up to {shown(total)}")
    if contract.currency and contract.currency.upper() != settings.currency:
        differences.append(f"currency: Procore {settings.currency}, CMiC {contract.currency}")
    return differences + contract.unread


def _lines(ours: list[CommitmentLine], theirs: list[ContractLine]) -> list[str]:
    """Lines without a counterpart; two on the same code are told together."""
    free: defaultdict[tuple[Pair, Decimal], list[ContractLine]] = defaultdict(list)
    for row in theirs:
        free[row.pair, row.amount].append(row)
    alone: list[CommitmentLine] = []
    for line in ours:
        same = free[line.pair, line.amount]
        if same:
            same.pop(0)
        else:
            alone.append(line)
    left = [row for rows in free.values() for row in rows]
    differences = []
    for line in alone:
        other = next((row for row in left if row.pair == line.pair), None)
        if other is None:
            differences.append(f"line {line.position}, {_spot(line.pair, line.amount)}: CMiC has no such line")
        else:
            left.remove(other)
            amounts = f"Procore {shown(line.amount)}, CMiC {shown(other.amount)}"
            differences.append(f"line {line.position}, {' '.join(line.pair)}: {amounts}")
    return differences + [f"task {row.task}, {_spot(row.pair, row.amount)}: Procore has no such line" for row in left]


def _spot(pair: Pair, amount: Decimal) -> str:
    return f"{' '.join(part for part in pair if part) or 'no code'} {shown(amount)}"


def compared(
    contract: Contract,
    commitment: Commitment,
    procore: ProcoreSide,
    known: Known,
    vendors: Mapping[str, int],
    pairs: frozenset[Pair],
) -> Item:
    """One pair of a number. `vendors`: the company of each vendor; `pairs`: cost codes and categories of the job."""
    differences = _whose(contract, commitment, procore, vendors)
    if contract.posting is Posting.VOID:
        differences.append("CMiC's contract is void")
    differences += money_differences(contract, commitment, known.settings)
    elsewhere = [row for row in contract.lines if row.job.upper() != known.job]
    differences += [f"task {row.task} is on job {row.job}" for row in elsewhere]
    key = known.commitment_key(commitment.id)
    head = known.heads.get(key)
    if head is not None and head.state not in UNSENT:
        differences.append(f"it is {head.state.label} here: {head.words}")
    fields = {} if contract.number == commitment.number.upper() else {"erp_id": contract.number}
    references = References(
        erp_company=known.erp_company, job=known.job, vendor=contract.vendor, codes=pairs, assignable=frozenset()
    )
    table = commitments.LIFECYCLE
    refusals = refused(table, "take_over", key, commitment, known, fields, references)
    said = [*differences, *(r.sentence for r in refusals)]
    item = _item(Standing.DIFFERS if said else Standing.MATCHED, contract, commitment, known, differences=said)
    lines = sorted(_spot(row.pair, row.amount) for row in contract.lines)
    return item.model_copy(update={"lines": lines, "erp_id": fields.get("erp_id", "")})


def _whose(contract: Contract, commitment: Commitment, procore: ProcoreSide, vendors: Mapping[str, int]) -> list[str]:
    company = vendors.get(contract.vendor)
    if company is not None and company == commitment.vendor_id:
        return []
    names = {c.id: c.name for c in procore.companies}
    theirs = f" ({names.get(company, company)})" if company is not None else ", which is no company's here"
    ours = commitment.vendor_name or names.get(commitment.vendor_id or 0) or commitment.vendor_id or "none"
    return [f"company: Procore {ours}, CMiC vendor {contract.vendor}{theirs}"]


def alone(contracts: list[Contract], commitments_left: list[Commitment], known: Known) -> list[Item]:
    """What only one side has."""
    rows = [
        _item(
            Standing.ONLY_ERP,
            c,
            None,
            known,
            differences=[*(["it is void"] if c.posting is Posting.VOID else []), *c.unread],
        )
        for c in contracts
    ]
    return rows + [_item(Standing.ONLY_PROCORE, None, c, known) for c in commitments_left]


def _item(
    standing: Standing,
    contract: Contract | None,
    commitment: Commitment | None,
    known: Known,
    *,
    reasons: list[str] | None = None,
    differences: list[str] | None = None,
) -> Item:
    lines = contract.lines if contract else []
    return Item(
        what=What.COMMITMENT,
        standing=standing,
        erp=f"{contract.vendor} {contract.number}" if contract else "",
        procore=commitment.number or str(commitment.id) if commitment else "",
        key=known.commitment_key(commitment.id) if commitment else "",
        erp_amount=sum((row.amount for row in lines), Decimal(0)) if contract else None,
        procore_amount=total_of(commitment.lines) if commitment else None,
        reasons=reasons or [],
        differences=differences or [],
    )
