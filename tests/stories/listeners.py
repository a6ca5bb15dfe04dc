"""How each entry of the app's routing table is used, whom it serves, and what it is handed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from billing import Actor, Billing
from billing.models import PurchaseRequest
from billing.models.base import new_id
from billing.models.purchase_requests import RequestedAct, RequestState
from billing.services import credit_notes, properties
from billing.services.credit_notes import Wanted
from billing.services.purchase_requests import OPEN_FOR
from billing.services.purchases import Order
from billing.values.cycles import Interval
from sandbox import demo
from sandbox.demo import ANNA, BILLING_CHANNEL, EMMA, LUCA
from tests.bot.sample_events import requested
from tests.bot.sample_people import ORDINARY
from tests.stories.attempts import For, Row, Try
from tests.stories.conversation import Conversation
from tests.stories.records import invoice_ids, property_id, rows, subscription_id
from tests.stories.wire import Heard, picks

PLACE = f"{demo.TEAM.id} prop_01ARZ3NDEKTSV4RRFFQ69G5FAV"
OPERATOR_FORMS = (
    *("operator.credit", "operator.credit_confirmed", "operator.refund", "operator.refund_confirmed"),
    *("operator.retry_confirmed", "operator.approve_confirmed"),
    *("operator.trial_days", "operator.trial_confirmed"),
)
NO_MONEY = {"minor": 1, "currency": "EUR"}
SHOWN = {
    "operator.credit_confirmed": ("total", "owed", "lost", "refund", "balance", "before"),
    "operator.refund_confirmed": ("amount", "promised", "before"),
}


def unknown_invoice(form: str) -> str:
    """What an operator's form keeps of an invoice that is none."""
    kept = {
        "invoice_id": "inv_forged",
        "workspace_id": demo.TEAM.id,
        "request_id": "apr_forged",
        "asks": False,
        "payment_id": "pay_forged",
        "amount": "1.00",
        "wanted": {"amount": "1.00", "refund": False, "reason": ""},
        "seen": dict.fromkeys(SHOWN.get(form, ()), NO_MONEY),
    }
    return json.dumps(kept)


INVENTED = "sub_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def address(subscription: str) -> str:
    return json.dumps({"subscription_id": subscription, "version": 1})


def company(subscription: str) -> str:
    return json.dumps({"subscription_id": subscription, "version": 1, "address": None})


def reason(subscription: str) -> str:
    return json.dumps({"subscription_id": subscription, "reason": "Altro"})


def deletion(prop: str) -> str:
    return json.dumps({"property_id": prop, "minor": 0, "currency": "EUR"})


def change(subscription: str) -> str:
    selection = {"subscription_id": subscription, "plan_id": "business", "interval": "month", "quantity": 1}
    return json.dumps({**selection, "expected_quote": "forged", "key": "forged"})


def purchase_form(prop: str) -> str:
    return json.dumps({"property_id": prop, "buyer": None})


def purchase(prop: str) -> str:
    what = {"add_on_id": "video-voice", "plan_id": "plus", "interval": "month", "quantity": 1}
    how = {"payment_method_id": "pm_forged", "address_of": "", "receipts_to": ""}
    return json.dumps({"property_id": prop, **what, **how, "expected_quote": "forged", "key": "forged"})


def restart(subscription: str) -> str:
    return json.dumps({"subscription_id": subscription, "expected_quote": "forged", "key": "forged"})


def approval(request: str) -> str:
    return json.dumps({"request_id": request, "expected_quote": "forged"})


def typed(value: str) -> dict[str, str]:
    return {"type": "number_input", "value": value}


def menu(
    serves: For, name: str, noun: str = "", metadata: Callable[[str], str] = str, *, answers: bool = True
) -> Row:
    """A menu that asks for its options; `metadata` is what its form keeps of the id that it is about."""

    async def ask(attempt: Try, some_id: str) -> str:
        return await attempt.suggest(name, metadata(some_id))

    return Row(serves, noun, ask, answers)


def operator_form(name: str) -> Row:
    async def submit(attempt: Try, _: str) -> str:
        return await attempt.submit(name, unknown_invoice(name))

    return Row(For.OPERATORS, "", submit)


def member(prop: str, user_id: str) -> str:
    return json.dumps({"property_id": prop, "user_id": user_id, "page": 1})


def contact(prop: str) -> str:
    return f"{prop}:1:con_01ARZ3NDEKTSV4RRFFQ69G5FAV"


PICKS_ANNA = {"type": "users_select", "selected_user": ANNA.id}
PICKS_BILLING = {"type": "conversations_select", "selected_conversation": BILLING_CHANNEL}
PICKS_MONTH = {"type": "radio_buttons", "selected_option": {"value": "month"}}
TICKS_NOTHING: dict[str, Any] = {"type": "checkboxes", "selected_options": []}
TICKS_RECEIPTS: dict[str, Any] = {"type": "checkboxes", "selected_options": [{"value": "receipts"}]}
NEW_ADDRESS = {
    "name": "Forged",
    "street": "Forged",
    "extra": "",
    "postal_code": "20121",
    "city": "Forged",
    "region": "",
    "country": picks("IT"),
}
ROWS: dict[tuple[str, str], Row] = {
    ("word", "home"): Row(For.READERS, "", lambda a, _: a.word("")),
    ("word", "help"): Row(For.EVERYBODY, "", lambda a, _: a.word("help")),
    ("word", "cancel"): Row(For.ADMINS, "", lambda a, _: a.word("cancel ai")),
    ("word", "buy"): Row(For.ADMINS, "", lambda a, _: a.word("buy")),
    ("word", "change"): Row(For.ADMINS, "", lambda a, _: a.word("change ai")),
    ("word", "renew"): Row(For.ADMINS, "", lambda a, _: a.word("renew video")),
    ("word", "pause"): Row(For.ADMINS, "", lambda a, _: a.word("pause ai")),
    ("word", "transfer"): Row(For.OWNERS_OF_BOTH, "", lambda a, _: a.word("transfer ai")),
    ("word", "agenda"): Row(For.READERS, "", lambda a, _: a.word("agenda")),
    ("word", "spend"): Row(For.READERS, "", lambda a, _: a.word("spend")),
    ("word", "history"): Row(For.READERS, "", lambda a, _: a.word("history ai")),
    ("word", "payment"): Row(For.ADMINS, "", lambda a, _: a.word("payment ai")),
    ("word", "address"): Row(For.ADMINS, "", lambda a, _: a.word("address ai")),
    ("word", "company"): Row(For.ADMINS, "", lambda a, _: a.word("company ai")),
    ("word", "profile"): Row(For.ADMINS, "", lambda a, _: a.word("profile")),
    ("word", "receipts"): Row(For.ADMINS, "", lambda a, _: a.word("receipts ai")),
    ("word", "invoices"): Row(For.READERS, "", lambda a, _: a.word("invoices ai")),
    ("word", "download"): Row(For.READERS, "", lambda a, _: a.word("download")),
    ("word", "property"): Row(For.READERS, "", lambda a, _: a.word("property piazza")),
    ("word", "contacts"): Row(For.READERS, "", lambda a, _: a.word("contacts")),
    ("word", "members"): Row(For.READERS, "", lambda a, _: a.word("members")),
    ("word", "budget"): Row(For.ADMINS, "", lambda a, _: a.word("budget")),
    ("word", "approvals"): Row(For.ADMINS, "", lambda a, _: a.word("approvals")),
    ("word", "channel"): Row(For.ADMINS, "", lambda a, _: a.word("channel")),
    ("word", "audit"): Row(For.READERS, "", lambda a, _: a.word("audit")),
    ("word", "health"): Row(For.ADMINS, "", lambda a, _: a.word("health")),
    ("word", "contact"): Row(For.EVERYBODY, "", lambda a, _: a.word("contact")),
    ("operator", "help"): Row(For.OPERATORS, "", lambda a, _: a.operator_word("help")),
    ("operator", "find"): Row(For.OPERATORS, "", lambda a, _: a.operator_word("find piazza")),
    ("operator", "credit"): Row(For.OPERATORS, "", lambda a, _: a.operator_word("credit 2026-999999")),
    ("operator", "refund"): Row(For.OPERATORS, "", lambda a, _: a.operator_word("refund 2026-999999")),
    ("operator", "trial"): Row(For.OPERATORS, "", lambda a, _: a.operator_word("trial")),
    ("operator", "requests"): Row(For.OPERATORS, "", lambda a, _: a.operator_word("requests")),
    ("operator", "retry"): Row(For.OPERATORS, "", lambda a, _: a.operator_word("retry 2026-999999")),
    **{("submission", name): operator_form(name) for name in OPERATOR_FORMS},
    ("action", "operator.look"): Row(For.OPERATORS, "", lambda a, _: a.press("operator.look", PLACE)),
    ("action", "operator.trial"): Row(For.OPERATORS, "", lambda a, _: a.press("operator.trial", PLACE)),
    ("action", "operator.approve"): Row(For.OPERATORS, "", lambda a, _: a.press("operator.approve", PLACE)),
    ("action", "operator.decline"): Row(For.OPERATORS, "", lambda a, _: a.press("operator.decline", PLACE)),
    ("action", "property.choose"): Row(
        For.READERS, "property", lambda a, id: a.press("property.choose", id, chooses=True)
    ),
    ("action", "property.new"): Row(For.WORKSPACE_OWNERS, "", lambda a, _: a.press("property.new", "new")),
    ("action", "subscription.cancel"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press("subscription.cancel", id)
    ),
    ("action", "subscription.undo_cancellation"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press("subscription.undo_cancellation", id)
    ),
    ("action", "reminder.keep"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press("reminder.keep", f"{id} 2026-01-31T09:30:00+00:00")
    ),
    ("action", "purchase.open"): Row(For.ADMINS, "", lambda a, _: a.press("purchase.open", "new")),
    ("action", "purchase.preview"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.press_in_modal(
            "purchase.preview",
            "video-voice:plus:month",
            purchase_form(id),
            offer=picks("video-voice:plus:month"),
            quantity=typed("1"),
        ),
    ),
    ("action", "purchase.new_card"): Row(
        For.ADMINS, "property", lambda a, id: a.press_in_modal("purchase.new_card", id, purchase_form(id))
    ),
    ("action", "change.open"): Row(For.ADMINS, "subscription", lambda a, id: a.press("change.open", id)),
    ("action", "change.preview"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.press_in_modal(
            "change.preview", "business:month", id, plan=picks("business:month"), quantity=typed("1")
        ),
    ),
    ("action", "change.undo"): Row(For.ADMINS, "subscription", lambda a, id: a.press("change.undo", id)),
    ("action", "renewal.open"): Row(For.ADMINS, "subscription", lambda a, id: a.press("renewal.open", id)),
    ("action", "transfer.open"): Row(
        For.OWNERS_OF_BOTH, "subscription", lambda a, id: a.press("transfer.open", id)
    ),
    ("action", "payment.pay"): Row(For.ADMINS, "payment", lambda a, id: a.press("payment.pay", id)),
    ("action", "payment.at_bank"): Row(
        For.EVERYBODY, "", lambda a, _: a.press("payment.at_bank", "pay_1"), answers=False
    ),
    ("action", "payment_method.open"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press("payment_method.open", id)
    ),
    ("action", "payment_method.new"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press_in_modal("payment_method.new", id, id)
    ),
    ("action", "payment_method.page_opened"): Row(
        For.EVERYBODY, "", lambda a, _: a.press("payment_method.page_opened", "cs_1"), answers=False
    ),
    ("action", "payment_method.remove"): Row(
        For.ADMINS, "payment_method", lambda a, id: a.press_in_modal("payment_method.remove", id, INVENTED)
    ),
    ("action", "payment.history"): Row(
        For.READERS, "subscription", lambda a, id: a.press("payment.history", f"{id}:1")
    ),
    ("action", "payment.page"): Row(
        For.READERS, "subscription", lambda a, id: a.press_in_modal("payment.page", f"{id}:1", "")
    ),
    ("action", "payment.table"): Row(
        For.READERS, "subscription", lambda a, id: a.press_in_modal("payment.table", f"{id}:1", "")
    ),
    ("action", "home.find"): Row(
        For.READERS,
        "subscription",
        lambda a, id: a.press("home.find", f"subscription {id}", chooses=True),
    ),
    ("action", "subscription.details"): Row(
        For.READERS, "subscription", lambda a, id: a.press("subscription.details", id)
    ),
    ("action", "property.settings"): Row(
        For.READERS, "property", lambda a, id: a.press("property.settings", id)
    ),
    ("action", "agenda.open"): Row(For.READERS, "property", lambda a, id: a.press("agenda.open", f"{id}:1")),
    ("action", "audit.open"): Row(For.READERS, "property", lambda a, id: a.press("audit.open", f"{id}:1")),
    ("action", "agenda.page"): Row(
        For.READERS, "property", lambda a, id: a.press_in_modal("agenda.page", f"{id}:1", "")
    ),
    ("action", "agenda.table"): Row(
        For.READERS, "property", lambda a, id: a.press_in_modal("agenda.table", f"{id}:1", "")
    ),
    ("action", "spend.open"): Row(For.READERS, "property", lambda a, id: a.press("spend.open", id)),
    ("action", "address.edit"): Row(For.ADMINS, "subscription", lambda a, id: a.press("address.edit", id)),
    ("action", "company.edit"): Row(For.ADMINS, "subscription", lambda a, id: a.press("company.edit", id)),
    ("action", "profile.edit"): Row(For.ADMINS, "property", lambda a, id: a.press("profile.edit", id)),
    ("action", "profile.follow"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press_in_modal("profile.follow", id, "")
    ),
    ("action", "receipts.edit"): Row(For.ADMINS, "subscription", lambda a, id: a.press("receipts.edit", id)),
    ("action", "invoice.list"): Row(
        For.READERS, "subscription", lambda a, id: a.press("invoice.list", f"{id}:1")
    ),
    ("action", "invoice.page"): Row(
        For.READERS, "subscription", lambda a, id: a.press_in_modal("invoice.page", f"{id}:1", f"{id}:1")
    ),
    ("action", "invoice.send"): Row(For.READERS, "invoice", lambda a, id: a.press("invoice.send", id)),
    ("action", "member.list"): Row(For.READERS, "property", lambda a, id: a.press("member.list", f"{id}:1")),
    ("action", "member.page"): Row(
        For.READERS, "property", lambda a, id: a.press_in_modal("member.page", f"{id}:1", "")
    ),
    ("action", "member.add"): Row(
        For.OWNERS, "property", lambda a, id: a.press_in_modal("member.add", f"{id}:1", "")
    ),
    ("action", "member.change"): Row(
        For.OWNERS, "property", lambda a, id: a.press_in_modal("member.change", f"{id}:1:{LUCA.id}", "")
    ),
    ("action", "home.show"): Row(For.READERS, "", lambda a, _: a.press("home.show", "show")),
    ("action", "member.approve"): Row(
        For.OWNERS, "property", lambda a, id: a.press("member.approve", f"{id} {LUCA.id} accountant")
    ),
    ("action", "member.decline"): Row(
        For.OWNERS, "property", lambda a, id: a.press("member.decline", f"{id} {LUCA.id} accountant")
    ),
    ("action", "member.ask_to_join"): Row(
        For.EVERYBODY, "", lambda a, _: a.press("member.ask_to_join", "ask")
    ),
    ("action", "member.ask_for_role"): Row(
        For.EVERYBODY, "property", lambda a, id: a.press("member.ask_for_role", f"{id} owner")
    ),
    ("action", "member.take_over"): Row(
        For.ADMINS, "property", lambda a, id: a.press("member.take_over", f"{id} {LUCA.id}")
    ),
    ("action", "contact.list"): Row(
        For.READERS, "property", lambda a, id: a.press("contact.list", f"{id}:1")
    ),
    ("action", "contact.add"): Row(
        For.ADMINS, "property", lambda a, id: a.press_in_modal("contact.add", f"{id}:1", "")
    ),
    ("action", "contact.change"): Row(
        For.ADMINS, "property", lambda a, id: a.press_in_modal("contact.change", contact(id), "")
    ),
    ("action", "contact.confirm"): Row(
        For.ADMINS, "property", lambda a, id: a.press_in_modal("contact.confirm", contact(id), "")
    ),
    ("action", "contact.remove"): Row(
        For.ADMINS, "property", lambda a, id: a.press_in_modal("contact.remove", contact(id), "")
    ),
    ("action", "budget.open"): Row(For.ADMINS, "property", lambda a, id: a.press("budget.open", id)),
    ("action", "limit.open"): Row(For.ADMINS, "property", lambda a, id: a.press("limit.open", id)),
    ("action", "request.approve"): Row(For.ADMINS, "request", lambda a, id: a.press("request.approve", id)),
    ("action", "request.decline"): Row(For.ADMINS, "request", lambda a, id: a.press("request.decline", id)),
    ("action", "channel.open"): Row(For.ADMINS, "property", lambda a, id: a.press("channel.open", id)),
    ("action", "channel.off"): Row(For.ADMINS, "property", lambda a, id: a.press("channel.off", id)),
    ("action", "audit.page"): Row(
        For.READERS, "property", lambda a, id: a.press_in_modal("audit.page", f"{id}:1", "")
    ),
    ("action", "help.helpful"): Row(For.EVERYBODY, "", lambda a, _: a.press("help.helpful", "words")),
    ("action", "help.not_helpful"): Row(For.EVERYBODY, "", lambda a, _: a.press("help.not_helpful", "words")),
    ("action", "support.open"): Row(For.EVERYBODY, "", lambda a, _: a.press("support.open", "help")),
    ("submission", "member.add"): Row(
        For.OWNERS,
        "property",
        lambda a, id: a.submit("member.add", member(id, ""), user_id=PICKS_ANNA, role=picks("owner")),
    ),
    ("submission", "member.change"): Row(
        For.OWNERS,
        "property",
        lambda a, id: a.submit("member.change", member(id, LUCA.id), role=picks("owner")),
    ),
    ("submission", "contact.add"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit("contact.add", id, address="forged@studio.example", kinds=TICKS_RECEIPTS),
    ),
    ("submission", "contact.change"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit("contact.change", contact(id), kinds=TICKS_RECEIPTS),
    ),
    ("submission", "contact.confirm"): Row(
        For.ADMINS, "property", lambda a, id: a.submit("contact.confirm", contact(id), code="forged")
    ),
    ("submission", "budget.change"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit("budget.change", id, every=PICKS_MONTH, amount="1"),
    ),
    ("submission", "limit.change"): Row(
        For.OWNERS, "property", lambda a, id: a.submit("limit.change", id, amount="1")
    ),
    ("submission", "request.approve_confirmed"): Row(
        For.ADMINS, "request", lambda a, id: a.submit("request.approve_confirmed", approval(id))
    ),
    ("submission", "request.ask_purchase"): Row(
        For.ADMINS, "property", lambda a, id: a.submit("request.ask_purchase", purchase(id))
    ),
    ("submission", "request.ask_change"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("request.ask_change", change(id))
    ),
    ("submission", "request.ask_restart"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("request.ask_restart", restart(id))
    ),
    ("submission", "channel.choose"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit(
            "channel.choose", id, channel=PICKS_BILLING, topics=TICKS_NOTHING, reminders=TICKS_NOTHING
        ),
    ),
    ("action", "property.open_delete"): Row(
        For.OWNERS, "property", lambda a, id: a.press_in_modal("property.open_delete", id, id)
    ),
    ("submission", "property.delete"): Row(
        For.OWNERS, "property", lambda a, id: a.submit("property.delete", deletion(id))
    ),
    ("submission", "support.send"): Row(
        For.EVERYBODY, "", lambda a, _: a.submit("support.send", message="Forged")
    ),
    ("action", "credit_note.send"): Row(
        For.READERS, "credit note", lambda a, id: a.press("credit_note.send", id)
    ),
    ("submission", "invoice.list"): Row(
        For.READERS, "subscription", lambda a, id: a.submit("invoice.list", subscription_id=picks(id))
    ),
    ("submission", "payment.history"): Row(
        For.READERS, "subscription", lambda a, id: a.submit("payment.history", subscription_id=picks(id))
    ),
    ("submission", "subscription.cancel"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit(
            "subscription.cancel", subscription_id=picks(id), kind=picks("other"), reason="Forged"
        ),
    ),
    ("submission", "subscription.cancel_confirmed"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("subscription.cancel_confirmed", reason(id))
    ),
    ("submission", "purchase.confirm"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit(
            "purchase.confirm",
            purchase_form(id),
            offer=Heard("purchase.preview", picks("video-voice:plus:month")),
            quantity=Heard("purchase.preview", typed("1")),
            payment_method_id=picks("pm_forged"),
            address=picks("none"),
            receipts_to=picks("none"),
        ),
    ),
    ("submission", "purchase.buy"): Row(
        For.ADMINS, "property", lambda a, id: a.submit("purchase.buy", purchase(id))
    ),
    ("submission", "purchase.buyer"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit(
            "purchase.buyer", json.dumps({"property_id": id, "purchase": None}), **NEW_ADDRESS
        ),
    ),
    ("submission", "change.open"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("change.open", subscription_id=picks(id))
    ),
    ("submission", "change.confirm"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit("change.confirm", id, plan=picks("business:month"), quantity=typed("1")),
    ),
    ("submission", "change.make"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("change.make", change(id))
    ),
    ("submission", "change.pause"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("change.pause", subscription_id=picks(id))
    ),
    ("submission", "renewal.choose"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("renewal.choose", subscription_id=picks(id))
    ),
    ("submission", "renewal.keep"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("renewal.keep", id)
    ),
    ("submission", "renewal.card"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit("renewal.card", id, payment_method_id=picks("pm_forged")),
    ),
    ("submission", "renewal.restart"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("renewal.restart", restart(id))
    ),
    ("submission", "transfer.confirm"): Row(
        For.OWNERS_OF_BOTH,
        "subscription",
        lambda a, id: a.submit(
            "transfer.confirm", subscription_id=picks(id), property_id=picks(a.other_property)
        ),
    ),
    ("submission", "transfer.make"): Row(
        For.OWNERS_OF_BOTH,
        "subscription",
        lambda a, id: a.submit(
            "transfer.make", json.dumps({"subscription_id": id, "property_id": a.other_property})
        ),
    ),
    ("submission", "payment_method.open"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("payment_method.open", subscription_id=picks(id))
    ),
    ("submission", "payment_method.use"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit(
            "payment_method.use", id, payment_method_id=picks("pm_forged"), backup_id=picks("pm_forged")
        ),
    ),
    ("submission", "address.edit"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("address.edit", subscription_id=picks(id))
    ),
    ("submission", "address.change"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("address.change", address(id), **NEW_ADDRESS)
    ),
    ("submission", "company.edit"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("company.edit", subscription_id=picks(id))
    ),
    ("submission", "company.change"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit(
            "company.change", company(id), legal_name="Forged", vat_number="IT00743110157"
        ),
    ),
    ("submission", "profile.change"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit(
            "profile.change", json.dumps({"property_id": id, "seen": "forged"}), **NEW_ADDRESS
        ),
    ),
    ("submission", "receipts.edit"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("receipts.edit", subscription_id=picks(id))
    ),
    ("submission", "receipts.change"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit("receipts.change", address(id), receipts_to=picks("anna@esempio.example")),
    ),
    ("submission", "download.ask"): Row(
        For.READERS, "property", lambda a, id: a.submit("download.ask", id, span=picks("1999"))
    ),
    ("submission", "property.create"): Row(
        For.WORKSPACE_OWNERS,
        "",
        lambda a, _: a.submit(
            "property.create", name="Forged", time_zone=picks("Europe/Rome"), country=picks("IT")
        ),
    ),
    ("suggestion", "property.choose"): menu(For.READERS, "property.choose"),
    ("suggestion", "home.find"): menu(For.READERS, "home.find"),
    **{
        ("suggestion", f"{form} subscription_id"): menu(For.READERS, f"{form} subscription_id")
        for form in ("invoice.list", "payment.history")
    },
    ("suggestion", "purchase.preview"): menu(For.ADMINS, "purchase.preview", "property", purchase_form),
    ("suggestion", "change.preview"): menu(For.ADMINS, "change.preview", "subscription"),
    **{
        ("suggestion", name): menu(For.ADMINS, name, "property", purchase_form)
        for name in (f"purchase.confirm {field}" for field in ("payment_method_id", "address", "receipts_to"))
    },
    **{
        ("suggestion", f"{form} subscription_id"): menu(For.ADMINS, f"{form} subscription_id")
        for form in (
            *("change.open", "change.pause", "subscription.cancel"),
            *("payment_method.open", "address.edit", "company.edit", "receipts.edit"),
        )
    },
    ("suggestion", "renewal.choose subscription_id"): menu(
        For.ADMINS, "renewal.choose subscription_id", answers=False
    ),
    **{
        ("suggestion", name): menu(For.OWNERS_OF_BOTH, name)
        for name in ("transfer.confirm subscription_id", "transfer.confirm property_id")
    },
    ("suggestion", "renewal.card payment_method_id"): menu(
        For.ADMINS, "renewal.card payment_method_id", "subscription"
    ),
    ("suggestion", "payment_method.use payment_method_id"): menu(
        For.ADMINS, "payment_method.use payment_method_id", "subscription"
    ),
    ("suggestion", "payment_method.use backup_id"): menu(
        For.ADMINS, "payment_method.use backup_id", "subscription"
    ),
    ("suggestion", "receipts.change receipts_to"): menu(
        For.ADMINS, "receipts.change receipts_to", "subscription", address
    ),
    ("shortcut", "home.open"): Row(For.READERS, "", lambda a, _: a.shortcut("home.open")),
}


def piazzas(slack: Conversation, noun: str) -> str:
    """The id of something of the property Piazza."""
    billing = slack.session.billing
    subscription = subscription_id(billing, "Piazza", "ai-assist")
    found = {
        "": "",
        "property": property_id(billing, "Piazza"),
        "subscription": subscription,
        "payment_method": str(
            rows(billing, "SELECT payment_method_id FROM subscriptions WHERE id = :s", s=subscription)[0][0]
        ),
        "invoice": invoice_ids(billing, subscription)[0],
        "payment": str(
            rows(
                billing,
                "SELECT id FROM payments WHERE kind = 'renewal' AND subscription_id = :s",
                s=subscription,
            )[0][0]
        ),
    }
    if noun in ("credit note", "request"):  # both are made before anything is compared
        made = {
            "credit note": credit_note_of(billing, subscription),
            "request": request_of(billing, found["property"], found["payment_method"]),
        }
        return made[noun]
    return found[noun]


def request_of(billing: Billing, piazza: str, card: str) -> str:
    """What its owner asked for above a limit, be there anybody to approve it or not."""
    if not rows(billing, "SELECT id FROM purchase_requests"):
        order = Order(piazza, "video-voice", "plus", Interval.MONTH, card, follows_profile=True)
        shown = requested(ORDINARY)
        with billing.work("test") as work:
            asked = PurchaseRequest(
                workspace_id=demo.TEAM.id,
                id=new_id("req"),
                property_id=piazza,
                act=RequestedAct.PURCHASE,
                wanted=asdict(order),
                shown=replace(shown, property_id=piazza).as_json(),
                key="once",
                requested_by=EMMA.id,
                requested_at=work.now,
                expires_at=work.now + OPEN_FOR,
                state=RequestState.OPEN,
            )
            work.session.add(asked)
    return str(rows(billing, "SELECT id FROM purchase_requests")[0][0])


def credit_note_of(billing: Billing, subscription: str) -> str:
    """The credit note of the subscription's first invoice, issued without telling the channel where there is none."""
    (issued,) = rows(
        billing, "SELECT number FROM invoices WHERE id = :id", id=invoice_ids(billing, subscription)[-1]
    )
    if not rows(billing, "SELECT id FROM credit_notes"):
        emma, piazza = Actor(demo.TEAM.id, EMMA.id), property_id(billing, "Piazza")
        properties.announce_in(billing, emma, piazza, None)
        credit_notes.issue(billing, issued[0], Wanted("1.00"))
        properties.announce_in(billing, emma, piazza, demo.BILLING_CHANNEL)
    return str(rows(billing, "SELECT id FROM credit_notes")[0][0])
