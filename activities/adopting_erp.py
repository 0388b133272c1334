"""The half of adopting a project that speaks to CMiC: the job with its codes, contracts and vendors, page by page (R-09).

It only reads. Nothing is kept but what a proposal needs.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any, Protocol

from temporalio import activity

from activities.adopt_messages import AdoptStep
from activities.codes import is_division
from activities.trouble import beating
from domain.adopting_port import Adoptions
from domain.adopting_sides import Contract, ContractLine, ErpSide, Vendor
from domain.company_settings import Settings
from domain.incoming import Unread
from domain.ports import CmicImports
from domain.records import Found

BASE = "000"
"""The change code of a contract itself."""


class SettingsOf(Protocol):
    async def settings_of(self, procore_company: int) -> Settings: ...


class AdoptingErp:
    def __init__(self, adoptions: Adoptions, ledger: SettingsOf, cmic: CmicImports) -> None:
        self._adoptions, self._ledger, self._cmic = adoptions, ledger, cmic

    @activity.defn(name="read_job")
    async def read_job(self, step: AdoptStep) -> None:
        """Read the job whole. After a fault it is read again from the beginning: nothing of it stands elsewhere."""
        async with beating():
            wanted = await self._adoptions.one(step.adoption)
            within = {"company": wanted.erp_company, "job": wanted.job}
            jobs, _ = await self._all("job", within)
            if not jobs:
                await self._adoptions.keep_erp(step.adoption, ErpSide())
                return
            settings = await self._ledger.settings_of(wanted.procore_company)
            codes, unread_codes = await self._all("job_code", within)
            contracts, unread = await self._contracts(within)
            side = ErpSide(
                job=_text(jobs[0], "name"),
                active=jobs[0].active,
                pairs=_pairs([c for c in codes if c.active], divisions=settings.division_codes),
                contracts=contracts,
                vendors=await self._vendors(wanted.erp_company, contracts),
                unread=[f"{u.key} can't be read: {u.words}" for u in [*unread_codes, *unread]],
            )
            await self._adoptions.keep_erp(step.adoption, side)

    async def _contracts(self, within: dict[str, str]) -> tuple[list[Contract], list[Unread]]:
        """Base contracts with their lines. Where the job's lines don't make the contract's amount some are on a sub job:
        then its lines are read by the contract's own key."""
        base = {**within, "change_code": BASE}
        headers, unread = await self._all("subcontract", base)
        found, unread_lines = await self._all("subcontract_line", base)
        lines: defaultdict[str, list[Found]] = defaultdict(list)
        for line in found:
            lines[_header_of(line.key.parts)].append(line)
        contracts = []
        for header in headers:
            own, bad = lines[header.key.text], [u for u in unread_lines if u.key.startswith(f"{header.key.text}|")]
            if _number(header.attributes.get("amount")) != sum((_amount(line) for line in own), Decimal(0)):
                own, bad = await self._all("subcontract_line", dict(header.key.parts))
            contracts.append(_contract(header, own, bad))
        return contracts, unread

    async def _vendors(self, company: str, contracts: list[Contract]) -> list[Vendor]:
        found = []
        for code in dict.fromkeys(c.vendor for c in contracts):
            rows, _ = await self._all("vendor", {"company": company, "vendor": code})
            found.append(_vendor(code, rows[0] if rows else None))
        return found

    async def _all(self, resource: str, within: dict[str, str]) -> tuple[list[Found], list[Unread]]:
        found: list[Found] = []
        unread: list[Unread] = []
        cursor: str | None = None
        while True:
            page = await self._cmic.listed(resource, within, cursor=cursor)
            found += page.found
            unread += page.unread
            if (cursor := page.cursor) is None:
                return found, unread


def _header_of(parts: dict[str, str]) -> str:
    return "|".join(value.upper() for name, value in parts.items() if name != "task")


def _contract(header: Found, lines: list[Found], bad: list[Unread]) -> Contract:
    amount = header.attributes.get("amount")
    return Contract(
        vendor=header.key.parts["vendor"].upper(),
        number=header.key.parts["contract"].upper(),
        key=header.key.text,
        currency=_text(header, "currency"),
        title=_text(header, "title"),
        amount=None if amount in (None, "") else _number(amount),
        posting=header.posting,
        lines=[_line(line) for line in lines],
        unread=[f"{u.key} can't be read: {u.words}" for u in bad],
    )


def _line(line: Found) -> ContractLine:
    return ContractLine(
        task=line.key.parts["task"],
        job=_text(line, "job"),
        cost_code=_text(line, "cost_code"),
        category=_text(line, "category"),
        amount=_amount(line),
    )


def _vendor(code: str, row: Found | None) -> Vendor:
    """One that CMiC doesn't show can't be linked either."""
    if row is None:
        return Vendor(code=code, active=False)
    return Vendor(
        code=code,
        name=_text(row, "partner_name"),
        zip=_text(row, "postal_code"),
        phone=_text(row, "phone"),
        email=_text(row, "email"),
        category=_text(row, "class"),
        active=row.active,
    )


def _pairs(codes: list[Found], *, divisions: bool) -> list[tuple[str, str]]:
    """The job's pairs of cost code and category, without divisions where those may not be used (S-12)."""
    pairs = [(c.key.parts["cost_code"], c.key.parts["category"]) for c in codes]
    names = list(dict.fromkeys(code for code, _ in pairs))
    return pairs if divisions else [pair for pair in pairs if not is_division(pair[0], names)]


def _amount(line: Found) -> Decimal:
    return _number(line.attributes.get("amount"))


def _number(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def _text(found: Found, name: str) -> str:
    return str(found.attributes.get(name) or "").strip()
