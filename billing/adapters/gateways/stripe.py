"""Stripe, by its own SDK: one PaymentIntent a payment, made before it is confirmed and asked for ever after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from stripe import (
    CardError,
    InvalidRequestError,
    PaymentIntent,
    SignatureVerificationError,
    WebhookSignature,
)
from stripe import Refund as StripeRefund
from stripe.params import PaymentIntentConfirmParams, PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from billing.adapters.gateways import stripe_answers as answers
from billing.adapters.gateways import stripe_units
from billing.adapters.gateways.stripe_client import READ_SECONDS, client_of
from billing.adapters.gateways.stripe_line import AWAY_SECONDS, Line, under_key
from billing.adapters.gateways.stripe_units import in_their_units
from billing.ports import (
    Answer,
    ChargeOrder,
    ChargeRefused,
    CustomerUnknown,
    GatewayEvent,
    GatewayPayment,
    GatewayUnavailable,
    Outcome,
    RefundAnswer,
    RefundOrder,
    RefundOutcome,
    SavedCard,
    SetupOrder,
    SetupOutcome,
    SetupPage,
    WebhookRefused,
)
from billing.values.charges import ChargeLimits
from billing.values.declines import OF_AMOUNT, OF_CUSTOMER
from billing.values.disputes import Dispute

R = TypeVar("R")
STALE_SECONDS = 300
# What Stripe calls events and objects, and kinds of events, as they are kept.
NAME, KIND = re.compile("[!-~]{1,255}"), re.compile("[!-~]{1,100}")
MALFORMED = (SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
log = structlog.get_logger()


class StripeGateway:
    """A Stripe account. `return_url` is where people land after a page of Stripe's or of their bank's."""

    name = "stripe"

    def __init__(
        self,
        api_key: str,
        webhook_secret: str,
        *,
        api_url: str,
        return_url: str,
        away_seconds: float = AWAY_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._stripe = client_of(api_key, api_url, read_seconds).v1
        self._webhook_secret = webhook_secret
        self._return_url = return_url
        self._line = Line(away_seconds)
        self._is_live = api_key.startswith(("sk_live_", "rk_live_"))

    def is_away(self) -> bool:
        return self._line.is_away()

    def limits(self, currency: str) -> ChargeLimits:
        return stripe_units.limits(currency)

    def open(self, order: ChargeOrder) -> str:
        wanted: PaymentIntentCreateParams = {
            "amount": in_their_units(order.amount),
            "currency": order.amount.currency.lower(),
            "allowed_payment_method_types": ["card"],
            "description": order.description,
            "metadata": {"payment": order.payment_key},
        }
        if order.customer:
            wanted["customer"] = order.customer
        with self._line.listening():
            try:
                # The key is the try's: a payment that was cancelled at Stripe gets another one with its next try.
                return under_key(
                    f"open-{order.key}", lambda key: self._stripe.payment_intents.create(wanted, key)
                ).id
            except InvalidRequestError as refused:
                if refused.code in OF_AMOUNT:
                    raise ChargeRefused(str(refused.code)) from refused
                if refused.code == "resource_missing" and refused.param == "customer":
                    raise ChargeRefused(OF_CUSTOMER) from refused
                raise

    def charge(self, order: ChargeOrder) -> Outcome:
        try:
            return self._confirm(order, order.key, payer_is_there=order.payer_is_there)
        except CardError as declined:
            if declined.code != "authentication_required" or order.payer_is_there:
                return answers.declined(declined.error)
        # The bank wants to see its customer: the same payment again, this time with a page to send them to.
        try:
            return self._confirm(order, f"{order.key}-payer", payer_is_there=True)
        except CardError as declined:
            return answers.declined(declined.error)

    def find(self, order: ChargeOrder, *, answered: bool) -> Outcome | None:
        assert order.payment_id is not None
        with self._line.listening():
            intent = self._stripe.payment_intents.retrieve(order.payment_id)
        return answers.outcome(intent, answered=answered)

    def withdraw(self, order: ChargeOrder) -> Outcome:
        assert order.payment_id is not None
        with self._line.listening():
            try:
                intent = self._stripe.payment_intents.cancel(order.payment_id)
            except InvalidRequestError as refused:
                if refused.code != "payment_intent_unexpected_state":
                    raise
                intent = self._stripe.payment_intents.retrieve(order.payment_id)
        found = answers.outcome(intent, answered=True)
        assert found is not None
        return found

    def customer(self, key: str, name: str) -> str:
        with self._line.listening():
            return under_key(key, lambda options: self._stripe.customers.create({"name": name}, options)).id

    def start_setup(self, order: SetupOrder) -> SetupPage:
        wanted: SessionCreateParams = {
            "mode": "setup",
            "customer": order.customer,
            "allowed_payment_method_types": ["card"],
            "locale": "it" if order.language == "it" else "en",
            "success_url": self._return_url,
            "cancel_url": self._return_url,
            "metadata": {"setup": order.key},
        }
        with self._line.listening():
            try:
                made = under_key(
                    f"{order.key}-{order.customer}",
                    lambda key: self._stripe.checkout.sessions.create(wanted, key),
                )
            except InvalidRequestError as refused:
                if refused.code == "resource_missing" and refused.param == "customer":
                    raise CustomerUnknown from refused
                raise
        if made.url is None:
            raise GatewayUnavailable
        return SetupPage(made.id, made.url)

    def setup(self, page_id: str) -> SetupOutcome:
        with self._line.listening():
            found = self._stripe.checkout.sessions.retrieve(
                page_id, {"expand": ["setup_intent.payment_method"]}
            ).to_dict()
        if found["status"] == "expired":
            return SetupOutcome(is_over=True)
        method = (found.get("setup_intent") or {}).get("payment_method")
        if found["status"] != "complete" or not method:
            return SetupOutcome()
        return SetupOutcome(method["id"], answers.card_of(method["card"]))

    def saved_card(self, token: str) -> SavedCard | None:
        with self._line.listening():
            try:
                method: dict[str, Any] = self._stripe.payment_methods.retrieve(token).to_dict()
            except InvalidRequestError as refused:
                if refused.code != "resource_missing":
                    raise
                return None
        if method["type"] != "card" or method["customer"] is None:
            return None
        return SavedCard(answers.card_of(method["card"]), method["customer"])

    def detach(self, token: str) -> None:
        with self._line.listening():
            try:
                self._stripe.payment_methods.detach(token)
            except InvalidRequestError as gone:
                log.info("a card was forgotten before", code=gone.code)

    def refund(self, order: RefundOrder) -> RefundOutcome:
        wanted: RefundCreateParams = {
            "payment_intent": order.payment_id,
            "amount": in_their_units(order.amount),
            "metadata": {"refund": order.key},
        }
        given = partial(self._given_back, order)
        with self._line.listening():
            try:
                made = given() or under_key(order.key, partial(self._stripe.refunds.create, wanted), given)
            except InvalidRequestError as refused:
                if (there := given()) is None:  # it may be refused because somebody else was served meanwhile
                    return RefundOutcome(RefundAnswer.FAILED, "", refused.code or "refused")
                made = there
        return answers.refunded(made)

    def _given_back(self, order: RefundOrder) -> StripeRefund | None:
        """What was made for it. Stripe forgets keys after a day; what stands on the refund itself stays."""
        given = self._stripe.refunds.list({"payment_intent": order.payment_id, "limit": 100})
        said = ((one, one.to_dict().get("metadata") or {}) for one in given.auto_paging_iter())
        return next((one for one, metadata in said if metadata.get("refund") == order.key), None)

    def refunded(self, refund_id: str) -> RefundOutcome:
        with self._line.listening():
            return answers.refunded(self._stripe.refunds.retrieve(refund_id))

    def dispute(self, payment_id: str) -> Dispute | None:
        with self._line.listening():
            return self._listed_dispute(payment_id)

    def knows(self, payment_id: str) -> bool:
        return self._found(payment_id) is not None

    def collected(self, payment_id: str) -> GatewayPayment | None:
        intent = self._found(payment_id)
        return self._as_collected(intent.to_dict()) if intent is not None else None

    def collected_since(self, moment: datetime) -> Iterator[GatewayPayment]:
        wanted = {
            "created": {"gte": int(moment.timestamp())},
            "limit": 100,
            "expand": ["data.latest_charge"],
        }
        for intent in self._line.each_listed(self._stripe.payment_intents.list, wanted):
            if one := self._as_collected(intent.to_dict()):
                yield one

    def read_webhook(self, body: bytes, signature: str) -> GatewayEvent:
        try:
            text = body.decode()
            WebhookSignature.verify_header(text, signature, self._webhook_secret, STALE_SECONDS)
            event = json.loads(text)
            about, kind = event["data"]["object"], event["type"]
            is_foreign = bool(event.get("account")) or event["livemode"] is not self._is_live
            # A charge, and a dispute over one, is asked after by its payment.
            object_id = about["payment_intent" if about["object"] in ("charge", "dispute") else "id"]
            if is_foreign or not (
                NAME.fullmatch(event["id"]) and KIND.fullmatch(kind) and NAME.fullmatch(object_id)
            ):
                raise WebhookRefused("another account's")
            return GatewayEvent(event["id"], kind, object_id)
        except MALFORMED as fault:
            raise WebhookRefused(type(fault).__name__) from None

    def _found(self, payment_id: str) -> PaymentIntent | None:
        with self._line.listening():
            try:
                return self._stripe.payment_intents.retrieve(payment_id, {"expand": ["latest_charge"]})
            except InvalidRequestError as refused:
                if refused.code != "resource_missing":
                    raise
                return None

    def _as_collected(self, plain: dict[str, Any]) -> GatewayPayment | None:
        """None where nothing was."""
        if not plain["amount_received"]:
            return None
        with self._line.listening():
            return answers.collected(plain, self._dispute(plain))

    def _dispute(self, intent: dict[str, Any]) -> Dispute | None:
        """As the charge itself has it, in some of Stripe's versions, or else as Stripe lists it."""
        charge = intent.get("latest_charge")
        if not isinstance(charge, dict) or not charge.get("disputed"):
            return None
        within = charge.get("dispute")
        if isinstance(within, dict):
            return answers.disputed({"currency": intent["currency"], **within})
        return self._listed_dispute(intent["id"])

    def _listed_dispute(self, payment_id: str) -> Dispute | None:
        newest = self._stripe.disputes.list({"payment_intent": payment_id, "limit": 1}).data
        return answers.disputed(newest[0].to_dict()) if newest else None

    def _confirm(self, order: ChargeOrder, key: str, *, payer_is_there: bool) -> Outcome:
        """Raises CardError."""
        assert order.payment_id is not None
        wanted: PaymentIntentConfirmParams = {"payment_method": order.token}
        confirm = partial(self._stripe.payment_intents.confirm, order.payment_id, wanted)
        if payer_is_there:
            wanted["return_url"] = self._return_url
        else:
            wanted["off_session"] = True
        with self._line.listening():
            try:
                intent = under_key(key, confirm)
            except InvalidRequestError as refused:
                if refused.code == "payment_intent_unexpected_state":
                    # The key was forgotten, but not what became of the payment.
                    intent = self._stripe.payment_intents.retrieve(order.payment_id)
                elif refused.code == "resource_missing" and refused.param == "payment_method":
                    return Outcome(Answer.DECLINED_FOR_GOOD, order.payment_id, "payment_method_missing")
                else:
                    raise
        found = answers.outcome(intent, answered=True)
        assert found is not None
        return found
