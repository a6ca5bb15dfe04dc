"""What the audit log calls acts, details and refusals: one table each, in English, to be translated."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from billing.i18n import Translator
from bot.blocks import clip, escape

# A name that has no words here is shown as it is, and no longer than this.
NAME_LIMIT = 60

# What a person does reads well with "Refused" behind it; what was brought about stands in the past tense.
ACTS: Mapping[str, str] = MappingProxyType(
    {
        "access.is_new": "Message to the app",
        "access.whom": "View who can help",
        "address.change": "Billing address",
        "agenda.read": "View upcoming charges",
        "audit.list": "View audit log",
        "card_setup.outcome": "New card page",
        "card_setup.place": "New card page",
        "card_setup.placed": "New card page",
        "card_setup.start": "New card page",
        "change.ask": "Plan change requested",
        "change.look": "View plan change",
        "change.make": "Plan change",
        "change.pause": "Pause",
        "change.plan": "Plan change scheduled",
        "change.preview": "Preview of a plan change",
        "change.trial": "Plan changed during the free trial",
        "change.undo": "Undo scheduled change",
        "channel.look_at": "View billing channel",
        "company.change": "Company details",
        "download.ask": "Download requested",
        "download.choices": "View downloads",
        "download.deliver": "Download delivered",
        "download.fail": "Download could not be delivered",
        "download.make": "Download",
        "credit_note.issue": "Credit note",
        "credit_note.read": "Get PDF of a credit note",
        "health.read": "View system status",
        "help.vote": "Vote on the help",
        "help.votes": "View help",
        "invoice.find": "Search invoices",
        "invoice.list": "View invoices",
        "invoice.look_at": "View invoice",
        "invoice.read": "Get PDF of an invoice",
        "member.approve": "Access approved",
        "member.ask_for_role": "Request for access",
        "member.decline": "Access declined",
        "member.leave": "Member left Slack",
        "member.list": "View members",
        "member.look_at": "View member",
        "member.meet": "Name and email from Slack",
        "member.remove": "Remove member",
        "member.lose": "No longer in the workspace",
        "member.set_role": "Role",
        "member.take_over": "Billing Admin replaced",
        "payment.credit": "Payment added to the credit balance",
        "payment.credited": "Payment no longer due",
        "payment.dispute": "Payment disputed",
        "payment.failed": "Payment failed",
        "payment.history": "View payment history",
        "payment.open": "Payment pending",
        "payment.paid": "Payment received",
        "event.drop": "Gateway event dropped by the operator",
        "einvoices.export": "E-invoices exported by the operator",
        "api_key.create": "API key created by the operator",
        "api_key.revoke": "API key revoked by the operator",
        "webhook_endpoint.create": "Webhook endpoint created by the operator",
        "webhook_endpoint.delete": "Webhook endpoint deleted by the operator",
        "webhook_endpoint.enable": "Webhook endpoint turned on by the operator",
        "webhook_endpoint.replay": "Events sent to a webhook endpoint again by the operator",
        "webhook_endpoint.rotate_secret": "Secret of a webhook endpoint replaced by the operator",
        "outbox.drop": "Failed message dropped by the operator",
        "outbox.retry": "Failed message sent again by the operator",
        "payment.pay_now": "Pay now",
        "payment.supersede": "Payment withdrawn",
        "payment.uncollectible": "Payment uncollectible",
        "payment.unpaid": "View unpaid invoices",
        "payment_method.choose": "Payment method",
        "payment_method.keep": "New card",
        "payment_method.list": "View payment methods",
        "payment_method.remove": "Remove card",
        "person.erase": "Name and email erased by the operator",
        "person.export": "Personal data exported by the operator",
        "plan.choices": "View plans",
        "plan.on_sale": "View plans",
        "property.announce_in": "Billing channel",
        "property.choose": "Switch property",
        "property.create": "New property",
        "property.delete": "Delete property",
        "property.look_at": "View property",
        "property.purchases": "View purchases and invoices",
        "purchase.ask": "Purchase requested",
        "purchase.look": "View purchase",
        "purchase.make": "Purchase",
        "purchase.preview": "Preview of a purchase",
        "receipts.change": "Receipts by email",
        "receipts.choices": "View receipts by email",
        "refund.ask": "Refund requested",
        "refund.failed": "Refund failed",
        "refund.succeeded": "Refund paid",
        "spend.read": "View spend",
        "subscription.cancel": "Cancellation",
        "subscription.end": "Subscription ended",
        "subscription.look_at": "View subscription",
        "subscription.renew": "Renewal",
        "due.release": "Renewal tried again by the operator",
        "desk.hold": "Billing put on hold",
        "desk.resume": "Billing resumed",
        "subscription.restart": "Restart",
        "subscription.restart_ask": "Restart requested",
        "subscription.restart_preview": "Preview of a restart",
        "subscription.trial": "Free trial started",
        "subscription.undo_cancellation": "Undo cancellation",
        "support.ask": "Message to support",
        "transfer.choices": "View transfer",
        "transfer.make": "Transfer to another property",
        "transfer.preview": "Preview of a transfer",
        "workspace.install": "App installed in Slack",
        "workspace.uninstall": "App uninstalled from Slack",
    }
)

# What was there before and after.
DETAILS: Mapping[str, str] = MappingProxyType(
    {
        "billing_admin": "Billing Admin",
        "brand": "card",
        "card": "card",
        "channel": "channel",
        "city": "city",
        "codice_fiscale": "Codice Fiscale",
        "country": "country",
        "dispute": "dispute",
        "ends_at": "end",
        "extra": "address line 2",
        "files": "files",
        "last_four": "last four digits",
        "legal_name": "legal name",
        "minor": "amount",
        "name": "name",
        "needed": "role requested",
        "number": "number",
        "pec": "PEC",
        "period_end_at": "end of the billing cycle",
        "plan": "plan",
        "payments": "payments",
        "postal_code": "postal code",
        "property": "property",
        "purchase_order": "purchase order",
        "quantity": "units",
        "reason": "reason",
        "receipts_to": "receipts by email",
        "region": "province, state or region",
        "role": "role",
        "scopes": "permissions",
        "sdi_code": "SDI code",
        "span": "period",
        "street": "street and number",
        "subscription": "subscription",
        "topics": "announced",
        "total": "amount",
        "vat_number": "VAT number",
        "types": "events",
        "url": "address of the endpoint",
    }
)

# How a dispute stands.
DISPUTES: Mapping[str, str] = MappingProxyType(
    {
        "open": "disputed with the bank",
        "won": "dispute closed: the payment stands",
        "lost": "dispute closed: the bank took the money back",
    }
)

REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "AlreadyBought": "the property already has this add-on",
        "AlreadyCancelled": "it was already cancelled",
        "AlreadyEnded": "it had already ended",
        "AskedAlready": "access was requested less than a day before",
        "BadFields": "some fields were not valid",
        "BadQuantity": "that number of units is not available",
        "DownloadTooLarge": "the file was too large for Slack",
        "NoDirectMessages": "the app could not send direct messages",
        "NoSuchSpan": "it was not a month, quarter or year",
        "NothingInSpan": "there was nothing in that period",
        "BeingRenewed": "a new billing cycle was starting",
        "CannotBeMember": "this person can't be a member",
        "CannotPause": "subscriptions can't be paused",
        "CardNumberTyped": "a card number was typed",
        "CatalogueInvalid": "the catalogue can't be used",
        "ChangedMeanwhile": "someone else had just changed it",
        "CreditLeft": "the property had credit left",
        "CreditOutOfBounds": "more than can be credited",
        "CurrenciesDiffer": "the amounts were in different currencies",
        "ForeignWorkspace": "the request came from another workspace",
        "GatewayDown": "the bank's page did not respond",
        "InvoiceIncomplete": "a billing detail is missing for the invoice",
        "IsBillingAdmin": "this person pays for a subscription",
        "LastOwner": "a property needs at least one owner",
        "LegacyPrice": "its price is no longer sold",
        "MethodInUse": "the card pays for a subscription",
        "NoPaymentMethod": "there was no card",
        "NoProperty": "this person belongs to no property",
        "NoSuchProperty": "no property has that name",
        "NoSuchSubscription": "no subscription has that name",
        "NobodyToReplace": "there is nothing to take over",
        "NotAllowed": "the role does not allow it",
        "NotCancelled": "it was not cancelled",
        "NotFound": "it was not found",
        "NotInChannel": "the app is not in that channel",
        "AmountNotCharged": "such an amount cannot be charged",
        "AmountNotExact": "such an amount cannot be charged exactly",
        "NotIssued": "no invoice could be issued",
        "OnHold": "billing is on hold",
        "NotOffered": "messages to support are not set up",
        "NotOwnerOfBoth": "only an owner of both properties can transfer",
        "NotSendable": "no e-invoice could be sent for it",
        "NotSold": "the plan is not on sale",
        "NotSoldThere": "the plan is not sold to that property",
        "NotTransferable": "the add-on can't be transferred",
        "NothingPending": "no change was scheduled",
        "NothingToPay": "no payment was due",
        "NothingToRefund": "there was nothing to refund",
        "OnlyWorkspaceOwners": "only owners of the workspace can do that",
        "Outdated": "the button or form was out of date",
        "Outsider": "guests and people from other workspaces have no access",
        "PaymentDeclined": "the payment was declined",
        "PaymentInProgress": "an earlier payment was pending",
        "PreviewChanged": "the preview was out of date",
        "PropertyInUse": "the property had subscriptions",
        "RefundKeyReused": "the key belongs to another refund",
        "RoleGiven": "has such a role already",
        "RequestDeclined": "the request was declined before",
        "RoleHeld": "the role already allowed it",
        "SamePlan": "it already had this plan",
        "SameProperty": "it was already in that property",
        "SharedChannel": "the channel is archived or shared with another organisation",
        "SlackUnavailable": "Slack did not say who it was",
        "StillRunning": "it had not ended",
        "TakesNoWords": "the command takes nothing more",
        "TaxCaseUnknown": "which VAT applies is not known",
        "TriggerExpired": "Slack took too long to open a form",
        "UnknownCurrency": "the currency is not known",
        "UnknownTimeZone": "the time zone is not known",
        "Unpaid": "it was past due",
    }
)


def act_in_words(act: str, t: Translator) -> str:
    """What was done or attempted; an act of an earlier version by its name."""
    return t(ACTS[act]) if act in ACTS else _name(act)


def detail_in_words(name: str, t: Translator) -> str:
    """What was changed by an act."""
    return t(DETAILS[name]) if name in DETAILS else escape(clip(name, NAME_LIMIT))


def refusal_in_words(name: str, t: Translator) -> str:
    """Why it was refused; a refusal of an earlier version by its name."""
    return t(REFUSALS[name]) if name in REFUSALS else _name(name)


def _name(name: str) -> str:
    return f"`{escape(clip(name, NAME_LIMIT))}`"
