"""A contract that CMiC has already is taken over before anything was sent: every transition, and that nothing is ever made
there (R-09, B-09)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.commands import Head
from domain.lifecycle import targets
from domain.states import Posting, State
from mappers.registry import KINDS
from tests.stack.walks import moves_of, told, walked
from tests.support import ACME, APPROVER, ERP, JOB, SENDER, Site, line

LINES = (line("03-100", "S", "100.00"), line("04-200", "S", "20.00"))


async def in_cmic(site: Site, key: str, *, number: str = "", vendor: str = "ACME01", cent: str = "20.00") -> None:
    """An accountant entered the contract of that commitment."""
    contract = number or site.numbers[key]
    scope = {"CompCode": ERP, "VenCode": vendor, "ContCode": contract, "ChgCode": "000", "JobCode": JOB}
    header: dict[str, Any] = {f"Scmst{name}": value for name, value in scope.items()}
    header |= {"ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y", "ScmstName": "By hand"}
    rows = []
    for n, (code, amount) in enumerate((("04-200", cent), ("03-100", "100.00")), start=1):
        row: dict[str, Any] = {f"Scsch{name}": value for name, value in scope.items()}
        row |= {"ScschTaskCode": f"H{n}", "ScschPhsCode": code, "ScschCatCode": "S", "ScschWmCode": "LS"}
        rows.append({**row, "ScschAmt": float(amount)})
    await site.control("seed", scmast=[header], scsched=rows)


async def until_failed(site: Site, key: str, code: str) -> None:
    head = await site.until(key, State.FAILED)
    assert head.failure_code == code, head.words


def later_than(sequence: int) -> Callable[[Head], bool]:
    return lambda head: head.sequence > sequence


async def test_every_transition_of_it_is_walked(site: Site) -> None:
    """From never sent, from rejected, from retrieved; at once, or held until the company is linked."""
    keys = []
    for before in ([], ["send", "reject"], ["send", "retrieve"]):
        for is_linked in (True, False):
            company = "" if is_linked else await site.company()
            vendor = ACME if is_linked else int(company.rsplit(":", 1)[1])
            key = await site.commitment(*LINES, vendor=vendor)
            for action in before:
                await site.granted(key, action, APPROVER if action == "reject" else SENDER)
            keys.append(key)
            code = "ACME01" if is_linked else site.code("V")
            if is_linked:
                await in_cmic(site, key)
            outcome = await site.granted(key, "take_over")
            assert outcome.state is (State.EXPORTING if is_linked else State.HELD)
            if not is_linked:
                await site.granted(company, "send", SENDER)
                await site.granted(company, "accept", erp_id=code)
                await site.until(company, State.SYNCED)
                await until_failed(site, key, "not_in_cmic")
                await in_cmic(site, key, vendor=code)
                await site.granted(key, "retry")
            head = await site.until(key, State.SYNCED)
            assert (head.posting, head.erp_key) == (Posting.UNPOSTED, f"{ERP}|{code}|{site.numbers[key].upper()}|000")
            assert len(await site.rows("scmast", ScmstContCode=site.numbers[key])) == 1
    rows = [row for row in KINDS["commitment"].lifecycle.rows if row.action == "take_over"]
    wanted = {(start, row.action, to) for row in rows for start in row.from_states for to in targets(row)}
    assert len(wanted) == 6
    assert wanted <= await walked(site, *keys) <= moves_of("commitment")
    assert [await site.office.reading.verify(key) for key in keys] == [None] * len(keys)


async def test_lines_are_joined_by_code_and_money_and_told_to_procore(site: Site) -> None:
    key = await site.commitment(*LINES)
    await in_cmic(site, key)
    await site.granted(key, "take_over")
    await site.until(key, State.SYNCED)
    shown = await site.in_procore(key)
    contract = f"{ERP}|ACME01|{site.numbers[key].upper()}|000"
    rows = (await site.procore.get("/_sandbox/books/line_items", params={"contract_id": shown["id"]})).json()
    assert shown["origin_id"] == contract
    assert [row["origin_id"] for row in sorted(rows, key=lambda r: r["id"])] == [f"{contract}|H2", f"{contract}|H1"]
    history = await site.office.reading.history(key)
    assert next((h["action"], h["who"], h["door"]) for h in history) == ("take_over", APPROVER.name, "cli")


async def test_a_contract_that_isnt_there_is_never_made_however_often_it_is_retried(site: Site) -> None:
    key = await site.commitment(*LINES)
    await site.cmic.delete("/_sandbox/traffic")
    await site.granted(key, "take_over")
    await until_failed(site, key, "not_in_cmic")
    for again in ("retry", "adopt"):
        before = await site.head(key)
        await site.granted(key, again)
        await site.until(key, State.FAILED, also=later_than(before.sequence + 1))
        assert (await site.head(key)).failure_code == "not_in_cmic"
    assert (await site.requests(key))[1] == 0
    assert await site.rows("scmast", ScmstContCode=site.numbers[key]) == []
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert len(await site.rows("scmast", ScmstContCode=site.numbers[key])) == 1, "sent, it is exported like any other"


async def test_what_differs_by_a_cent_is_told_and_left_alone(site: Site) -> None:
    key = await site.commitment(*LINES)
    await in_cmic(site, key, cent="20.01")
    await site.granted(key, "take_over")
    await until_failed(site, key, "cmic_differs")
    head = await site.head(key)
    assert "line 2: CMiC has no line of that code and amount" in head.words
    assert not (await site.in_procore(key))["origin_id"]
    await site.relines(key, LINES[0], line("04-200", "S", "20.01"))
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)


async def test_another_number_is_typed(site: Site) -> None:
    key, number = await site.commitment(*LINES), site.code("OLD-")
    await in_cmic(site, key, number=number)
    await site.granted(key, "take_over", erp_id=number)
    head = await site.until(key, State.SYNCED)
    assert head.erp_key == f"{ERP}|ACME01|{number}|000"
    assert (await site.in_procore(key))["origin_code"] == number


async def test_what_was_edited_while_it_was_held_is_compared_as_it_is_now(site: Site) -> None:
    """Nothing of it is written to CMiC, so nothing was bound but that it is the same contract."""
    company, code = await site.company(), site.code("V")
    key = await site.commitment(*LINES, vendor=int(company.rsplit(":", 1)[1]))
    await in_cmic(site, key, vendor=code, cent="21.00")
    assert (await site.granted(key, "take_over")).state is State.HELD
    await site.relines(key, LINES[0], line("04-200", "S", "21.00"))
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id=code)
    await site.until(key, State.SYNCED)
    assert await site.actions(key) == ["take_over", "release", "complete"]


async def test_it_asks_what_a_send_asks_and_who_may(site: Site) -> None:
    key = await site.commitment(*LINES, status="Draft")
    assert await site.refused(key, "take_over") == ["status_not_approved"]
    assert await site.refused(key, "take_over", SENDER) == ["not_permitted"]
    sent = await site.sent(*LINES)
    (first, *_) = await told(site, sent, "take_over", APPROVER)
    assert first[0] == "already_decided"


@pytest.mark.parametrize("deed", ["post", "void"])
async def test_a_posted_one_is_taken_and_a_void_one_is_not(site: Site, deed: str) -> None:
    key = await site.commitment(*LINES)
    await in_cmic(site, key)
    await site.control(f"subcontracts/{deed}", **await site.contract(key))
    await site.granted(key, "take_over")
    if deed == "void":
        await until_failed(site, key, "number_taken_by_void")
        return
    assert (await site.until(key, State.SYNCED)).posting is Posting.POSTED
