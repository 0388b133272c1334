"""Guards that every exported object shares: pure functions from facts to refusals (design §4)."""

from __future__ import annotations

from domain.facts import Facts
from domain.refusals import Refusal, refuse
from domain.states import Posting


def free_of_other_integrations(facts: Facts) -> list[Refusal]:
    """One integration only may own an origin id (erp-tool-behaviour F-05). Ours is recognised by the ledger's memory of it,
    which the document carries as `origin_is_ours`."""
    origin = getattr(facts.document, "origin_id", None)
    if origin and not facts.document.origin_is_ours(facts.references, facts.typed):
        return [refuse("foreign_origin_id", kind=facts.head.kind.replace("_", " "), origin_id=origin)]
    return []


def no_dependents(facts: Facts) -> list[Refusal]:
    """A parent stays while others wait for it or stand on it; the refusal lists them."""
    if not facts.dependents:
        return []
    shown = "; ".join(f"{d.label} ({d.state})" for d in facts.dependents[:10])
    more = len(facts.dependents) - 10
    return [refuse("depended_on", count=len(facts.dependents), list=shown + (f"; and {more} more" if more > 0 else ""))]


def write_settled(facts: Facts) -> list[Refusal]:
    """While a cut-off write may still be committed, nobody may act as if CMiC had nothing (design §5)."""
    write = facts.write
    if write is None or write.settled or write.since_attempt is None:
        return []
    seconds = int(write.since_attempt)
    wait = max(1, int(facts.settings.settle_seconds) - seconds)
    return [refuse("write_still_open", seconds=seconds, wait=wait)]


NOT_WRITTEN = ("preview", "confirm_import_closed")
"""What an approver types for us alone."""


def typed_comes_in_time(facts: Facts) -> list[Refusal]:
    """Once CMiC has some of it, what is typed on a retry can't change it any more: it would be approved and never written."""
    write = facts.write
    there = write is not None and write.attempted and not write.existed_before
    if facts.linking or write is None or not there or write.seen is Posting.UNKNOWN or write.seen.counts_as_gone:
        return []
    new = {n: v for n, v in facts.command.fields.items() if n not in NOT_WRITTEN and v is not None}
    before = facts.typed_before
    changed = [n for n, v in new.items() if str(before.get(n, "")).upper() != str(v).upper()]
    return [refuse("typed_too_late", field=", ".join(changed), erp_key=write.erp_key)] if changed else []


def nothing_of_ours_in_cmic(facts: Facts) -> list[Refusal]:
    """An item is rejected only when a look-up has just shown that CMiC has nothing of it."""
    write = facts.write
    if write is None or not write.attempted or write.existed_before or write.seen.counts_as_gone:
        return []
    return [refuse("exists_in_cmic", erp_key=write.erp_key)]


def sender_is_another(facts: Facts) -> list[Refusal]:
    """Where the setting asks for two people, who sent an item doesn't approve it (S-32)."""
    asks = facts.settings.sender_may_not_approve and facts.person is not None
    return [refuse("own_item")] if asks and facts.person and facts.person.name == facts.sent_by else []


def preview_is_current(facts: Facts) -> list[Refusal]:
    """An approval names what was looked at: the snapshot's hash, where the approver gives one (B-04)."""
    approved = facts.command.fields.get("preview")
    if approved and not facts.snapshot.startswith(str(approved)):
        return [refuse("preview_outdated", approved=str(approved)[:12], current=facts.snapshot[:12])]
    return []


def posting_has_changed(facts: Facts) -> list[Refusal]:
    """The connector records a posting only when it is news; a quiet no otherwise."""
    return [] if facts.posting_changed else [refuse("lost_reference", problem="nothing new was seen in CMiC")]
