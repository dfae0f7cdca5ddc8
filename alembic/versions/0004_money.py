"""Money: escrow and promised transfers, payouts, credit, packages, disputes, incidents, the operators' log.

Revision ID: 0004
Revises: 0003
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

FIXED = (
    "id",
    "key",
    "kind",
    "source_id",
    "target_id",
    "amount_kobo",
    "session_id",
    "payment_id",
    "created_at",
)
CHANGED = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in FIXED)
"""A promise is what it is: only its end, and the moment it falls due, are written later."""

GUARDS_SQLITE = (
    f"""CREATE TRIGGER pending_transfer_guard BEFORE UPDATE ON pending_transfer
    WHEN OLD.state <> 'OPEN' OR {CHANGED}
    BEGIN SELECT RAISE(ABORT, 'a pending transfer ends once and keeps its terms'); END""",
    """CREATE TRIGGER pending_transfer_no_delete BEFORE DELETE ON pending_transfer
    BEGIN SELECT RAISE(ABORT, 'ledger rows are never changed'); END""",
    *(
        f"""CREATE TRIGGER audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END"""
        for verb in ("UPDATE", "DELETE")
    ),
)

GUARDS_POSTGRESQL = (
    f"""CREATE FUNCTION pending_transfer_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.state <> 'OPEN' OR {CHANGED.replace("IS NOT OLD", "IS DISTINCT FROM OLD")} THEN
        RAISE EXCEPTION 'a pending transfer ends once and keeps its terms'
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$""",
    """CREATE TRIGGER pending_transfer_guard BEFORE UPDATE ON pending_transfer
    FOR EACH ROW EXECUTE FUNCTION pending_transfer_guard()""",
    """CREATE TRIGGER pending_transfer_kept BEFORE DELETE OR TRUNCATE ON pending_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_unchanged()""",
    """CREATE FUNCTION audit_entry_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the log is only added to' USING ERRCODE = 'integrity_constraint_violation';
    END $$""",
    """CREATE TRIGGER audit_entry_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_unchanged()""",
)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _create_refund(*more: sa.Column[Any] | sa.Constraint) -> None:
    """Make the table anew and take the kept rows over: SQLite cannot drop a constraint."""
    columns = (
        sa.Column("id", WIDE, nullable=False),
        sa.Column("payment_id", WIDE, nullable=False),
        sa.Column("amount_kobo", WIDE, nullable=False),
        sa.Column("reason", sa.String(length=160), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("provider_refund_id", WIDE, nullable=True),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    names = ", ".join(column.name for column in columns)
    op.create_table(
        "refund",
        *columns,
        *more,
        sa.CheckConstraint("amount_kobo > 0", name="ck_refund_amount"),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider_refund_id"),
    )
    op.create_index("ix_refund_state", "refund", ["state"], unique=False)
    op.create_index("ix_refund_next_check_at", "refund", ["next_check_at"], unique=False)
    op.execute(f"INSERT INTO refund ({names}) SELECT {names} FROM refund_kept")  # noqa: S608
    op.execute("DROP TABLE refund_kept")


def upgrade() -> None:
    """Add what money needs."""
    op.create_table(
        "audit_entry",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_id", WIDE, nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id"], unique=False)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("subject_id", WIDE, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.Column("resolved_by", WIDE, nullable=True),
        sa.Column("resolution", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(
        "ix_incident_open", "incident", ["created_at"], unique=False, **_where("resolved_at IS NULL")
    )
    op.create_index("ix_incident_subject_id", "incident", ["subject_id"], unique=False)
    op.create_table(
        "ledger_proof",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("proven_at", MOMENT, nullable=False),
        sa.Column("entries", WIDE, nullable=False),
        sa.Column("problems", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ledger_proof_proven_at", "ledger_proof", ["proven_at"], unique=False)
    op.create_table(
        "bank_account",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("bank_code", sa.String(length=20), nullable=False),
        sa.Column("bank_name", sa.String(length=120), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("account_name", sa.String(length=160), nullable=False),
        sa.Column("recipient_code", sa.String(length=60), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bank_account_tutor_id", "bank_account", ["tutor_id"], unique=False)
    op.create_index(
        "ux_bank_account_current", "bank_account", ["tutor_id"], unique=True, **_where("removed_at IS NULL")
    )
    op.create_table(
        "pending_transfer",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source_id", WIDE, nullable=False),
        sa.Column("target_id", WIDE, nullable=False),
        sa.Column("amount_kobo", WIDE, nullable=False),
        sa.Column("session_id", WIDE, nullable=True),
        sa.Column("payment_id", WIDE, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("transaction_id", WIDE, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(state = 'POSTED') = (transaction_id IS NOT NULL) AND (state = 'OPEN') = (ended_at IS NULL)",
            name="ck_pending_end",
        ),
        sa.CheckConstraint("amount_kobo > 0", name="ck_pending_amount"),
        sa.ForeignKeyConstraint(["source_id"], ["ledger_account.id"]),
        sa.ForeignKeyConstraint(["target_id"], ["ledger_account.id"]),
        sa.ForeignKeyConstraint(["transaction_id"], ["ledger_transaction.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("transaction_id"),
    )
    op.create_index(
        "ix_pending_due", "pending_transfer", ["kind", "due_at"], unique=False, **_where("state = 'OPEN'")
    )
    op.create_index(
        "ix_pending_source", "pending_transfer", ["source_id"], unique=False, **_where("state = 'OPEN'")
    )
    op.create_index("ix_pending_transfer_payment_id", "pending_transfer", ["payment_id"], unique=False)
    op.create_index("ix_pending_transfer_session_id", "pending_transfer", ["session_id"], unique=False)
    op.create_table(
        "payout",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("bank_account_id", WIDE, nullable=False),
        sa.Column("reference", sa.String(length=50), nullable=False),
        sa.Column("amount_kobo", WIDE, nullable=False),
        sa.Column("fee_kobo", WIDE, nullable=False),
        sa.Column("charged_kobo", WIDE, nullable=True),
        sa.Column("kept_kobo", WIDE, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("transfer_code", sa.String(length=60), nullable=False),
        sa.Column("provider_word", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("refused_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("amount_kobo > 0 AND fee_kobo >= 0", name="ck_payout_amount"),
        sa.ForeignKeyConstraint(["bank_account_id"], ["bank_account.id"]),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("ix_payout_check", "payout", ["next_check_at"], unique=False)
    op.create_index("ix_payout_state", "payout", ["state"], unique=False)
    op.create_index("ix_payout_tutor", "payout", ["tutor_id", "created_at"], unique=False)
    op.create_index(
        "ux_payout_unfinished",
        "payout",
        ["tutor_id"],
        unique=True,
        **_where("state IN ('REQUESTED', 'PENDING', 'OTP', 'UNKNOWN')"),
    )
    op.create_table(
        "package",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("offering_id", WIDE, nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("price_kobo", WIDE, nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.CheckConstraint("price_kobo > 0 AND valid_days > 0", name="ck_package_terms"),
        sa.CheckConstraint("sessions BETWEEN 2 AND 50", name="ck_package_sessions"),
        sa.ForeignKeyConstraint(["offering_id"], ["mentorship_sessions.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_package_offering", "package", ["offering_id"], unique=False)
    op.create_index("ix_package_tutor_id", "package", ["tutor_id"], unique=False)
    op.create_table(
        "package_purchase",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("package_id", WIDE, nullable=True),
        sa.Column("offering_id", WIDE, nullable=True),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("student_id", WIDE, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("price_kobo", WIDE, nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("platform_share_percent", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("left_kobo", WIDE, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND sessions", name="ck_purchase_used"),
        sa.CheckConstraint("left_kobo BETWEEN 0 AND price_kobo", name="ck_purchase_left"),
        sa.ForeignKeyConstraint(["offering_id"], ["mentorship_sessions.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["student_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_purchase_offering", "package_purchase", ["offering_id", "state"], unique=False)
    op.create_index("ix_purchase_unpaid", "package_purchase", ["state", "created_at"], unique=False)
    op.create_index(
        "ix_purchase_left",
        "package_purchase",
        ["state", "expires_at"],
        unique=False,
        **_where("left_kobo > 0"),
    )
    op.create_index("ix_purchase_student", "package_purchase", ["student_id", "state"], unique=False)
    op.create_index("ix_purchase_tutor", "package_purchase", ["tutor_id", "state"], unique=False)
    op.create_table(
        "package_use",
        sa.Column("session_id", WIDE, nullable=False),
        sa.Column("purchase_id", WIDE, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["purchase_id"], ["package_purchase.id"]),
        sa.ForeignKeyConstraint(["session_id"], ["mentorship_sessions.id"]),
        sa.PrimaryKeyConstraint("session_id"),
    )
    op.create_index("ix_package_use_purchase", "package_use", ["purchase_id"], unique=False)
    op.create_index(
        "ux_package_use_number",
        "package_use",
        ["purchase_id", "number"],
        unique=True,
        sqlite_where=sa.text("returned_at IS NULL"),
        postgresql_where=sa.text("returned_at IS NULL"),
    )
    op.add_column("mentorship_sessions", sa.Column("purchase_id", WIDE, nullable=True))
    op.create_table(
        "dispute",
        sa.Column("id", WIDE, nullable=False),
        sa.Column("provider_dispute_id", WIDE, nullable=False),
        sa.Column("payment_id", WIDE, nullable=False),
        sa.Column("tutor_id", WIDE, nullable=False),
        sa.Column("amount_kobo", WIDE, nullable=False),
        sa.Column("taken_kobo", WIDE, nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("answer_message", sa.String(length=500), nullable=False),
        sa.Column("answer_problem", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("provider_word", sa.String(length=60), nullable=False),
        sa.Column("resolution", sa.String(length=60), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("next_check_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"]),
        sa.ForeignKeyConstraint(["tutor_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider_dispute_id"),
    )
    op.create_index("ix_dispute_next_check_at", "dispute", ["next_check_at"], unique=False)
    op.create_index("ix_dispute_payment_id", "dispute", ["payment_id"], unique=False)
    op.create_index("ix_dispute_state", "dispute", ["state"], unique=False)
    op.create_index("ix_dispute_tutor_id", "dispute", ["tutor_id"], unique=False)
    op.add_column("ledger_transaction", sa.Column("payout_id", WIDE, nullable=True))
    op.add_column("ledger_transaction", sa.Column("purchase_id", WIDE, nullable=True))
    op.create_index("ix_ledger_transaction_payout_id", "ledger_transaction", ["payout_id"], unique=False)
    op.create_index("ix_ledger_transaction_purchase_id", "ledger_transaction", ["purchase_id"], unique=False)
    op.execute("CREATE TABLE refund_kept AS SELECT * FROM refund")
    op.drop_index("ix_refund_next_check_at", table_name="refund")
    op.drop_index("ix_refund_state", table_name="refund")
    op.drop_table("refund")
    with op.batch_alter_table("payment") as payment:
        payment.drop_constraint("ck_payment_amount", type_="check")
        payment.alter_column("session_id", existing_type=WIDE, nullable=True)
        payment.add_column(sa.Column("purchase_id", WIDE, nullable=True))
        payment.add_column(sa.Column("credit_kobo", WIDE, nullable=False, server_default="0"))
        payment.add_column(
            sa.Column("fee_bearer", sa.String(length=12), nullable=False, server_default="platform")
        )
        payment.add_column(sa.Column("choice", sa.String(length=16), nullable=False, server_default=""))
        payment.add_column(sa.Column("choose_by", MOMENT, nullable=True))
        payment.create_foreign_key("fk_payment_purchase", "package_purchase", ["purchase_id"], ["id"])
        payment.create_check_constraint(
            "ck_payment_amount", "amount_kobo >= 0 AND credit_kobo >= 0 AND amount_kobo + credit_kobo > 0"
        )
        payment.create_check_constraint("ck_payment_for", "(session_id IS NULL) <> (purchase_id IS NULL)")
    op.create_index("ix_payment_unchosen", "payment", ["choose_by"], unique=False, **_where("choice = ''"))
    op.create_index("ix_payment_purchase", "payment", ["purchase_id", "attempt"], unique=False)
    _create_refund(
        sa.Column("origin", sa.String(length=12), nullable=False, server_default="POLICY"),
        sa.Column("asked_by", WIDE, nullable=True),
    )
    op.create_index("ix_refund_payment_id", "refund", ["payment_id"], unique=False)
    op.create_index(
        "ux_refund_under_way",
        "refund",
        ["payment_id"],
        unique=True,
        **_where("state IN ('ASKED', 'PENDING', 'PROCESSING', 'NEEDS_ATTENTION')"),
    )
    for statement in GUARDS_SQLITE if _is_sqlite() else GUARDS_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Take it away again."""
    op.execute("CREATE TABLE refund_kept AS SELECT * FROM refund")
    op.drop_index("ux_refund_under_way", table_name="refund")
    op.drop_index("ix_refund_payment_id", table_name="refund")
    op.drop_index("ix_refund_next_check_at", table_name="refund")
    op.drop_index("ix_refund_state", table_name="refund")
    op.drop_table("refund")
    op.drop_index("ix_payment_purchase", table_name="payment")
    op.drop_index("ix_payment_unchosen", table_name="payment")
    with op.batch_alter_table("payment") as payment:
        payment.drop_constraint("ck_payment_amount", type_="check")
        payment.drop_constraint("ck_payment_for", type_="check")
        payment.drop_constraint("fk_payment_purchase", type_="foreignkey")
        payment.drop_column("choose_by")
        payment.drop_column("choice")
        payment.drop_column("fee_bearer")
        payment.drop_column("credit_kobo")
        payment.drop_column("purchase_id")
        payment.alter_column("session_id", existing_type=WIDE, nullable=False)
        payment.create_check_constraint("ck_payment_amount", "amount_kobo > 0")
    _create_refund(sa.UniqueConstraint("payment_id"))
    op.drop_index("ix_ledger_transaction_purchase_id", table_name="ledger_transaction")
    op.drop_index("ix_ledger_transaction_payout_id", table_name="ledger_transaction")
    op.drop_column("ledger_transaction", "purchase_id")
    op.drop_column("ledger_transaction", "payout_id")
    op.drop_index("ix_dispute_tutor_id", table_name="dispute")
    op.drop_index("ix_dispute_state", table_name="dispute")
    op.drop_index("ix_dispute_payment_id", table_name="dispute")
    op.drop_index("ix_dispute_next_check_at", table_name="dispute")
    op.drop_table("dispute")
    op.drop_column("mentorship_sessions", "purchase_id")
    op.drop_index("ux_package_use_number", table_name="package_use")
    op.drop_index("ix_package_use_purchase", table_name="package_use")
    op.drop_table("package_use")
    op.drop_index("ix_purchase_tutor", table_name="package_purchase")
    op.drop_index("ix_purchase_student", table_name="package_purchase")
    op.drop_index("ix_purchase_left", table_name="package_purchase")
    op.drop_index("ix_purchase_unpaid", table_name="package_purchase")
    op.drop_index("ix_purchase_offering", table_name="package_purchase")
    op.drop_table("package_purchase")
    op.drop_index("ix_package_tutor_id", table_name="package")
    op.drop_index("ix_package_offering", table_name="package")
    op.drop_table("package")
    op.drop_index("ux_payout_unfinished", table_name="payout")
    op.drop_index("ix_payout_tutor", table_name="payout")
    op.drop_index("ix_payout_state", table_name="payout")
    op.drop_index("ix_payout_check", table_name="payout")
    op.drop_table("payout")
    op.drop_index("ix_pending_transfer_session_id", table_name="pending_transfer")
    op.drop_index("ix_pending_transfer_payment_id", table_name="pending_transfer")
    op.drop_index("ix_pending_source", table_name="pending_transfer")
    op.drop_index("ix_pending_due", table_name="pending_transfer")
    op.drop_table("pending_transfer")
    op.drop_index("ux_bank_account_current", table_name="bank_account")
    op.drop_index("ix_bank_account_tutor_id", table_name="bank_account")
    op.drop_table("bank_account")
    op.drop_index("ix_ledger_proof_proven_at", table_name="ledger_proof")
    op.drop_table("ledger_proof")
    op.drop_index("ix_incident_subject_id", table_name="incident")
    op.drop_index("ix_incident_open", table_name="incident")
    op.drop_table("incident")
    op.drop_index("ix_audit_entry_at", table_name="audit_entry")
    op.drop_index("ix_audit_entry_actor_id", table_name="audit_entry")
    op.drop_table("audit_entry")
    if not _is_sqlite():
        op.execute("DROP FUNCTION pending_transfer_guard()")
        op.execute("DROP FUNCTION audit_entry_unchanged()")
