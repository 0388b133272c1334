"""Objects that the permission table knows and CMiC's connector doesn't carry: a send is refused at once (requirements §1).

They share one table. Nothing is read, mapped or written for them; the states behind the refusal are never entered.
"""

from __future__ import annotations

from domain.facts import Facts
from domain.lifecycle import Guard, Lifecycle, Row
from domain.refusals import Refusal, refuse
from domain.states import State as S


def _refuses(label: str, instead: str) -> Guard:
    def connector_has_no_such_object(facts: Facts) -> list[Refusal]:
        return [refuse("no_such_object", kind=label, instead=instead)]

    return connector_has_no_such_object


def unsupported(kind: str, workflow_type: str, label: str, instead: str) -> Lifecycle:
    return Lifecycle(
        kind=kind,
        workflow_type=workflow_type,
        label=label,
        rows=(
            Row((S.NOT_SENT,), "send", "send", S.WAITING, (_refuses(label, instead),)),
            Row((S.WAITING,), "retrieve", "retrieve", S.NOT_SENT),
        ),
    )


OWNER_INVOICE = unsupported(
    "owner_invoice", "OwnerInvoiceLifecycle", "owner invoice", "Owners are billed in CMiC's job billing."
)
SUB_JOB = unsupported("sub_job", "SubJobLifecycle", "sub job", "Sub jobs are made in CMiC and imported from there.")
