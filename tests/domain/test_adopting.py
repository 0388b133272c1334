"""What a proposal calls the same, and what not: nothing is matched unless all of its money agrees to the cent (R-09, B-09,
B-12)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.adopting import Proposal, propose
from domain.adopting_sides import (
    Contract,
    ContractLine,
    ErpSide,
    Item,
    Known,
    ProcoreSide,
    Standing,
    Unreadable,
    Vendor,
    What,
)
from domain.commands import Head
from domain.commitment import Commitment
from domain.settings import ExportSettings
from domain.states import Posting, State
from tests.builders import COMMITMENT, COMPANY, JOB, PROJECT, VENDOR, commitment, company, line, modest, project

PAIRS = [("03-300", "M"), ("05-100", "L")]
KEY = f"01|{VENDOR}|SC-001|000"


def row(task: str = "0001", pair: tuple[str, str] = PAIRS[0], amount: str = "250.00", **more: Any) -> ContractLine:
    cost_code, category = pair
    return ContractLine(
        **{"task": task, "job": JOB, "cost_code": cost_code, "category": category, "amount": amount, **more}
    )


def contract(**more: Any) -> Contract:
    """The good commitment as an accountant entered it."""
    stated = {"vendor": VENDOR, "number": "SC-001", "key": KEY, "currency": "USD", "lines": [row("A"), row("B")]}
    return Contract(**{**stated, **more})


def erp(*contracts: Contract, **more: Any) -> ErpSide:
    vendors = [Vendor(code=VENDOR, name="Acme Concrete")]
    return ErpSide(**{"job": "Tower", "pairs": PAIRS, "contracts": list(contracts), "vendors": vendors, **more})


def procore(*commitments: Commitment, **more: Any) -> ProcoreSide:
    pairs = {"pairs": frozenset(PAIRS), "types": frozenset(c for _, c in PAIRS), "companies": [company()]}
    return ProcoreSide(**{"project": project(), "commitments": list(commitments), **pairs, **more})


def known(**more: Any) -> Known:
    stated: dict[str, Any] = {"company": COMMITMENT.company, "project": PROJECT.id, "erp_company": "01", "job": JOB}
    return Known(**{**stated, "settings": ExportSettings(), **more})


def plain(**more: Any) -> Commitment:
    """Two lines of 250.00 on one code."""
    return commitment(**{"lines": [line(1), line(2)], **more})


def of(proposal: Proposal, what: What) -> list[Item]:
    return [item for item in proposal.items if item.what is what]


def the(proposal: Proposal, what: What = What.COMMITMENT) -> Item:
    (item,) = of(proposal, what)
    return item


def test_what_agrees_is_matched_and_would_be_done() -> None:
    proposal = propose(erp(contract()), procore(plain()), known())
    assert [(item.what, item.standing) for item in proposal.items] == [
        *((what, Standing.MATCHED) for what in (What.PROJECT, What.VENDOR, What.COMMITMENT))
    ]
    assert [item.key for item in proposal.items] == [PROJECT.key, COMPANY.key, COMMITMENT.key]
    assert [proposal.todo(what) for what in What] == [[0], [1], [], [2]]
    assert proposal.matched_codes == 2


@pytest.mark.parametrize(
    ("theirs", "ours", "differences"),
    [
        (
            {"lines": [row("A"), row("B", amount="250.01")]},
            {},
            ["total: Procore 500.00, CMiC 500.01", "line 2, 03-300 M: Procore 250.00, CMiC 250.01"],
        ),
        (
            {"lines": [row("A", amount="250.01"), row("B", amount="249.99")]},
            {},
            [
                "line 1, 03-300 M: Procore 250.00, CMiC 250.01",
                "line 2, 03-300 M: Procore 250.00, CMiC 249.99",
            ],
        ),
        (
            {"lines": [row("A"), row("B", PAIRS[1])]},
            {},
            [
                "line 2, 03-300 M 250.00: CMiC has no such line",
                "task B, 05-100 L 250.00: Procore has no such line",
            ],
        ),
        (
            {"lines": [row("A")]},
            {},
            ["total: Procore 500.00, CMiC 250.00", "line 2, 03-300 M 250.00: CMiC has no such line"],
        ),
        ({"amount": "501.00"}, {}, ["CMiC's contract says 501.00, its lines add up to 500.00"]),
        ({"currency": "CAD"}, {}, ["currency: Procore USD, CMiC CAD"]),
        ({"posting": Posting.VOID}, {}, ["CMiC's contract is void"]),
        ({"lines": [row("A"), row("B", job="1042A")]}, {}, ["task B is on job 1042A"]),
        ({"unread": ["task C can't be read: no number"]}, {}, ["task C can't be read: no number"]),
        ({}, {"status": "Draft"}, ["Its status is Draft; only Approved can be sent."]),
        (
            {},
            {"origin_id": "OTHER-7"},
            ["Another integration owns this commitment in Procore (its origin id is 'OTHER-7')."],
        ),
    ],
)
def test_every_difference_is_told(theirs: dict[str, Any], ours: dict[str, Any], differences: list[str]) -> None:
    proposal = propose(erp(contract(**theirs)), procore(plain(**ours)), known(vendors={VENDOR: COMPANY.id}))
    assert (the(proposal).standing, the(proposal).differences) == (Standing.DIFFERS, differences)
    assert proposal.todo(What.COMMITMENT) == []


amounts = st.decimals(min_value=Decimal("-99999.99"), max_value=Decimal("99999.99"), places=2)
lines = st.lists(st.tuples(st.sampled_from(PAIRS), amounts), min_size=1, max_size=5)


def sides(ours: list[Any], theirs: list[Any]) -> tuple[ErpSide, ProcoreSide]:
    rows = [row(str(n), pair, str(amount)) for n, (pair, amount) in enumerate(theirs)]
    own = [
        line(n, cost_code=pair[0], category=pair[1], amount=str(amount))
        for n, (pair, amount) in enumerate(ours, start=1)
    ]
    total = sum((amount for _, amount in ours), Decimal(0))
    return erp(contract(lines=rows)), procore(plain(lines=own, total=str(total)))


@modest
@given(lines, lines)
def test_only_the_same_money_on_the_same_codes_is_matched(ours: list[Any], theirs: list[Any]) -> None:
    proposal = propose(*sides(ours, theirs), known(vendors={VENDOR: COMPANY.id}))
    is_same = sorted(ours) == sorted(theirs)
    assert the(proposal).standing is (Standing.MATCHED if is_same else Standing.DIFFERS)
    assert bool(the(proposal).differences) is not is_same


@modest
@given(lines, st.randoms(use_true_random=False))
def test_the_order_of_lines_says_nothing_and_a_cent_says_everything(ours: list[Any], chance: Any) -> None:
    shuffled = ours[:]
    chance.shuffle(shuffled)
    facts = known(vendors={VENDOR: COMPANY.id})
    assert the(propose(*sides(ours, shuffled), facts)).standing is Standing.MATCHED
    n = chance.randrange(len(shuffled))
    pair, amount = shuffled[n]
    shuffled[n] = (pair, amount + Decimal("0.01"))
    found = the(propose(*sides(ours, shuffled), facts))
    assert found.standing is Standing.DIFFERS
    assert found.differences[0].startswith("total: ")


def test_numbers_are_compared_past_case_and_blanks() -> None:
    found = the(propose(erp(contract()), procore(plain(number="sc -001")), known()))
    assert (found.standing, found.erp_id) == (Standing.MATCHED, "SC-001")
    assert the(propose(erp(contract()), procore(plain(number="sc-001")), known())).erp_id == ""


def test_a_number_that_two_have_is_nobodys() -> None:
    other = contract(vendor="OTHER", key="01|OTHER|SC-001|000")
    vendors = [Vendor(code=VENDOR, name="Acme Concrete"), Vendor(code="OTHER", name="Somebody")]
    proposal = propose(erp(contract(), other, vendors=vendors), procore(plain()), known())
    assert [item.standing for item in of(proposal, What.COMMITMENT)] == [Standing.DIFFERS] * 3
    assert proposal.todo(What.COMMITMENT) == []


def test_what_only_one_side_has_is_listed() -> None:
    proposal = propose(erp(contract(number="X-1")), procore(plain()), known())
    assert [(i.standing, i.erp, i.procore) for i in of(proposal, What.COMMITMENT)] == [
        (Standing.ONLY_ERP, f"{VENDOR} X-1", ""),
        (Standing.ONLY_PROCORE, "", "SC-001"),
    ]


def test_one_that_cant_be_read_is_listed_with_its_reason() -> None:
    unreadable = [Unreadable(id=9, number="SC-9", words="its lines are no list")]
    found = the(propose(erp(), procore(unreadable=unreadable), known()))
    assert (found.standing, found.procore, found.differences) == (Standing.DIFFERS, "SC-9", ["its lines are no list"])


def test_what_is_linked_stays_and_what_is_under_way_is_left_alone() -> None:
    """Whatever the linked ones' numbers are."""
    head = Head(key=COMMITMENT.key, kind="commitment", procore_company=1, state=State.SYNCED, exported=True)
    facts = known(heads={COMMITMENT.key: head}, holders={KEY: COMMITMENT.key})
    found = the(propose(erp(contract()), procore(plain(number="7")), facts))
    assert (found.standing, found.erp, found.procore) == (Standing.LINKED, f"{VENDOR} SC-001", "7")
    waiting = head.model_copy(update={"state": State.WAITING, "exported": False, "words": "Ready to Export."})
    found = the(propose(erp(contract()), procore(plain()), known(heads={COMMITMENT.key: waiting})))
    assert found.standing is Standing.DIFFERS
    assert found.differences == ["it is Ready to Export here: Ready to Export."]


# Vendors


def test_a_vendor_whose_contract_agrees_is_that_company_whatever_it_is_called() -> None:
    vendors = [Vendor(code=VENDOR, name="Quite Another Name")]
    found = the(propose(erp(contract(), vendors=vendors), procore(plain()), known()), What.VENDOR)
    assert (found.standing, found.key, found.reasons) == (
        Standing.MATCHED,
        COMPANY.key,
        ["contract SC-001 is the same"],
    )


def test_a_number_alone_links_nobody() -> None:
    vendors, dear = [Vendor(code=VENDOR, name="Quite Another Name")], [row("A", amount="1.00")]
    proposal = propose(erp(contract(lines=dear), vendors=vendors), procore(plain()), known())
    found = the(proposal, What.VENDOR)
    assert found.standing is Standing.DIFFERS
    assert found.differences == ["not sure enough: link it by hand, if it is the same"]
    assert the(proposal).differences[0] == f"company: Procore Acme, CMiC vendor {VENDOR}, which is no company's here"


def test_a_sure_name_is_enough_with_its_reasons() -> None:
    vendors = [Vendor(code=VENDOR, name="ACME CONCRETE, LLC")]
    found = the(propose(erp(vendors=vendors), procore(), known()), What.VENDOR)
    assert (found.standing, found.reasons) == (Standing.MATCHED, ["same name but for its form"])
    assert (found.score or 0) >= 95


@pytest.mark.parametrize(
    ("vendor", "facts", "difference"),
    [
        ({"active": False}, {}, "the vendor isn't active in CMiC"),
        ({"category": "EMPL"}, {"masked_classes": ["EMPL"]}, "the vendor is masked by the settings"),
        ({}, {"vendors": {"V9": COMPANY.id}}, "the company is linked to vendor V9 already"),
    ],
)
def test_what_stands_against_a_link_is_told(vendor: dict[str, Any], facts: dict[str, Any], difference: str) -> None:
    side = erp(contract(), vendors=[Vendor(**{"code": VENDOR, "name": "Acme Concrete", **vendor})])
    proposal = propose(side, procore(plain()), known(**facts))
    found = next(item for item in of(proposal, What.VENDOR) if item.erp_id == VENDOR)
    assert found.standing is Standing.DIFFERS
    assert difference in found.differences
    assert the(proposal).standing is Standing.DIFFERS, "a contract stands on its vendor"


def test_two_vendors_are_never_one_company() -> None:
    other = contract(vendor="OTHER", number="SC-002", key="01|OTHER|SC-002|000")
    vendors = [Vendor(code=VENDOR, name="Acme Concrete"), Vendor(code="OTHER", name="Acme Concrete")]
    second = plain(id=COMMITMENT.id + 1, number="SC-002")
    proposal = propose(erp(contract(), other, vendors=vendors), procore(plain(), second), known())
    assert [item.standing for item in of(proposal, What.VENDOR)] == [Standing.DIFFERS] * 2
    assert proposal.todo(What.COMMITMENT) == []


def test_a_company_that_is_no_vendor_is_listed() -> None:
    found = the(propose(erp(vendors=[]), procore(plain()), known()), What.VENDOR)
    assert (found.standing, found.procore) == (Standing.ONLY_PROCORE, f"Acme Concrete ({COMPANY.id})")


# Codes


def test_codes_that_one_side_lacks() -> None:
    more = [*PAIRS, ("09-900", "M"), ("09-900", "X")]
    lacking = plain(lines=[line(1, cost_code="77-700"), line(2)])
    proposal = propose(erp(contract(), pairs=more), procore(lacking), known(vendors={VENDOR: COMPANY.id}))
    found = {item.erp or item.procore: item for item in of(proposal, What.CODE)}
    assert {name: item.standing for name, item in found.items()} == {
        "77-700 M": Standing.ONLY_PROCORE,
        "09-900 M": Standing.ONLY_ERP,
        "09-900 X": Standing.DIFFERS,
    }
    assert found["77-700 M"].reasons == ["used by SC-001"]
    assert found["09-900 X"].differences == ["Procore has no cost type X"]
    assert proposal.brings == ["09-900 M"]
    assert "Line 1 sits on 77-700 M, which is not on CMiC's list for job 1042." in the(proposal).differences


# The project, and what is confirmed


@pytest.mark.parametrize(
    ("facts", "ours", "difference"),
    [
        ({"linked_job": "1055"}, {}, "the project is linked to job 1055"),
        ({"linked_project": 9}, {}, "the job is linked to project 9"),
        ({}, {"custom_segments": ["Phase"]}, "Its project uses custom WBS segments (Phase)"),
        ({}, {"is_erp_list": False}, "Its cost codes come from a list that isn't the ERP standard list."),
    ],
)
def test_without_the_project_nothing_is_done(facts: dict[str, Any], ours: dict[str, Any], difference: str) -> None:
    proposal = propose(erp(contract()), procore(plain(), project=project(**ours)), known(**facts))
    assert the(proposal, What.PROJECT).differences[0].startswith(difference)
    assert [proposal.todo(what) for what in What] == [[], [], [], []]
    assert proposal.brings == []


def test_a_linked_project_goes_on() -> None:
    proposal = propose(erp(contract()), procore(plain()), known(linked_job=JOB))
    assert the(proposal, What.PROJECT).standing is Standing.LINKED
    assert (proposal.todo(What.PROJECT), len(proposal.todo(What.COMMITMENT))) == ([], 1)


def test_the_hash_is_of_what_would_be_done_and_of_nothing_else() -> None:
    first = propose(erp(contract()), procore(plain()), known()).hash
    also = contract(vendor=VENDOR, number="X-9", key="01|ACME|X-9|000")
    assert propose(erp(contract(), also), procore(plain()), known()).hash == first
    dearer = [row("A", amount="250.01"), row("B")]
    both = propose(
        erp(contract(lines=dearer)),
        procore(plain(lines=[line(1, amount="250.01"), line(2)], total="500.01")),
        known(),
    )
    assert the(both).standing is Standing.MATCHED
    assert both.hash != first
    assert propose(erp(contract(lines=dearer)), procore(plain()), known()).hash != first
    assert propose(erp(contract()), procore(plain()), known(linked_job=JOB)).hash != first
    assert propose(erp(contract(), pairs=[*PAIRS, ("09-900", "M")]), procore(plain()), known()).hash != first


def test_a_proposal_comes_back_from_the_ledger_as_it_was() -> None:
    proposal = propose(erp(contract(), pairs=[*PAIRS, ("09-900", "M")]), procore(plain()), known())
    again = Proposal.model_validate(proposal.model_dump(mode="json"))
    assert (again, again.hash) == (proposal, proposal.hash)
