"""Why a setting was changed: a note on each version of the settings (B-06)."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("alter table settings add column note text not null default ''")
