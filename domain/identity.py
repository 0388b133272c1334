"""The natural key of an object: what its workflow is called and what its ledger row is keyed by (design §3).

A key reads `kind:procore company:scope:procore id`. The scope of a project level object is its Procore project; a
directory company has one lifecycle in each CMiC company it is linked in, so there the scope is that company (R-08).
"""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

NO_SCOPE = "-"
_KEY = re.compile(
    r"(?P<kind>[a-z_]{1,40}):(?P<company>[1-9][0-9]{0,18}):(?P<scope>[A-Za-z0-9_.-]{1,20}):(?P<id>[1-9][0-9]{0,18})"
)
LARGEST_ID = 2**63 - 1


class MalformedKey(ValueError):
    """A text that is not the key of any object."""


class ObjectId(BaseModel):
    """Names one object of one kind. Procore ids are 64 bit integers (procore-api §2)."""

    model_config = ConfigDict(frozen=True)

    kind: str
    company: int = Field(gt=0)
    scope: str
    id: int = Field(gt=0)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.company}:{self.scope}:{self.id}"

    @property
    def project(self) -> int | None:
        """The Procore project of a project level object, the project itself for a project, else nothing."""
        if self.kind == "project":
            return self.id
        return int(self.scope) if self.scope.isdigit() and self.kind != "company" else None

    def __str__(self) -> str:
        return self.key


def parse_key(text: str) -> ObjectId:
    """Read a key back. Raises MalformedKey."""
    found = _KEY.fullmatch(text)
    if found is None or max(int(found["company"]), int(found["id"])) > LARGEST_ID:
        raise MalformedKey(f"{text[:80]!r} is not the key of an object: it reads kind:company:scope:id")
    return ObjectId(kind=found["kind"], company=int(found["company"]), scope=found["scope"], id=int(found["id"]))


def project_key(company: int, project: int) -> str:
    return ObjectId(kind="project", company=company, scope=NO_SCOPE, id=project).key


def company_key(company: int, erp_company: str, vendor: int) -> str:
    return ObjectId(kind="company", company=company, scope=erp_company, id=vendor).key


def beside(object_id: ObjectId, kind: str, number: int) -> str:
    """The key of another object of the same project: a change order's commitment, a payment's invoice."""
    return ObjectId(kind=kind, company=object_id.company, scope=object_id.scope, id=number).key


def origin_id(erp_company: str, *parts: str) -> str:
    """The id that Procore is given for a CMiC record: it begins with the CMiC company (design §5), so that one Procore
    account may work with several (R-08). The vendor's is the exception: its origin id is the partner code itself."""
    return "|".join((erp_company, *parts))
