"""Every shape of error body in words (procore-api §2), and what isn't one."""

from __future__ import annotations

import json

import pytest

from systems.procore.words import MOST_CHARACTERS, phrases, words

BODIES = [
    (
        {
            "code": 422,
            "message": "Number is taken",
            "fields": "number",
            "reason": "duplicate",
            "error": "Unprocessable",
        },
        "Number is taken; Unprocessable; duplicate; number",
    ),
    (
        {"errors": {"number": ["is taken", "is too long"], "title": ["is blank"]}},
        "number: is taken, is too long; title: is blank",
    ),
    ({"errors": ["Vendor is frozen", "Lines are frozen"]}, "Vendor is frozen; Lines are frozen"),
    ({"message": "Couldn't find it", "exception": "ActiveRecord::RecordNotFound"}, "Couldn't find it"),
    (
        {"error": {"message": "Bad line", "details": [{"code": "x", "message": "too big", "source": "amount"}]}},
        "Bad line; amount: too big",
    ),
    (
        {
            "error": {
                "code": "E1",
                "message": "No",
                "details": [{"reason_code": "r", "message": "held", "source": "id"}],
            }
        },
        "No; id: held",
    ),
    ({"error": "invalid_client", "error_description": "Not known"}, "Not known; invalid_client"),
    ({"message": "Not allowed", "error": "Not allowed"}, "Not allowed"),
    ({"error": {"code": "only_a_code"}}, "only_a_code"),
    ({"exception": "Oops"}, "Oops"),
    ({"number": ["is taken"]}, "number: is taken"),
    ({"errors": [{"message": "first"}, {"message": "second"}]}, "first; second"),
    ("just a text", "just a text"),
    (["one", "two"], "one; two"),
    ({}, ""),
    (None, ""),
    ({"error": True, "message": None}, ""),
]


@pytest.mark.parametrize(("body", "said"), BODIES)
def test_a_json_body(body: object, said: str) -> None:
    assert phrases(body) == said
    expected = f"{said} (HTTP 422)" if said else "HTTP 422, without a word"
    assert words(422, json.dumps(body).encode()) == expected


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "HTTP 502, without a word"),
        (b" \n", "HTTP 502, without a word"),
        (b"<html><head><title>502 Bad\n Gateway</title></head>", "a web page: 502 Bad Gateway (HTTP 502)"),
        (b"<!doctype html><body><h1>Oh   no</h1></body>", "a web page: Oh no (HTTP 502)"),
        (b'{"message": "cut of', '{"message": "cut of (HTTP 502)'),
        (b"upstream\x00 timed\x1b[31m out", "upstream timed [31m out (HTTP 502)"),
        (b"\xff\xfebad", "\ufffd\ufffdbad (HTTP 502)"),
    ],
)
def test_what_is_no_json(body: bytes, said: str) -> None:
    assert words(502, body) == said


@pytest.mark.parametrize(
    "body",
    [
        b"x" * 10_000_000,
        b"<title>" * 1_000_000,
        b"<" * 1_000_000,
        json.dumps({"errors": [f"error {n}" for n in range(100_000)]}).encode(),
        json.dumps({"message": "long " * 1_000_000}).encode(),
    ],
)
def test_a_huge_body_is_a_short_sentence(body: bytes) -> None:
    assert len(words(500, body)) < MOST_CHARACTERS + 20


def test_a_deep_body_ends() -> None:
    deep: object = "bottom"
    for _ in range(50):
        deep = {"error": deep}
    assert phrases(deep) == ""
