"""What the further kinds of object need: records that are waited to be seen or remembered, codes of the master list, approvals
that are spent, budgets that CMiC shows (design §4, §5; R-17, U-06, O-02)."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "alter table objects add column budgeted boolean not null default false",
    "alter table approvals add column spent boolean not null default false",
    """
    create table watches (
        object text not null references objects (key),
        why text not null,
        erp_company text not null,
        resource text not null,
        erp_key text not null,
        key_parts json not null,
        primary key (object, resource, erp_key)
    )
    """,
    """
    insert into watches (object, why, erp_company, resource, erp_key, key_parts)
    select key, 'expected', erp_company, 'prime_contract', erp_company || '|' || job,
           json_build_object('company', erp_company, 'contract', job)
    from objects where kind = 'project' and job <> ''
    """,
    "create index watches_by_record on watches (erp_company, resource, erp_key)",
    """
    create table master_codes (
        erp_company text not null,
        what text not null,
        code text not null,
        name text not null,
        primary key (erp_company, what, code)
    )
    """,
    "alter table objects add column exported boolean not null default false",
    """
    update objects o set exported = true where exists
        (select 1 from links l where l.object = o.key and l.part = '' and l.ended_at is null)
    """,
    "create index intents_by_object on intents (object, resource)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
