"""Projects in progress in the ledger: what was read and proposed, and what became of each item (R-09)."""

from __future__ import annotations

import asyncpg

from domain.adopting import Answer, Proposal
from domain.adopting_port import Adoption
from domain.adopting_sides import ErpSide
from domain.texts import storable

_COLUMNS = "id, procore_company, project, erp_company, job, who, state, words, erp, proposal, confirmed, outcomes"


class PgAdoptions:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def begin(self, run: str, wanted: Adoption) -> int:
        """A new one; the same run is the same one."""
        number: int = await self.pool.fetchval(
            """insert into adoptions (run, procore_company, project, erp_company, job, who) values ($1, $2, $3, $4, $5, $6)
               on conflict (run) do update set who = excluded.who returning id""",
            run,
            wanted.procore_company,
            wanted.project,
            wanted.erp_company,
            wanted.job,
            storable(wanted.who),
        )
        return number

    async def one(self, number: int) -> Adoption:
        """Raises LookupError."""
        row = await self.pool.fetchrow(f"select {_COLUMNS} from adoptions where id = $1", number)  # noqa: S608
        if row is None:
            raise LookupError(f"there is no adoption {number}")
        return Adoption.model_validate(dict(row))

    async def keep_erp(self, number: int, erp: ErpSide) -> None:
        await self.pool.execute(
            "update adoptions set erp = $2 where id = $1", number, storable(erp.model_dump(mode="json"))
        )

    async def propose(self, number: int, proposal: Proposal, *, confirmed: bool) -> None:
        """What was proposed; once it is confirmed it stays as it was confirmed."""
        await self.pool.execute(
            """update adoptions set proposal = $2, hash = $3, confirmed = $4
               where id = $1 and not confirmed""",
            number,
            storable(proposal.model_dump(mode="json")),
            proposal.hash,
            confirmed,
        )

    async def carried_out(self, wanted: Adoption, given: str) -> int | None:
        """An earlier one of this project and job that was confirmed by this hash."""
        number: int | None = await self.pool.fetchval(
            """select id from adoptions where procore_company = $1 and project = $2 and erp_company = $3 and job = $4
                   and confirmed and starts_with(hash, $5) order by id desc limit 1""",
            wanted.procore_company,
            wanted.project,
            wanted.erp_company,
            wanted.job,
            given,
        )
        return number

    async def settle(self, number: int, item: str, answer: Answer) -> None:
        body = {item: answer.model_dump(mode="json")}
        await self.pool.execute("update adoptions set outcomes = outcomes || $2 where id = $1", number, storable(body))

    async def finish(self, number: int, state: str, words: str) -> None:
        await self.pool.execute(
            "update adoptions set state = $2, words = $3, ended_at = now(), erp = null where id = $1",
            number,
            state,
            storable(words[:2000]),
        )
