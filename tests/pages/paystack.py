"""The sandbox's Paystack behind the shared demo: its switches, and payments that were written here alone."""

import httpx
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.models import Payment
from tests.app_process import AppProcess


def control(app: AppProcess, path: str, body: dict[str, object]) -> dict[str, object]:
    """Use one of the sandbox's switches and return its answer."""
    reply = httpx.post(f"{app.sandbox_url}/control/{path}", json=body, trust_env=False, timeout=30)
    assert reply.is_success, reply.text
    answer: dict[str, object] = reply.json()
    return answer


def at_paystack(app: AppProcess, database: Database, booking_id: int) -> Payment:
    """Let Paystack know the payment of a session that was written here; it refuses refunds of any other."""
    with database.reading() as session:
        payment = session.exec(select(Payment).where(Payment.session_id == booking_id)).one()
    headers = {"authorization": "Bearer sk_test_mentor_demo_key"}
    body = {"email": "payer@demo.test", "amount": payment.amount_kobo, "reference": payment.reference}
    url = f"{app.sandbox_url}/paystack/transaction/initialize"
    reply = httpx.post(url, json=body, headers=headers, trust_env=False, timeout=30)
    assert reply.is_success, reply.text
    made = control(app, f"paystack/settle/{payment.reference}", {"status": "success"})
    with database.transaction() as session:
        row = session.get_one(Payment, payment.id)
        row.provider_id = int(str(made["id"]))
        session.add(row)
    return payment
