"""The route table: every address of the sandbox, named once; faults and the request log use these names."""

from mentor_ui.sandbox import (
    checkout,
    control,
    ics_host,
    mailbox,
    paystack_wire,
    zoom_meetings,
    zoom_room,
    zoom_wire,
)
from mentor_ui.sandbox import paystack_refunds as refunds
from mentor_ui.sandbox import paystack_transactions as transactions
from mentor_ui.sandbox import paystack_transfers as transfers
from mentor_ui.sandbox.wire import RouteSpec, require_loopback

_PAY = paystack_wire.guard
_ZOOM = zoom_wire.guard
_HERE = require_loopback

ROUTES: tuple[RouteSpec, ...] = (
    RouteSpec(
        "paystack.initialize", "POST", "/paystack/transaction/initialize", transactions.initialize, _PAY
    ),
    RouteSpec(
        "paystack.verify", "GET", "/paystack/transaction/verify/{reference}", transactions.verify, _PAY
    ),
    RouteSpec("paystack.list", "GET", "/paystack/transaction", transactions.listing, _PAY),
    RouteSpec("paystack.fetch", "GET", "/paystack/transaction/{id}", transactions.fetch, _PAY),
    RouteSpec(
        "paystack.timeout.get",
        "GET",
        "/paystack/integration/payment_session_timeout",
        transactions.get_timeout,
        _PAY,
    ),
    RouteSpec(
        "paystack.timeout.put",
        "PUT",
        "/paystack/integration/payment_session_timeout",
        transactions.put_timeout,
        _PAY,
    ),
    RouteSpec("paystack.refund", "POST", "/paystack/refund", refunds.create, _PAY),
    RouteSpec("paystack.refund.list", "GET", "/paystack/refund", refunds.listing, _PAY),
    RouteSpec(
        "paystack.refund.retry",
        "POST",
        "/paystack/refund/retry_with_customer_details/{id}",
        refunds.retry,
        _PAY,
    ),
    RouteSpec("paystack.refund.fetch", "GET", "/paystack/refund/{id}", refunds.fetch, _PAY),
    RouteSpec("paystack.banks", "GET", "/paystack/bank", transfers.banks, _PAY),
    RouteSpec("paystack.resolve", "GET", "/paystack/bank/resolve", transfers.resolve, _PAY),
    RouteSpec("paystack.recipient", "POST", "/paystack/transferrecipient", transfers.add_recipient, _PAY),
    RouteSpec("paystack.transfer", "POST", "/paystack/transfer", transfers.create, _PAY),
    RouteSpec(
        "paystack.transfer.verify", "GET", "/paystack/transfer/verify/{reference}", transfers.verify, _PAY
    ),
    RouteSpec(
        "paystack.transfer.finalize", "POST", "/paystack/transfer/finalize_transfer", transfers.finalize, _PAY
    ),
    RouteSpec("paystack.balance", "GET", "/paystack/balance", transfers.balance, _PAY),
    RouteSpec("checkout.show", "GET", "/paystack/checkout/{access_code}", checkout.show),
    RouteSpec("checkout.act", "POST", "/paystack/checkout/{access_code}", checkout.act),
    RouteSpec("zoom.token", "POST", "/zoom/oauth/token", zoom_wire.token),
    RouteSpec("zoom.users.list", "GET", "/zoom/v2/users", zoom_wire.users, _ZOOM),
    RouteSpec("zoom.users.get", "GET", "/zoom/v2/users/{user}", zoom_wire.user, _ZOOM),
    RouteSpec("zoom.meetings.create", "POST", "/zoom/v2/users/{user}/meetings", zoom_meetings.create, _ZOOM),
    RouteSpec("zoom.meetings.list", "GET", "/zoom/v2/users/{user}/meetings", zoom_meetings.listing, _ZOOM),
    RouteSpec("zoom.meetings.get", "GET", "/zoom/v2/meetings/{id}", zoom_meetings.get, _ZOOM),
    RouteSpec("zoom.meetings.patch", "PATCH", "/zoom/v2/meetings/{id}", zoom_meetings.patch, _ZOOM),
    RouteSpec("zoom.meetings.delete", "DELETE", "/zoom/v2/meetings/{id}", zoom_meetings.delete, _ZOOM),
    RouteSpec(
        "zoom.meetings.status", "PUT", "/zoom/v2/meetings/{id}/status", zoom_meetings.set_status, _ZOOM
    ),
    RouteSpec("room.show", "GET", "/zoom/j/{id}", zoom_room.show),
    RouteSpec("room.act", "POST", "/zoom/j/{id}", zoom_room.act),
    RouteSpec("room.start", "GET", "/zoom/s/{id}", zoom_room.start),
    RouteSpec("mail.send", "POST", "/mail/messages", mailbox.accept, _HERE),
    RouteSpec("mail.json", "GET", "/mail.json", mailbox.listing_json),
    RouteSpec("mail.list", "GET", "/mail", mailbox.listing_page),
    RouteSpec("mail.show", "GET", "/mail/{id}", mailbox.show),
    RouteSpec("mail.attachment", "GET", "/mail/{id}/attachments/{number}", mailbox.attachment),
    RouteSpec("ics.get", "GET", "/ics/{name}", ics_host.get),
    RouteSpec("control.ics.put", "PUT", "/control/ics/{name}", ics_host.put, _HERE),
    RouteSpec("control.ics.delete", "DELETE", "/control/ics/{name}", ics_host.delete, _HERE),
    RouteSpec("control.faults.add", "POST", "/control/faults", control.add_fault, _HERE),
    RouteSpec("control.faults.list", "GET", "/control/faults", control.list_faults, _HERE),
    RouteSpec("control.faults.clear", "DELETE", "/control/faults", control.clear_faults, _HERE),
    RouteSpec("control.requests", "GET", "/control/requests", control.list_requests, _HERE),
    RouteSpec("control.requests.clear", "DELETE", "/control/requests", control.clear_requests, _HERE),
    RouteSpec("control.reset", "POST", "/control/reset", control.reset, _HERE),
    RouteSpec("control.webhooks", "GET", "/control/webhooks", control.list_webhooks, _HERE),
    RouteSpec(
        "control.transactions", "GET", "/control/paystack/transactions", control.list_transactions, _HERE
    ),
    RouteSpec("control.settle", "POST", "/control/paystack/settle/{reference}", control.settle, _HERE),
    RouteSpec(
        "control.webhook", "POST", "/control/paystack/webhook/{reference}", control.send_webhook, _HERE
    ),
    RouteSpec("control.refund", "POST", "/control/paystack/refund/{id}", refunds.set_status, _HERE),
    RouteSpec(
        "control.transfer", "POST", "/control/paystack/transfer/{reference}", transfers.set_status, _HERE
    ),
    RouteSpec("control.otp", "POST", "/control/paystack/transfer-otp", transfers.switch_otp, _HERE),
    RouteSpec("control.meetings", "GET", "/control/zoom/meetings", control.list_meetings, _HERE),
    RouteSpec(
        "control.meeting.event", "POST", "/control/zoom/meetings/{id}/{event}", control.meeting_event, _HERE
    ),
    RouteSpec("control.zoom.user", "POST", "/control/zoom/users", control.add_zoom_user, _HERE),
    RouteSpec(
        "control.zoom.expire", "POST", "/control/zoom/expire-tokens", control.expire_zoom_tokens, _HERE
    ),
)

TASK_STEPS = {
    "transfer_arrives": transactions.transfer_arrives,
    "refund_moves": refunds.move_on,
    "payout_moves": transfers.move_on,
}
