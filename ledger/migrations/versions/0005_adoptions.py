"""Projects in progress on their way into the connection: what was proposed, confirmed, and became of each item (R-09)."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """
    create table adoptions (
        id bigint generated always as identity primary key,
        run text not null unique,
        procore_company bigint not null,
        project bigint not null,
        erp_company text not null,
        job text not null,
        who text not null,
        state text not null default 'running',
        words text not null default '',
        erp jsonb,
        proposal jsonb,
        hash text not null default '',
        confirmed boolean not null default false,
        outcomes jsonb not null default '{}',
        started_at timestamptz not null default now(),
        ended_at timestamptz
    )
    """,
    "create index adoptions_by_project on adoptions (procore_company, project, id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
