"""Paystack's hosted checkout page: choose a test card, or fail, abandon, or pay by transfer later."""

import json
from html import escape
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import RedirectResponse, Response

from mentor_ui.sandbox import paystack_transactions as transactions
from mentor_ui.sandbox.cards import CARD_BY_NUMBER, CARDS
from mentor_ui.sandbox.markup import CHECKOUT_CSS, page
from mentor_ui.sandbox.paystack_shapes import add_history
from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, Sandbox, now


def show(sandbox: Sandbox, call: Call) -> Response:
    """`GET /paystack/checkout/{access_code}`."""
    row = transactions.find(sandbox, "access_code", call.path["access_code"])
    if row is None:
        return _message(
            sandbox, "Payment not found", "This payment link is not valid. Start again from the shop.", 404
        )
    if row["status"] in {"success", "reversed"}:
        return _message(
            sandbox, "Payment complete", "This payment has been made already.", link=_return_url(row)
        )
    if _expired(sandbox, row):
        return _message(
            sandbox, "Payment session expired", "The time to pay is over.", 410, link=_return_url(row)
        )
    if row["opened_at"] is None:
        row["opened_at"] = now()
        transactions.save(sandbox, row)
    return _form(sandbox, row)


def act(sandbox: Sandbox, call: Call) -> Response:
    """`POST /paystack/checkout/{access_code}`: the buttons of the page."""
    row = transactions.find(sandbox, "access_code", call.path["access_code"])
    if row is None or row["status"] in {"success", "reversed"} or _expired(sandbox, row):
        return (
            show(sandbox, call)
            if row is None or row["status"] not in {"success", "reversed"}
            else _leave(sandbox, row)
        )
    form = call.form()
    row["ip_address"] = call.headers.get("x-forwarded-for", call.client_host).split(",")[0].strip()
    match form.get("action"):
        case "pay" if transactions.offers(row, "card"):
            return _pay(sandbox, row, form.get("card", ""))
        case "fail":
            row["attempts"] += 1
            transactions.fail(sandbox, row, "Declined")
            return _leave(sandbox, row)
        case "transfer" if transactions.offers(row, "bank_transfer"):
            if row["status"] != "ongoing":
                transactions.await_transfer(sandbox, row, seconds=sandbox.config.transfer_seconds)
            return _leave(sandbox, row)
        case "abandon":
            add_history(row, "close", "Closed the page")
            transactions.save(sandbox, row)
            return _leave(sandbox, row, url=_cancel_url(row))
        case _:
            return _back(sandbox, row)


def _pay(sandbox: Sandbox, row: Row, number: str) -> Response:
    card = CARD_BY_NUMBER.get(number)
    if card is None:
        return _back(sandbox, row)
    row["attempts"] += 1
    add_history(row, "action", "Attempted to pay with card")
    if card.declined_with:
        transactions.fail(sandbox, row, card.declined_with, card)
        return _back(sandbox, row)
    transactions.succeed(sandbox, row, card=card)
    return _leave(sandbox, row)


def _back(sandbox: Sandbox, row: Row) -> Response:
    return RedirectResponse(_own_path(sandbox, row), 303)


def _leave(sandbox: Sandbox, row: Row, url: str | None = None) -> Response:
    target = url or _return_url(row)
    if not target:
        return _message(sandbox, "Thank you", "You can close this page now.")
    return RedirectResponse(target, 303)


def _own_path(sandbox: Sandbox, row: Row) -> str:
    return f"{sandbox.config.public_path}/paystack/checkout/{row['access_code']}"


def _return_url(row: Row) -> str:
    """The merchant's callback with `trxref` and `reference` added, or empty when there is none."""
    if not row["callback_url"]:
        return ""
    parts = urlsplit(str(row["callback_url"]))
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("trxref", row["reference"])]
    return urlunsplit(parts._replace(query=urlencode([*query, ("reference", row["reference"])])))


def _cancel_url(row: Row) -> str | None:
    metadata: Any = json.loads(row["metadata"])
    target: Any = cast("Json", metadata).get("cancel_action") if isinstance(metadata, dict) else None
    return target if isinstance(target, str) and urlsplit(target).scheme in {"http", "https"} else None


def _expired(sandbox: Sandbox, row: Row) -> bool:
    timeout_seconds = sandbox.store.switch(transactions.SESSION_TIMEOUT_SWITCH)
    return timeout_seconds > 0 and now() > row["created_at"] + timeout_seconds


def naira(kobo: int) -> str:
    """`₦9,500` or `₦9,500.50`."""
    return f"₦{kobo // 100:,}" + (f".{kobo % 100:02d}" if kobo % 100 else "")


def _form(sandbox: Sandbox, row: Row) -> Response:
    amount = naira(row["requested_kobo"])
    customer = sandbox.store.one("SELECT email FROM customers WHERE id = ?", row["customer_id"])
    email = escape(customer["email"] if customer else "")
    note = ""
    if row["status"] == "failed":
        note = (
            f'<p class="problem" role="alert">{escape(row["gateway_response"])}. '
            "Nothing was charged: choose another card to try again.</p>"
        )
    elif row["status"] == "ongoing":
        also = " You can still pay by card." if transactions.offers(row, "card") else ""
        note = f'<p class="calm" role="status">A bank transfer is on its way.{also}</p>'
    name = escape(sandbox.config.business_name)
    body = f"""<aside class="notice">Sandbox: no real money</aside>
<main><div class="sheet">
<header><h1 class="merchant"><i aria-hidden="true">{name[:1]}</i>{name}</h1>
<div class="due"><span>{email}</span><strong>{amount}</strong></div></header>
<form method="post" action="{escape(_own_path(sandbox, row))}">
{note}{_ways(row, amount)}
<div class="pair"><button class="plain" name="action" value="fail">Fail payment</button>
<button class="plain" name="action" value="abandon">Abandon</button></div>
</form></div>
<p class="foot">Reference {escape(row["reference"])}<br>
A stand-in for the payment provider's page</p></main>"""
    return page(f"Pay {amount} · {sandbox.config.business_name}", CHECKOUT_CSS, body)


def _ways(row: Row, amount: str) -> str:
    """What the page offers to pay with, as the merchant's `channels` allow."""
    ways = ""
    if transactions.offers(row, "card"):
        options = "".join(
            '<label class="option">'
            f'<input type="radio" name="card" value="{card.number}"{" checked" if index == 0 else ""}>'
            f"<span><b>{card.brand} {card.masked}</b><small>{escape(card.hint)}</small></span></label>"
            for index, card in enumerate(CARDS)
        )
        ways += f"""<fieldset><legend>Pay with a test card</legend>{options}</fieldset>
<button class="pay" name="action" value="pay">Pay {amount}</button>"""
    if transactions.offers(row, "bank_transfer"):
        kind = "plain" if ways else "pay"
        ways += f'<button class="{kind}" name="action" value="transfer">Pay by transfer later</button>'
    return ways


def _message(sandbox: Sandbox, title: str, text: str, status: int = 200, *, link: str = "") -> Response:
    name = escape(sandbox.config.business_name)
    button = f'<a class="button pay" href="{escape(link)}">Return to {name}</a>' if link else ""
    body = f"""<aside class="notice">Sandbox: no real money</aside><main><div class="sheet"><div class="body">
<h1>{escape(title)}</h1><p>{escape(text)}</p>{button}</div></div></main>"""
    return page(title, CHECKOUT_CSS, body, status)
