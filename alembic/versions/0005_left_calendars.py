"""Disconnected accounts, until the sessions ahead are out of them.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Lay the table."""
    op.create_table(
        "left_calendar",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("events", sa.String(), nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_left_calendar_try", "left_calendar", ["next_try_at"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_left_calendar_try", table_name="left_calendar")
    op.drop_table("left_calendar")
