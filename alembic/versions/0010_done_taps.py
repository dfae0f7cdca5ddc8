"""Which presses of a page have been written.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "done_tap",
        sa.Column("key", sa.String(length=32), primary_key=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_done_tap_done_at", "done_tap", ["done_at"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_done_tap_done_at", table_name="done_tap")
    op.drop_table("done_tap")
