"""Whose cost Paystack's fee is of money that goes back.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pin it with each payment."""
    op.add_column(
        "payment",
        sa.Column("refund_fee_bearer", sa.String(length=12), nullable=False, server_default="platform"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("payment", "refund_fee_bearer")
