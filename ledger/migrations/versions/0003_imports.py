"""What comes from CMiC: runs of imports with their cursors, and the rows they brought (design §6).

A place is one import of one CMiC company, or of one project: its rows are told apart by the stream they came in and CMiC's key.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    create table import_places (
        id integer generated always as identity primary key,
        import text not null,
        procore_company bigint not null,
        erp_company text not null,
        scope text not null default '',
        resource text not null default '',
        job text not null default '',
        unique (import, procore_company, erp_company, scope)
    )
    """,
    """
    create table import_runs (
        id bigint generated always as identity primary key,
        place integer not null references import_places (id),
        is_full boolean not null,
        job text not null default '',
        who text not null,
        state text not null default 'running',
        words text not null default '',
        refusals jsonb not null default '[]',
        preview jsonb,
        confirmed boolean not null default false,
        read_rows integer not null default 0,
        new_rows integer not null default 0,
        changed_rows integer not null default 0,
        written_rows integer not null default 0,
        removed_rows integer not null default 0,
        refused_rows integer not null default 0,
        started_at timestamptz not null default now(),
        ended_at timestamptz
    )
    """,
    "create unique index one_run_a_place on import_runs (place) where state = 'running'",
    "create index runs_by_place on import_runs (place, id)",
    """
    create table import_streams (
        run bigint not null references import_runs (id) on delete cascade,
        stream text not null,
        since text not null default '',
        cursor text,
        newest text not null default '',
        ended boolean not null default false,
        primary key (run, stream)
    )
    """,
    """
    create table import_marks (
        place integer not null references import_places (id),
        stream text not null,
        newest text not null default '',
        full_at timestamptz,
        primary key (place, stream)
    )
    """,
    """
    create table import_arrived (
        run bigint not null,
        stream text not null,
        erp_key text not null,
        primary key (run, stream, erp_key)
    )
    """,
    """
    create table incoming (
        place integer not null references import_places (id),
        stream text not null,
        erp_key text not null,
        label text not null default '',
        body jsonb not null default '{}',
        hash text not null,
        reasons jsonb not null default '[]',
        inactive boolean not null default false,
        changed_at text not null default '',
        pushed_hash text not null default '',
        push_reasons jsonb not null default '[]',
        procore_id bigint,
        proposals jsonb not null default '[]',
        archived_at timestamptz,
        gone_at timestamptz,
        first_at timestamptz not null default now(),
        primary key (place, stream, erp_key)
    )
    """,
    """
    create index incoming_pending on incoming (place, stream, erp_key)
        where pushed_hash <> hash and reasons = '[]'::jsonb and gone_at is null
    """,
    "create index incoming_gone on incoming (place, stream, erp_key) where gone_at is not null",
    """
    create index links_by_record on links (erp_company, resource, erp_key)
    """,
    """
    create index incoming_aside on incoming (place, stream, erp_key)
        where reasons <> '[]'::jsonb or push_reasons <> '[]'::jsonb
    """,
    """
    create table incoming_actions (
        id bigint generated always as identity primary key,
        place integer not null references import_places (id),
        erp_key text not null,
        request_id text not null unique,
        action text not null,
        who text not null,
        answer text not null,
        refusals jsonb not null default '[]',
        details jsonb not null default '{}',
        at timestamptz not null default now()
    )
    """,
    """
    create trigger incoming_actions_are_append_only before update or delete on incoming_actions
        for each row execute function refuse_change()
    """,
    """
    create view staged_records as
        select i.*, p.import, p.procore_company, p.erp_company, p.scope, p.resource, l.object as linked_object,
            coalesce(split_part(l.object, ':', 4)::bigint, case when p.import not in ('vendors', 'jobs') then i.procore_id end)
                as linked_to,
            case when i.gone_at is not null then 'gone'
                 when l.object is not null or i.procore_id is not null and p.import not in ('vendors', 'jobs') then 'linked'
                 when i.archived_at is not null or i.inactive then 'archived'
                 when i.reasons <> '[]'::jsonb then 'refused'
                 else 'staged' end as status
        from incoming i join import_places p on p.id = i.place
        left join links l on l.ended_at is null and l.erp_company = p.erp_company and l.resource = p.resource
            and l.erp_key = i.erp_key
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
