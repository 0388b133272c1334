"""Who may be whom: names past the ways of writing them, what else speaks for it, and what may be taken without looking (B-12,
C-02 to C-04)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.matching import MOST_PROPOSALS, SURE, Named, Proposal, bare, digits, duplicates, propose, sure
from tests.builders import modest


def vendor(name: str, **more: str) -> Named:
    return Named(key="V", name=name, **more)


def company(number: int, name: str, **more: str) -> Named:
    return Named(key=str(number), name=name, **more)


def best(name: str, theirs: str) -> Proposal | None:
    """The proposal for a name where the directory has nothing but the other."""
    found = propose([vendor(name)], [company(1, theirs)])
    return found["V"][0] if found else None


SAME = [
    ("Harbor & Sons", "Harbor and Sons"),
    ("Harbor&Sons", "HARBOR AND SONS"),
    ("A + B Paving", "A & B Paving"),
    ("Acme Concrete Inc.", "Acme Concrete, LLC"),
    ("Acme Concrete", "The Acme Concrete Company"),
    ("ACME CONCRETE CO", "Acme Concrete Corp."),
    ("Acme Concrete Incorporated", "Acme-Concrete (L.L.C.)"),
    ("A.B.C. Roofing", "ABC Roofing"),
    ("O'Brien Steel", "O\u2019Brien Steel"),
    ("Müller Söhne GmbH", "Muller Sohne"),
    ("Straßenbau Nord", "STRASSENBAU NORD AG"),
    ("Smith\u2013Jones", "Smith-Jones"),
    ("  Delta   Fencing ", "delta fencing"),
    ("Café Étoile", "Cafe\u0301 Etoile"),
    ("株式会社 山田", "株式会社山田".replace("山", " 山")),
]


@pytest.mark.parametrize(("ours", "theirs"), SAME)
def test_ways_of_writing_a_name_are_one_name(ours: str, theirs: str) -> None:
    """C-03: the tool that this replaces misses "&" for "and"."""
    assert bare(ours) == bare(theirs) != ""
    found = best(ours, theirs)
    assert found is not None
    assert found.score >= SURE
    assert found.reasons[0] in ("same name", "same name but for its form")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Acme Concrete", "Baker Electric"),
        ("Inc.", "LLC"),
        ("The Company", "The Corporation"),
        ("山田建設", "鈴木工業"),
        ("Иванов", "Петров и сыновья"),
        ("", ""),
        ("...", "---"),
        ("&", "Acme"),
    ],
)
def test_others_are_not_alike(ours: str, theirs: str) -> None:
    assert best(ours, theirs) is None


def test_a_name_that_is_nearly_the_same_is_proposed_and_not_taken_for_sure() -> None:
    found = best("Sierra Drywall & Paint", "Sierra Drywal and Painting")
    assert found is not None
    assert 75 <= found.score < SURE
    assert found.reasons[0].startswith("names alike to ")


def test_the_order_of_words_doesnt_matter() -> None:
    found = best("Concrete Acme", "Acme Concrete")
    assert found is not None
    assert found.score >= SURE


@pytest.mark.parametrize(
    ("ours", "theirs", "reason", "better"),
    [
        ({"phone": "+1 (559) 555-0177"}, {"phone": "559.555.0177"}, "same telephone", True),
        ({"phone": "559 555 0177"}, {"phone": "559 555 0178"}, "another telephone", False),
        ({"email": "Office@Acme.example"}, {"email": "office@acme.EXAMPLE"}, "same e-mail", True),
        ({"email": "a@acme.example"}, {"email": "b@acme.example"}, "another e-mail", False),
        ({"zip": "93650-1234"}, {"zip": "93650"}, "same postal code", True),
        ({"zip": "93650"}, {"zip": "10001"}, "another postal code", False),
    ],
)
def test_what_else_speaks_for_it_or_against_it(
    ours: dict[str, str], theirs: dict[str, str], reason: str, better: bool
) -> None:
    plain = best("Acme Concrete Works", "Acme Concrete Work")
    (found,) = propose([vendor("Acme Concrete Works", **ours)], [company(1, "Acme Concrete Work", **theirs)])["V"]
    assert plain is not None
    assert reason in found.reasons
    assert (found.score > plain.score) is better


@pytest.mark.parametrize("name", ["phone", "email", "zip"])
def test_what_one_side_lacks_says_nothing(name: str) -> None:
    plain = best("Acme Concrete", "Acme Concrete")
    (found,) = propose([vendor("Acme Concrete", **{name: "12345"})], [company(1, "Acme Concrete")])["V"]
    assert found == plain


def test_a_postal_code_tells_two_of_one_name_apart() -> None:
    directory = [company(1, "City Paving", zip="10001"), company(2, "City Paving", zip="93650")]
    found = propose([vendor("City Paving", zip="93650")], directory)["V"]
    assert [p.procore_id for p in found] == [2, 1]


def test_the_same_number_is_nearly_all() -> None:
    """A job's project code: the names may be anything."""
    directory = [company(1, "Tower", code="1042"), company(2, "Hospital West Wing", code="1043")]
    found = propose([vendor("Tower", code="1043")], directory)["V"]
    assert "same number" in next(p for p in found if p.procore_id == 2).reasons
    (only,) = propose([vendor("Anything", code="1043")], directory)["V"]
    assert (only.procore_id, only.score >= 85) == (2, True)
    assert propose([vendor("", code="1043")], [company(2, "", code="1043")])["V"][0].reasons[-1] == "same number"
    assert propose([vendor("Anything", code="")], [company(1, "Other", code="")]) == {}


def test_the_best_few_are_proposed_the_best_first() -> None:
    directory = [company(n, "Acme Concrete" + "x" * n) for n in range(1, 9)]
    found = propose([vendor("Acme Concrete")], directory)["V"]
    assert [p.procore_id for p in found] == [1, 2, 3][:MOST_PROPOSALS]
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


def test_of_many_alike_the_same_are_proposed_whatever_their_order() -> None:
    directory = [company(n, "Ada") for n in range(1, 30)]
    assert propose([vendor("Ada")], directory) == propose([vendor("Ada")], directory[::-1])


def proposal(score: int, number: int = 1) -> Proposal:
    return Proposal(procore_id=number, name="A", score=score, reasons=[])


@pytest.mark.parametrize(
    ("scores", "taken"),
    [([], None), ([94], None), ([95], 0), ([100, 94], 0), ([100, 95], None), ([98, 98, 70], None), ([99, 80, 80], 0)],
)
def test_what_may_be_taken_without_looking(scores: list[int], taken: int | None) -> None:
    """C-02: high, and the only one of its kind."""
    found = [proposal(score, n) for n, score in enumerate(scores)]
    assert sure(found) == (None if taken is None else found[taken])


def test_companies_of_one_name_are_told() -> None:
    """C-04: they are to be merged before anything is linked."""
    directory = [
        company(1, "Acme & Sons Inc."), company(2, "Baker"), company(3, "ACME AND SONS"), company(4, ""),
        company(5, "..."), company(6, "山田"), company(7, "鈴木"),
    ]  # fmt: skip
    assert [[c.key for c in some] for some in duplicates(directory)] == [["1", "3"]]


@pytest.mark.parametrize(
    ("text", "expected"), [("+1 (559) 555-0177", "5595550177"), ("555 0177", "5550177"), ("", ""), ("none", "")]
)
def test_the_digits_of_a_telephone_number(text: str, expected: str) -> None:
    assert digits(text) == expected


WORDS = st.sampled_from(
    ["Acme", "ACME", "Concrete", "concrete", "&", "and", "Inc.", "LLC", "The", "O'Brien", "Söhne", "A.B."]
)
NAMES = st.one_of(st.text(max_size=20), st.lists(WORDS, max_size=5).map(" ".join))
MAYBE = st.sampled_from(["", "", "5595550177", "559 555 0178", "a@b.example", "93650"])


@modest
@given(NAMES)
def test_bare_is_bare_already(name: str) -> None:
    assert bare(bare(name)) == bare(name)


@modest
@given(NAMES)
def test_case_and_spaces_are_nothing(name: str) -> None:
    assume(name.casefold() == name.upper().casefold())
    assert bare(f"  {name.upper()} ") == bare(name)


@st.composite
def directories(draw: st.DrawFn) -> list[Named]:
    count = draw(st.integers(0, 8))
    return [
        company(n, draw(NAMES), phone=draw(MAYBE), email=draw(MAYBE), zip=draw(MAYBE), code=draw(MAYBE))
        for n in range(1, count + 1)
    ]


@modest
@given(directories(), NAMES, MAYBE, MAYBE)
def test_scores_are_of_a_hundred_and_the_order_of_what_is_given_doesnt_matter(
    directory: list[Named], name: str, phone: str, code: str
) -> None:
    vendors = [vendor(name, phone=phone, code=code), Named(key="W", name="Acme Concrete")]
    found = propose(vendors, directory)
    shuffled = sorted(directory, key=lambda c: (c.name, c.key))
    assert propose(vendors[::-1], shuffled) == found
    for proposals in found.values():
        assert 0 < len(proposals) <= MOST_PROPOSALS
        assert all(75 <= p.score <= 100 and p.reasons for p in proposals)
        assert len({p.procore_id for p in proposals}) == len(proposals)
        assert (taken := sure(proposals)) is None or taken == proposals[0]
