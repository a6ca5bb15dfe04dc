"""THE ROUTING TABLE: every word, button, form and shortcut, and the listener that it goes to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.blocks import Element
from bot.context import Turn
from bot.listeners import (
    addresses,
    agenda,
    approvals,
    budgets,
    changes,
    channels,
    companies,
    contacts,
    credit_notes,
    downloads,
    health,
    help,
    home,
    invoices,
    members,
    operator_acts,
    operator_trials,
    operators,
    payment_methods,
    payments,
    profiles,
    properties,
    property_deletions,
    purchase_requests,
    purchases,
    receipts,
    reminders,
    renewals,
    spend,
    subscriptions,
    tables,
    transfers,
    waiting_forms,
)
from bot.listeners import audit as audit_log
from bot.views import access as access_views
from bot.views import addresses as address_views
from bot.views import agenda as agenda_views
from bot.views import approvals as approval_views
from bot.views import audit as audit_views
from bot.views import budgets as budget_views
from bot.views import buyers as buyer_views
from bot.views import changes as change_views
from bot.views import channels as channel_views
from bot.views import companies as company_views
from bot.views import contacts as contact_views
from bot.views import credit_notes as credit_note_views
from bot.views import downloads as download_views
from bot.views import finding as finding_views
from bot.views import folded as folded_views
from bot.views import following as following_views
from bot.views import help as help_views
from bot.views import home as home_views
from bot.views import invoices as invoice_views
from bot.views import members as member_views
from bot.views import operator_acts as operator_act_views
from bot.views import operator_refunds as refund_views
from bot.views import operator_retries as retry_views
from bot.views import operator_trials as trial_views
from bot.views import operators as operator_views
from bot.views import payment_methods as method_views
from bot.views import payments as payment_views
from bot.views import profiles as profile_views
from bot.views import properties as property_views
from bot.views import property_deletions as deletion_views
from bot.views import purchase_limits as limit_views
from bot.views import purchase_requests as request_views
from bot.views import purchases as purchase_views
from bot.views import receipts_by_mail as receipt_views
from bot.views import reminders as reminder_views
from bot.views import renewals as renewal_views
from bot.views import settings as settings_views
from bot.views import spend as spend_views
from bot.views import subscriptions as subscription_views
from bot.views import support as support_views
from bot.views import transfers as transfer_views

Listener = Callable[[Turn], Awaitable[None]]
Suggester = Callable[[Turn], Awaitable[Sequence[Element]]]
WordListener = Callable[[Turn, str], Awaitable[None]]

COMMAND, OPERATOR_COMMAND = "/billing", operator_views.COMMAND
COMMANDS = (COMMAND, OPERATOR_COMMAND)

WORDS: Mapping[str, WordListener] = {
    "home": lambda turn, _: home.show_card(turn),
    "buy": lambda turn, _: purchases.open_form(turn),
    "change": changes.open_form_from_words,
    "help": help.show,
    "cancel": subscriptions.open_cancel_from_words,
    "renew": renewals.open_from_words,
    "pause": changes.open_pause_from_words,
    "transfer": transfers.open_form_from_words,
    "agenda": lambda turn, _: agenda.open_agenda(turn),
    "spend": lambda turn, _: spend.show(turn),
    "history": payments.open_history_from_words,
    "payment": payment_methods.open_form_from_words,
    "address": addresses.open_form_from_words,
    "company": companies.open_form_from_words,
    "profile": lambda turn, _: profiles.open_form(turn),
    "receipts": receipts.open_form_from_words,
    "invoices": invoices.open_list_from_words,
    "download": downloads.open_form_from_words,
    "property": properties.choose_by_name,
    "members": lambda turn, _: members.open_list(turn),
    "contacts": lambda turn, _: contacts.open_list(turn),
    "budget": lambda turn, _: budgets.open_form(turn),
    "approvals": lambda turn, _: purchase_requests.open_limit(turn),
    "channel": lambda turn, _: channels.open_form(turn),
    "audit": lambda turn, _: audit_log.open_log(turn),
    "health": lambda turn, _: health.show(turn),
    "contact": help.open_message_from_words,
}
# Those of them that take nothing behind them: what is typed there all the same is said, not dropped.
TAKE_NOTHING = frozenset(
    [
        "buy",
        "profile",
        "agenda",
        "spend",
        "members",
        "contacts",
        "budget",
        "approvals",
        "channel",
        "audit",
        "health",
    ]
)

# The words of the seller's own people, behind /billing-operator.
OPERATOR_WORDS: Mapping[str, WordListener] = {
    "help": lambda turn, _: operators.show_help(turn),
    "find": operators.find,
    "credit": operator_acts.open_credit,
    "refund": operator_acts.open_refund,
    "retry": operator_acts.open_retry,
    "trial": operator_trials.find,
    "requests": lambda turn, _: approvals.show(turn),
}

ACTIONS: Mapping[str, Listener] = {
    property_views.CHOOSE: properties.choose,
    home_views.NEW_PROPERTY: properties.open_create,
    folded_views.DETAILS: home.open_details,
    finding_views.FIND: home.open_found,
    settings_views.OPEN: home.open_settings,
    subscription_views.CANCEL: subscriptions.open_cancel,
    subscription_views.UNDO: subscriptions.undo_cancellation,
    purchase_views.OPEN: purchases.open_form,
    purchase_views.PREVIEW: purchases.preview,
    purchase_views.NEW_CARD: purchases.add_card,
    change_views.OPEN: changes.open_form,
    change_views.PREVIEW: changes.preview,
    change_views.UNDO: changes.undo,
    renewal_views.OPEN: renewals.open_question,
    reminder_views.KEEP: reminders.keep,
    transfer_views.OPEN: transfers.open_form,
    payment_views.PAY: payments.pay,
    payment_views.AT_BANK: payments.go_to_bank,
    method_views.OPEN: payment_methods.open_form,
    method_views.NEW: payment_methods.add,
    method_views.PAGE_OPENED: payment_methods.page_opened,
    method_views.REMOVE: payment_methods.remove,
    payment_views.HISTORY: payments.open_history,
    payment_views.PAGE: payments.turn_page,
    agenda_views.OPEN: agenda.open_agenda,
    agenda_views.PAGE: agenda.turn_page,
    agenda_views.TABLE: tables.send_agenda,
    payment_views.TABLE: tables.send_history,
    spend_views.OPEN: spend.show,
    address_views.EDIT: addresses.open_form,
    company_views.EDIT: companies.open_form,
    following_views.EDIT: profiles.open_form,
    following_views.FOLLOW: profiles.follow,
    receipt_views.EDIT: receipts.open_form,
    invoice_views.LIST: invoices.open_list,
    invoice_views.PAGE: invoices.turn_page,
    invoice_views.SEND: invoices.send,
    member_views.LIST: members.open_list,
    member_views.PAGE: members.turn_page,
    member_views.ADD: members.open_add,
    member_views.CHANGE: members.open_change,
    member_views.ASK: members.ask_for_role,
    access_views.JOIN: members.ask_to_join,
    access_views.APPROVE: members.approve,
    access_views.DECLINE: members.decline,
    access_views.OPEN_PAGE: home.show_card,
    member_views.TAKE_OVER: members.take_over,
    contact_views.LIST: contacts.open_list,
    contact_views.ADD: contacts.open_add,
    contact_views.CHANGE: contacts.open_change,
    contact_views.CONFIRM: contacts.open_confirm,
    contact_views.REMOVE: contacts.remove,
    budget_views.OPEN: budgets.open_form,
    limit_views.OPEN: purchase_requests.open_limit,
    request_views.APPROVE: purchase_requests.open_review,
    request_views.DECLINE: purchase_requests.decline,
    channel_views.OPEN: channels.open_form,
    channel_views.OFF: channels.turn_off,
    deletion_views.OPEN: property_deletions.open_form,
    audit_views.OPEN: audit_log.open_log,
    audit_views.PAGE: audit_log.turn_page,
    help_views.HELPFUL: help.vote,
    help_views.NOT_HELPFUL: help.vote,
    support_views.OPEN: help.open_message,
    credit_note_views.SEND: credit_notes.send,
    operator_views.LOOK: operators.look,
    trial_views.EXTEND: operator_trials.open_form,
    approval_views.APPROVE: approvals.open_review,
    approval_views.DECLINE: approvals.decline,
}

SUBMISSIONS: Mapping[str, Listener] = {
    operator_act_views.CREDIT: operator_acts.preview_credit,
    operator_act_views.CREDIT_CONFIRMED: operator_acts.credit,
    refund_views.REFUND: operator_acts.preview_refund,
    refund_views.REFUND_CONFIRMED: operator_acts.refund,
    retry_views.RETRY_CONFIRMED: operator_acts.retry,
    trial_views.DAYS: operator_trials.preview,
    trial_views.CONFIRMED: operator_trials.extend,
    approval_views.APPROVE_CONFIRMED: approvals.approve,
    subscription_views.CANCEL: subscriptions.confirm_cancel,
    subscription_views.CANCEL_CONFIRMED: subscriptions.cancel,
    purchase_views.CONFIRM: purchases.confirm,
    purchase_views.BUY: purchases.buy,
    buyer_views.TYPED: purchases.take_buyer,
    change_views.OPEN: changes.show_form,
    change_views.CONFIRM: changes.confirm,
    change_views.CHANGE: changes.change,
    change_views.PAUSE: changes.refuse_pause,
    renewal_views.CHOSEN: renewals.show_question,
    renewal_views.KEEP: renewals.keep,
    renewal_views.CARD: renewals.choose_card,
    renewal_views.RESTART: renewals.restart,
    transfer_views.CONFIRM: transfers.confirm,
    transfer_views.TRANSFER: transfers.transfer,
    method_views.OPEN: payment_methods.show_form,
    method_views.USE: waiting_forms.use,
    address_views.EDIT: addresses.show_form,
    address_views.CHANGE: addresses.change,
    company_views.EDIT: companies.show_form,
    company_views.CHANGE: companies.change,
    profile_views.CHANGE: profiles.change,
    receipt_views.EDIT: receipts.show_form,
    receipt_views.CHANGE: receipts.change,
    property_views.CREATE: properties.create,
    deletion_views.DELETE: property_deletions.delete,
    member_views.ADD: members.add,
    member_views.CHANGE: members.change,
    contact_views.ADD: contacts.add,
    contact_views.CHANGE: contacts.change,
    contact_views.CONFIRM: contacts.confirm,
    budget_views.CHANGE: budgets.change,
    limit_views.CHANGE: purchase_requests.change_limit,
    request_views.APPROVE_CONFIRMED: purchase_requests.approve,
    request_views.ASK_PURCHASE: purchases.ask,
    request_views.ASK_CHANGE: changes.ask,
    request_views.ASK_RESTART: renewals.ask,
    channel_views.CHOOSE: channels.choose,
    support_views.SEND: help.send_message,
    invoice_views.LIST: invoices.show_list,
    download_views.ASK: downloads.start,
    payment_views.HISTORY: payments.show_history,
}

# Whose options were looked up by what was typed: all of them fit it.
LOOKED_UP = frozenset({finding_views.FIND})
# The options of a menu that may have more of them than Slack takes at once, by its name or its form and field.
SUGGESTIONS: Mapping[str, Suggester] = {
    property_views.CHOOSE: properties.suggest,
    finding_views.FIND: home.suggest,
    purchase_views.PREVIEW: purchases.suggest_offers,
    f"{purchase_views.CONFIRM} payment_method_id": purchases.suggest_cards,
    f"{purchase_views.CONFIRM} address": purchases.suggest_addresses,
    f"{purchase_views.CONFIRM} receipts_to": purchases.suggest_recipients,
    change_views.PREVIEW: changes.suggest_plans,
    f"{change_views.OPEN} subscription_id": changes.suggest_subscriptions,
    f"{change_views.PAUSE} subscription_id": subscriptions.suggest,
    f"{subscription_views.CANCEL} subscription_id": subscriptions.suggest_to_cancel,
    f"{renewal_views.CHOSEN} subscription_id": renewals.suggest,
    f"{renewal_views.CARD} payment_method_id": payment_methods.suggest,
    f"{transfer_views.CONFIRM} subscription_id": transfers.suggest_subscriptions,
    f"{transfer_views.CONFIRM} property_id": transfers.suggest_properties,
    f"{method_views.OPEN} subscription_id": subscriptions.suggest,
    f"{method_views.USE} payment_method_id": payment_methods.suggest,
    f"{method_views.USE} backup_id": payment_methods.suggest_backup,
    f"{address_views.EDIT} subscription_id": subscriptions.suggest,
    f"{company_views.EDIT} subscription_id": subscriptions.suggest,
    f"{receipt_views.EDIT} subscription_id": subscriptions.suggest,
    f"{receipt_views.CHANGE} receipts_to": receipts.suggest,
    f"{invoice_views.LIST} subscription_id": subscriptions.suggest_all,
    f"{payment_views.HISTORY} subscription_id": subscriptions.suggest_all,
}

SHORTCUTS: Mapping[str, Listener] = {"home.open": home.show_card}
