"""What follows from a sale is due until it is done.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark and find it quickly."""
    op.add_column(
        "mentorship_sessions", sa.Column("news_due", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_booking_news_due",
        "mentorship_sessions",
        ["news_due", "updated_at"],
        unique=False,
        sqlite_where=sa.text("news_due = 1"),
        postgresql_where=sa.text("news_due"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_booking_news_due", table_name="mentorship_sessions")
    op.drop_column("mentorship_sessions", "news_due")
