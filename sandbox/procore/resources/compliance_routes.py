"""The endpoints of compliance: the same set for both types of commitments (procore-api §9)."""

from __future__ import annotations

from functools import partial

from sandbox.procore.call import Call, api_routes
from sandbox.procore.paging import listed
from sandbox.procore.resources.compliance import ComplianceDesk, ComplianceDocumentDesk
from sandbox.procore.resources.contracts import KINDS, ContractDesk, ContractKind
from sandbox.procore.values import Record
from sandbox.procore.web import Reply

ROUTES = api_routes()


def _contract(kind: ContractKind, call: Call) -> Record:
    return ContractDesk(call.house, kind, call.project_scope()).get(call.path_id("contract_id"))


def _documents(kind: ContractKind, call: Call) -> ComplianceDocumentDesk:
    return ComplianceDocumentDesk(call.house, _contract(kind, call))


def show_compliance(kind: ContractKind, call: Call) -> Reply:
    """GET .../compliance."""
    return Reply(200, ComplianceDesk(call.house, _contract(kind, call)).single())


def change_compliance(kind: ContractKind, call: Call) -> Reply:
    """PATCH .../compliance: the body isn't wrapped."""
    desk = ComplianceDesk(call.house, _contract(kind, call))
    return Reply(200, desk.show(desk.write(call.body)))


def list_documents(kind: ContractKind, call: Call) -> Reply:
    """GET .../compliance_documents."""
    desk = _documents(kind, call)
    return listed(call, desk.rows(), desk.show)


def create_document(kind: ContractKind, call: Call) -> Reply:
    """POST .../compliance_documents."""
    desk = _documents(kind, call)
    return Reply(201, desk.show(desk.create(call.wrapped("attributes"))))


def show_document(kind: ContractKind, call: Call) -> Reply:
    """GET .../compliance_documents/{id}."""
    desk = _documents(kind, call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_document(kind: ContractKind, call: Call) -> Reply:
    """PATCH .../compliance_documents/{id}."""
    desk = _documents(kind, call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("attributes"))))


def delete_document(kind: ContractKind, call: Call) -> Reply:
    """DELETE .../compliance_documents/{id}."""
    desk = _documents(kind, call)
    desk.delete(desk.get(call.path_id()))
    return Reply(204)


for _kind in KINDS.values():
    _base = f"/rest/v1.0/projects/{{project_id}}/{_kind.path}/{{contract_id}}"
    for _path, _table in (
        ("/compliance", {"GET": show_compliance, "PATCH": change_compliance}),
        ("/compliance_documents", {"GET": list_documents, "POST": create_document}),
        ("/compliance_documents/{id}", {"GET": show_document, "PATCH": change_document, "DELETE": delete_document}),
    ):
        for _method, _handler in _table.items():
            ROUTES.add(_method, _base + _path, partial(_handler, _kind))
