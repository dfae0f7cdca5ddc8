"""Paystack: checkout, verification, refunds, banks and payouts.

Protocol facts are Paystack's public API reference. Amounts are kobo and the currency is always NGN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import quote

from mentor_ui.providers.errors import ProviderRejected
from mentor_ui.providers.paystack_connection import CURRENCY, data_of
from mentor_ui.providers.paystack_disputes import Dispute, DisputeCalls
from mentor_ui.providers.paystack_replies import (
    Bank,
    Charge,
    Checkout,
    Recipient,
    Refund,
    ResolvedAccount,
    Transfer,
    parse_bank,
    parse_charge,
    parse_checkout,
    parse_recipient,
    parse_refund,
    parse_resolved_account,
    parse_transfer,
)
from mentor_ui.providers.paystack_wire import says
from mentor_ui.providers.replies import (
    JsonObject,
    UnreadableReplyError,
    iso_utc,
    json_objects,
    required_number,
)

_OUR_REFERENCE: Final = re.compile(r"[a-z0-9-]{16,50}")
_ANY_REFERENCE: Final = re.compile(r"[A-Za-z0-9=_-][A-Za-z0-9.=_-]{0,99}")


class Payments(Protocol):
    """What the services need from a payment provider; see `PaystackClient` for the meaning of each call."""

    def initialize(
        self,
        *,
        reference: str,
        email: str,
        amount_kobo: int,
        callback_url: str,
        metadata: Mapping[str, Any],
        channels: Sequence[str] | None = None,
    ) -> Checkout:
        """Start a transaction."""
        ...

    def verify(self, reference: str) -> Charge | None:
        """Ask what became of a transaction."""
        ...

    def list_transactions(self, since: datetime, until: datetime) -> Iterator[Charge]:
        """Yield every transaction of a period."""
        ...

    def refund(self, reference: str, *, amount_kobo: int | None, note: str) -> Refund:
        """Ask for a refund."""
        ...

    def refunds(self, transaction_id: int) -> list[Refund]:
        """List the refunds of one transaction."""
        ...

    def retry_refund(self, refund_id: int, *, bank_id: int, account_number: str) -> Refund:
        """Complete a refund that needs the payer's bank account."""
        ...

    def dispute(self, dispute_id: int) -> Dispute:
        """Ask how a dispute stands."""
        ...

    def disputes(self, since: datetime, until: datetime) -> Iterator[Dispute]:
        """Yield every dispute raised in a period."""
        ...

    def send_evidence(
        self, dispute_id: int, *, email: str, name: str, phone: str, service_details: str
    ) -> int | None:
        """Add what speaks for us to a dispute."""
        ...

    def resolve_dispute(
        self, dispute_id: int, *, resolution: str, message: str, refund_kobo: int, evidence_id: int | None
    ) -> Dispute:
        """Answer a dispute."""
        ...

    def banks(self) -> list[Bank]:
        """List the banks that payouts can go to."""
        ...

    def resolve_account(self, *, account_number: str, bank_code: str) -> ResolvedAccount:
        """Ask a bank for the name on an account."""
        ...

    def create_recipient(self, *, name: str, account_number: str, bank_code: str) -> Recipient:
        """Register a bank account for payouts."""
        ...

    def transfer(self, *, reference: str, amount_kobo: int, recipient_code: str, reason: str) -> Transfer:
        """Send a payout."""
        ...

    def verify_transfer(self, reference: str) -> Transfer | None:
        """Ask what became of a payout."""
        ...

    def finalize_transfer(self, *, transfer_code: str, otp: str) -> None:
        """Confirm a payout with the code that Paystack sent to the account's owner."""
        ...

    def balance_kobo(self) -> int:
        """Return what payouts can be sent from."""
        ...

    def close(self) -> None:
        """Close the connections of this process."""
        ...


class PaystackClient(DisputeCalls):
    """Talks to Paystack. One per process, shared by all threads.

    Reads are tried up to three times. Requests that move money are sent once: after `ProviderUnavailable`
    with `effect_unknown`, look the reference up before sending it again.
    """

    def initialize(
        self,
        *,
        reference: str,
        email: str,
        amount_kobo: int,
        callback_url: str,
        metadata: Mapping[str, Any],
        channels: Sequence[str] | None = None,
    ) -> Checkout:
        """Start a transaction and get the address of its payment page.

        Args:
            reference: Ours, `[a-z0-9-]{16,50}`, never used before.
            email: The payer's.
            amount_kobo: At least 5,000 (NGN 50).
            callback_url: Where the payer returns to; Paystack adds `reference` and `trxref`.
            metadata: Comes back with the charge; `cancel_action` is the address after a cancel.
            channels: Ways to pay, such as `card`; None leaves it to the account.

        Raises:
            DuplicateReference: It exists already: verify it before minting another.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body: dict[str, Any] = {
            "reference": _our_reference(reference),
            "email": email,
            "amount": _positive_kobo(amount_kobo),
            "currency": CURRENCY,
            "callback_url": callback_url,
            "metadata": dict(metadata),
        }
        if channels is not None:
            body["channels"] = list(channels)
        return self._call("POST", "/transaction/initialize", data_of(parse_checkout), json=body)

    def verify(self, reference: str) -> Charge | None:
        """Ask what became of a transaction; None when Paystack does not know the reference.

        Raises:
            ProviderError: See `mentor_ui.providers.errors`.
        """
        if not _ANY_REFERENCE.fullmatch(reference):
            return None  # Paystack would never have taken it, and it must not bend the path

        def parse(data: JsonObject) -> Charge:
            charge = parse_charge(data)
            if charge.reference != reference:
                raise UnreadableReplyError("it is about another reference")
            return charge

        try:
            return self._call("GET", f"/transaction/verify/{quote(reference, safe='')}", data_of(parse))
        except ProviderRejected as error:
            if error.code == "transaction_not_found" or says(error.message, "transaction", "not found"):
                return None
            raise

    def list_transactions(self, since: datetime, until: datetime) -> Iterator[Charge]:
        """Yield every transaction of a period once, page by page, whichever paging Paystack answers with.

        Args:
            since: Aware start.
            until: Aware end.

        Raises:
            ProviderError: See `mentor_ui.providers.errors`.
        """
        period = {"from": iso_utc(since), "to": iso_utc(until)}
        seen: set[int] = set()
        for item in self._pages("/transaction", {**period, "use_cursor": "true"}, parse_charge):
            # New transactions push old ones onto the next numbered page.
            if item.id not in seen:
                seen.add(item.id)
                yield item

    def refund(
        self, reference: str, *, amount_kobo: int | None, note: str, customer_note: str = ""
    ) -> Refund:
        """Ask for a refund. There is no idempotency key: list `refunds` before asking again.

        Args:
            reference: Our reference of the transaction.
            amount_kobo: Part to give back; None for all.
            note: Merchant's note; put an id of ours in it, with which `refunds` finds it again.
            customer_note: What the payer may read.

        Raises:
            AlreadyReversed: All of it has been given back already.
            BalanceTooLow: There is not enough money to refund from.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body: dict[str, Any] = {"transaction": reference, "merchant_note": note}
        if amount_kobo is not None:
            # All of what came in another currency goes back in that one.
            body |= {"amount": _positive_kobo(amount_kobo), "currency": CURRENCY}
        if customer_note:
            body["customer_note"] = customer_note
        return self._call("POST", "/refund", data_of(parse_refund), json=body)

    def refunds(self, transaction_id: int) -> list[Refund]:
        """List all refunds of one transaction, in whatever state."""
        found = self._pages("/refund", {"transaction": str(transaction_id)}, parse_refund)
        return list(
            {
                refund.id: refund for refund in found if refund.transaction_id in {None, transaction_id}
            }.values()
        )

    def retry_refund(self, refund_id: int, *, bank_id: int, account_number: str) -> Refund:
        """Complete a refund that needs attention with the payer's bank account.

        Args:
            refund_id: Paystack's number.
            bank_id: The bank's `id`, not its code.
            account_number: Ten digits (NUBAN).

        Raises:
            ProviderRejected: It does not need attention (any more), or the account is refused.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        details = {"currency": CURRENCY, "account_number": account_number, "bank_id": str(bank_id)}
        path = f"/refund/retry_with_customer_details/{refund_id}"
        return self._call("POST", path, data_of(parse_refund), json={"refund_account_details": details})

    def banks(self) -> list[Bank]:
        """List the Nigerian banks that payouts can go to, by name."""
        found = self._pages("/bank", {"country": "nigeria", "use_cursor": "true"}, _parse_live_bank)
        unique = {bank.id: bank for bank in found if bank is not None}
        return sorted(unique.values(), key=lambda bank: bank.name.casefold())

    def resolve_account(self, *, account_number: str, bank_code: str) -> ResolvedAccount:
        """Ask a bank for the name on an account.

        Raises:
            ProviderRejected: The bank knows no such account.
            ProviderThrottled: A test key has used up its real look-ups of the day.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        return self._call(
            "GET",
            "/bank/resolve",
            data_of(parse_resolved_account),
            params={"account_number": account_number, "bank_code": bank_code},
        )

    def create_recipient(self, *, name: str, account_number: str, bank_code: str) -> Recipient:
        """Register a bank account for payouts. The same account gives the same recipient every time."""
        body = {
            "type": "nuban",
            "name": name,
            "account_number": account_number,
            "bank_code": bank_code,
            "currency": CURRENCY,
        }
        return self._call("POST", "/transferrecipient", data_of(parse_recipient), json=body, repeatable=True)

    def transfer(self, *, reference: str, amount_kobo: int, recipient_code: str, reason: str) -> Transfer:
        """Send a payout from the balance.

        Args:
            reference: Ours, `[a-z0-9-]{16,50}`; the same one until its outcome is final.
            amount_kobo: What the payee gets.
            recipient_code: Of `create_recipient`.
            reason: What the payee's statement says.

        Raises:
            DuplicateReference: It was sent before: call `verify_transfer`.
            BalanceTooLow: Top up first.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body = {
            "source": "balance",
            "reference": _our_reference(reference),
            "amount": _positive_kobo(amount_kobo),
            "recipient": recipient_code,
            "reason": reason,
            "currency": CURRENCY,
        }
        return self._call("POST", "/transfer", data_of(parse_transfer), json=body)

    def verify_transfer(self, reference: str) -> Transfer | None:
        """Ask what became of a payout; None means that it may be sent again with the same reference."""
        path = f"/transfer/verify/{quote(_our_reference(reference), safe='')}"

        def parse(data: JsonObject) -> Transfer:
            transfer = parse_transfer(data)
            if transfer.reference != reference:
                raise UnreadableReplyError("it is about another reference")
            return transfer

        try:
            return self._call("GET", path, data_of(parse))
        except ProviderRejected as error:
            if says(error.message, "transfer", "not found"):
                return None
            raise

    def finalize_transfer(self, *, transfer_code: str, otp: str) -> None:
        """Confirm a payout that waits for a code; then ask `verify_transfer` what became of it.

        Args:
            transfer_code: Paystack's name of the transfer, `TRF_…`.
            otp: The code that Paystack sent to the account's owner.

        Raises:
            ProviderRejected: The code is wrong, or the transfer no longer waits for one.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body = {"transfer_code": transfer_code, "otp": otp}
        self._call("POST", "/transfer/finalize_transfer", _nothing, json=body)

    def balance_kobo(self) -> int:
        """Return what payouts can be sent from, in kobo."""

        def parse(body: JsonObject) -> int:
            amounts = [
                required_number(entry, "balance")
                for entry in json_objects(body.get("data"))
                if entry.get("currency") == CURRENCY
            ]
            if not amounts:
                raise UnreadableReplyError("no naira balance")
            return sum(amounts)

        return self._call("GET", "/balance", parse)


def _nothing(_body: JsonObject) -> None:
    """Read nothing of a reply that says no more than yes."""


def _parse_live_bank(entry: JsonObject) -> Bank | None:
    if entry.get("active") is False or entry.get("is_deleted") is True:
        return None
    return parse_bank(entry)


def _our_reference(reference: str) -> str:
    if not _OUR_REFERENCE.fullmatch(reference):
        raise ValueError("a reference is 16 to 50 of a-z, 0-9 and -")
    return reference


def _positive_kobo(amount: int) -> int:
    if amount <= 0:
        raise ValueError("an amount is a positive number of kobo")
    return amount
