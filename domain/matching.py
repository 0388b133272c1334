"""Which company of Procore's directory a vendor of CMiC's may be: proposals with a score and its reasons (B-12, C-02, C-03).

Nothing is ever linked by a proposal: a person decides. Names are compared as people read them, past "&" and "and", legal forms
and punctuation; an equal telephone, e-mail or postal code speaks for a proposal, a different one is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict
from rapidfuzz import fuzz, process

LEAST_SCORE = 75
MOST_PROPOSALS = 3
SURE = 95
"""A proposal of this score is taken by `link all`, if it is the only one of its kind."""
_FORMS = {
    "inc", "incorporated", "llc", "llp", "lp", "ltd", "limited", "co", "company", "corp", "corporation", "gmbh", "ag", "sa",
    "plc", "pc", "pllc", "the",
}  # fmt: skip
_SAME = {"&": " and ", "+": " and "}
_WITHIN = ".'\u2019"
"""What stands within a word: points of an abbreviation, apostrophes."""


class Named(BaseModel):
    """A company of either side, with what tells it from others."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    zip: str = ""
    phone: str = ""
    email: str = ""
    code: str = ""


class Proposal(BaseModel):
    """`score` is of 100; `reasons` say what speaks for it and against it."""

    procore_id: int
    name: str
    score: int
    reasons: list[str]


def bare(name: str) -> str:
    """A name without what people write one way or the other: case, accents, legal form, punctuation, "&". Empty where it has
    neither a letter nor a digit, of whatever script."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).casefold()
    for sign, word in _SAME.items():
        text = text.replace(sign, word)
    words = re.findall(r"[^\W_]+", "".join(c for c in text if c not in _WITHIN and not unicodedata.combining(c)))
    kept = [word for word in words if word not in _FORMS]
    return " ".join(kept or words)


def digits(text: str) -> str:
    """A telephone number's last ten digits."""
    return re.sub(r"\D", "", text)[-10:]


def propose(vendors: Iterable[Named], directory: Iterable[Named]) -> dict[str, list[Proposal]]:
    """The best companies of the directory for each vendor, by the vendor's key; nothing for one that resembles none. Two that
    have no name aren't alike."""
    companies = sorted(directory, key=lambda company: int(company.key))
    names = {n: name for n, c in enumerate(companies) if (name := bare(c.name))}
    found: dict[str, list[Proposal]] = {}
    by_code = {c.code: n for n, c in enumerate(companies) if c.code}
    for vendor in vendors:
        own = bare(vendor.name)
        near = process.extract(own, names, scorer=fuzz.token_sort_ratio, limit=10, score_cutoff=60) if own else []
        ratios = {n: ratio for _, ratio, n in near}
        if vendor.code in by_code:
            n = by_code[vendor.code]
            ratios.setdefault(n, fuzz.token_sort_ratio(own, names[n]) if own and n in names else 0)
        proposals = [_weighed(vendor, companies[n], ratio) for n, ratio in ratios.items()]
        best = sorted((p for p in proposals if p.score >= LEAST_SCORE), key=lambda p: (-p.score, p.procore_id))
        if best:
            found[vendor.key] = best[:MOST_PROPOSALS]
    return found


def _weighed(vendor: Named, company: Named, ratio: float) -> Proposal:
    """The likeness of the names, and what else is the same or isn't."""
    score, reasons = ratio * 0.9, [_about_names(vendor.name, company.name, ratio)]
    for what, ours, theirs in (
        ("telephone", digits(vendor.phone), digits(company.phone)),
        ("e-mail", vendor.email.casefold(), company.email.casefold()),
        ("postal code", vendor.zip[:5], company.zip[:5]),
    ):
        if ours and theirs:
            score += 5 if ours == theirs else -5
            reasons.append(f"{'same' if ours == theirs else 'another'} {what}")
    if ratio >= 99.5:
        score += 8
    if ours_code := vendor.code:
        score = 85 + score * 0.15 if ours_code == company.code else score
        reasons += ["same number"] * (ours_code == company.code)
    return Proposal(
        procore_id=int(company.key), name=company.name, score=max(0, min(100, round(score))), reasons=reasons
    )


def _about_names(ours: str, theirs: str, ratio: float) -> str:
    if ours.strip().casefold() == theirs.strip().casefold():
        return "same name"
    return "same name but for its form" if bare(ours) == bare(theirs) != "" else f"names alike to {ratio:.0f} %"


def sure(proposals: list[Proposal]) -> Proposal | None:
    """The one that may be taken without looking: high, and clearly ahead of the next."""
    if not proposals or proposals[0].score < SURE:
        return None
    return proposals[0] if len(proposals) == 1 or proposals[1].score < SURE else None


def duplicates(directory: Iterable[Named]) -> list[list[Named]]:
    """Companies of the directory that bear one name: to be merged in Procore before anything is linked (C-04)."""
    by_name: defaultdict[str, list[Named]] = defaultdict(list)
    for company in directory:
        if name := bare(company.name):
            by_name[name].append(company)
    return [same for same in by_name.values() if len(same) > 1]
