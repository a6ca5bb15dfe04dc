"""What the bot shows: within Slack's limits in both languages, harmless, complete, and read back as written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from billing.i18n import Translator
from billing.services.payment_methods import CardChoice
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.events import (
    EVENTS,
    SubscriptionCancelled,
    SubscriptionRestarted,
    SubscriptionStarted,
    Topic,
)
from billing.values.money import Money
from billing.values.snapshots import CardSnapshot, Dunning, PurchaseReview, Quote, monthly_total
from bot.blocks import Block, escape, unfolded
from bot.i18n import words
from bot.reading import Outdated
from bot.views import (
    access,
    addresses,
    agenda,
    announcements,
    audit,
    budgets,
    buyers,
    changes,
    channels,
    companies,
    contacts,
    credit_notes,
    folded,
    following,
    home,
    invoices,
    members,
    payment_methods,
    payments,
    picking,
    properties,
    property_deletions,
    purchase_limits,
    purchase_requests,
    purchases,
    receipts_by_mail,
    reminders,
    renewals,
    settings,
    spend,
    subscriptions,
    transfers,
)
from bot.views.pages import RowKey
from bot.views.phrases import price
from bot.views.quotes import quote_blocks
from sandbox.blockkit import blocks_faults, view_faults, view_too_large
from tests.bot import sample_documents, sample_events, sample_people, sample_plans, views_under_test
from tests.bot.reading import elements, in_both_languages, strings, submitted
from tests.bot.sample_people import ALL_ENTITIES, ENDS, HOSTILE, LONG, ORDINARY, PURCHASED
from tests.bot.sample_plans import UNPAID

MESSAGE_TEXT = 4000
KINDS = {"ordinary": ORDINARY, "hostile": HOSTILE, "long": LONG, "entities": ALL_ENTITIES}
of_all_kinds = pytest.mark.parametrize("people", KINDS.values(), ids=KINDS)


def everything(people: sample_people.People, t: Translator) -> Iterator[Any]:
    yield from views_under_test.every_view(people, t)
    yield from (message.blocks for message in views_under_test.every_message(people, t))


# Limits and harmlessness


@in_both_languages
@of_all_kinds
def test_every_view_keeps_slacks_limits(people: sample_people.People, t: Translator) -> None:
    for view in views_under_test.every_view(people, t):
        assert view_faults(view) == []
        assert not view_too_large(view)


@in_both_languages
@of_all_kinds
def test_every_message_keeps_slacks_limits(people: sample_people.People, t: Translator) -> None:
    for message in views_under_test.every_message(people, t):
        assert blocks_faults(message.blocks) == []
        assert 0 < len(message.text) <= MESSAGE_TEXT


@in_both_languages
def test_what_people_typed_cannot_mention_link_or_format(t: Translator) -> None:
    texts = [text for one in everything(HOSTILE, t) for text in strings(one, "mrkdwn")]
    texts += [message.text for message in views_under_test.every_message(HOSTILE, t)]
    texts.append(invoices.pdf_message(sample_documents.invoice_file(HOSTILE), t))
    texts.append(credit_notes.pdf_message(sample_documents.credit_note_file(HOSTILE), t))
    for text in texts:
        assert "<!" not in text.replace("<!date^", "")  # the app's own moments
        assert "<http" not in text.replace("<https://example.com/", "")  # the links of the settings
        for formatted in ("*x*", "_y_", "~z~", "`q`"):
            assert formatted not in text


def test_escaping_leaves_ordinary_text_alone() -> None:
    assert (
        escape("anna_conti@piazza.example, 20121 Milano (MI)")
        == "anna_conti@piazza.example, 20121 Milano (MI)"
    )


def test_escaping_makes_one_line_and_spares_nothing() -> None:
    assert escape("a\n> b & _c_ *d*") == "a &gt; b &amp; ˍcˍ ∗d∗"


@in_both_languages
def test_buttons_that_look_alike_sound_different(t: Translator) -> None:
    for one in everything(ORDINARY, t):
        seen = {
            (button["action_id"], button["value"]): button.get("accessibility_label", button["text"]["text"])
            for button in elements(one, "button")
        }
        assert len(set(seen.values())) == len(seen)


@in_both_languages
def test_no_row_has_more_than_three_buttons_and_a_menu(t: Translator) -> None:
    for one in everything(ORDINARY, t):
        for row in elements(one, "actions"):
            kinds = [element["type"] for element in row["elements"]]
            assert kinds.count("button") <= 3
            assert kinds.count("overflow") <= 1


@in_both_languages
def test_what_is_folded_behind_three_dots_acts_as_the_button_would(t: Translator) -> None:
    menus = list(elements(home.card(sample_plans.purchases(ORDINARY, Role.OWNER), t).blocks, "overflow"))
    assert menus
    for menu in menus:
        for chosen in menu["options"]:
            pressed = unfolded({"action_id": menu["action_id"], "selected_option": chosen})
            assert pressed["action_id"] in {
                invoices.LIST,
                payments.HISTORY,
                addresses.EDIT,
                receipts_by_mail.EDIT,
                agenda.OPEN,
                spend.OPEN,
            }
            assert pressed["value"].startswith(("sub_", "prop_", "all"))
            assert not any("confirm" in one for one in elements(menu, "button"))


# Home and card


def test_an_admin_sees_all_of_a_subscription() -> None:
    text = "\n".join(strings(home.home(sample_plans.purchases(ORDINARY), words("en")), "mrkdwn"))
    for fact in (
        "AI Assist Growth",
        "€29.00 a month + VAT",
        "Active",
        "November 23, 2026",
        "€35.38 with VAT, on December 31, 2026",
        "Visa •••• 4242",
        "Piazza S.r.l., Via Garibaldi 12, 20121 Milano (MI), Italy",
        "conti@piazza.example",
        "Cancelled: active until December 31, 2026, won't renew",
        "No card yet",
        "not set: invoices show Anna Conti",
        "Ended on December 31, 2026",
        "2026-000012",
        "Europe/Rome",
    ):
        assert fact in text


def test_every_state_is_said_in_words() -> None:
    text = "\n".join(strings(home.home(sample_plans.in_states(ORDINARY), words("en")), "mrkdwn"))
    for fact in (
        "10000 × €29.00 a month + VAT",
        "Free trial until December 31, 2026, then €35.38 with VAT",
        "Past due",
        "From December 31, 2026: 12 × Business, yearly",
        "As soon as it is paid: 12 × Business",
        "Cancelled: active until December 31, 2026, won't renew; the past-due invoice is still unpaid",
        "As soon as it is paid: Growth",
    ):
        assert fact in text


def test_who_cancels_what_is_unpaid_is_not_promised_that_nothing_more_is_charged() -> None:
    unpaid = replace(sample_plans.cancelled(ORDINARY), status="past_due", dunning=Dunning(PURCHASED, ENDS))
    said = subscriptions.cancelled(unpaid, words("en")).text
    assert said.endswith("Only the past-due invoice will still be charged.")


def test_italians_read_it_in_italian() -> None:
    text = "\n".join(strings(home.card(sample_plans.purchases(ORDINARY), words("it")).blocks, "mrkdwn"))
    assert "29,00\xa0€/mese + IVA" in text
    assert "35,38\xa0€ IVA inclusa, il 31 dicembre 2026" in text


def _action_ids(blocks: list[Block]) -> set[str]:
    folded = [
        {"action_id": menu["action_id"], "selected_option": chosen}
        for menu in elements(blocks, "overflow")
        for chosen in menu["options"]
    ]
    kinds = ("button", "static_select")
    pressed = [element for kind in kinds for element in elements(blocks, kind)]
    return {one["action_id"] for one in (*pressed, *map(unfolded, folded))}


@in_both_languages
def test_an_accountant_gets_only_actions_that_read(t: Translator) -> None:
    page = sample_plans.purchases(ORDINARY, Role.ACCOUNTANT, choices=2)
    allowed = {
        properties.CHOOSE,
        invoices.LIST,
        invoices.SEND,
        payments.HISTORY,
        agenda.OPEN,
        spend.OPEN,
        settings.OPEN,
    }
    assert _action_ids(home.home(page, t)["blocks"]) == allowed
    assert _action_ids(home.card(page, t).blocks) == allowed


@in_both_languages
def test_an_owner_gets_the_actions_that_change(t: Translator) -> None:
    page = sample_plans.purchases(ORDINARY, Role.OWNER)
    changing = {addresses.EDIT, subscriptions.CANCEL, subscriptions.UNDO, changes.OPEN, renewals.OPEN}
    assert changing <= _action_ids(home.card(page, t).blocks)


def test_what_has_no_room_is_counted() -> None:
    t = words("en")
    text = "\n".join(strings(home.card(sample_plans.purchases(ORDINARY, count=40), t).blocks, "mrkdwn"))
    hidden = sum(int(count) for count in re.findall(r"and (\d+) more", text))
    shown = len(re.findall(r"\*AI Assist( \d+)? Growth\*", text))
    assert shown + hidden == 40 + 1 + 40


@in_both_languages
def test_twelve_subscriptions_are_a_line_each_with_all_of_it_behind_a_button(t: Translator) -> None:
    page = replace(sample_plans.purchases(ORDINARY, count=12), ended=())
    shown = home.home(page, t)["blocks"]
    assert len(shown) <= 30
    details = [one["value"] for one in elements(shown, "button") if one["action_id"] == folded.DETAILS]
    assert details == [one.id for one in page.running]
    said = "\n".join(strings(home.details(page.running[0], page, t)["blocks"], "mrkdwn"))
    for fact in ("29", "35", "4242", "Piazza S.r.l.", "2026-000012"):
        assert fact in said


def test_four_subscriptions_are_shown_whole() -> None:
    page = sample_plans.purchases(ORDINARY, count=1)
    assert not [
        one for one in elements(home.home(page, words("en")), "button") if one["text"]["text"] == "Details"
    ]


def test_what_waits_for_the_reader_stands_first_then_the_figures_then_what_was_bought() -> None:
    t, owed = words("en"), sample_documents.payments_in_every_state()
    cardless = replace(sample_plans.subscription(ORDINARY, 7), card=None)
    expiring = replace(sample_plans.subscription(ORDINARY, 8), card=CardSnapshot("Visa", "4242", 11, 2026))
    unpaid = replace(sample_plans.subscription(ORDINARY, 9), status="past_due", allowed=UNPAID)
    page = replace(
        sample_plans.purchases(ORDINARY),
        running=(sample_plans.subscription(ORDINARY), cardless, expiring, unpaid),
        ended=(),
        unpaid={unpaid.id: next(iter(owed.values()))},
        credit=Money(4758, "EUR"),
    )
    said = "\n".join(strings(home.home(page, t), "mrkdwn"))
    in_order = (
        "*AI Assist 9 Growth* is unpaid.",
        "*AI Assist 7 Growth* has no card. Choose one before its next charge on December 31, 2026.",
        "The card of *AI Assist 8 Growth* expires before its next charge on December 31, 2026.",
        "*Monthly total*\n€116.00 + VAT",
        "*Next charge*\n€141.52 with VAT, on December 31, 2026",
        "*Credit*\n€47.58",
        "*Status*",
    )
    places = [said.index(words) for words in in_order]
    assert places == sorted(places)
    reader = replace(page, property=replace(page.property, role=Role.ACCOUNTANT))
    assert payments.PAY not in _action_ids(home.home(reader, t)["blocks"])


def test_a_charge_of_nothing_asks_for_no_card_and_is_not_the_next_one() -> None:
    free = replace(sample_plans.subscription(ORDINARY), next_charge=Money(0, "EUR"), card=None)
    later = replace(sample_plans.subscription(ORDINARY, 1), next_charge_at=ENDS + timedelta(days=3))
    page = replace(sample_plans.purchases(ORDINARY), running=(free, later), unpaid={})
    shown = "\n".join(strings(home.card(page, words("en")).blocks, "mrkdwn"))
    assert "has no card" not in shown
    assert "*Next charge*\n€35.38 with VAT, on January 3, 2027" in shown
    alone = "\n".join(strings(home.card(replace(page, running=(free,)), words("en")).blocks, "mrkdwn"))
    assert "*Next charge*\nnothing on December 31, 2026" in alone


@pytest.mark.parametrize("event", [SubscriptionStarted, SubscriptionRestarted])
def test_what_is_free_was_not_paid(event: type[SubscriptionStarted | SubscriptionRestarted]) -> None:
    told = next(one for one in sample_events.events(ORDINARY) if isinstance(one, event) and one.total_minor)
    assert announcements.announcement(told, words("en")).text.endswith(". Paid: €35.38 with VAT.")
    free = announcements.announcement(replace(told, total_minor=0), words("en"))
    assert free.text.endswith(". Nothing was charged.")


def test_the_monthly_total_counts_a_year_as_twelve_months_and_no_trial_and_nothing_cancelled() -> None:
    yearly = replace(
        sample_plans.subscription(ORDINARY, 1), interval=Interval.YEAR, price=Money(10_000, "EUR")
    )
    three = replace(sample_plans.subscription(ORDINARY, 2), quantity=3)
    trial = replace(sample_plans.subscription(ORDINARY, 3), status="trialing")
    page = replace(
        sample_plans.purchases(ORDINARY), running=(yearly, three, trial, sample_plans.cancelled(ORDINARY, 4))
    )
    assert monthly_total(page) == Money(833 + 8700, "EUR")
    said = "\n".join(strings(home.home(page, words("en")), "mrkdwn"))
    assert "€95.33 + VAT, without free trials" in said


@in_both_languages
def test_the_settings_are_one_press_away(t: Translator) -> None:
    prop = sample_people.prop(ORDINARY, Role.OWNER)
    assert settings.OPEN in _action_ids(home.home(sample_plans.purchases(ORDINARY), t)["blocks"])
    ways = {one["action_id"] for one in elements(settings.settings(prop, t), "button")}
    assert ways == {
        budgets.OPEN,
        purchase_limits.OPEN,
        channels.OPEN,
        contacts.LIST,
        members.LIST,
        audit.OPEN,
        property_deletions.OPEN,
    }


def test_undoing_asks_first_and_names_thing_amount_property_and_date() -> None:
    undo = subscriptions.undo_button(sample_plans.cancelled(ORDINARY), words("en"))
    question = undo["confirm"]["text"]["text"]
    for part in ("AI Assist Growth", "€29.00 a month", "Piazza", "December 31, 2026"):
        assert part in question


@in_both_languages
def test_only_a_workspace_owner_is_offered_to_create_a_property(t: Translator) -> None:
    assert home.NEW_PROPERTY in _action_ids(home.without_property(t, ("U1",), can_create=True).blocks)
    assert _action_ids(home.without_property(t, (), can_create=False).blocks) == set()
    asking = home.without_property(t, ("U1",), can_create=False)
    assert _action_ids(asking.blocks) == {access.JOIN}
    assert "<@U1>" in asking.text


# Forms


def test_the_card_that_stands_chosen_is_never_one_that_a_charge_would_fail_on() -> None:
    t, methods = words("en"), sample_plans.methods(ORDINARY, 1)
    dead = (
        replace(methods[0], id="pm_old", expires="expired"),
        replace(methods[0], id="pm_no", declined=True),
    )
    alive = replace(methods[0], id="pm_yes", expires=None, declined=False)
    for listed, chosen in (((*dead, alive), "pm_yes"), (dead, None)):
        (menu,) = (b["element"] for b in [purchases._card_input(listed, t)])
        assert menu.get("initial_option", {}).get("value") == chosen


def test_the_cancel_form_is_read_back_and_its_reason_is_said_in_each_readers_words() -> None:
    t, one = words("it"), sample_plans.subscription(ORDINARY)
    view = submitted(subscriptions.cancel_form([one], one, t), kind="not_used", reason=" Siamo in due ")
    form = subscriptions.read_cancel_form(view)
    assert form == subscriptions.CancelForm("sub_0", "not_used: Siamo in due")
    assert subscriptions.reason_in_words(form.reason, t) == "Non lo usiamo abbastanza: Siamo in due"
    assert subscriptions.reason_in_words(form.reason, words("en")) == "We don't use it enough: Siamo in due"
    assert subscriptions.reason_in_words("Why not: indeed", t) == "Why not: indeed"


@in_both_languages
def test_a_reason_needs_no_further_words(t: Translator) -> None:
    one = sample_plans.subscription(ORDINARY)
    view = submitted(subscriptions.cancel_form([one], None, t), subscription_id="sub_0", kind="other")
    assert subscriptions.read_cancel_form(view) == subscriptions.CancelForm("sub_0", "other")
    assert subscriptions.reason_in_words("other", t) == t("Another reason")


@in_both_languages
@of_all_kinds
def test_the_confirmation_is_read_back(people: sample_people.People, t: Translator) -> None:
    reason = people.name("Costa troppo")
    view = subscriptions.cancel_confirmation(sample_plans.cancelled(people), reason, t)
    shown = sample_plans.cancelled(people).fingerprint
    assert subscriptions.read_cancel_confirmation(view) == subscriptions.CancelForm("sub_0", reason, shown)


def test_the_confirmation_says_what_it_does() -> None:
    view = subscriptions.cancel_confirmation(sample_plans.cancelled(ORDINARY), "Why not", words("en"))
    text = "\n".join(strings(view, "mrkdwn"))
    assert view["submit"]["text"] == "Yes, cancel subscription"
    for part in (
        "AI Assist Growth",
        "Piazza",
        "December 31, 2026",
        "€29.00 a month",
        "You won't be charged again",
    ):
        assert part in text


@in_both_languages
@of_all_kinds
def test_the_address_form_is_read_back_as_it_was_filled(people: sample_people.People, t: Translator) -> None:
    one = sample_plans.subscription(people)
    form = addresses.read_address_form(submitted(addresses.address_form(one, t)))
    assert one.address is not None
    assert form == addresses.AddressForm("sub_0", 3, one.address.as_dict())


@in_both_languages
def test_the_company_form_is_read_back_as_it_was_filled(t: Translator) -> None:
    one = sample_plans.subscription(ORDINARY)
    form = companies.read_company_form(submitted(companies.company_form(one, t)))
    assert one.company is not None
    assert form == companies.CompanyForm("sub_0", 3, None, one.company.as_dict())


@in_both_languages
@of_all_kinds
def test_a_move_abroad_carries_the_new_address_and_asks_for_the_number_there(
    people: sample_people.People, t: Translator
) -> None:
    assert ORDINARY.address is not None
    berlin = replace(people.address or ORDINARY.address, country="DE")
    view = companies.company_form(sample_plans.subscription(people), t, berlin)
    form = companies.read_company_form(submitted(view))
    assert form.address == berlin.as_dict()
    assert not any(form.values.values())
    asked = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    assert asked == ["legal_name", "vat_number", "purchase_order"]


@in_both_languages
@of_all_kinds
def test_the_form_of_a_buyer_carries_the_purchase_that_waits_for_it(
    people: sample_people.People, t: Translator
) -> None:
    typed = sample_people.buyer_typed(people)
    purchase = purchases.PurchaseForm(
        "prop_0", "ai-assist", "growth", Interval.YEAR, 2, "pm_0", "typed", "", typed
    )
    view = buyers.buyer_form(sample_plans.sales_choices(people, 1), t, purchase)
    form = buyers.read_buyer_form(submitted(view))
    assert form == buyers.BuyerForm("prop_0", purchase, typed)
    confirmed = purchases.confirmation(sample_plans.quote(people), purchase, "k1", t)
    assert purchases.read_confirmation(submitted(confirmed)).form == purchase
    assert len(view["private_metadata"]) < 3000


@in_both_languages
def test_who_was_typed_stands_first_among_the_addresses_of_a_purchase(t: Translator) -> None:
    typed = sample_people.buyer_typed(ORDINARY)
    view = purchases.purchase_form(
        sample_plans.sales_choices(ORDINARY, 1), sample_plans.methods(ORDINARY, 1), t, buyer=typed
    )
    form = purchases.read_form(submitted(view))
    assert (form.address_of, form.buyer) == (purchases.TYPED, typed)


@in_both_languages
def test_an_empty_address_form_starts_in_italy(t: Translator) -> None:
    form = addresses.read_address_form(submitted(addresses.address_form(sample_plans.cancelled(ORDINARY), t)))
    assert form.values == dict.fromkeys(form.values, "") | {"country": "IT"}


@in_both_languages
def test_a_chosen_subscription_is_read_back(t: Translator) -> None:
    choices = [sample_plans.subscription(ORDINARY), sample_plans.subscription(ORDINARY, 1)]
    view = picking.choose(choices, addresses.EDIT, t)
    assert picking.read_choice(submitted(view, subscription_id="sub_1")) == "sub_1"


@in_both_languages
def test_a_new_property_is_read_back(t: Translator) -> None:
    view = submitted(properties.create_form(t, "Europe/Rome", ["EUR"]), name="Piazza", country="DE")
    assert properties.read_create_form(view) == properties.PropertyForm("Piazza", "Europe/Rome", "DE", "")


@in_both_languages
def test_what_a_form_of_an_older_version_does_not_ask_about_stays_on(t: Translator) -> None:
    form = channels.channel_form(sample_people.prop(ORDINARY, Role.OWNER), None, t)
    of_before = [one for one in form["blocks"] if one.get("block_id") != "reminders"]
    (topics,) = (one["element"] for one in of_before if one.get("block_id") == "topics")
    topics["options"] = [one for one in topics["options"] if one["value"] != Topic.BUDGETS]
    ticked = {"topics": {"value": {"selected_options": [{"value": Topic.RECEIPTS}]}}}
    read = channels.read_channel_form({**form, "blocks": of_before, "state": {"values": ticked}})
    assert read.topics == (Topic.RECEIPTS, Topic.BUDGETS, *channels.REMINDED_OF)


@in_both_languages
def test_the_currency_of_a_new_property_is_asked_for_where_there_are_several(t: Translator) -> None:
    several = properties.create_form(t, "Europe/Rome", ["EUR", "JPY"])
    view = submitted(several, name="Piazza", country="DE")
    assert properties.read_create_form(view).currency == "EUR"
    view = submitted(several, name="Piazza", country="DE", currency="JPY")
    assert properties.read_create_form(view).currency == "JPY"


def test_countries_stand_under_their_letters_in_the_readers_language() -> None:
    menu = addresses.address_form(sample_plans.subscription(ORDINARY), words("it"))["blocks"][-1]["element"]
    under_g = next(group for group in menu["option_groups"] if group["label"]["text"] == "G")
    assert "Germania" in [option["text"]["text"] for option in under_g["options"]]


@in_both_languages
def test_the_change_form_is_read_back_as_it_was_filled(t: Translator) -> None:
    view = changes.change_form(sample_plans.plan_choices(ORDINARY), None, (), t)
    assert changes.read_form(submitted(view)) == changes.ChangeForm("sub_0", "growth", Interval.MONTH, 1)
    filled = submitted(view, plan="business:year", quantity="12")
    wanted = changes.ChangeForm("sub_0", "business", Interval.YEAR, 12)
    assert changes.read_form(filled) == wanted
    assert changes.read_form(changes_again(wanted, t)) == wanted


def changes_again(form: changes.ChangeForm, t: Translator) -> dict[str, Any]:
    return submitted(changes.change_form(sample_plans.plan_choices(ORDINARY), form, (), t))


@in_both_languages
@pytest.mark.parametrize(
    ("plan", "quantity"),
    [("x", "1"), ("growth:week", "1"), ("growth:month", "-1"), ("growth:month", "9" * 99)],
)
def test_what_nobody_could_choose_is_read_as_nothing_that_is_sold(
    t: Translator, plan: str, quantity: str
) -> None:
    view = changes.change_form(sample_plans.plan_choices(ORDINARY), None, (), t)
    form = changes.read_form(submitted(view, plan=plan, quantity=quantity))
    assert form.plan_id == "" or form.quantity == 0


@in_both_languages
def test_confirmations_of_changes_renewals_and_transfers_are_read_back(t: Translator) -> None:
    form = changes.ChangeForm("sub_0", "business", Interval.YEAR, 12)
    view = changes.change_confirmation(sample_plans.quote(ORDINARY), form, "k1", t)
    assert changes.read_confirmation(view) == changes.ChangeConfirmed(form, "f1", "k1")
    view = renewals.restart_confirmation(sample_plans.quote(ORDINARY), "k1", t)
    assert renewals.read_confirmation(view) == renewals.RestartConfirmed("sub_0", "f1", "k1")
    one = sample_plans.subscription(ORDINARY)
    view = transfers.transfer_confirmation(one, one, t)
    assert transfers.read_confirmation(view) == transfers.TransferForm("sub_0", "prop_0", one.fingerprint)
    of_before = json.dumps({"subscription_id": "sub_0", "property_id": "prop_0"})
    assert transfers.read_confirmation({"private_metadata": of_before}) == transfers.TransferForm(
        "sub_0", "prop_0"
    )
    of_before = json.dumps({"subscription_id": "sub_0", "reason": "other"})
    assert subscriptions.read_cancel_confirmation({"private_metadata": of_before}).expected is None
    assert payments.read_pay("pay_1") == ("pay_1", None)
    assert payments.read_pay(payments.pay_value("pay_1", one.card)) == ("pay_1", "Visa 4242")
    view = submitted(transfers.transfer_form(sample_plans.transfer_choices(ORDINARY), one, t))
    assert transfers.read_form(view) == transfers.TransferForm("sub_0", "prop_1")


def test_a_preview_says_every_sum_so_that_it_can_be_checked_by_hand() -> None:
    shown = changes.change_confirmation(
        sample_plans.prorated(ORDINARY),
        changes.ChangeForm("sub_0", "business", Interval.MONTH, 3),
        "k1",
        words("en"),
    )
    text = "\n".join(strings(shown, "mrkdwn"))
    for said in (
        "change *AI Assist* of the property *Piazza* to *12 × Business, yearly*",
        "*Charged now:* €34.38 with VAT, to Visa •••• 4242",
        "• Unused time on Growth, Dec 16, 2026 – Dec 31, 2026: 15 of 30 days × €29.00 = -€14.50",
        "• Business, Dec 16, 2026 – Dec 31, 2026: 15 of 30 days × €99.00 = €49.50",
        "• Business, Jan 1, 2027 – Jan 31, 2027: 3 × €10.00 = €30.00",
        "VAT 22%: €14.30",
        "Total: €79.30",
        "Paid from the credit balance of Piazza: €10.00",
        "*Next charge:* €35.38 with VAT, on December 31, 2026",
    ):
        assert said in text, said


def preview_of(shown: Quote) -> list[str]:
    """The sums of a preview, line by line."""
    _, sums, *_ = strings(quote_blocks(shown, words("en")), "mrkdwn")
    return sums.splitlines()


def test_a_preview_says_which_lines_a_credit_note_will_have_and_which_the_invoice() -> None:
    shown = preview_of(sample_plans.credited_apart(ORDINARY))
    assert shown[:4] == [
        "• Business, Dec 16, 2026 – Dec 31, 2026: 15 of 30 days × €99.00 = €49.50",
        "• Business, Jan 1, 2027 – Jan 31, 2027: 3 × €10.00 = €30.00",
        "VAT 22%: €17.49, which you pay to the tax office",
        "Total: €79.50",
    ]
    assert shown[4] == "*By credit note for earlier invoices, used for this one first:* €28.50"
    assert all(line.startswith("• Unused time on Growth") for line in shown[5:7])


def test_a_preview_that_gives_back_the_vat_of_split_payment_says_that_it_is_less() -> None:
    shown = preview_of(replace(sample_plans.credited_apart(ORDINARY), invoice=None))
    assert "VAT 21%: you pay €5.99 less to the tax office" in shown


def test_what_is_paid_waited_for_or_refused_is_said() -> None:
    one, t = sample_plans.subscription(ORDINARY), words("en")
    said = {
        state: payments.outcome(one, payment, t)
        for state, payment in sample_documents.payments_in_every_state().items()
    }
    assert said["paid"].text == "Paid: €35.38 with VAT for AI Assist Growth of Piazza. Nothing else changes."
    assert "failed: insufficient funds. Nothing was charged." in said["declined"].text
    assert "nothing is charged twice" in said["unknown"].text
    (link,) = elements(said["bank"].blocks, "button")
    assert (link["action_id"], link["url"]) == (payments.AT_BANK, "https://bank.example/3ds")


# Invoices


@in_both_languages
def test_an_agenda_and_a_history_lead_to_both_neighbours(t: Translator) -> None:
    view = agenda.agenda(sample_plans.agenda_page(ORDINARY), t)
    turns = [button["value"] for button in elements(view, "button")]
    # the last one sends the page's whole list as a table
    assert [RowKey.read(value) for value in turns] == [RowKey("prop_0", page) for page in (1, 3, 2)]
    view = payments.history(sample_documents.attempt_page(ORDINARY), t)
    turns = [button["value"] for button in elements(view, "button")]
    assert [RowKey.read(value) for value in turns] == [RowKey("sub_0", page) for page in (1, 3, 2)]


@in_both_languages
def test_an_invoice_list_remembers_where_it_is(t: Translator) -> None:
    shown = invoices.invoice_list(sample_documents.invoice_page(ORDINARY), t)
    assert invoices.read_list(shown) == RowKey("sub_0", 2)


@in_both_languages
def test_paging_leads_to_both_neighbours(t: Translator) -> None:
    view = invoices.invoice_list(sample_documents.invoice_page(ORDINARY), t)
    turns = [button["value"] for button in elements(view, "button") if button["action_id"] == invoices.PAGE]
    assert [RowKey.read(value) for value in turns] == [RowKey("sub_0", 1), RowKey("sub_0", 3)]


def test_the_list_of_the_whole_property_has_no_subscription() -> None:
    assert RowKey.read("all:4") == RowKey(None, 4)


@pytest.mark.parametrize("key", [RowKey(), RowKey("sub_0", 3), RowKey("prop_0", 2, "U0ANNA00001")], ids=str)
def test_a_row_key_is_read_back_as_it_was_written(key: RowKey) -> None:
    assert RowKey.read(str(key)) == key


@pytest.mark.parametrize("value", ["", "x", "x:y", "sub_0:1:U1:more"])
def test_a_row_key_that_nobody_wrote_is_of_an_outdated_button(value: str) -> None:
    with pytest.raises(Outdated):
        RowKey.read(value)


def test_the_list_says_what_was_sent() -> None:
    t = words("en")
    sent = invoices.sent(sample_documents.invoice_file(ORDINARY), t)
    view = invoices.invoice_list(sample_documents.invoice_page(ORDINARY), t, sent)
    assert "Invoice 2026-000012 of Piazza (€35.38) was sent to you in a direct message." in strings(
        view, "mrkdwn"
    )


def test_of_many_credit_notes_the_newest_are_shown_and_the_others_counted() -> None:
    view = invoices.invoice_list(sample_documents.corrected_page(ORDINARY), words("en"))
    sent = [
        button["value"] for button in elements(view, "button") if button["action_id"] == credit_notes.SEND
    ]
    assert sent[:9] == [f"cn_{number}" for number in range(3, 12)]
    assert list(strings(view, "mrkdwn")).count("and 3 older credit notes") == 8
    assert "credited: €146.40" in "".join(list(strings(view, "mrkdwn")))


def test_the_sentence_with_a_pdf() -> None:
    file = sample_documents.invoice_file(ORDINARY)
    assert invoices.pdf_message(file, words("en")) == "Invoice 2026-000012 of Nov 23, 2026 for Piazza: €35.38"
    assert invoices.pdf_message(file, words("it")) == (
        "Fattura 2026-000012 del 23 nov 2026 per Piazza: 35,38\xa0€"
    )


# Announcements


NO_PROPERTY = ("AppInstalled", "MonthReported")


@in_both_languages
def test_every_event_has_an_announcement(t: Translator) -> None:
    told = {event.kind: announcements.announcement(event, t) for event in sample_events.events(ORDINARY)}
    # The code of a billing contact is mailed, and never said in Slack.
    assert told.keys() == EVENTS.keys() - {"ContactToConfirm"}
    of_a_property = {kind: message for kind, message in told.items() if kind not in NO_PROPERTY}
    assert all("Piazza" in message.text for message in of_a_property.values())


@in_both_languages
def test_a_cancellation_can_be_undone_where_it_is_announced(t: Translator) -> None:
    event = next(sample_events.events(ORDINARY))
    (undo,) = elements(announcements.announcement(event, t).blocks, "button")
    assert isinstance(event, SubscriptionCancelled)
    assert undo["action_id"] == subscriptions.UNDO
    assert subscriptions.read_undo(undo["value"]) == ("sub_0", event.ends_at)
    assert "Piazza" in undo["confirm"]["text"]["text"]


@in_both_languages
def test_a_planned_change_can_be_undone_and_a_failed_payment_paid_where_it_is_announced(
    t: Translator,
) -> None:
    found = {
        (event.kind, button["action_id"], button["value"])
        for event in sample_events.events(ORDINARY)
        for button in elements(announcements.announcement(event, t).blocks, "button")
        if event.kind not in ("SubscriptionCancelled", "RoleAskedFor")
    }
    assert found == {
        ("ChangePlanned", changes.UNDO, "sub_0 chg_1"),
        ("ChannelUnusable", channels.OPEN, "prop_0"),
        ("PaymentFailed", payments.PAY, "pay_1"),
        ("PaymentFailed", payment_methods.OPEN, "sub_0"),
        ("SubscriptionEnded", renewals.OPEN, "sub_0"),
        ("ReceiptUndelivered", receipts_by_mail.EDIT, "sub_0"),
        ("ContactRefused", contacts.LIST, "prop_0:1"),
        ("VatNumberRejected", following.EDIT, "prop_0"),
        ("BudgetReached", spend.OPEN, "prop_0"),
        ("PurchaseRequested", purchase_requests.APPROVE, "req_1"),
        ("PurchaseRequested", purchase_requests.DECLINE, "req_1"),
        ("DetailsMissing", payment_methods.OPEN, "sub_0"),
        ("DetailsMissing", addresses.EDIT, "sub_0"),
        ("DetailsMissing", receipts_by_mail.EDIT, "sub_0"),
        ("RecipientLeft", receipts_by_mail.EDIT, "sub_0"),
        ("BillingAdminLeft", members.TAKE_OVER, "prop_0 U2"),
        ("RenewalOverdue", addresses.EDIT, "sub_0"),
        ("RenewalOverdue", subscriptions.CANCEL, "sub_0"),
        ("CardReminder", payment_methods.OPEN, "sub_0"),
        *(
            (kind, action_id, value)
            for kind in ("RenewalReminder", "TrialReminder")
            for action_id, value in (
                (reminders.KEEP, subscriptions.undo_value("sub_0", ENDS)),
                (payment_methods.OPEN, "sub_0"),  # without a card there is nothing to keep it by
                (changes.OPEN, "sub_0"),
                (subscriptions.CANCEL, "sub_0"),
            )
        ),
    }
    assert changes.read_undo("sub_0 chg_1") == ("sub_0", "chg_1")
    assert changes.read_undo("sub_0") == ("sub_0", None)


def _told() -> dict[str, list[str]]:
    """The texts of all announcements in English, by the kind of their event."""
    told: dict[str, list[str]] = {}
    for event in sample_events.events(ORDINARY):
        told.setdefault(event.kind, []).append(announcements.announcement(event, words("en")).text)
    return told


def test_the_page_says_in_one_line_what_is_spent_of_the_budget_and_admins_can_change_it() -> None:
    for role, changes_it in ((Role.ADMIN, True), (Role.ACCOUNTANT, False)):
        page = home.home(sample_plans.purchases(ORDINARY, role), words("en"))
        assert "*Budget:* €412.00 of €500.00 this month (82%)" in str(page)
        assert (budgets.OPEN in _action_ids(page["blocks"])) is changes_it
    none = replace(sample_plans.purchases(ORDINARY), budget=None)
    assert "Budget" not in str(home.home(none, words("en"))["blocks"])


def test_a_budget_that_is_nearly_or_all_spent_says_how_much_is_and_what_is_to_come() -> None:
    assert _told()["BudgetReached"] == [
        "Piazza has spent 76% of its budget for November 2026: €380.00 of €500.00. Still to come by November "
        "30, 2026, as things stand: €29.00 (the next invoice of each subscription).",
        "Piazza has spent 93% of its budget for 2026: €469.00 of €500.00. As things stand, nothing more is invoiced "
        "by December 31, 2026.",
        "Piazza has spent 2000000000% of its budget for October 2026: €10,000,000,000.00 of €500.00.",
    ]


def test_a_receipt_says_what_the_card_gave_and_what_the_credit() -> None:
    assert _told()["PaymentReceived"] == [
        "Paid: €35.31 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. €35.38 charged to "
        "Visa •••• 4242; the VAT rate changed meanwhile, so €0.07 of it was added to the credit balance of Piazza.",
        "Paid: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. Charged to Visa •••• 4242.",
        "Paid: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. €25.38 charged to "
        "Visa •••• 4242, €10.00 paid from the credit balance of Piazza.",
        "Paid: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. Paid in full from "
        "the credit balance of Piazza; no card was charged.",
        "Invoiced: €0.00 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. There was nothing to charge.",
        "Credited: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. Added to "
        "the credit balance of Piazza, which the next invoices use first.",
        "Paid: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. €35.68 was charged to "
        "Visa •••• 4242. That includes €0.30 from earlier invoices.",
        "Paid: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. €35.08 came from the credit "
        "balance of Piazza. €0.30 is too little to charge by itself and is on the next invoice.",
        "Paid: €35.38 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. €35.30 was charged to "
        "Visa •••• 4242. €0.08 is too little to charge by itself and is on the next invoice.",
        "Invoiced: €0.30 with VAT for AI Assist Growth of Piazza, invoice 2026-000012. €0.30 is too little to "
        "charge by itself and is on the next invoice.",
    ]


def test_a_quarantined_renewal_says_what_it_means_for_money_and_what_can_be_done() -> None:
    date = "December 31, 2026"
    assert _told()["RenewalOverdue"] == [
        f"AI Assist Growth of Piazza could not be renewed on {date}. Nothing was charged, and the plan goes on "
        "meanwhile. It is tried again at least once a day, and at once when its billing address or company is saved. "
        "Whoever runs this app can see why.",
        f"AI Assist Growth of Piazza was to end on {date}, and that could not be done yet. It is tried again at "
        "least once a day, and you won't be charged again. Whoever runs this app can see why.",
    ]


def test_cancelling_what_is_quarantined_ends_it_at_once_and_says_so() -> None:
    over = replace(sample_plans.ended(ORDINARY), status="ended")
    shown = str(subscriptions.cancel_confirmation(over, "not_used", words("en")))
    assert "it couldn't be renewed, so it ends now." in shown
    assert "undo" not in shown
    assert "so it has ended" in subscriptions.cancelled(over, words("en")).text


def test_a_dispute_says_how_it_stands_and_that_nothing_else_changed() -> None:
    assert _told()["PaymentDisputed"] == [
        "€35.38 paid for AI Assist Growth of Piazza was disputed with the cardholder's bank. "
        "The invoice and the plan stay as they are while the bank decides.",
        "The dispute over €35.38 for AI Assist Growth of Piazza is closed: the payment stands.",
        "The dispute over €35.38 for AI Assist Growth of Piazza is closed: the bank gave the money back to the "
        "cardholder. The invoice and the plan stay as they are for now.",
    ]
    history = str(payments.history(sample_documents.attempt_page(ORDINARY), words("it")))
    closed = "contestazione chiusa"
    for said in (
        "contestato alla banca",
        f"{closed}: il pagamento resta valido",
        f"{closed}: la banca ha stornato",
    ):
        assert history.count(f"Pagato · {said}") == 1


def test_a_failed_payment_says_why_and_when_it_is_tried_again() -> None:
    said = _told()["PaymentFailed"]
    assert said[0] == (
        "Payment of €35.38 with VAT for AI Assist Growth of Piazza failed: insufficient funds. Nothing "
        "was charged. Next try on December 31, 2026; until then nothing changes."
    )
    *_, unknown, last, reminder = said
    assert "your bank declined the charge" in unknown
    assert last.endswith("It won't be tried again.")
    assert reminder.startswith("Reminder: €35.38 with VAT for AI Assist Growth of Piazza is still unpaid: ")


def test_the_bank_is_said_to_have_declined_only_what_it_was_asked() -> None:
    page = sample_documents.attempt_page(ORDINARY)
    became = {one.reason: payments.what_became(one, words("en")) for one in page.attempts if one.reason}
    assert became["withdrawn"] == "Withdrawn before anything was charged"
    assert became["not_tried"] == "Payment failed: payments weren't working here, and no bank was asked"
    unasked = ("withdrawn", "not_tried", "amount_too_small", "payment_method_missing")
    assert not any("your bank declined" in became[reason] for reason in unasked)


def test_a_card_that_is_chosen_or_saved_is_told_with_what_is_charged_to_it() -> None:
    t, one, states = (
        words("en"),
        sample_plans.subscription(ORDINARY),
        sample_documents.payments_in_every_state(),
    )
    paid = payment_methods.chosen(CardChoice(one, tried=states["paid"]), t).text
    assert paid.endswith("You're now its Billing Admin. Paid: €35.38 with VAT.")
    waits = payment_methods.chosen(CardChoice(one, tried=states["bank"]), t)
    assert "Your bank asks you to confirm €35.38 with VAT" in waits.text
    assert "https://bank.example/3ds" in str(waits.blocks)
    declined = payment_methods.chosen(CardChoice(one, tried=replace(states["declined"], state="failed")), t)
    assert declined.text.startswith("Payment of €35.38 with VAT for AI Assist Growth of Piazza failed:")
    assert _told()["CardSaved"][:3] == [
        "Visa •••• 4242 is saved and now pays for AI Assist Growth of Piazza. Nothing was charged.",
        "Visa •••• 4242 is saved and now pays for AI Assist Growth of Piazza. €12.20 with VAT, which waited at the "
        "bank, is charged to it now.",
        "Visa •••• 4242 is saved and now pays for AI Assist Growth of Piazza. Nothing was charged; €12.20 with VAT "
        "is charged to it on December 31, 2026.",
    ]


def test_what_was_withdrawn_waits_for_nobody() -> None:
    _, withdrawn = _told()["AuthenticationNeeded"]
    assert withdrawn == (
        "The payment of €35.38 with VAT for AI Assist Growth of Piazza was withdrawn before it was confirmed at the "
        "bank. Nothing was charged, and there is nothing to confirm."
    )


@in_both_languages
def test_the_banks_link_is_not_shown_to_the_team(t: Translator) -> None:
    for event in sample_events.events(ORDINARY):
        assert "bank.example" not in str(announcements.announcement(event, t))


def test_a_transfer_asks_for_a_card_only_where_something_will_be_charged() -> None:
    moved = (
        "<@U1> transferred AI Assist Growth from Bottega to Piazza, with its invoices. Nothing was charged "
        "and its dates stay the same."
    )
    asks = (
        f"{moved} Its card and receipt recipient stayed behind, and its billing address where Piazza has no "
        "billing profile: add new ones before its next charge."
    )
    assert _told()["SubscriptionTransferred"] == [asks, moved]


def test_a_change_is_told_by_whoever_made_it() -> None:
    assert _told()["PlanChanged"] == [
        "<@U1> changed AI Assist of Piazza from Starter to Growth. Effective now. Paid: €18.30 with VAT.",
        "<@U1> changed AI Assist of Piazza from Starter to Growth. Effective now. Nothing was charged.",
        "<@U1> changed the units or billing interval of AI Assist Growth of Piazza. "
        "Effective now. Paid: €18.30 with VAT.",
        "<@U1> changed the units or billing interval of AI Assist Growth of Piazza. "
        "Effective now. Nothing was charged.",
        "AI Assist of Piazza changed from Starter to Growth, as scheduled. Its new cycle is invoiced now.",
        "AI Assist Growth of Piazza has a new number of units or billing interval, as scheduled. "
        "Its new cycle is invoiced now.",
        "<@U1> changed AI Assist of Piazza from Starter to Growth. Effective now. "
        "Nothing was charged. Unused days lost: 1 of 365 days of Starter (€2.71 + VAT).",
        "<@U1> changed AI Assist of Piazza from Starter to Growth. Effective now. "
        "Nothing was charged. Unused days lost: 246 of 365 days of Starter (€666.66 + VAT).",
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Only the past-due invoice will still be charged."),
        ("it", "Verrà addebitata solo la fattura scaduta."),
    ],
)
def test_a_cancellation_says_in_the_channel_what_is_still_collected(language: str, said: str) -> None:
    event = next(sample_events.events(ORDINARY))
    assert isinstance(event, SubscriptionCancelled)
    assert said not in announcements.announcement(event, words(language)).text
    assert said in announcements.announcement(replace(event, unpaid=True), words(language)).text


def test_price_is_said_per_year_too() -> None:
    one = replace(sample_plans.subscription(ORDINARY), interval=Interval.YEAR)
    assert price(one, words("it")) == "29,00\xa0€/anno + IVA"


@in_both_languages
def test_views_are_plain_data(t: Translator) -> None:
    for one in everything(ORDINARY, t):
        assert json.loads(json.dumps(one)) == one


def test_what_needs_another_admin_says_so_before_the_button_that_asks_for_it() -> None:
    t, above = words("en"), replace(sample_plans.quote(ORDINARY), above=Money(1_000, "EUR"))
    form = changes.ChangeForm("sub_0", "business", Interval.YEAR, 12)
    bought = purchases.PurchaseForm("prop_0", "ai-assist", "growth", Interval.MONTH, 1, "pm_0", "", "")
    for quote, yes in ((above, "Ask for approval"), (sample_plans.quote(ORDINARY), "Yes, ")):
        for view in (
            changes.change_confirmation(quote, form, "k1", t),
            purchases.confirmation(quote, bought, "k1", t),
            renewals.restart_confirmation(quote, "k1", t),
        ):
            said = "more than €10.00 would be charged now" in str(view["blocks"])
            assert said is view["callback_id"].startswith("request.ask_") is (quote is above)
            assert view["submit"]["text"].startswith(yes)


def test_a_request_says_what_it_costs_and_then_what_became_of_it() -> None:
    t = words("en")
    asked = sample_events.requested(ORDINARY, "change")
    said = announcements.announcement(asked, t).text
    assert said.startswith(
        "<@U1> asks to change AI Assist of Piazza from 1 × Growth to 3 × Business. It costs €1,207.80 with VAT now, "
        "charged to Visa •••• 4242. Next charge: €1,207.80 with VAT, on "
    ), said
    assert "nothing is charged or changed before." in said
    assert "can approve it until <!date^" in said
    done = replace(asked, state="done", decided_by="U2", charged_minor=120_000)
    for before in (asked, replace(asked, state="waiting", decided_by="U2")):
        assert announcements.in_place_of(before, done, t).text == (
            "<@U1> asked to change AI Assist of Piazza from 1 × Growth to 3 × Business for €1,207.80 with VAT. "
            "<@U2> approved it: done, and €1,200.00 with VAT was charged."
        )


def test_what_changed_since_it_was_asked_for_is_read_before_it_is_approved() -> None:
    t, asked = words("en"), sample_events.requested(ORDINARY)
    quote = sample_plans.quote(ORDINARY)
    changed = str(purchase_requests.review(PurchaseReview(asked, quote), t)["blocks"])
    assert "Charged now: €1,207.80 then, €35.38 now. Next charge: €1,207.80 then, €35.38 now." in changed
    same = replace(asked, minor=3538, next_minor=3538)
    assert "has changed" not in str(purchase_requests.review(PurchaseReview(same, quote), t)["blocks"])


def test_owners_set_the_limit_others_see_it_and_who_asked_can_only_withdraw() -> None:
    t = words("en")
    for page in sample_events.limits_in_every_state(ORDINARY):
        is_owner = page.property.role is Role.OWNER
        for reader in ("U1", "U2"):
            view = purchase_limits.limit_form(page, reader, t)
            assert ("submit" in view) is is_owner
            assert ("Piazza has no other admin" in str(view["blocks"])) is page.is_alone
            pressed = {one["action_id"] for one in elements(view, "button")}
            answers = {purchase_requests.DECLINE} | (set() if reader == "U1" else {purchase_requests.APPROVE})
            assert pressed == (answers if page.waiting else set())
