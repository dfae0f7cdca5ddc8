"""The route table: every address of the sandbox, named once; faults and the request log use these names."""

from mentor_ui.sandbox import (
    account_calendars,
    accounts,
    checkout,
    control,
    ics_host,
    mailbox,
    paystack_wire,
    zoom_meetings,
    zoom_room,
    zoom_wire,
)
from mentor_ui.sandbox import google_calendar as google
from mentor_ui.sandbox import microsoft_calendar as microsoft
from mentor_ui.sandbox import paystack_disputes as disputes
from mentor_ui.sandbox import paystack_refunds as refunds
from mentor_ui.sandbox import paystack_transactions as transactions
from mentor_ui.sandbox import paystack_transfers as transfers
from mentor_ui.sandbox.wire import RouteSpec, require_loopback

_PAY = paystack_wire.guard
_ZOOM = zoom_wire.guard
_HERE = require_loopback
_OWNER = accounts.guard
_GOOGLE = "/google/calendar/v3"
_GOOGLE_EVENTS = f"{_GOOGLE}/calendars/{{calendar}}/events"
_GRAPH = "/microsoft/v1.0/me"

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
    RouteSpec("paystack.dispute.list", "GET", "/paystack/dispute", disputes.listing, _PAY),
    RouteSpec(
        "paystack.dispute.of", "GET", "/paystack/dispute/transaction/{id}", disputes.of_transaction, _PAY
    ),
    RouteSpec("paystack.dispute.fetch", "GET", "/paystack/dispute/{id}", disputes.fetch, _PAY),
    RouteSpec(
        "paystack.dispute.evidence", "POST", "/paystack/dispute/{id}/evidence", disputes.add_evidence, _PAY
    ),
    RouteSpec("paystack.dispute.resolve", "PUT", "/paystack/dispute/{id}/resolve", disputes.resolve, _PAY),
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
    RouteSpec("google.authorize", "GET", "/google/o/oauth2/v2/auth", accounts.show),
    RouteSpec("google.answer", "POST", "/google/o/oauth2/v2/auth", accounts.answer),
    RouteSpec("google.token", "POST", "/google/token", accounts.token),
    RouteSpec("google.revoke", "POST", "/google/revoke", accounts.revoke),
    RouteSpec("google.calendars", "GET", f"{_GOOGLE}/users/me/calendarList", google.calendar_list, _OWNER),
    RouteSpec("google.freebusy", "POST", f"{_GOOGLE}/freeBusy", google.free_busy, _OWNER),
    RouteSpec("google.events.list", "GET", _GOOGLE_EVENTS, google.list_events, _OWNER),
    RouteSpec("google.events.import", "POST", f"{_GOOGLE_EVENTS}/import", google.import_event, _OWNER),
    RouteSpec("google.events.patch", "PATCH", f"{_GOOGLE_EVENTS}/{{event}}", google.patch_event, _OWNER),
    RouteSpec("google.events.delete", "DELETE", f"{_GOOGLE_EVENTS}/{{event}}", google.remove_event, _OWNER),
    RouteSpec("microsoft.authorize", "GET", "/microsoft/oauth2/v2.0/authorize", accounts.show),
    RouteSpec("microsoft.answer", "POST", "/microsoft/oauth2/v2.0/authorize", accounts.answer),
    RouteSpec("microsoft.token", "POST", "/microsoft/oauth2/v2.0/token", accounts.token),
    RouteSpec("microsoft.calendars", "GET", f"{_GRAPH}/calendars", microsoft.calendars, _OWNER),
    RouteSpec(
        "microsoft.view",
        "GET",
        f"{_GRAPH}/calendars/{{calendar}}/calendarView",
        microsoft.calendar_view,
        _OWNER,
    ),
    RouteSpec("microsoft.schedule", "POST", f"{_GRAPH}/calendar/getSchedule", microsoft.get_schedule, _OWNER),
    RouteSpec(
        "microsoft.events.create",
        "POST",
        f"{_GRAPH}/calendars/{{calendar}}/events",
        microsoft.create_event,
        _OWNER,
    ),
    RouteSpec("microsoft.events.patch", "PATCH", f"{_GRAPH}/events/{{event}}", microsoft.patch_event, _OWNER),
    RouteSpec(
        "microsoft.events.delete", "DELETE", f"{_GRAPH}/events/{{event}}", microsoft.remove_event, _OWNER
    ),
    RouteSpec(
        "control.accounts.events", "GET", "/control/accounts/events", account_calendars.list_events, _HERE
    ),
    RouteSpec("control.accounts.add", "POST", "/control/accounts/events", account_calendars.add_event, _HERE),
    RouteSpec(
        "control.accounts.remove",
        "DELETE",
        "/control/accounts/events/{provider}/{id}",
        account_calendars.remove_event,
        _HERE,
    ),
    RouteSpec(
        "control.accounts.calendars",
        "GET",
        "/control/accounts/calendars",
        account_calendars.list_calendars,
        _HERE,
    ),
    RouteSpec(
        "control.accounts.error", "POST", "/control/accounts/error", account_calendars.set_error, _HERE
    ),
    RouteSpec("control.accounts.expire", "POST", "/control/accounts/expire-tokens", accounts.expire, _HERE),
    RouteSpec("control.accounts.end", "POST", "/control/accounts/end-grants", accounts.end_grants, _HERE),
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
    RouteSpec("control.transfers", "GET", "/control/paystack/transfers", transfers.list_all, _HERE),
    RouteSpec("control.balance", "POST", "/control/paystack/balance", transfers.set_balance, _HERE),
    RouteSpec(
        "control.dispute.begin", "POST", "/control/paystack/dispute/{reference}", disputes.begin, _HERE
    ),
    RouteSpec("control.disputes", "GET", "/control/paystack/disputes", disputes.list_all, _HERE),
    RouteSpec("control.dispute.end", "POST", "/control/paystack/dispute/{id}/decide", disputes.end, _HERE),
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
    "dispute_falls_due": disputes.nobody_answered,
    "payout_moves": transfers.move_on,
}
