"""What an error answer says in human words, and which error of the port it is (cmic-api §1.7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ports import DuplicateKey, Unavailable, WantsFirst
from domain.refusals import Refused
from systems.cmic.errors import LONGEST, Complaint, Reply, classify, read, retry_after
from tests.systems.cmic.support import DIALECT

TEXTS = DIALECT.texts
MARKS = TEXTS.error_message
ORA = "ORA-20001: <CMIC_ERR_CODE>NO-ERROR-CODE</CMIC_ERR_CODE><CMIC_ERR_MSG>Job 7 isn&apos;t open.</CMIC_ERR_MSG>"
ADF = {
    "title": "Bad Request",
    "status": "400",
    "o:errorDetails": [
        {"detail": "JBO-27014: Attribute is required.", "o:errorCode": "27014", "o:errorPath": "/ScmstJobCode"},
        {"detail": ORA},
        {"o:errorCode": "7"},
    ],
}


def words(body: Any) -> list[Complaint]:
    return read(body if isinstance(body, str) else json.dumps(body), MARKS)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (ADF, ["JBO-27014: Attribute is required.", "Job 7 isn't open."]),
        ({"title": "Bad Request", "status": "400", "detail": "No such job"}, ["No such job"]),
        ({"title": "Bad Request", "status": "400", "o:errorDetails": []}, ["Bad Request"]),
        ({"title": "Not Found", "status": "404", "o:errorDetails": "none"}, ["Not Found"]),
        ({"error": "Batch 12 was already posted"}, ["Batch 12 was already posted"]),
        ({"result": "PCI 9 is not approved"}, ["PCI 9 is not approved"]),
        ({"detail": ORA}, ["Job 7 isn't open."]),
        (ORA, ["Job 7 isn't open."]),
        ("java.sql.SQLException: x\nORA-20001: no job\nORA-06512: at line 7", ["ORA-20001: no job"]),
        ("Error\n  JBO-25013: Too many objects match the primary key\nat ...", [
            "JBO-25013: Too many objects match the primary key"]),
        ("plain   words\tonly\n", ["plain words only"]),
        ("", []),
        ("   \n", []),
        ("<!DOCTYPE html><HTML><head><title>502 Bad &amp; Gateway</title></head></html>", [
            "a web page titled '502 Bad & Gateway'"]),
        ("<html><body>no title</body></html>", ["a web page without a title"]),
        ('{"title": "Bad Requ', ['{"title": "Bad Requ']),
        ([1, 2], ["[1, 2]"]),
        (7, ["7"]),
        ("<CMIC_ERR_MSG>never closed", ["never closed"]),
        ("bell \x07 and \x1b[31mred", ["bell and [31mred"]),
    ],
)  # fmt: skip
def test_the_words_are_found_in_the_published_order(body: Any, said: list[str]) -> None:
    assert [complaint.words for complaint in words(body)] == said


def test_a_batch_names_its_part_and_the_attribute() -> None:
    body = {"parts": [{"id": "part3", "payload": ADF}, {"id": "part4", "payload": ORA}, "odd", {"id": "part5"}]}
    assert words(body) == [
        Complaint("JBO-27014: Attribute is required.", "part3", "ScmstJobCode"),
        Complaint("Job 7 isn't open.", "part3"),
        Complaint("Job 7 isn't open.", "part4"),
    ]
    refused = classify(Reply(400, json.dumps(body)), TEXTS, {"part3": "line 2", "part4": "line 3"})
    assert isinstance(refused, Refused)
    refusal = refused.refusals[0]
    assert "line 2: JBO-27014: Attribute is required. (ScmstJobCode); line 2: Job 7 isn't open." in refusal.sentence
    assert refusal.parameters["record"] == "line 2"
    assert refusal.parameters["attribute"] == "ScmstJobCode"


def test_a_flood_of_complaints_is_counted() -> None:
    body = {"parts": [{"id": f"part{n}", "payload": f"problem {n}"} for n in range(900)]}
    refused = classify(Reply(400, json.dumps(body)), TEXTS)
    assert isinstance(refused, Refused)
    assert "and 895 more" in refused.refusals[0].parameters["words"]


@pytest.mark.parametrize("text", ["x" * 10_000_000, "<" * 10_000_000, "<CMIC_ERR_MSG>" * 500_000, "[" * 10_000_000])
def test_ten_megabytes_become_a_short_sentence(text: str) -> None:
    (complaint,) = words(text)
    assert 0 < len(complaint.words) <= LONGEST


def duplicate(text: str) -> Reply:
    return Reply(400, json.dumps({"title": "Bad Request", "o:errorDetails": [{"detail": text}]}))


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (Reply(400, "some rule"), Refused, "cmic_refused"),
        (Reply(404, ""), Refused, "cmic_refused"),
        (Reply(412, "stale"), Refused, "cmic_refused"),
        (Reply(413, "413 Content Too Large {Batch size exceeded, maximum is 1000}"), Refused, "cmic_refused"),
        (Reply(415, ""), Refused, "cmic_refused"),
        (Reply(302, "<html>sign in</html>"), Refused, "cmic_refused"),
        (Reply(401, ""), Refused, "cmic_not_granted"),
        (Reply(403, "not granted"), Refused, "cmic_not_granted"),
        (Reply(400, "<CMIC_ERR_MSG>You are not licensed to use this API program</CMIC_ERR_MSG>"), Refused,
         "cmic_not_granted"),
        (Reply(500, "ORA-20001: You are Not Licensed to use this API program"), Refused, "cmic_not_granted"),
        (duplicate("JBO-25013: Too many objects match the primary key oracle.jbo.Key[01 A]."), DuplicateKey,
         "cmic_refused"),
        (duplicate("ORA-00001: unique constraint (DA.SCMAST_PK) violated"), DuplicateKey, "cmic_refused"),
        (duplicate("Contract SC-1 already exists."), DuplicateKey, "cmic_refused"),
        (duplicate("Change order cannot be entered: the contract is not posted."), WantsFirst, "cmic_wants_first"),
        (duplicate("An unposted RFP exists for this contract"), WantsFirst, "cmic_wants_first"),
        (duplicate("Subcontract SC-1 is posted and cannot be changed."), Refused, "cmic_refused"),
    ],
)  # fmt: skip
def test_refusals(reply: Reply, kind: type[Refused], code: str) -> None:
    error = classify(reply, TEXTS)
    assert type(error) is kind
    assert isinstance(error, Refused)
    assert error.refusals[0].code == code
    assert error.refusals[0].parameters["words"]


@pytest.mark.parametrize(
    ("reply", "maybe_done", "wait"),
    [
        (Reply(429, "", None), False, None),
        (Reply(429, "", 7.0), False, 7.0),
        (Reply(503, "", 30.0), False, 30.0),
        (Reply(408), True, None),
        (Reply(500, "ORA-00600"), True, None),
        (Reply(502, "<html><title>Bad gateway</title></html>"), True, None),
        (Reply(504), True, None),
        (Reply(520, "error code: 520"), True, None),
        (Reply(500, "duplicate key, already exists"), True, None),
    ],
)
def test_passing_faults(reply: Reply, maybe_done: bool, wait: float | None) -> None:
    error = classify(reply, TEXTS)
    assert isinstance(error, Unavailable)
    assert (error.maybe_done, error.retry_after) == (maybe_done, wait)
    assert str(reply.status) in error.words


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (" 30 ", 30.0), ("999999", 3600.0), (None, None), ("Wed, 05 Aug 2026 19:16:38 GMT", None), ("-1", None),
     ("1e9", None), ("²", None)],
)  # fmt: skip
def test_retry_after_is_seconds_or_nothing(header: str | None, seconds: float | None) -> None:
    assert retry_after(header) == seconds


@settings(deadline=None)
@given(st.integers(300, 599), st.text(max_size=300) | st.recursive(
    st.none() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["title", "detail", "o:errorDetails", "parts", "payload", "id", "error"]), inner),
    max_leaves=15,
).map(json.dumps))  # fmt: skip
def test_any_answer_is_an_error_of_the_port(status: int, text: str) -> None:
    error = classify(Reply(status, text), TEXTS)
    assert isinstance(error, Refused | Unavailable)
    assert str(error)
