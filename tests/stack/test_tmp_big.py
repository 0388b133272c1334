import time, asyncio
from tests.support import Site, line, SENDER, ACME
from domain.states import State
from domain.identity import parse_key

async def test_big(site: Site) -> None:
    t=time.monotonic()
    key = await site.commitment(*(line("07-500","S","1.00",f"L{n}") for n in range(1000)))
    print("entered", time.monotonic()-t)
    print(await site.ask(key,"send",SENDER)); print("sent", time.monotonic()-t)
    print(await site.ask(key,"accept"))
    print(await site.until(key, State.FAILED, State.SYNCED)); print(time.monotonic()-t)

async def test_vendor_exchanged(site: Site) -> None:
    a, b = await site.company("A"), await site.company("B")
    key = await site.sent(vendor=parse_key(a).id)
    await site.granted(key, "accept")
    await site.edit(key, vendor_id=parse_key(b).id)
    await site.granted(a,"send",SENDER); await site.granted(a,"accept",erp_id=site.code("V"))
    h = await site.until(key, State.WAITING)
    print(h)
    o = await site.granted(key,"accept")
    print(o)
    print(await site.head(key))
    await site.granted(b,"send",SENDER); await site.granted(b,"accept",erp_id=site.code("V"))
    h = await site.until(key, State.SYNCED)
    o = await site.ask(a,"unlink"); print(o)

async def test_two_send(site: Site) -> None:
    key = await site.commitment()
    print(await asyncio.gather(*(site.ask(key,"send",SENDER) for _ in range(3))))
