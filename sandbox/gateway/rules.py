"""What the pretend Stripe does when it is asked: of the real one, what the billing desk needs, and that strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.gateway.books import Books, Thing
from sandbox.gateway.cards import BY_TOKEN, CARDS, PENDING_REFUND, TestCard

Form = Mapping[str, Any]
OPEN_STATES = ("requires_payment_method", "requires_confirmation", "requires_action")
PAGE_LIVES = 24 * 3600


class Refused(Exception):
    """An error as Stripe's API answers it. `kept`: the endpoint had begun, so the reply is the key's from now on."""

    def __init__(self, status: int, kind: str, code: str, *, kept: bool = False, **more: Any) -> None:
        super().__init__(code)
        self.status, self.kept = status, kept
        self.body = {"error": {"type": kind, "code": code, "message": code.replace("_", " "), **more}}


def invalid(code: str, param: str | None = None, status: int = 400) -> Refused:
    return Refused(status, "invalid_request_error", code, param=param)


@dataclass(frozen=True)
class Rules:
    """One account's rules. `pages` is where its hosted pages stand, `behaves` how a card behaves just now."""

    books: Books
    pages: Callable[[], str]
    behaves: Callable[[TestCard], TestCard]

    def make_customer(self, form: Form) -> Thing:
        return self.books.make("cus", "customer", name=form.get("name"), metadata=form.get("metadata", {}))

    def make_session(self, form: Form) -> Thing:
        if form.get("mode") != "setup":
            raise invalid("parameter_invalid", "mode")
        customer = self.known("customer", _needed(form, "customer"), "customer")
        setup = self.books.make("seti", "setup_intent", status="requires_payment_method", payment_method=None)
        made = self.books.make(
            "cs_test",
            "checkout.session",
            mode="setup",
            status="open",
            customer=customer["id"],
            setup_intent=setup["id"],
            locale=form.get("locale", "en"),
            success_url=_needed(form, "success_url"),
            metadata=form.get("metadata", {}),
            expires_at=self.books.now + PAGE_LIVES,
        )
        return self.books.keep({**made, "url": f"{self.pages()}/pay/{made['id']}"})

    def session(self, id_: str, expand: list[str]) -> Thing:
        found = self.known("checkout.session", id_)
        if found["status"] == "open" and found["expires_at"] <= self.books.now:
            found = self.books.keep({**found, "status": "expired"})
        if "setup_intent.payment_method" in expand:
            setup = self.known("setup_intent", found["setup_intent"])
            if setup["payment_method"]:
                setup["payment_method"] = self.known("payment_method", setup["payment_method"])
            found["setup_intent"] = setup
        return found

    def save_card(self, session: Thing, card: TestCard, month: int, year: int) -> Thing:
        """The hosted page was filled in."""
        method = self.books.make(
            "pm",
            "payment_method",
            type="card",
            customer=session["customer"],
            card={"brand": card.brand, "last4": card.last_four, "exp_month": month, "exp_year": year},
            number_in_list=CARDS.index(card),
        )
        setup = self.known("setup_intent", session["setup_intent"])
        self.books.keep({**setup, "status": "succeeded", "payment_method": method["id"]})
        done = self.books.keep({**session, "status": "complete"})
        self.books.tell("checkout.session.completed", done)
        return done

    def detach(self, id_: str) -> Thing:
        method = self.known("payment_method", id_)
        if method["customer"] is None:
            raise invalid("payment_method_not_attached")
        return self.books.keep({**method, "customer": None})

    def make_intent(self, form: Form) -> Thing:
        amount = int(_needed(form, "amount"))
        if amount <= 0:
            raise invalid("parameter_invalid_integer", "amount")
        made = self.books.make(
            "pi",
            "payment_intent",
            amount=amount,
            amount_received=0,
            currency=_needed(form, "currency"),
            customer=form.get("customer"),
            description=form.get("description"),
            metadata=form.get("metadata", {}),
            payment_method=form.get("payment_method"),
            status="requires_confirmation" if form.get("payment_method") else "requires_payment_method",
            latest_charge=None,
            last_payment_error=None,
            next_action=None,
        )
        self.books.tell("payment_intent.created", made)
        return made

    def confirm(self, id_: str, form: Form) -> Thing:
        intent = self.known("payment_intent", id_)
        if intent["status"] not in OPEN_STATES[:2]:
            raise invalid("payment_intent_unexpected_state")
        token = form.get("payment_method") or intent["payment_method"]
        card = self.behaves(self._chargeable(token, intent))
        intent.update(payment_method=token, last_payment_error=None)
        if card.asks:
            return self._ask_payer(intent, form)
        if card.declines_with:
            raise self._decline(intent, card.declines_with)
        return self.collect(intent)

    def take_over(self, id_: str, amount: int, currency: str, metadata: Form) -> None:
        """A payment that another had collected: it can be looked up, refunded and disputed here. Nobody is told."""
        intent = {
            "id": id_,
            "object": "payment_intent",
            "created": self.books.now,
            "livemode": False,
            "amount": amount,
            "amount_received": amount,
            "currency": currency,
            "customer": None,
            "metadata": dict(metadata),
            "status": "succeeded",
        }
        charge = self._charge(intent, "succeeded")
        self.books.keep({**intent, "latest_charge": charge["id"]})

    def collect(self, intent: Thing) -> Thing:
        """The amount is collected, at last."""
        charge = self._charge(intent, "succeeded")
        done = self.books.keep(
            {
                **intent,
                "status": "succeeded",
                "amount_received": intent["amount"],
                "latest_charge": charge["id"],
                "next_action": None,
            }
        )
        self.books.tell("charge.succeeded", charge)
        self.books.tell("payment_intent.succeeded", done)
        return done

    def turn_down(self, intent: Thing) -> Thing:
        """The payer did not confirm at their bank."""
        error = {"type": "invalid_request_error", "code": "payment_intent_authentication_failure"}
        failed = {
            **intent,
            "status": "requires_payment_method",
            "next_action": None,
            "last_payment_error": error,
        }
        self.books.tell("payment_intent.payment_failed", failed)
        return self.books.keep(failed)

    def cancel(self, id_: str) -> Thing:
        intent = self.known("payment_intent", id_)
        if intent["status"] not in OPEN_STATES:
            raise invalid("payment_intent_unexpected_state")
        done = self.books.keep({**intent, "status": "canceled", "next_action": None})
        self.books.tell("payment_intent.canceled", done)
        return done

    def refund(self, form: Form) -> Thing:
        intent = self.known("payment_intent", _needed(form, "payment_intent"), "payment_intent")
        if intent["status"] != "succeeded":
            raise invalid("charge_not_captured")
        charge = self.known("charge", intent["latest_charge"])
        left = charge["amount"] - charge["amount_refunded"]
        amount = int(form.get("amount", left))
        if left == 0:
            raise invalid("charge_already_refunded")
        if not 0 < amount <= left:
            raise invalid("amount_too_large", "amount")
        self.books.keep({**charge, "amount_refunded": charge["amount_refunded"] + amount})
        made = self.books.make(
            "re",
            "refund",
            amount=amount,
            currency=intent["currency"],
            payment_intent=intent["id"],
            charge=charge["id"],
            metadata=form.get("metadata", {}),
            status="pending" if intent.get("payment_method") == PENDING_REFUND else "succeeded",
        )
        self.books.tell("refund.created", made)
        return made

    def refuse_refund(self, id_: str, reason: str = "lost_or_stolen_card") -> None:
        """The bank sends a refund back, which was on its way or had succeeded."""
        refund = self.known("refund", id_)
        charge = self.known("charge", refund["charge"])
        self.books.keep({**charge, "amount_refunded": charge["amount_refunded"] - refund["amount"]})
        failed = self.books.keep({**refund, "status": "failed", "failure_reason": reason})
        self.books.tell("refund.failed", failed)

    def dispute(self, intent_id: str, status: str = "needs_response", case: str = "chargeback") -> Thing:
        """The payer's bank takes the money back for now, or says how it decided; what kind of case that is."""
        intent = self.known("payment_intent", intent_id)
        charge = self.known("charge", intent["latest_charge"])
        self.books.keep({**charge, "disputed": True})
        earlier = [one for one in self.books.all("dispute") if one["payment_intent"] == intent_id]
        details = {"type": "card", "card": {"case_type": case}}
        if earlier:
            made = self.books.keep({**earlier[0], "status": status, "payment_method_details": details})
        else:
            of_it = {name: charge[name] for name in ("amount", "currency", "payment_intent")}
            of_it |= {"payment_method_details": details}
            made = self.books.make("dp", "dispute", charge=charge["id"], status=status, **of_it)
        is_over = status in ("won", "lost", "warning_closed", "prevented")
        self.books.tell(
            f"charge.dispute.{'closed' if is_over else 'updated' if earlier else 'created'}", made
        )
        return made

    def known(self, kind: str, id_: str, param: str = "id") -> Thing:
        """Raises the 404 of Stripe; for a parameter its 400."""
        found = self.books.find(kind, id_)
        if found is None:
            raise invalid("resource_missing", param, 404 if param == "id" else 400)
        return found

    def _chargeable(self, token: str | None, intent: Thing) -> TestCard:
        if token in BY_TOKEN:
            return BY_TOKEN[token]
        method = self.known("payment_method", token or "", "payment_method")
        if method["customer"] is None or method["customer"] != intent["customer"]:
            raise invalid("resource_missing", "payment_method")
        return CARDS[method["number_in_list"]]

    def _ask_payer(self, intent: Thing, form: Form) -> Thing:
        if form.get("off_session") == "true" or not form.get("return_url"):
            raise self._decline(intent, "authentication_required", code="authentication_required")
        waits = self.books.keep(
            {
                **intent,
                "status": "requires_action",
                "next_action": {
                    "type": "redirect_to_url",
                    "redirect_to_url": {
                        "url": f"{self.pages()}/bank/{intent['id']}",
                        "return_url": form["return_url"],
                    },
                },
            }
        )
        self.books.tell("payment_intent.requires_action", waits)
        return waits

    def _decline(self, intent: Thing, reason: str, code: str = "card_declined") -> Refused:
        charge = self._charge(intent, "failed")
        error = {"type": "card_error", "code": code, "decline_code": reason, "charge": charge["id"]}
        failed = self.books.keep(
            {
                **intent,
                "status": "requires_payment_method",
                "latest_charge": charge["id"],
                "last_payment_error": error,
            }
        )
        self.books.tell("charge.failed", charge)
        self.books.tell("payment_intent.payment_failed", failed)
        return Refused(402, "card_error", code, kept=True, decline_code=reason, charge=charge["id"])

    def _charge(self, intent: Thing, status: str) -> Thing:
        return self.books.make(
            "ch",
            "charge",
            amount=intent["amount"],
            amount_refunded=0,
            disputed=False,
            currency=intent["currency"],
            payment_intent=intent["id"],
            status=status,
        )


def _needed(form: Form, name: str) -> Any:
    if not form.get(name):
        raise invalid("parameter_missing", name)
    return form[name]
