"""Which company of the directory is which vendor: linked already, implied by a contract that agrees, or of the same name
(B-09, B-12, C-02 to C-04)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel

from domain import company as companies
from domain.adopting_sides import ErpSide, Item, Known, ProcoreSide, Standing, Vendor, What, refused
from domain.company import Company
from domain.facts import References
from domain.matching import Named, Proposal, propose, sure


class Implied(BaseModel):
    """A commitment that bears the number of a vendor's contract. `agrees`: their money is the same to the cent."""

    vendor: str
    company: int
    number: str
    agrees: bool


def vendor_items(erp: ErpSide, procore: ProcoreSide, known: Known, implied: Iterable[Implied]) -> list[Item]:
    """An item for each vendor of the job's contracts, and for each company that none of them is."""
    directory = {c.id: c for c in procore.companies}
    taken = set(known.vendors.values())
    free = [_named(str(c.id), c) for c in procore.companies if c.id not in taken and c.is_active]
    proposals = propose([_named_vendor(v) for v in erp.vendors if v.code not in known.vendors], free)
    evidence = list(implied)
    choices = [_Choice(v, proposals.get(v.code, []), [i for i in evidence if i.vendor == v.code]) for v in erp.vendors]
    wanted = Counter(c.company for c in choices if c.company is not None and c.vendor.code not in known.vendors)
    items = [_item(choice, wanted, directory, known) for choice in choices]
    joined = {item.key for item in items if item.key}
    named = dict.fromkeys(c.vendor_id for c in procore.commitments if c.vendor_id)
    return items + [
        Item(what=What.VENDOR, standing=Standing.ONLY_PROCORE, procore=_name(directory.get(n), n))
        for n in named
        if known.company_key(n) not in joined
    ]


class _Choice:
    """What speaks for which company, and against it."""

    def __init__(self, vendor: Vendor, proposals: list[Proposal], implied: list[Implied]) -> None:
        self.vendor = vendor
        self.reasons: list[str] = []
        self.against: list[str] = []
        by_money = dict.fromkeys(i.company for i in implied if i.agrees)
        by_number = dict.fromkeys(i.company for i in implied)
        by_name = sure(proposals)
        best = by_name.procore_id if by_name else None
        self.company = next(iter(by_money), best or next(iter(by_number), None))
        if self.company is None and proposals:
            self.company = proposals[0].procore_id
        proposal = next((p for p in proposals if p.procore_id == self.company), None)
        self.score = proposal.score if proposal else None
        self.reasons += [
            f"{'contract' if i.agrees else 'the number'} {i.number} is the same"
            for i in implied
            if i.company == self.company
        ]
        self.reasons += proposal.reasons if proposal else []
        others = {*by_money, *([best] if best else [])} - {self.company}
        if others:
            said = ", ".join(str(n) for n in sorted(others))
            self.against.append(f"its contracts or its name say another company, too ({said})")
        if self.company is not None and not by_money and best is None:
            self.against.append("not sure enough: link it by hand, if it is the same")


def _item(choice: _Choice, wanted: Counter[int | None], directory: dict[int, Company], known: Known) -> Item:
    vendor, number = choice.vendor, choice.company
    erp = f"{vendor.code} {vendor.name}".strip()
    row = Item(what=What.VENDOR, standing=Standing.ONLY_ERP, erp=erp, erp_id=vendor.code)
    linked = known.vendors.get(vendor.code)
    if linked is not None:
        joined = {"standing": Standing.LINKED, "key": known.company_key(linked)}
        return row.model_copy(update={**joined, "procore": _name(directory.get(linked), linked)})
    if number is None:
        return row
    against = [*choice.against, *_against(vendor, number, directory.get(number), known)]
    if wanted[number] > 1:
        against.append("another vendor of the job would be the same company")
    return row.model_copy(
        update={
            "standing": Standing.DIFFERS if against else Standing.MATCHED,
            "procore": _name(directory.get(number), number),
            "key": known.company_key(number),
            "score": choice.score,
            "reasons": choice.reasons,
            "differences": against,
        }
    )


def _against(vendor: Vendor, number: int, company: Company | None, known: Known) -> list[str]:
    """Why these two can't be linked, whatever speaks for it."""
    against = []
    if not vendor.active:
        against.append("the vendor isn't active in CMiC")
    if vendor.category.upper() in known.masked_classes or vendor.code in known.masked_sources:
        against.append("the vendor is masked by the settings")
    other = next((code for code, linked in known.vendors.items() if linked == number), None)
    if other is not None:
        against.append(f"the company is linked to vendor {other} already")
    if company is None:
        return [*against, "the company isn't in Procore's directory"]
    references = References(erp_company=known.erp_company, vendor=vendor.code)
    key, fields = known.company_key(number), {"erp_id": vendor.code}
    refusals = refused(companies.LIFECYCLE, "link", key, company, known, fields, references)
    return [*against, *(r.sentence for r in refusals)]


def _name(company: Company | None, number: int) -> str:
    return f"{company.name} ({number})" if company else str(number)


def _named(key: str, company: Company) -> Named:
    return Named(key=key, name=company.name, zip=company.zip, phone=company.phone, email=company.email)


def _named_vendor(vendor: Vendor) -> Named:
    return Named(key=vendor.code, name=vendor.name, zip=vendor.zip, phone=vendor.phone, email=vendor.email)
