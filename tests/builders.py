"""Objects of the domain as tests need them: good ones, each with its fields to be replaced by name.

The raw ones have the shapes of Procore's published answers (procore-api §2, §5, §6): v1 money travels as text.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings

from domain.commands import Answer, Command, Door, Head
from domain.commitment import Commitment, CommitmentLine, CommitmentType
from domain.company import Company
from domain.facts import Decided, Facts, References
from domain.identity import ObjectId
from domain.ledger_port import Transition
from domain.people import person_id
from domain.permissions import Level, Person
from domain.project import Project
from domain.records import Found, Group, Key, Plan, Record, Written
from domain.states import Actor, Posting, State
from mappers.fields import Export
from tests.domain.documents import CHANGE_ORDER, FURTHER, INVOICE, OF_PROJECT, settings_for
from tests.domain.documents import COMMITMENT as COMMITMENT
from tests.domain.documents import COMPANY_ID as COMPANY_ID
from tests.domain.documents import ERP_COMPANY as ERP_COMPANY
from tests.domain.documents import PROJECT_ID as PROJECT_ID

JOB, VENDOR = "1042", "ACME"
EXPORTED_ON = date(2026, 3, 20)

PROJECT = ObjectId(kind="project", company=COMPANY_ID, scope="-", id=PROJECT_ID)
COMPANY = ObjectId(kind="company", company=COMPANY_ID, scope=ERP_COMPANY, id=8001)
IDS = {"project": PROJECT, "company": COMPANY, **OF_PROJECT}
UNSUPPORTED = ("owner_invoice", "sub_job")

EVERYTHING = Person(name="Ada", erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)

modest = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For property tests: enough to find what is wrong, quick enough to run at every change."""


def line(position: int = 1, **more: Any) -> CommitmentLine:
    """An amount based line of 250.00 on a code that `references()` knows."""
    stated = {"id": 9000 + position, "position": position, "description": f"Line {position}", "cost_code": "03-300"}
    return CommitmentLine.model_validate({**stated, "category": "M", "amount": "250.00", **more})


def unit_line(position: int = 1, **more: Any) -> CommitmentLine:
    """2.5 each at 100 a piece."""
    unit = {"quantity": "2.5", "unit_cost": "100.00", "uom": "each", "calculated": True}
    return line(position, **{**unit, **more})


def commitment(**more: Any) -> Commitment:
    """An approved subcontract with one line of each sort."""
    stated: dict[str, Any] = {
        "id": COMMITMENT.id,
        "type": CommitmentType.SUBCONTRACT,
        "number": "SC-001",
        "title": "Concrete",
        "status": "Approved",
        "vendor_id": COMPANY.id,
        "vendor_name": "Acme",
        "created_at": datetime(2026, 2, 27, 16, 30, tzinfo=UTC),
        "contract_date": date(2026, 3, 1),
        "retainage": "10.0",
        "total": "500.00",
        "lines": [line(1), unit_line(2)],
    }
    return Commitment(**{**stated, **more})


def company(**more: Any) -> Company:
    return Company(**{"id": COMPANY.id, "name": "Acme Concrete", "city": "Springfield", **more})


def project(**more: Any) -> Project:
    return Project(**{"id": PROJECT.id, "name": "Tower", "number": "1042", **more})


DOCUMENTS: dict[str, Any] = {"commitment": commitment, "company": company, "project": project, **FURTHER}


def references(**more: Any) -> References:
    """Everything is linked, and the job has two synced codes."""
    codes = frozenset({("03-300", "M"), ("05-100", "L")})
    return References(**{"erp_company": ERP_COMPANY, "job": JOB, "vendor": VENDOR, "codes": codes, **more})


ASSIGNABLE = frozenset({("09-900", "M"), ("09-900", "L")})


def own_key(kind: str) -> dict[str, dict[str, Key]]:
    """The object itself is in CMiC already."""
    return {IDS[kind].key: {"": Key(resource="change_item", parts={"company": ERP_COMPANY, "job": JOB})}}


def parents() -> dict[str, dict[str, Key]]:
    """The commitment, its change order and their invoice as they stand in CMiC."""
    extra = {"change_code": "001"}
    voucher = {"company": ERP_COMPANY, "vendor": VENDOR, "invoice": "A-17"}
    return {
        COMMITMENT.key: {"": header_key(), "9001": line_key("0001"), "9002": line_key("0002")},
        CHANGE_ORDER.key: {
            "": header_key(**extra),
            "7111": line_key("0001", **extra),
            "7112": line_key("001-002", **extra),
        },
        INVOICE.key: {"": Key(resource="voucher", parts=voucher)},
    }


def export(kind: str, document: Any = None, **more: Any) -> Export:
    """An export of the kind's good document, its parents linked."""
    stated: dict[str, Any] = {"object_id": IDS[kind], "document": document or DOCUMENTS[kind](), "typed": {}}
    stated |= {"references": references(keys=parents()), "settings": settings_for(kind), "on": EXPORTED_ON}
    return Export(**{**stated, **more})


def command(action: str, **more: Any) -> Command:
    """Asked by a person: in `facts`, by one who may do everything."""
    stated = {"request_id": f"request of {action}", "door": Door.CLI, "person": person_id(EVERYTHING.name)}
    return Command(**{"action": action, **stated, **more})


def own_command(action: str) -> Command:
    return Command(action=action, request_id=f"{action}:1", door=Door.CONNECTOR)


def head(state: State = State.NOT_SENT, kind: str = "commitment", **more: Any) -> Head:
    stated = {"key": IDS[kind].key, "procore_company": COMPANY_ID, "erp_company": ERP_COMPANY, "sequence": 4}
    return Head(**{"kind": kind, "state": state, **stated, **more})


MADE_FOR = {"company": "ACME", "project": f"{ERP_COMPANY}|1042"}
"""Origin ids of what was just made for a staged record."""


def facts(asked: Command, state: State = State.NOT_SENT, kind: str = "commitment", **more: Any) -> Facts:
    """Facts to which no guard objects."""
    document = DOCUMENTS[kind]() if kind in DOCUMENTS else None
    if document is not None and asked.action == "add":
        document = document.model_copy(update={"origin_id": MADE_FOR[kind]})
    known = references(assignable=ASSIGNABLE) if kind == "cost_codes" else references()
    stated: dict[str, Any] = {"settings": settings_for(kind), "document": document, "references": known}
    stated |= {"snapshot": "c0ffee" * 10 + "c0ff", "posting_changed": True}
    stated |= {"person": EVERYTHING if asked.person else None}
    return Facts(**{"head": head(state, kind), "command": asked, **stated, **more})


def decided(action: str, sequence: int, who: str = "Grace") -> Decided:
    return Decided(action=action, who=who, at=datetime(2026, 3, 5, 14, 30, 15, tzinfo=UTC), sequence=sequence)


def raw_line(number: int = 9001, position: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "amount": "250.0",
        "total_amount": "250.0",
        "extended_amount": "250.0",
        "extended_type": "manual",
        "quantity": None,
        "unit_cost": None,
        "uom": None,
        "position": position,
        "description": f"Line {position}",
        "cost_code": {"id": 41, "full_code": "03-300", "name": "Concrete"},
        "line_item_type": {"id": 51, "name": "Materials", "code": "M", "base_type": "materials"},
        "wbs_code": {"id": 61, "flat_code": "03-300.M", "description": "Concrete.Materials"},
        "tax_code_id": 77,
        "origin_id": None,
        **more,
    }


def raw_unit_line(number: int = 9002, position: int = 2, **more: Any) -> dict[str, Any]:
    unit = {"extended_type": "calculated", "quantity": "2.5", "unit_cost": "100.0", "uom": "ea"}
    return raw_line(number, position, **{**unit, **more})


def raw_commitment(**more: Any) -> dict[str, Any]:
    return {
        "id": COMMITMENT.id,
        "type": "WorkOrderContract",
        "number": "SC-001",
        "title": "Concrete",
        "description": "All concrete works",
        "status": "Approved",
        "executed": True,
        "private": False,
        "accounting_method": "amount",
        "vendor": {"id": COMPANY.id, "company": "Acme", "origin_id": None},
        "project": {"id": PROJECT_ID, "name": "Tower"},
        "retainage_percent": "10.0",
        "contract_date": "2026-03-01",
        "contract_start_date": "2026-03-15",
        "contract_estimated_completion_date": "2026-11-30",
        "issued_on_date": "2026-03-02",
        "signed_contract_received_date": "2026-03-09",
        "grand_total": "500.0",
        "created_at": "2026-02-27T16:30:00Z",
        "updated_at": "2026-03-10T08:00:00Z",
        "deleted_at": None,
        "custom_fields": {},
        "line_items": [raw_line(), raw_unit_line()],
        "origin_id": None,
        "origin_code": None,
        **more,
    }


def raw_company(**more: Any) -> dict[str, Any]:
    return {
        "id": COMPANY.id,
        "name": "Acme Concrete",
        "is_active": True,
        "address": "1 Main Street",
        "city": "Springfield",
        "state_code": "IL",
        "zip": "62701",
        "country_code": "US",
        "business_phone": "555-0100",
        "fax_number": "555-0101",
        "email_address": "office@acme.example",
        "website": "https://acme.example",
        "origin_id": None,
        "origin_code": None,
        **more,
    }


def raw_project(**more: Any) -> dict[str, Any]:
    stated = {"id": PROJECT_ID, "name": "Tower", "project_number": "1042", "custom_segments": [], "origin_id": None}
    return {**stated, **more}


RAW = {"commitment": raw_commitment, "company": raw_company, "project": raw_project}


def header_key(contract: str = "SC-001", **more: str) -> Key:
    parts = {"company": ERP_COMPANY, "vendor": VENDOR, "contract": contract, "change_code": "000", **more}
    return Key(resource="subcontract", parts=parts)


def line_key(task: str, contract: str = "SC-001", **more: str) -> Key:
    return Key(resource="subcontract_line", parts={**header_key(contract, **more).parts, "task": task})


def line_record(task: str = "0001", amount: str = "250.00", contract: str = "SC-001", **more: Any) -> Record:
    values = {"job": JOB, "cost_code": "03-300", "category": "M", "amount": Decimal(amount), **more}
    return Record(key=line_key(task, contract), values=values, part=f"9{task}", label=f"line {int(task)}")


def group(contract: str = "SC-001", *lines: Record, **more: Any) -> Group:
    """A subcontract of two lines, unless others are given."""
    values = {"job": JOB, "currency": "USD", "title": "Concrete"}
    mine = list(lines) or [line_record("0001", contract=contract), line_record("0002", contract=contract)]
    total = sum((Decimal(str(r.values["amount"])) for r in mine), Decimal(0))
    header = Record(key=header_key(contract), values=values, label="Concrete")
    return Group(**{"header": header, "lines": mine, "total": total, **more})


def plan(contract: str = "SC-001") -> Plan:
    return Plan(groups=[group(contract)])


def found(record: Record, **more: Any) -> Found:
    """The record as CMiC would show it."""
    uuid = f"uuid of {record.key.text}"
    return Found(**{"key": record.key, "uuid": uuid, "attributes": record.attributes, **more})


def written(*records: Record) -> list[Written]:
    return [Written(part=r.part, key=r.key, uuid=f"uuid of {r.key.text}") for r in records]


def job_key(job: str = JOB) -> Key:
    return Key(resource="job", parts={"company": ERP_COMPANY, "job": job})


def seen_job(job: str = JOB) -> Found:
    return Found(key=job_key(job), uuid=f"uuid of {job}", posting=Posting.PRESENT)


def transition(action: str = "send", to: State = State.WAITING, **more: Any) -> Transition:
    stated = {"request_id": f"request of {action}", "actor": Actor.SENDER, "who": "Ada", "door": "cli"}
    return Transition(**{"action": action, "to": to, "answer": Answer.DONE, **stated, **more})
