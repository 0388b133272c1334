"""The command line against the whole stack: every action and every look, with and without --json, exit codes, width, wrong
usage. Exit codes: 0 done, 3 refused, 4 failed or not reached, 2 wrong usage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from cli.main import app
from domain.identity import parse_key
from domain.lifecycle import as_mermaid
from domain.states import State
from mappers.registry import KINDS
from tests.stack.commands import DONE, FAILED, REFUSED, USAGE, cli, environment, process, too_wide
from tests.support import COMPANY, ERP, PROJECT, SENDER, Site, line

FURTHER = ("while_prerequisite_open", "while_linked", "with_direct_exports")
"""Where else a transition may lead."""
DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(autouse=True)
def quiet_worker() -> Iterator[None]:
    """The worker of this process logs elsewhere while the CLI's output is read."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


def number_of(key: str) -> int:
    return parse_key(key).id


async def test_a_commitments_way_through_the_command_line(site: Site, tmp_path: Path) -> None:
    """As a process, from another folder: send, look, accept, wait, look again."""
    key = await site.commitment(line(amount="12.50", text="Curb"), title="Curb and gutter")
    env, name = environment(site.stack), number_of(key)
    sent = await process(tmp_path, env, "send", "commitment", name, "--project", PROJECT, "--json")
    assert (sent.code, sent.json["answer"], sent.json["state"], sent.json["key"]) == (DONE, "done", "waiting", key)
    shown = await process(tmp_path, env, "show", "commitment", name)
    assert shown.code == DONE
    for words in (
        "Curb and gutter",
        "Ready to Export",
        "Rows for CMiC",
        "scsched",
        "administrator",
        "History is whole",
    ):
        assert words in shown.words
    assert too_wide(shown.out) == []
    accepted = await process(tmp_path, env, "accept", key, "--wait", 30, "--note", "Checked by phone")
    assert accepted.code == DONE
    assert "accept: done" in accepted.words
    assert "synced" in accepted.words
    story = (await process(tmp_path, env, "show", key, "--json")).json
    assert (story["state"], story["history_broken_at"]) == ("synced", None)
    assert [h["action"] for h in story["history"]] == ["send", "accept", "complete"]
    assert [h["note_text"] for h in story["history"]] == [None, "Checked by phone", None]
    assert {row["part"] for row in story["links"]} == {
        "",
        str((await site.in_procore(key))["line_items"][0]["id"]),
    }
    assert story["preview"]["rows"][0]["row"]["ScmstContCode"] == site.numbers[key]


async def test_every_action_with_json(site: Site) -> None:
    retrieved, rejected = await site.sent(), await site.sent()
    for words, state in (
        (("retrieve", retrieved), "retrieved"),
        (("reject", rejected, "--note", "Wrong job"), "rejected"),
        (("resend", retrieved), "waiting"),
        (("accept", retrieved, "--wait", 30), "synced"),
    ):
        said = await cli(site, *words, "--json")
        assert (said.code, said.json["answer"], said.json["state"]) == (DONE, "done", state), said
        assert set(said.json) == {"key", "answer", "action", "state", "sequence", "refusals", "sentence"}
    await site.control("delete", resource="scmast", where={"ScmstContCode": site.numbers[retrieved]})
    unlinked = await cli(site, "unlink", retrieved, "--json")
    assert (unlinked.code, unlinked.json["state"]) == (DONE, "not_sent")


async def test_every_action_in_words(site: Site) -> None:
    key = await site.commitment()
    said = await cli(site, "send", "commitment", number_of(key), "-p", PROJECT, "--note", "Please")
    assert said.code == DONE
    assert "send: done" in said.out
    assert "waits for an accounting approver" in said.words
    assert (await cli(site, "retrieve", key)).code == DONE
    again = await cli(site, "resend", key)
    assert (again.code, "resend: done" in again.out) == (DONE, True)
    assert (await cli(site, "reject", key, "-n", "No")).code == DONE
    assert (await cli(site, "resend", key)).code == DONE
    accepted = await cli(site, "accept", "commitment", number_of(key), "--wait", 30)
    assert accepted.code == DONE
    assert f"In CMiC as {ERP}|ACME01|{site.numbers[key]}|000" in accepted.words
    still = await cli(site, "unlink", key)
    assert "CMiC still has" in still.words
    await site.control("subcontracts/void", **await site.contract(key))
    unlinked = await cli(site, "unlink", key)
    assert (unlinked.code, "not_sent" in unlinked.words) == (DONE, True)


async def test_companies_and_projects(site: Site) -> None:
    company, project = await site.company(), await site.project(("03-100", "S"))
    other, code = await site.company(), site.code("V")
    linked = await cli(site, "link", "project", project[1], project[2], "--erp-company", ERP, "--json")
    assert (linked.code, linked.json["state"]) == (DONE, "synced")
    refreshed = await cli(site, "refresh", "project", project[1])
    assert (refreshed.code, "refresh: done" in refreshed.out) == (DONE, True)
    assert (await cli(site, "refresh", "project", project[1], "--json")).json["state"] == "synced"
    assert (await cli(site, "send", "company", number_of(company))).code == DONE
    accepted = await cli(site, "accept", "company", number_of(company), "--erp-id", code, "--wait", 30)
    assert accepted.code == DONE
    unlinked = await cli(site, "unlink", "company", number_of(company), "--erp-company", ERP)
    assert (unlinked.code, "not_sent" in unlinked.words) == (DONE, True)
    again = await cli(site, "link", "company", number_of(other), code, "--note", "Same vendor")
    assert (again.code, "synced" in again.words) == (DONE, True)


async def test_refused_is_three_and_says_everything(site: Site) -> None:
    key = await site.commitment(line("99-999"), status="Draft", title="T" * 201)
    said = await cli(site, "send", key)
    assert said.code == REFUSED
    for words in ("send: refused", "only Approved can be sent", "99-999 S", "201 characters", "[code_not_synced]"):
        assert words in said.words
    as_data = await cli(site, "send", key, "--json")
    assert as_data.code == REFUSED
    codes = [r["code"] for r in as_data.json["refusals"]]
    assert codes == ["status_not_approved", "field_too_long", "code_not_synced"]
    for action in ("retrieve", "accept", "reject", "retry", "adopt", "unlink"):
        assert (await cli(site, action, key)).code == REFUSED
    assert (await cli(site, "link", "project", PROJECT, "1055", "--json")).code == REFUSED
    assert (await cli(site, "refresh", key)).code == REFUSED


async def test_seen_preview_and_request_id(site: Site) -> None:
    key = await site.sent()
    shown = (await cli(site, "show", key, "--json")).json
    await site.granted(key, "retrieve", SENDER)
    await site.relines(key, line(amount="5.00"))
    await site.granted(key, "resend", SENDER)
    old_step = await cli(site, "accept", key, "--seen", shown["sequence"], "--json")
    old_preview = await cli(site, "accept", key, "--preview", shown["preview"]["hash"], "--json")
    bad_date = await cli(site, "accept", key, "--accounting-date", "tomorrow", "--json")
    told = [(said.code, said.json["refusals"][0]["code"]) for said in (old_step, old_preview, bad_date)]
    assert told == [(REFUSED, "changed_since_seen"), (REFUSED, "preview_outdated"), (REFUSED, "bad_input")]
    request = ("--request-id", "cli-" + site.numbers[key])
    first, second = [await cli(site, "accept", key, *request, "--json") for _ in range(2)]
    assert (first.code, second.code) == (DONE, DONE)
    assert first.json["sequence"] == second.json["sequence"]


async def test_failed_is_four(site: Site) -> None:
    key = await site.sent()
    async with site.settings(subcontract_type="NOPE"):
        accepted = await cli(site, "accept", key, "--wait", 30, "--json")
        retried = await cli(site, "retry", key, "--wait", 30)
    assert (accepted.code, accepted.json["state"]) == (FAILED, "failed")
    assert retried.code == FAILED
    assert "Contract Type NOPE is not a valid contract type" in retried.words
    shown = await cli(site, "show", key)
    assert (shown.code, "[cmic_refused]" in shown.words) == (DONE, True)
    assert (await cli(site, "adopt", key, "--wait", 30)).code == FAILED
    retried = await cli(site, "retry", key, "--erp-id", site.code("CLI-"), "--wait", 30, "--json")
    assert (retried.code, retried.json["state"]) == (DONE, "synced")


async def test_busy_is_four(site: Site) -> None:
    """A step is running: the command is kept, and judged when its turn comes."""
    slow = site.hurried(busy_after=1, patience=60)
    key = await slow.sent()
    await site.fault("delay", seconds=4, method="POST", key=site.numbers[key])
    await slow.granted(key, "accept")
    said = await cli(site, "unlink", key, "--json")
    assert (said.code, said.json["answer"]) == (FAILED, "busy")
    assert "judged when its turn comes" in said.json["sentence"]
    await site.until(key, State.SYNCED, also=lambda h: h.words.startswith("In CMiC") and "still has" in h.words)


async def test_inbox_in_words_and_json(site: Site) -> None:
    key = await site.sent(title="A title that is rather long, so that it has to be cut somewhere")
    for words in (("inbox",), ("inbox", "waiting"), ("inbox", "--kind", "commitment", "--project", PROJECT)):
        rows = (await cli(site, *words, "--most", 5000, "--json")).json
        mine = next(row for row in rows if row["key"] == key)
        assert (mine["state"], mine["view_name"], mine["kind"]) == ("waiting", "Ready to Export", "commitment")
        said = await cli(site, *words, "--most", 5000)
        assert said.code == DONE
        assert key in said.words
    assert all(row["state"] == "synced" for row in (await cli(site, "inbox", "synced", "--json")).json)
    nothing = await cli(site, "inbox", "--project", 99999)
    assert (nothing.code, nothing.out.strip()) == (DONE, "Nothing here.")
    assert (await cli(site, "inbox", "--project", 99999, "--json")).json == []
    await site.granted(key, "retrieve", SENDER)


async def test_show_what_was_never_sent_and_what_is_held(site: Site) -> None:
    never = await site.commitment()
    assert (await cli(site, "show", never, "--json")).json == {"key": never, "state": "not_sent"}
    assert "Never sent." in (await cli(site, "show", never)).words
    company = await site.company()
    held = await site.sent(vendor=number_of(company))
    await site.granted(held, "accept")
    shown = await cli(site, "show", held)
    assert "(filled when its prerequisite syncs)" in shown.words
    assert "It leaves by itself" in shown.words
    parents = (await cli(site, "show", held, "--json")).json["prerequisites"]
    assert {(row["parent"], row["condition"]) for row in parents} == {
        (company, "synced"),
        (f"project:{COMPANY}:-:{PROJECT}", "job exists"),
    }
    assert (await cli(site, "show", "company", number_of(company), "--json")).json["state"] == "not_sent"


async def test_lifecycles(site: Site) -> None:
    tables = (await cli(site, "lifecycles", "--json")).json
    assert [table["kind"] for table in tables] == list(KINDS)
    for table in tables:
        assert set(table) == {"kind", "workflow_type", "states", "transitions", "prerequisites"}
        states = set(table["states"])
        for row in table["transitions"]:
            further = {name: row.pop(f"to_{name}") for name in FURTHER}
            assert set(row) == {"from", "action", "actor", "permission", "guards", "to"}
            assert {*row["from"], row["to"], *filter(None, further.values())} <= states
            assert row["actor"] in ("sender", "approver", "operator", "connector")
    words = await cli(site, "lifecycles")
    assert words.code == DONE
    for table in tables:
        assert table["workflow_type"] in words.out


async def test_the_diagram_is_the_one_in_the_documentation(site: Site) -> None:
    for name, kind in KINDS.items():
        said = await cli(site, "lifecycles", "--diagram", name)
        assert said.code == DONE
        assert said.out.strip() == as_mermaid(kind.lifecycle)
        page = DOCS / "lifecycles.md"
        if page.exists():
            assert f"```mermaid\n{said.out.strip()}\n```" in page.read_text()


async def test_check_holds_the_dialect_against_the_stand_in(site: Site) -> None:
    entries = (await cli(site, "check", "--json")).json
    asked = [e for e in entries if e["verdict"] != "unsent"]
    assert {e["verdict"] for e in asked} == {"present"}
    said = await cli(site, "check")
    assert said.code == DONE
    assert f"{len(asked)} of {len(asked)} entries" in said.words
    everything = await cli(site, "check", "--all")
    assert "ScmstContCode" in everything.words
    rename = {"renames": {"scmast": {"ScmstName": "ScmstTitle"}}}
    assert (await site.cmic.patch("/_sandbox/settings", json=rename)).status_code == 200
    try:
        differing = await cli(site, "check", "--json")
        in_words = await cli(site, "check")
    finally:
        await site.cmic.patch("/_sandbox/settings", json={"renames": {}})
    assert (differing.code, in_words.code) == (REFUSED, REFUSED)
    (missing,) = [e for e in differing.json if e["verdict"] == "missing"]
    assert missing["entry"] == "subcontract.title"
    assert "subcontract.title" in in_words.words


async def test_two_who_check_at_the_same_time_are_both_answered(site: Site, tmp_path: Path) -> None:
    env = environment(site.stack)
    both = await asyncio.gather(*(process(tmp_path, env, "check", "--json") for _ in range(2)))
    assert [(said.code, "Traceback" in said.err) for said in both] == [(DONE, False)] * 2
    assert both[0].json == both[1].json


async def test_migrate_attributes_and_restore(site: Site) -> None:
    assert (await cli(site, "migrate")).out.strip() == "The ledger's schema is up to date."
    assert (await cli(site, "register-attributes")).out.strip() == "All search attributes are there."
    key = await site.sent()
    await site.office.client.get_workflow_handle(key).terminate("lost")
    for _ in range(200):  # Visibility is told of a termination a moment later.
        said = await cli(site, "restore")
        assert said.code == DONE
        if said.out.startswith("1 "):
            break
    assert "1 lifecycles started again from the ledger." in said.words
    await site.granted(key, "retrieve", SENDER)


WRONG: dict[str, tuple[tuple[object, ...], str]] = {
    "no such command": (("export",), "No such command"),
    "no kind": (("send",), "Missing argument"),
    "an unknown kind": (("send", "invoice", 7), f"there is no kind 'invoice'; known: {', '.join(KINDS)}"),
    "an id that is no number": (("send", "commitment", "seven"), "should be a valid integer"),
    "an id below one": (("send", "commitment", 0), "greater than or equal to 1"),
    "an unknown key": (("send", "commitment:1"), "is not the key of an object"),
    "a key of an unknown kind": (("show", "invoice:1:-:7"), "there is no kind 'invoice'"),
    "a commitment without its project": (("send", "commitment", 4242), "a commitment is named with its project"),
    "an unknown view": (("inbox", "archived"), "There is no view 'archived'; known: not_sent, waiting"),
    "an unknown diagram": (("lifecycles", "--diagram", "invoice"), "There is no kind 'invoice'"),
    "an unknown option": (("accept", "commitment", 7, "--amount", 5), "No such option"),
    "a link without its id": (("link", "company", 7), "Missing argument"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_usage_is_two(site: Site, name: str) -> None:
    words, message = WRONG[name]
    said = await cli(site, *words, fits=False)  # The library that reads the words doesn't fold its own sentences.
    assert said.code == USAGE
    assert message in said.words
    assert said.out == ""


async def test_help_fits(site: Site) -> None:
    assert (await cli(site)).code == USAGE
    for command in ("", *(c.name or (c.callback.__name__ if c.callback else "") for c in app.registered_commands)):
        said = await cli(site, *([command] if command else []), "--help")
        assert said.code == DONE
        assert said.out.startswith("Usage: procore-cmic") or said.out.startswith("Usage: root")


async def test_who_sits_at_the_keyboard_decides_what_he_may(site: Site) -> None:
    key = await site.sent()
    clerk = {"PERSON_NAME": "Clara Clerk", "PERSON_LEVEL": "2", "PERSON_MAY_PUSH": "false"}
    said = await cli(site, "accept", key, more=clerk)
    assert said.code == REFUSED
    assert "Clara Clerk may not accept this" in said.words
    last = (await site.office.reading.history(key))[-1]
    assert (last["who"], last["door"], last["answer"]) == ("Clara Clerk", "cli", "refused")
    await site.granted(key, "retrieve", SENDER)
