"""Search attributes, so that "all stuck exports of job 1042" is one query in Temporal's UI (design §3).

No personal or financial data here: they are stored in the clear. Each change is an event, so only changes are upserted.
"""

from __future__ import annotations

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from domain.commands import Head

KIND = SearchAttributeKey.for_keyword("ErpKind")
STATE = SearchAttributeKey.for_keyword("ErpState")
COMPANY = SearchAttributeKey.for_keyword("CmicCompany")
PROJECT = SearchAttributeKey.for_keyword("ProcoreProject")
JOB = SearchAttributeKey.for_keyword("CmicJob")
BLOCKED_ON = SearchAttributeKey.for_keyword("ErpBlockedOn")
FAILURE = SearchAttributeKey.for_keyword("ErpFailureCode")
ERP_KEY = SearchAttributeKey.for_keyword("ErpKey")
ALL = (KIND, STATE, COMPANY, PROJECT, JOB, BLOCKED_ON, FAILURE, ERP_KEY)


def values_of(head: Head | None) -> dict[SearchAttributeKey[str], str]:
    if head is None:
        return {}
    return {
        KIND: head.kind,
        STATE: head.state.value,
        COMPANY: head.erp_company,
        PROJECT: str(head.project or ""),
        JOB: head.job,
        BLOCKED_ON: head.waits_for[0] if head.waits_for else "",
        FAILURE: head.failure_code,
        ERP_KEY: head.erp_key,
    }


def changed_attributes(before: Head | None, after: Head) -> list[SearchAttributeUpdate[str]]:
    shown = values_of(before)
    return [
        key.value_set(value) if value else key.value_unset()
        for key, value in values_of(after).items()
        if shown.get(key, "") != value
    ]
