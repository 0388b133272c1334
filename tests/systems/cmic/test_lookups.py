"""Look-ups that wait together are answered together; an answer is never older than its question (design §8)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ports import Unavailable
from domain.records import Found, Key
from domain.refusals import Refused, refuse
from systems.cmic.lookups import Lookups
from tests.systems.cmic.support import contract_key, vendor_key


class Books:
    """Answers fetches from a set of keys; notes each request's keys."""

    def __init__(self, *texts: str) -> None:
        self.texts = set(texts)
        self.asked: list[list[str]] = []
        self.busy = self.most_busy = 0
        self.refused: set[str] = set()
        self.broken: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.left = asyncio.Event()

    async def fetch(self, keys: list[Key]) -> Mapping[str, Found]:
        self.asked.append([key.text for key in keys])
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        seen = set(self.texts)
        self.left.set()
        await asyncio.sleep(0.001)
        await self.gate.wait()
        self.busy -= 1
        if self.broken is not None:
            raise self.broken
        if self.refused & {key.text for key in keys}:
            raise Refused(refuse("cmic_refused", words="odd key"))
        return {key.text: Found(key=key, uuid=key.text) for key in keys if key.text in seen}

    def lookups(self, most: int = 20, at_once: int = 5) -> Lookups:
        return Lookups(self.fetch, lambda resource: most, at_once=at_once, pause=0.001)


async def test_the_same_key_is_asked_for_once() -> None:
    books = Books("01|A")
    lookups = books.lookups(most=1)
    found = await asyncio.gather(*(lookups.find(vendor_key("A")) for _ in range(50)))
    assert {f.uuid for f in found if f} == {"01|A"}
    assert books.asked == [["01|A"]]


async def test_several_keys_go_in_one_request_up_to_twenty() -> None:
    books = Books(*(f"01|V{n}" for n in range(0, 45, 2)))
    lookups = books.lookups()
    found = await asyncio.gather(*(lookups.find(vendor_key(f"V{n}")) for n in range(45)))
    assert [f is not None for f in found] == [n % 2 == 0 for n in range(45)]
    assert sorted(map(len, books.asked)) == [5, 20, 20]


async def test_companies_and_resources_are_asked_apart() -> None:
    books = Books("01|A", "02|A")
    lookups = books.lookups()
    keys = [vendor_key("A"), vendor_key("A", "02"), contract_key(), vendor_key("B")]
    found = await asyncio.gather(*(lookups.find(key) for key in keys))
    assert [f and f.uuid for f in found] == ["01|A", "02|A", None, None]
    assert sorted(books.asked) == [["01|A", "01|B"], ["01|ACME01|SC-1|000"], ["02|A"]]


async def test_no_more_are_under_way_than_may_be() -> None:
    books = Books()
    lookups = books.lookups(most=1, at_once=3)
    await asyncio.gather(*(lookups.find(vendor_key(f"V{n}")) for n in range(40)))
    assert books.most_busy == 3
    assert len(books.asked) == 40


async def test_who_asks_after_the_request_left_is_not_given_its_answer() -> None:
    """He may have written the record in between."""
    books = Books()
    lookups = books.lookups()
    books.gate.clear()
    early = asyncio.create_task(lookups.find(vendor_key("A")))
    await books.left.wait()
    books.texts.add("01|A")
    late = asyncio.create_task(lookups.find(vendor_key("A")))
    await asyncio.sleep(0.01)
    books.gate.set()
    assert await early is None
    assert (await late) is not None
    assert len(books.asked) == 2


async def test_one_refused_key_does_not_spoil_the_others() -> None:
    books = Books("01|A", "01|C")
    books.refused = {"01|B"}
    lookups = books.lookups()
    keys = [vendor_key(code) for code in "ABC"]
    results = await asyncio.gather(*(lookups.find(key) for key in keys), return_exceptions=True)
    assert isinstance(results[1], Refused)
    assert [isinstance(r, Found) for r in results] == [True, False, True]


async def test_a_passing_fault_reaches_all_who_wait() -> None:
    books = Books("01|A")
    books.broken = Unavailable("busy")
    lookups = books.lookups()
    results = await asyncio.gather(*(lookups.find(vendor_key(c)) for c in "AAB"), return_exceptions=True)
    assert all(isinstance(r, Unavailable) for r in results)
    assert len(books.asked) == 1
    books.broken = None
    assert await lookups.find(vendor_key("A")) is not None


async def test_who_stops_waiting_does_not_stop_the_others() -> None:
    books = Books("01|A")
    lookups = books.lookups()
    books.gate.clear()
    impatient, patient = (asyncio.create_task(lookups.find(vendor_key("A"))) for _ in range(2))
    await books.left.wait()
    impatient.cancel()
    await asyncio.sleep(0)
    books.gate.set()
    assert (await patient) is not None
    assert impatient.cancelled()


async def test_closing_tells_who_still_waits() -> None:
    books = Books("01|A")
    lookups = books.lookups(most=1, at_once=1)
    books.gate.clear()
    waiting = [asyncio.create_task(lookups.find(vendor_key(code))) for code in "ABC"]
    await books.left.wait()
    await lookups.aclose()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(r, Unavailable) for r in results)


@settings(deadline=None)
@given(st.lists(st.sampled_from("ABCDEFGH"), min_size=1, max_size=40), st.integers(1, 5), st.integers(1, 4))
async def test_everyone_gets_his_own_answer(codes: list[str], most: int, at_once: int) -> None:
    books = Books(*(f"01|{code}" for code in "ACEG"))
    lookups = books.lookups(most, at_once)
    found = await asyncio.gather(*(lookups.find(vendor_key(code)) for code in codes))
    assert [f.key.parts["vendor"] if f else None for f in found] == [c if c in "ACEG" else None for c in codes]
    assert all(len(asked) <= most for asked in books.asked)
    assert sorted(text for asked in books.asked for text in asked) == sorted({f"01|{c}" for c in codes})
