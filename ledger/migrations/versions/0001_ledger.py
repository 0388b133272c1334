"""The ledger's first shape (design §3 to §5).

Notes: `transitions` is append-only, enforced by a trigger, with a hash chain per object. Uniqueness that protects money is
the database's: one reservation and one link per CMiC record. Natural keys are `json`, not `jsonb`: their parts have an order.
"""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
    create table objects (
        key text primary key,
        kind text not null,
        procore_company bigint not null,
        scope text not null,
        procore_id bigint not null,
        project bigint,
        label text not null default '',
        state text not null default 'not_sent',
        sequence integer not null default 0,
        last_hash text not null default '',
        erp_company text not null default '',
        job text not null default '',
        erp_key text not null default '',
        posting text not null default 'unknown',
        posted_on date,
        waits_for jsonb not null default '[]',
        refusals jsonb not null default '[]',
        failure_code text not null default '',
        failure_is_temporary boolean not null default false,
        drift jsonb,
        snapshot bigint,
        approval integer,
        words text not null default '',
        since timestamptz not null default now()
    )
    """,
    "create index objects_by_state on objects (state, kind) where state <> 'not_sent'",
    "create index objects_by_project on objects (procore_company, project)",
    """
    create table transitions (
        object text not null references objects (key),
        sequence integer not null,
        request_id text not null,
        at timestamptz not null,
        action text not null,
        from_state text not null,
        to_state text not null,
        answer text not null,
        actor text not null,
        who text not null,
        door text not null,
        note text,
        refusals jsonb not null default '[]',
        details jsonb not null default '{}',
        previous_hash text not null,
        hash text not null,
        primary key (object, sequence),
        unique (object, request_id)
    )
    """,
    """
    create function refuse_change() returns trigger language plpgsql as $$
    begin
        raise exception 'the history is append-only';
    end $$
    """,
    """
    create trigger transitions_are_append_only before update or delete on transitions
        for each row execute function refuse_change()
    """,
    """
    create trigger transitions_are_not_emptied before truncate on transitions
        for each statement execute function refuse_change()
    """,
    """
    create table people (
        id text primary key,
        name text not null,
        erp_level integer not null,
        may_push boolean not null,
        owning_tool_admin boolean not null
    )
    """,
    """
    create table notes (
        id text primary key,
        object text not null,
        who text not null,
        body text not null,
        at timestamptz not null default now()
    )
    """,
    """
    create table snapshots (
        id bigint generated always as identity primary key,
        object text not null references objects (key),
        hash text not null,
        document jsonb not null,
        taken_at timestamptz not null default now()
    )
    """,
    "create index snapshots_by_object on snapshots (object, id)",
    """
    create table approvals (
        object text not null references objects (key),
        sequence integer not null,
        snapshot bigint not null references snapshots (id),
        mode text not null,
        typed jsonb not null,
        settings jsonb not null,
        hash text not null,
        primary key (object, sequence)
    )
    """,
    """
    create table intents (
        id bigint generated always as identity primary key,
        object text not null references objects (key),
        position integer not null,
        erp_company text not null,
        resource text not null,
        erp_key text not null,
        shared boolean not null,
        body json not null,
        phase text not null default 'reserved',
        existed_before boolean not null default false,
        attempted_at timestamptz,
        cut_off_at timestamptz,
        written json,
        released_at timestamptz
    )
    """,
    "create unique index one_reservation on intents (erp_company, resource, erp_key) where released_at is null and not shared",
    "create unique index one_intent_a_part on intents (object, position) where released_at is null",
    """
    create table links (
        id bigint generated always as identity primary key,
        object text not null references objects (key),
        part text not null,
        erp_company text not null,
        resource text not null,
        erp_key text not null,
        erp_uuid text not null,
        key_parts json not null default '{}',
        made_at timestamptz not null default now(),
        ended_at timestamptz
    )
    """,
    "create unique index one_link_a_record on links (erp_company, resource, erp_key) where ended_at is null",
    "create unique index one_link_a_part on links (object, resource, part) where ended_at is null",
    """
    create table dependencies (
        child text not null references objects (key),
        parent text not null references objects (key),
        condition text not null,
        label text not null default '',
        primary key (child, parent, condition)
    )
    """,
    "create index dependencies_by_parent on dependencies (parent)",
    """
    create table seen (
        erp_company text not null,
        resource text not null,
        erp_key text not null,
        erp_uuid text not null default '',
        posting text not null,
        posted_on date,
        changed_at text not null default '',
        seen_at timestamptz not null default now(),
        primary key (erp_company, resource, erp_key)
    )
    """,
    """
    create table cursors (
        erp_company text not null,
        resource text not null,
        newest text not null,
        full_list_at timestamptz,
        primary key (erp_company, resource)
    )
    """,
    """
    create table settings (
        procore_company bigint not null,
        version integer not null,
        body jsonb not null,
        who text not null,
        at timestamptz not null default now(),
        primary key (procore_company, version)
    )
    """,
    """
    create view inbox as
        select o.*, case o.state
            when 'waiting' then 'Ready to Export' when 'held' then 'Held' when 'exporting' then 'Exporting'
            when 'failed' then 'Failed to Export' when 'synced' then 'Synced' when 'rejected' then 'Rejected'
            when 'retrieved' then 'Retrieved' when 'unlinking' then 'Unlinking' else 'Reset' end as view_name
        from objects o where o.state <> 'not_sent'
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
