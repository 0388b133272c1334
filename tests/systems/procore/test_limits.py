"""The gate before every request: it waits out a short window, refuses a long one, and lets only so many in at a time."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

import httpx
import pytest

from domain.ports import Unavailable
from systems.procore.limits import MOST_WAITING, SHORT_WAIT, UNNAMED_WAIT, Limits
from tests.systems.procore.fake import FakeTime


def limits_of(time: FakeTime, most: int = 8) -> Limits:
    return Limits(most, clock=time.clock, wall=time.wall, sleep=time.sleep)


async def one(limits: Limits, headers: dict[str, str] | None = None, status: int = 200) -> None:
    async with limits.turn():
        limits.saw(status, httpx.Headers(headers or {}))


async def test_requests_go_on_while_some_are_left(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, time.window(100, 2, 8))
    await one(limits)
    await one(limits)
    assert time.slept == []
    await one(limits)
    assert time.slept == [8]


async def test_the_spike_window_is_waited_out(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, time.window(25, 0, 9))
    await one(limits)
    await one(limits)
    assert time.slept == [9]


async def test_the_hourly_window_is_not(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, time.window(3600, 0, 1800))
    with pytest.raises(Unavailable) as caught:
        await one(limits)
    assert caught.value.retry_after == pytest.approx(1800)
    assert caught.value.maybe_done is False
    assert time.slept == []
    time.now += 1801
    await one(limits)


async def test_the_two_windows_are_told_apart(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, time.window(3600, 0, 1800))
    time.now += 1
    # A late answer about the nearer spike window must not reopen the hour.
    limits.saw(200, httpx.Headers(time.window(25, 20, 5)))
    with pytest.raises(Unavailable):
        await one(limits)


async def test_a_new_window_takes_the_place_of_the_old(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, time.window(25, 1, 5))
    await one(limits, time.window(25, 20, 14))
    await one(limits)
    assert time.slept == []


async def test_an_answer_that_comes_late_does_not_raise_what_is_left(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, time.window(25, 0, 6))
    limits.saw(200, httpx.Headers(time.window(25, 9, 6)))
    await one(limits)
    assert time.slept == [6]


async def test_requests_under_way_count_against_a_new_window(time: FakeTime) -> None:
    limits = limits_of(time)
    async with limits.turn(), limits.turn(), limits.turn():
        limits.saw(200, httpx.Headers(time.window(25, 2, 6)))
    await one(limits)
    assert time.slept == [6]


async def test_429_closes_the_gate_for_everyone(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, {"Retry-After": "4"}, status=429)
    await one(limits)
    assert time.slept == [4]


async def test_a_long_429_is_handed_on(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, {"Retry-After": str(int(SHORT_WAIT) + 1)}, status=429)
    with pytest.raises(Unavailable) as caught:
        await one(limits)
    assert caught.value.retry_after == SHORT_WAIT + 1


async def test_429_without_a_time_waits_for_the_reset_or_one_spike(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, status=429)
    await one(limits)
    await one(limits, time.window(25, 0, 3), status=429)
    await one(limits)
    assert time.slept == [UNNAMED_WAIT, 3]


async def test_503_closes_the_gate_only_when_it_names_a_time(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, status=503)
    await one(limits)
    assert time.slept == []
    await one(limits, {"Retry-After": "5"}, status=503)
    await one(limits)
    assert time.slept == [5]


async def test_the_servers_clock_counts_not_ours(time: FakeTime) -> None:
    limits = limits_of(time)
    theirs = time.wall() + 900
    window = {**time.window(25, 0, 0), "X-Rate-Limit-Reset": str(int(theirs + 7))}
    await one(limits, {**window, "Date": formatdate(theirs, usegmt=True)})
    await one(limits)
    assert time.slept == [7]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Rate-Limit-Limit": "25", "X-Rate-Limit-Remaining": "0"},
        {"X-Rate-Limit-Limit": "25", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "tomorrow"},
        {"X-Rate-Limit-Limit": "25", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "12"},
        {"X-Rate-Limit-Limit": "25", "X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "1760000000000"},
        {"X-Rate-Limit-Limit": "25", "X-Rate-Limit-Remaining": "-1", "X-Rate-Limit-Reset": "9" * 40},
    ],
)
async def test_headers_that_make_no_sense_are_passed_over(time: FakeTime, headers: dict[str, str]) -> None:
    limits = limits_of(time)
    await one(limits, headers)
    await one(limits)
    assert time.slept == []


async def test_no_reset_is_further_off_than_an_hour(time: FakeTime) -> None:
    limits = limits_of(time)
    await one(limits, time.window(25, 0, 5_000_000))
    with pytest.raises(Unavailable) as caught:
        await one(limits)
    assert caught.value.retry_after == 3600


async def test_nobody_waits_for_ever(time: FakeTime) -> None:
    limits = limits_of(time)

    async def others_are_quicker(seconds: float) -> None:
        await time.sleep(seconds)
        limits.saw(200, httpx.Headers(time.window(25, 0, 10)))

    limits._sleep = others_are_quicker
    limits.saw(200, httpx.Headers(time.window(25, 0, 10)))
    with pytest.raises(Unavailable):
        await one(limits)
    assert sum(time.slept) <= MOST_WAITING


async def test_only_so_many_are_in_flight(time: FakeTime) -> None:
    limits = limits_of(time, most=3)
    running, most_seen, go = 0, 0, asyncio.Event()

    async def request() -> None:
        nonlocal running, most_seen
        async with limits.turn():
            running += 1
            most_seen = max(most_seen, running)
            await go.wait()
            running -= 1

    tasks = [asyncio.create_task(request()) for _ in range(10)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert running == 3
    go.set()
    await asyncio.gather(*tasks)
    assert most_seen == 3


async def test_a_request_that_fails_gives_its_slot_back(time: FakeTime) -> None:
    limits = limits_of(time, most=1)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            async with limits.turn():
                raise RuntimeError
    await one(limits)
