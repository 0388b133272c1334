"""A job's revenue budget as Procore's prime contract (O-15, R-16, S-13; I-10; requirements §3, prime contract; cmic-api §3.12).

The contract is made by the first import, or taken over where a person made it and it is still empty. Later imports set its
lines and leave its header alone. Whether it goes by amounts or by units is chosen before the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.company_settings import Settings
from domain.comparing import ComparedLine, Comparison
from domain.identity import origin_id
from domain.incoming import ImportKind, Scope, Way
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.refusals import Refusal, Refused, refuse
from mappers.incoming.amounts import by_pair, custom_segments, legible, not_on_project, number, words_of
from mappers.incoming.base import Arrived, ConfirmedImporter, Known, Pair, Stream, Take
from mappers.incoming.prime_lines import AMOUNT, UNIT, Line, differs, line_body

HEADER, LINE = "prime_contract", "prime_contract_line"
APPROVED, DRAFT = "Approved", "Draft"
MESSAGE = "Imported from the revenue budget in CMiC; changes made there come by importing it again."
_PRIME = "§3 prime contract"
Contract = Mapping[str, Any]


def switched_on(settings: Settings, project: int | None) -> list[Refusal]:
    """S-13."""
    if settings.prime_contract_import:
        return []
    return [refuse("import_switched_off", what="prime contracts", setting="prime_contract_import")]


class PrimeContractImporter(ConfirmedImporter):
    kind = ImportKind(
        name="prime_contract",
        workflow_type="PrimeContractImport",
        label="a prime contract",
        scope=Scope.PROJECT,
        way=Way.CONFIRMED,
        permission="import_prime_contract",
        requirement="O-15",
        switch=switched_on,
    )
    streams = (
        Stream(
            "codes",
            "budgeted revenue",
            "job_code",
            changes=False,
            takes=(
                Take("cost_code", "cost code", "cost_code", _PRIME, lambda a: a.text("cost_code").upper()),
                Take("category", "category", "category", _PRIME, lambda a: a.text("category").upper()),
                Take("amount", "amount", "current_revenue", _PRIME),
                Take("units", "quantity", "revenue_units", "S-13"),
                Take("uom", "UOM", "revenue_uom", "S-13", lambda a: a.text("revenue_uom")),
            ),
        ),
        Stream(
            "names",
            "cost code's name",
            "job_phase",
            changes=False,
            takes=(
                Take("cost_code", "cost code", "cost_code", _PRIME, lambda a: a.text("cost_code").upper()),
                Take("name", "description", "name", _PRIME, lambda a: a.text("name")),
            ),
        ),
    )
    looks_up = frozenset({"codes"})
    lists = ("prime_contracts", "custom_segments", "uoms")
    stands_once_in = "prime_contracts"

    def is_its_record(self, place: Place, record: Mapping[str, Any]) -> bool:
        return bool(record["origin_id"] == _origin(place))

    def label(self, stream: Stream, arrived: Arrived) -> str:
        return "/".join(t for t in (arrived.text("cost_code"), arrived.text("category")) if t)

    def judge(self, stream: Stream, arrived: Arrived) -> list[Refusal]:
        return legible(arrived, "current_revenue", "revenue budget") if stream.name == "codes" else []

    def compare(self, known: Known) -> Comparison:
        contract, refusals = _contract(known)
        method, unfit = _method(known, contract)
        wanted = {pair: row for pair, row in by_pair(known.rows["codes"]).items() if number(row.body["amount"])}
        ours, others = _split(known, contract)
        theirs = {str(line["origin_id"]): line for line in ours}
        missing = [pair for pair in wanted if pair not in known.lookups.codes]
        given = [] if missing else _lines(known, wanted, theirs, method)
        gone = [line for origin, line in theirs.items() if origin not in {row.key for row in wanted.values()}]
        header = _header(known, contract, method)
        return Comparison(
            lines=[*_compared(wanted, theirs), *(_kept(line) for line in others)],
            giving=[(target, rows) for target, rows in ((HEADER, header), (LINE, given)) if rows],
            removing=[(LINE, [_removed(known, line) for line in gone])] if gone else [],
            refusals=[*refusals, *unfit, *_forbidden(known, others, wanted), *not_on_project(missing)],
            note=_note(known, contract, method),
        )


def _origin(place: Place) -> str:
    return origin_id(place.erp_company, place.job).upper()


def _contract(known: Known) -> tuple[Contract | None, list[Refusal]]:
    """The project's contract that came from this job, or an empty one that may be taken over; and why there is neither though
    the project has one. Nothing is matched by guess."""
    found = known.lists["prime_contracts"]
    for contract in found:
        if contract["origin_id"] == _origin(known.place):
            status = contract["status"]
            return contract, [] if status == APPROVED else [refuse("contract_not_approved", status=status)]
    refusals = [refusal for contract in found for refusal in _taken(contract, alone=len(found) == 1)]
    return (found[0], []) if found and not refusals else (None, refusals)


def _taken(contract: Contract, *, alone: bool) -> list[Refusal]:
    """Why a contract that didn't come from this job can't become the one."""
    if contract["origin_id"]:
        return [refuse("foreign_origin_id", kind="prime contract", origin_id=contract["origin_id"])]
    why = f"it has {len(contract['lines'])} line(s)" if contract["lines"] else "" if alone else "there are others, too"
    if why:
        return [refuse("contract_by_hand", number=contract["number"], why=why)]
    if contract["status"] not in (APPROVED, DRAFT):
        return [refuse("contract_not_approved", status=contract["status"])]
    return []


def _is_ours(known: Known, contract: Contract | None) -> bool:
    return contract is not None and contract["origin_id"] == _origin(known.place)


def _method(known: Known, contract: Contract | None) -> tuple[str, list[Refusal]]:
    """By amounts or by units: chosen before the first import, kept from then on."""
    wanted = known.options.get("by", "")
    if wanted not in ("", AMOUNT, UNIT):
        problem = f"{wanted!r} isn't {AMOUNT} or {UNIT}"
        raise Refused(refuse("field_not_usable", field="by", problem=problem, where="The import's options"))
    refusals = []
    if wanted == UNIT and not known.settings.prime_contract_by_unit:
        refusals.append(refuse("by_unit_not_offered"))
    if contract is None or not _is_ours(known, contract):
        return wanted or AMOUNT, refusals
    now = str(contract["accounting_method"] or AMOUNT)
    if wanted and wanted != now:
        refusals.append(refuse("contract_type_stays", now=now, wanted=wanted))
    return now, refusals


def _split(known: Known, contract: Contract | None) -> tuple[list[Line], list[Line]]:
    """The lines that came from this job, and the others."""
    lines: list[Line] = contract["lines"] if contract else []
    ours = [line for line in lines if str(line["origin_id"] or "").startswith(f"{_origin(known.place)}|")]
    return ours, [line for line in lines if line not in ours]


def _forbidden(known: Known, others: list[Line], wanted: Mapping[Pair, Row]) -> list[Refusal]:
    found = custom_segments(known)
    if not wanted:
        found.append(refuse("no_revenue", job=known.place.job))
    if known.elsewhere:
        projects = ", ".join(str(number) for number in sorted({*known.elsewhere, known.place.project or 0}))
        found.append(refuse("contract_twice", contract=known.place.job, projects=projects))
    if others:
        names = ", ".join(str(line["description"] or line["id"]) for line in others)
        found.append(refuse("contract_lines_by_hand", count=len(others), list=names))
    return found


def _header(known: Known, contract: Contract | None, method: str) -> list[Given]:
    """Written once: a new contract, or an empty one that is taken over."""
    if contract is not None and _is_ours(known, contract):
        return []
    job, origin = known.place.job, _origin(known.place)
    body = {
        "title": f"{job} Prime Contract",
        "number": job,
        "status": APPROVED,
        "description": f"{job}: {MESSAGE}",
        "accounting_method": method,
    }
    return [Given(key=origin, origin_id=origin, id=contract["id"] if contract else None, body=body)]


def _lines(known: Known, wanted: Mapping[Pair, Row], theirs: Mapping[str, Line], method: str) -> list[Given]:
    """The lines that differ from Procore's."""
    names = {row.body["cost_code"]: row.body["name"] for row in known.rows["names"]}
    units = {str(unit["name"]).upper(): str(unit["name"]) for unit in known.lists["uoms"]}
    given = []
    for pair, row in sorted(wanted.items()):
        description = names.get(pair[0]) or pair[0]
        body = line_body(row, known.lookups.codes[pair], description, method, units)
        there = theirs.get(row.key)
        if there is None or differs(body, there):
            more = {"contract": _origin(known.place), **body}
            given.append(Given(key=row.key, origin_id=row.key, id=there["id"] if there else None, body=more))
    return given


def _removed(known: Known, line: Line) -> Given:
    origin = str(line["origin_id"])
    return Given(key=origin, origin_id=origin, id=line["id"], body={"contract": _origin(known.place)})


def _compared(wanted: Mapping[Pair, Row], theirs: Mapping[str, Line]) -> list[ComparedLine]:
    """Every line that is there or will be; one that goes has nothing afterwards."""
    rows = {row.key: (words_of(pair), number(row.body["amount"])) for pair, row in wanted.items()}
    lines = []
    for key in sorted({*rows, *(str(origin) for origin in theirs)}):
        label, amount = rows.get(key, ("/".join(key.split("|")[2:]), None))
        there = number(theirs[key]["amount"]) if key in theirs else None
        lines.append(ComparedLine(label=label, erp=amount, procore=there, after=amount))
    return lines


def _kept(line: Line) -> ComparedLine:
    """One that somebody added: it is shown, and forbids the import."""
    label, amount = str(line["description"] or line["id"]), number(line["amount"])
    return ComparedLine(label=label, erp=None, procore=amount, after=amount)


def _note(known: Known, contract: Contract | None, method: str) -> str:
    if contract is None:
        return f"A new prime contract, by {method}."
    if not _is_ours(known, contract):
        return f"Prime contract {contract['number']}, which is empty, is taken over, by {method}."
    return f"Prime contract {contract['number']}, by {method}."
