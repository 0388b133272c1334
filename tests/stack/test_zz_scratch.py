from domain.states import State
from tests.paperwork import Job, line, coded
from tests.support import *
from tests.stack.test_cost_codes import opened, key_of, refreshed, more_codes, pairs_of

async def test_linked_reject(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"))
    await job.edit("projects", job.project, origin_id="SAGE-" + job.job)
    o = await site.ask(job.key, "refresh")
    print(o)
    h = await site.until(job.key, State.FAILED, State.SYNCED, also=lambda h: h.sequence > 2)
    print(h.state, h.words)
    o = await site.ask(job.key, "reject")
    print(o)
    h = await site.head(job.key)
    print(h.state, h.words, await site.office.reading.links(job.key))
    for a in ("unlink", "refresh", "resend", "retry"):
        print(a, [r.code for r in (await site.ask(job.key, a)).refusals], (await site.head(job.key)).state)

async def test_codes_words(site):
    job = await opened(site, "03-100", "04-200")
    await job.exported(key_of(job))
    h = await site.head(key_of(job))
    print("WORDS", h.words, "|", h.erp_key, h.posting)

async def test_new_code_without_refresh(site):
    job = await opened(site, "03-100")
    await more_codes(job, "04-200")
    key = await job.commitment(line("04-200", "S", "20.00"))
    o = await site.ask(key, "send", SENDER)
    print("NEW", o.refusals)
    o = await site.ask(key_of(job), "send", SENDER)
    print("NEW2", o.refusals, o.state)
    await job.accepted(key_of(job)) if o.answer != "done" else await site.granted(key_of(job), "accept")
    await site.until(key_of(job), State.SYNCED)
    await more_codes
