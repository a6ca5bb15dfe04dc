"""Every view and message the bot can show, made of ordinary, hostile and very long values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from billing.i18n import Translator
from billing.models.help import HelpTopic
from billing.services.payment_methods import CardChoice
from billing.values.actors import Role
from billing.values.channels import ChannelProblem
from billing.values.cycles import Interval
from billing.values.events import (
    Topic,
)
from billing.values.money import Money
from billing.values.refusals import NotAllowed
from billing.values.snapshots import (
    BudgetPage,
    CardSetupSnapshot,
    ChannelTrouble,
    ContactsPage,
    DownloadChoices,
    PaidTimeLost,
    PendingSnapshot,
    PurchaseReview,
    Votes,
)
from bot import sentences
from bot.blocks import Message
from bot.data_blocks import in_plain
from bot.settings import Support
from bot.views import (
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
    downloads,
    following,
    health,
    help,
    home,
    invoices,
    members,
    notice,
    payment_methods,
    payments,
    picking,
    profiles,
    properties,
    property_deletions,
    purchase_limits,
    purchase_requests,
    receipts_by_mail,
    renewals,
    settings,
    spend,
    subscriptions,
    support,
    tables,
    transfers,
)
from bot.views import purchases as purchases_made
from bot.views.quotes import quote_blocks
from tests.bot.operator_views_under_test import operator_messages, operator_views
from tests.bot.sample_documents import (
    attempt_page,
    corrected_page,
    credit_note_file,
    download,
    invoice_file,
    invoice_page,
    papers,
    payments_in_every_state,
    spends,
)
from tests.bot.sample_events import backup_events, events, limits_in_every_state, requests_in_every_state
from tests.bot.sample_people import (
    ENDS,
    PURCHASED,
    People,
    address_of,
    buyer_typed,
    contacts_of,
    healths,
    members_page,
    prop,
)
from tests.bot.sample_plans import (
    SUPPORT,
    agenda_page,
    at_the_end,
    audit_page,
    budgets_in_every_state,
    cancelled,
    credited_apart,
    deletions,
    ended,
    in_every_state,
    in_states,
    methods,
    plan_choices,
    profile,
    prorated,
    purchases,
    quote,
    receipt_choices,
    sales_choices,
    subscription,
    transfer_choices,
)


def with_data(people: People, t: Translator) -> Iterator[Message]:
    """Charts and tables."""
    yield from (spend.spend(found, t) for found in spends(people))
    yield tables.agenda(agenda_page(people), t)
    attempts = attempt_page(people)
    yield tables.history(attempts, t)
    yield tables.history(replace(attempts, attempts=attempts.attempts * 12, count=9_000, title=None), t)


def every_view(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    """Each modal and each Home tab."""
    one, stopped = subscription(people), cancelled(people)
    for role in (Role.OWNER, Role.ACCOUNTANT):
        for count in (0, 1, 6, 40):
            yield home.home(purchases(people, role, count, choices=1 + count * 3), t)
    yield home.home(in_states(people), t)
    for page in (purchases(people, Role.OWNER), in_states(people)):
        for bought in (*page.running, *page.ended):
            yield home.details(bought, page, t)
    for role in (Role.OWNER, Role.ADMIN, Role.ACCOUNTANT):
        for channel in (None, "C1"):
            yield settings.settings(replace(prop(people, role), billing_channel=channel), t)
    for owners in ((), ("U1", "U2")):
        yield home.home_without_property(t, owners, can_create=True)
        yield home.home_without_property(t, owners, can_create=False)
    yield home.home_refused(sentences.message(NotAllowed("admin", ("U1",), "prop_0"), t), t)
    yield from people_views(people, t)
    yield from operator_views(people.name, purchases(people), payments_in_every_state(), t)
    for state in in_every_state(people):
        yield subscriptions.cancel_form([state], state, t)
        yield subscriptions.cancel_confirmation(state, people.name("Costa troppo"), t)
    yield subscriptions.cancel_form([one, subscription(people, 1)], one, t)
    yield subscriptions.cancel_form([subscription(people, number) for number in range(230)], None, t)
    yield subscriptions.cancel_form([], None, t)
    yield subscriptions.cancel_confirmation(stopped, people.name("Costa troppo") * 5, t)
    yield addresses.address_form(one, t)
    yield addresses.address_form(stopped, t)
    for has_own in (True, False):
        yield addresses.address_form(replace(one, property_has_profile=True, has_own_buyer=has_own), t)
    for has in budgets_in_every_state():
        yield budgets.budget_form(BudgetPage(prop(people), "EUR", has), t)
    for limited in limits_in_every_state(people):
        yield purchase_limits.limit_form(limited, "U1", t)
    for asked in requests_in_every_state(people):
        yield purchase_requests.review(PurchaseReview(asked, quote(people)), t)
    yield purchase_requests.review_again("req_1", quote(people), "It is not true any more.", t)
    yield profiles.profile_form(profile(people), t)
    yield companies.company_form(one, t)
    yield companies.company_form(replace(stopped, company=None), t)
    yield companies.company_form(one, t, address_of(people.text), for_e_invoices=True)
    yield companies.company_form(one, t, replace(address_of(people.text), country="DE"))
    yield picking.choose([one, subscription(people, 1), ended(people, 2)], addresses.EDIT, t)
    yield picking.choose([], addresses.EDIT, t)
    yield invoices.invoice_list(invoice_page(people), t, invoices.sent(invoice_file(people), t))
    yield invoices.invoice_list(corrected_page(people), t, credit_notes.sent(credit_note_file(people), t))
    yield invoices.invoice_list(replace(invoice_page(people), subscription_id=None, title=None), t)
    yield invoices.invoice_list(invoice_page(people, page=1, count=0), t)
    yield properties.create_form(t, "Europe/Rome", ["EUR"])
    yield properties.create_form(t, "Europe/Rome", ["EUR", "JPY", "USD"])
    yield from views_of_acts(people, t)
    yield from views_of_lists(people, t)


def views_of_acts(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    """The forms and questions of changes, renewals and transfers."""
    form = changes.ChangeForm("sub_0", "business", Interval.YEAR, 12)
    for policy in ("", "trial", "period_end", "prorate", "reset"):
        yield changes.change_form(plan_choices(people, policy), None, (), t)
    lost = PaidTimeLost(people.name("Growth"), 246, 365, Money(66723, "EUR"))
    replaces = PendingSnapshot(people.name("Growth"), Interval.YEAR, 12, ENDS)
    losing = replace(quote(people), lost=lost, replaces=replaces)
    above = replace(quote(people), above=Money(1_000, "EUR"))
    for quoted in (
        quote(people),
        above,
        losing,
        prorated(people),
        credited_apart(people),
        at_the_end(people),
    ):
        yield changes.change_form(plan_choices(people), form, quote_blocks(quoted, t), t)
        yield changes.change_confirmation(quoted, form, "k1", t)
        yield changes.change_confirmation(quoted, form, "k1", t, "It is not true any more.")
        yield renewals.restart_confirmation(quoted, "k1", t)
    bought = purchases_made.PurchaseForm(
        "prop_0", "ai-assist", "growth", Interval.MONTH, 1, "pm_0", "", "a@b.example"
    )
    for quoted in (quote(people), above, prorated(people)):
        yield purchases_made.confirmation(quoted, bought, "k1", t, "It is not true any more.")
    for count in (0, 1, 130):
        choices, cards = sales_choices(people, count), methods(people, min(count, 12))
        yield purchases_made.purchase_form(choices, cards, t)
        yield purchases_made.purchase_form(choices, cards, t, buyer=buyer_typed(people))
        yield purchases_made.purchase_form(replace(choices, offers=(), unsold_currency="JPY"), cards, t)
        yield buyers.buyer_form(choices, t)
        for place, country in (("", "DE"), ("", "IT"), ("Islas Canarias", "ES"), ("AX", "FI")):
            typed = replace(bought, buyer=buyer_typed(people))
            yield buyers.buyer_form(choices, t, typed, buyers.why_asked(place, country, t))
    for receipts in receipt_choices(people):
        yield receipts_by_mail.receipt_form(receipts, t)
    yield picking.choose([], renewals.CHOSEN, t, renewals.nothing_to_renew(t))
    yield picking.choose([cancelled(people), ended(people, 1)], renewals.CHOSEN, t)
    yield renewals.keep_question(cancelled(people), t)
    yield renewals.no_longer_sold(ended(people), t)
    yield transfers.transfer_form(transfer_choices(people), None, t)
    yield transfers.transfer_form(replace(transfer_choices(people), subscriptions=()), None, t)
    for moved in (subscription(people), ended(people)):
        yield transfers.transfer_confirmation(subscription(people), moved, t)
    yield notice.in_progress(t)
    for count in (0, 1, 12):
        yield payment_methods.method_form(subscription(people), methods(people, count), t)
    yield payment_methods.method_form(subscription(people), methods(people, 1), t, Money(1220, "EUR"))
    cards = tuple(replace(one, pays=(), backs=(people.name("AI Assist"),)) for one in methods(people, 130))
    backed = replace(subscription(people), card=cards[0].card, backup=cards[1].card, backup_id="pm_1")
    for count in (2, 130):
        yield payment_methods.method_form(backed, cards[:count], t)


def views_of_lists(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    for first in (date(2026, 11, 30), date(2001, 1, 1)):
        yield downloads.form(DownloadChoices(prop(people), first, date(2026, 11, 30)), t)
    yield agenda.agenda(agenda_page(people), t)
    yield agenda.agenda(replace(agenda_page(people), entries=(), total=None), t)
    yield agenda.agenda(replace(agenda_page(people), total=None, page=1, pages=1), t)
    yield payments.history(attempt_page(people), t)
    yield payments.history(replace(attempt_page(people), subscription_id=None, title=None), t)
    yield payments.history(replace(attempt_page(people), attempts=()), t)


def every_message(people: People, t: Translator) -> Iterator[Message]:
    """Each message and each private answer."""
    for role in (Role.OWNER, Role.ACCOUNTANT):
        for count in (0, 1, 6, 40):
            yield home.card(purchases(people, role, count, choices=1 + count * 3), t)
    yield home.card(in_states(people), t)
    for message in with_data(people, t):
        yield message
        yield Message(message.text, in_plain(message.blocks))
    yield home.without_property(t, (), can_create=True)
    yield home.without_property(t, ("U1",), can_create=False)
    for state in in_every_state(people):
        yield subscriptions.cancelled(state, t)
        yield subscriptions.cancellation_undone(state, t)
    yield subscriptions.cancelled(cancelled(people), t)
    yield subscriptions.cancellation_undone(subscription(people), t)
    yield addresses.address_changed(subscription(people), t)
    for has in budgets_in_every_state():
        yield budgets.budget_changed(BudgetPage(prop(people), "EUR", has), t)
    for page in limits_in_every_state(people):
        yield purchase_limits.limit_changed(page, t)
    for asked in requests_in_every_state(people):
        yield purchase_requests.asked(asked, t)
    yield profiles.profile_changed(profile(people), t)
    yield profiles.profile_changed(replace(profile(people), following=(ended(people, 2),), own=()), t)
    yield following.follows_again(subscription(people), t)
    for receipts_to in (None, "a@b.example"):
        changed = replace(subscription(people), receipts_to=receipts_to)
        yield receipts_by_mail.receipts_changed(changed, t)
    yield companies.company_changed(subscription(people), t)
    yield companies.company_changed(replace(subscription(people), company=None), t)
    yield invoices.sent(invoice_file(people), t)
    yield credit_notes.sent(credit_note_file(people), t)
    yield properties.created(prop(people), t)
    yield properties.chosen(prop(people), t)
    yield property_deletions.deleted(prop(people), t)
    yield help.unknown_command(t, people.name("cancle"), SUPPORT)
    yield help.unknown_topic(t, people.name("prices"), SUPPORT)
    yield properties.which(people.name("Shop"), purchases(people, choices=3).choices, t)
    yield from people_messages(people, t)
    yield from operator_messages(people.name, purchases(people), payments_in_every_state(), t)
    for event in backup_events(people):
        yield announcements.announcement(event, t)
        yield announcements.for_one(event, t)
    yield from (announcements.announcement(event, t) for event in events(people))
    yield from messages_of_acts(people, t)
    yield from messages_of_downloads(people, t)


def messages_of_downloads(people: People, t: Translator) -> Iterator[Message]:
    for span in ("2026", "2026-Q1", "2026-03"):
        one = download(people, span)
        yield downloads.asked(one, t)
        yield downloads.given_up(one, t)
        yield from (downloads.preparing(one, done, 3000 * bool(done), t) for done in (0, 1, 1499, 3000))
        yield downloads.ready(one, papers(people), t)
        yield Message(downloads.comment(one, t), [])


def messages_of_acts(people: People, t: Translator) -> Iterator[Message]:
    """The outcomes of changes, renewals, transfers and payments."""
    one = subscription(people)
    states = payments_in_every_state()
    planned = replace(one, pending=PendingSnapshot(people.name("Business"), Interval.YEAR, 12, ENDS, "chg_1"))
    yield changes.changed(one, states["paid"], t)
    yield changes.changed(one, None, t)
    yield changes.changed(planned, None, t)
    gone = changes.Gone(
        PaidTimeLost(people.name("Growth"), 246, 365, Money(66723, "EUR")),
        PendingSnapshot(people.name("Growth"), Interval.YEAR, 12, ENDS),
    )
    for now in (one, planned):
        yield changes.changed(now, None, t, gone)
    yield changes.change_undone(one, t)
    yield renewals.restarted(one, None, t)
    for waiting in (states["unknown"], states["bank"]):
        yield changes.changed(one, waiting, t)
        yield renewals.restarted(ended(people), waiting, t)
    for payment in (None, states["paid"], states["unknown"], states["bank"]):
        yield purchases_made.bought(one, payment, t)
    for moved in (one, ended(people)):
        yield transfers.transferred(moved, t)
    for payment in (*states.values(), replace(states["declined"], ends_at=None, try_at=ENDS, for_good=False)):
        yield payments.outcome(one, payment, t)
        yield payment_methods.chosen(CardChoice(one, tried=payment), t)
    for due in (None, states["declined"], states["bank"]):
        yield payment_methods.chosen(CardChoice(one, due=due), t)
    setup = CardSetupSnapshot("cs_1", people.name("Piazza"), "https://bank.example/card")
    for waits in (None, Money(1220, "EUR")):
        yield payment_methods.card_page(setup, t, waits)


def contact_views(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    """The list of billing contacts and its forms."""
    found = tuple(contacts_of(people))
    for role in (Role.ADMIN, Role.ACCOUNTANT):
        yield contacts.contact_list(ContactsPage(prop(people, role), found, sends=True), t)
    yield contacts.contact_list(ContactsPage(prop(people), (), sends=False), t, contacts.removed(t))
    yield contacts.add_form(prop(people, Role.ADMIN), t)
    for one in found:
        yield contacts.change_form("prop_0", one, t)
        yield contacts.confirm_form("prop_0", one, t)
        page = ContactsPage(prop(people), (one,), sends=True)
        yield contacts.contact_list(page, t, contacts.added(one, t))
        yield contacts.contact_list(page, t, contacts.changed(one, t))


def people_views(people: People, t: Translator) -> Iterator[dict[str, Any]]:
    """Each modal about members, the channel, the audit log and the support."""
    for role in (Role.OWNER, Role.ACCOUNTANT):
        yield members.member_list(members_page(people, role), t)
    one = members_page(people, Role.OWNER, 1)
    yield members.member_list(one, t, members.done(members.MemberForm("prop_0", "U1", 1, None), t))
    yield members.add_form(one.property, 1, t)
    for member in one.members:
        yield members.change_form(member, one.property, 1, t)
    yield from contact_views(people, t)
    for channel, topics in (("C1", tuple(Topic)), ("C1", ()), (None, (Topic.MEMBERS,))):
        shop = replace(prop(people, Role.OWNER), billing_channel=channel, topics=topics)
        yield channels.channel_form(shop, None, t)
    for problem in ChannelProblem:
        trouble = ChannelTrouble("C1", problem, PURCHASED)
        yield channels.channel_form(replace(shop, billing_channel="C1"), trouble, t)
    for deletion in deletions(people):
        yield property_deletions.deletion(deletion, t)
    yield audit.audit_log(audit_page(people), t)
    yield audit.audit_log(replace(audit_page(people, 1), lines=(), pages=1, count=0), t)
    yield support.message_form(t)


def people_messages(people: People, t: Translator) -> Iterator[Message]:
    """Each message about members, the channel, health, help and the support."""
    for topic in HelpTopic:
        for own in (None, True, False):
            yield help.help_text(t, Votes(topic, 76, 130, own), SUPPORT)
    yield help.help_text(t, Votes("words", 0, 0, None), Support())
    yield sentences.message(NotAllowed("owner", ("U1", "U2"), "prop_0"), t)
    yield members.asked(tuple(f"U{number}" for number in range(10)), t)
    for channel, topics in (("C1", tuple(Topic)), ("C1", ()), (None, (Topic.MEMBERS,))):
        yield channels.chosen(replace(prop(people), billing_channel=channel, topics=topics), t)
    yield from (health.health(found, t) for found in healths(people))
    yield support.sent(people.name("Piazza"), t)
    yield support.sent("", t)
