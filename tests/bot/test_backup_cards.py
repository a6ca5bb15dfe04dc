"""What people read of a backup card: in the channel, by mail, on the page, and in the form where it is chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.i18n import words
from bot.views import announcements, payments
from bot.views import payment_methods as views
from tests.bot import sample_documents, sample_events, sample_plans
from tests.bot.sample_people import ENDS, ORDINARY

IN_ENGLISH = (
    "Paid: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. Charged to Mastercard •••• 5555. "
    "Mastercard •••• 5555 is the backup card: Visa •••• 4242 couldn't be charged (the bank no longer accepts this "
    "card). From now on Mastercard •••• 5555 pays, and there is no backup card.",
    "Paid: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. Charged to Mastercard •••• 5555. "
    "Mastercard •••• 5555 is the backup card: Visa •••• 4242 couldn't be charged (insufficient funds). Next time "
    "Visa •••• 4242 is tried first again.",
    "Payment of €35.38 with VAT for AI Assist Growth of Piazza failed: the bank no longer accepts this card. Nothing "
    "was charged. The backup card Mastercard •••• 5555 couldn't be charged either: insufficient funds. Next try on "
    "December 31, 2026, with the backup card Mastercard •••• 5555; until then nothing changes.",
    "Waiting for its Billing Admin to confirm the payment of €35.38 with VAT for AI Assist Growth of Piazza at the "
    "bank. Nothing was charged. If nobody confirms it, the backup card Mastercard •••• 5555 is tried on "
    "December 31, 2026.",
    "Reminder: Visa •••• 4242, which pays for AI Assist Growth of Piazza, is valid until February 28, 2026, and its "
    "next charge comes after that. Next charge: €353.80 with VAT, on December 31, 2026. Choose another card before "
    "then. If it is declined for good, the backup card Mastercard •••• 5555 is charged.",
)


def test_the_channel_reads_which_card_was_declined_and_what_the_backup_was_charged() -> None:
    told = [
        announcements.announcement(event, words("en")).text for event in sample_events.backup_events(ORDINARY)
    ]
    assert tuple(told) == IN_ENGLISH


@pytest.mark.parametrize("language", ["en", "it"])
def test_a_receipt_of_the_backup_has_a_button_to_change_the_card(language: str) -> None:
    paid, *_ = sample_events.backup_events(ORDINARY)
    message = announcements.announcement(paid, words(language))
    (change,) = message.blocks[-1]["elements"]
    assert (change["action_id"], change["value"]) == (views.OPEN, "sub_0")


def test_what_is_owed_names_the_backup_that_is_tried_next() -> None:
    t, one, states = (
        words("en"),
        sample_plans.subscription(ORDINARY),
        sample_documents.payments_in_every_state(),
    )
    backed: dict[str, Any] = {"try_at": ENDS, "next_card": "Mastercard 5555"}
    assert payments.unpaid_fact(replace(states["declined"], **backed), one, t) == (
        "€35.38 with VAT: next try on December 31, 2026, with the backup card Mastercard •••• 5555"
    )
    assert payments.unpaid_fact(replace(states["bank"], **backed), one, t) == (
        "€35.38 with VAT: waiting for confirmation at the bank, else the backup card Mastercard •••• 5555 is tried "
        "on December 31, 2026"
    )


def test_who_is_asked_by_the_bank_reads_when_the_backup_is_tried_in_their_place() -> None:
    asked = replace(
        sample_documents.payments_in_every_state()["bank"], try_at=ENDS, next_card="Mastercard 5555"
    )
    said = payments.outcome(sample_plans.subscription(ORDINARY), asked, words("en")).text
    assert said.endswith(
        "If nobody confirms it, the backup card Mastercard •••• 5555 is tried on December 31, 2026."
    )


def test_the_form_offers_a_backup_where_there_are_two_cards_and_shows_the_one_that_is() -> None:
    t, cards = words("en"), sample_plans.methods(ORDINARY, 3)
    plan = replace(
        sample_plans.subscription(ORDINARY), card=cards[0].card, backup=cards[1].card, backup_id="pm_1"
    )
    assert "backup_id" not in _fields(views.method_form(plan, cards[:1], t))
    menu = _fields(views.method_form(plan, cards, t))["backup_id"]
    assert [one["value"] for one in menu["options"]] == ["none", "pm_0", "pm_1", "pm_2"]
    assert menu["initial_option"]["value"] == "pm_1"
    without = _fields(views.method_form(replace(plan, backup=None, backup_id=""), cards, t))["backup_id"]
    assert without["initial_option"]["value"] == "none"


@pytest.mark.parametrize(("picked", "meant"), [("pm_1", "pm_1"), ("none", ""), (None, None)])
def test_a_form_without_the_field_leaves_the_backup_as_it_is(picked: str | None, meant: str | None) -> None:
    chosen = {"payment_method_id": "pm_0"} | ({"backup_id": picked} if picked else {})
    values = {name: {"value": {"selected_option": {"value": value}}} for name, value in chosen.items()}
    view = {"private_metadata": "sub_0", "state": {"values": values}}
    assert views.read_method_form(view) == ("sub_0", "pm_0", meant)


def _fields(view: dict[str, Any]) -> dict[str, Any]:
    return {one["block_id"]: one["element"] for one in view["blocks"] if one["type"] == "input"}
