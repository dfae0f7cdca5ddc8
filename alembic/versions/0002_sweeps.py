"""Find what has to be looked at now by an index, and ask about a refund in growing pauses.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two indexes and the moment of the next question about a refund."""
    op.create_index(
        "ix_booking_status",
        "mentorship_sessions",
        ["status", "starts_at"],
        sqlite_where=sa.text("is_offering = 0"),
        postgresql_where=sa.text("NOT is_offering"),
    )
    op.create_index(
        "ix_offering_tutor",
        "mentorship_sessions",
        ["tutor_id"],
        sqlite_where=sa.text("is_offering = 1"),
        postgresql_where=sa.text("is_offering"),
    )
    op.add_column("refund", sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_refund_next_check_at", "refund", ["next_check_at"])
    op.execute("UPDATE refund SET next_check_at = updated_at WHERE state IN ('PENDING', 'PROCESSING')")


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_refund_next_check_at", table_name="refund")
    op.drop_column("refund", "next_check_at")
    op.drop_index("ix_offering_tutor", table_name="mentorship_sessions")
    op.drop_index("ix_booking_status", table_name="mentorship_sessions")
