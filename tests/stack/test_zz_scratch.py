import asyncio, time
from domain.states import State
from tests.paperwork import Job, line, coded
from tests.support import *
from tests.stack.test_bulk import OwnQueue, own_queue
from tests.stack.commands import cli

async def test_no_worker(site, own_queue):
    key = await site.sent()
    order = own_queue.begin("bulk", "accept", key, "--json")
    t = time.time()
    try:
        out, err = await asyncio.to_thread(order.communicate, timeout=75)
        print("ENDED", order.returncode, out, err, time.time() - t)
    except Exception as e:
        print("STILL", type(e), time.time() - t)

async def test_graph(site):
    job = await Job.opened(site)
    company = await site.company()
    c = await job.commitment(line("03-100", "S", "1000.00"), vendor=int(company.split(":")[-1]))
    await job.accepted(c)
    co = await job.change_order(c, coded("03-100", "S", "250.00", commitment_line=1))
    await job.accepted(co)
    i = await job.invoice(c, {"line": 1, "work_completed_this_period": "400.00"}, invoice_number="A-1")
    await job.accepted(i)
    p = await job.payment(c, i, "150.00", check_number="5201")
    async with site.settings(payments_out=True, payment_bank_company="01", payment_department="00", payment_account="1000"):
        await job.accepted(p)
    for k in (company, c, p, job.key):
        said = await cli(site, "graph", k, fits=False)
        print(said.out)
    print((await cli(site, "graph", p, "--json")).out)
    said = await cli(site, "graph", f"commitment:562949:310:99999999", fits=False)
    print(said)
