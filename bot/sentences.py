"""One table: a refusal, its sentence (the fact, then money, then what to do), and the fields that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from billing.i18n import Translator
from billing.values import errors, refusals
from billing.values.errors import BadFields, Refusal
from bot import refusals as slack_refusals
from bot.blocks import Message, actions
from bot.views import operator_refusals, phrases, refused, refused_payments, vat_numbers
from bot.views.access import join_button
from bot.views.contacts import contact_in_use
from bot.views.members import ask_button
from bot.views.notice import sentence_message
from bot.views.payment_methods import add_card_button


class Said(NamedTuple):
    """What a refusal says; a function where something is computed. The first of `fields` that a form has shows it."""

    sentence: str | Callable[[Any, Translator], str]
    fields: tuple[str, ...] = ()


def sentence(refusal: Refusal, t: Translator, *, to_operator: bool = False) -> str:
    """The refusal in the reader's words, as mrkdwn.

    It holds nothing of what was refused but a name that nothing has, and a character that no font has.
    """
    if to_operator and type(refusal) in operator_refusals.SENTENCES:
        return operator_refusals.said(operator_refusals.SENTENCES[type(refusal)], t)
    said = SENTENCES[type(refusal)].sentence
    return t(said, command=phrases.COMMAND) if isinstance(said, str) else said(refusal, t)


def message(refusal: Refusal, t: Translator, *, to_operator: bool = False) -> Message:
    """The same as a message; where a role is missing, with a button that asks for it."""
    told = sentence_message(sentence(refusal, t, to_operator=to_operator))
    if isinstance(refusal, refusals.NotAllowed) and refusal.property_id and refusal.admins:
        told.blocks.append(actions(ask_button(refusal.property_id, refusal.needed, t)))
    if isinstance(refusal, refusals.NoProperty) and refusal.owners:
        told.blocks.append(actions(join_button(t)))
    if isinstance(refusal, refusals.NoPaymentMethod) and refusal.subscription_id:
        told.blocks.append(actions(add_card_button(refusal.subscription_id, t)))
    return told


def not_submitted(why: str, t: Translator) -> str:
    """What was wrong in a form that Slack has closed by now."""
    return t("Your form wasn't submitted: Slack closed it because the answer took too long. {why}", why=why)


def beside_fields(refusal: Refusal, t: Translator, form: Collection[str]) -> dict[str, str]:
    """What a form with these fields shows under them; nothing where the refusal belongs to none of them."""
    if isinstance(refusal, BadFields):
        return field_errors(refusal, t, form) if form else {}
    field = next((name for name in SENTENCES[type(refusal)].fields if name in form), None)
    return {field: sentence(refusal, t)} if field else {}


def field_errors(refusal: BadFields, t: Translator, known: Collection[str]) -> dict[str, str]:
    """What a form shows under its fields: by block id, the reason of every fault.

    Slack takes errors only for blocks that the form has (`known`): a fault of any other stands under the first.
    """
    found: dict[str, list[str]] = {}
    for name, fault in refusal.faults.items():
        found.setdefault(name if name in known else next(iter(known), name), []).append(
            refused.fault(fault, t)
        )
    return {name: " ".join(dict.fromkeys(reasons)) for name, reasons in found.items()}


def failed(reference: str, t: Translator) -> str:
    """What is said when something went wrong that nobody foresaw. The reference stands in the log too."""
    return t(
        "Something went wrong, and your request may or may not have gone through. No card was charged. "
        "Open `{command}` to check. If it happens again, give whoever runs this app the reference {reference}.",
        command=phrases.COMMAND,
        reference=reference,
    )


def failed_at_bank(reference: str, t: Translator) -> str:
    """The same where the bank was asked before it went wrong: whether it charged is found out by itself."""
    return t(
        "Something went wrong after the bank was asked, so it isn't known yet whether the card was charged. "
        "The bank is asked again automatically, and nothing is charged twice. Open `{command} history` in a few "
        "minutes. If it happens again, give whoever runs this app the reference {reference}.",
        command=phrases.COMMAND,
        reference=reference,
    )


def slack_failed(t: Translator) -> str:
    """What is said when Slack did not take an answer: the act itself is done, or was refused, all the same."""
    return t(
        "Slack didn't accept the answer. Your request may have gone through. "
        "Open `{command}` to check, or try again in a minute.",
        command=phrases.COMMAND,
    )


SENTENCES: Mapping[type[Refusal], Said] = MappingProxyType(
    {
        # Who asks
        refusals.NotAllowed: Said(refused.not_allowed),
        refusals.NoProperty: Said(refused.no_property),
        refusals.OnHold: Said(
            "Billing is on hold while its operator checks a restored copy of the books. Nothing was changed "
            "or charged, and nothing will be until it resumes. Try again later."
        ),
        refusals.OnlyWorkspaceOwners: Said(
            "Only owners of this workspace can create a property. Nothing was created. Ask one of them."
        ),
        refusals.LastOwner: Said(
            "A property needs at least one owner. Nothing was changed. Make someone else an owner first.",
            ("role",),
        ),
        refusals.LastContact: Said(
            "A property with billing contacts keeps at least one. Nothing was changed. Add another one first."
        ),
        refusals.ContactInUse: Said(contact_in_use),
        refusals.AskedAlready: Said(
            "You asked for access less than a day ago, and the people who can give it were told. "
            "No one was asked again."
        ),
        refusals.RoleHeld: Said(
            "Your role already allows this, so no one was asked. Open `{command}` and try again."
        ),
        refusals.RoleGiven: Said(refused.role_given),
        refusals.RequestDeclined: Said(refused.request_declined),
        refusals.NotOnTrial: Said("This subscription isn't on a free trial. Nothing was changed.", ("days",)),
        refusals.TrialTooLong: Said(refused_payments.trial_too_long, ("days",)),
        refusals.OwnRequest: Said(
            "You asked for this yourself, so another operator has to approve it. Nothing was done."
        ),
        refusals.RequestClosed: Said(refused_payments.request_closed),
        refusals.NobodyToReplace: Said(
            "There is nothing to take over: someone already did, or the person is back. "
            "Nothing was changed or charged."
        ),
        refusals.IsBillingAdmin: Said(refused.is_billing_admin, ("role",)),
        slack_refusals.SlackUnavailable: Said(
            "Slack can't say who you are right now. Nothing was changed or charged. Try again in a minute."
        ),
        slack_refusals.TriggerExpired: Said(
            "That took too long, so Slack didn't open the form. Nothing was changed or charged. Try again."
        ),
        slack_refusals.Outsider: Said(
            "Guests and people from other workspaces can't use this app. Nothing was changed. "
            "Ask a member of this workspace."
        ),
        slack_refusals.NotAnOperator: Said("This command isn't available to you here. Nothing was changed."),
        slack_refusals.ForeignWorkspace: Said(
            "This app serves another workspace. Nothing was changed. Ask whoever installed it."
        ),
        slack_refusals.CannotBeMember: Said(
            "Slack doesn't show this person as a full member of this workspace. Guests, apps and people from "
            "other workspaces can't be added. Nothing was changed. Choose someone else.",
            ("user_id",),
        ),
        # What is asked for
        refusals.NotFound: Said(
            "Not found: it may have been moved. Open `{command}` to see what is here now."
        ),
        slack_refusals.NoSuchSubscription: Said(refused.no_such_subscription),
        slack_refusals.NoSuchProperty: Said(refused.no_such_property),
        slack_refusals.TakesNoWords: Said(refused.takes_no_words),
        slack_refusals.Outdated: Said(
            "This button or form is out of date. Nothing was changed. Open `{command}` for the current one."
        ),
        slack_refusals.NotOffered: Said(
            "Messages to support aren't set up here. Nothing was sent. Ask whoever runs this app."
        ),
        refusals.ChangedMeanwhile: Said(refused.changed_meanwhile),
        errors.BadFields: Said(refused.bad_fields),
        slack_refusals.CardNumberTyped: Said(refused.FAULTS["card_number"]),
        errors.UnknownTimeZone: Said(
            "That time zone isn't known. Nothing was changed. Choose another one.", ("time_zone",)
        ),
        slack_refusals.NotInChannel: Said(
            "The app isn't in this channel. Nothing was changed. Type /invite in the channel, choose the app, "
            "then save again.",
            ("channel",),
        ),
        slack_refusals.SharedChannel: Said(
            "This channel is archived, a direct message, or shared with another organisation, so billing can't "
            "be announced there. Nothing was changed. Choose another channel.",
            ("channel",),
        ),
        refusals.PropertyInUse: Said(refused.property_in_use),
        refusals.CreditLeft: Said(refused.credit_left, ("credit",)),
        refusals.RefundDue: Said(refused_payments.refund_due),
        # Buying and changing
        refusals.NotSold: Said(
            "That plan isn't on sale. Nothing was changed or charged. Choose another one.", ("offer", "plan")
        ),
        refusals.AlreadyBought: Said(
            "That property already has a subscription to this add-on. Nothing was changed or charged.",
            ("offer", "property_id"),
        ),
        refusals.SamePlan: Said(
            "It already has this plan, interval and number of units. Nothing was changed or charged.",
            ("plan",),
        ),
        refusals.BadQuantity: Said(refused.bad_quantity, ("quantity",)),
        refusals.PreviewChanged: Said(refused.preview_changed),
        refusals.NeedsApproval: Said(
            "Another admin has to approve this now. Nothing was changed or charged. Check the preview, then ask for "
            "approval."
        ),
        refusals.NeedsNoApproval: Said(
            "This doesn't need approval any more, so no one was asked. Nothing was changed or charged. Check the "
            "preview, then decide."
        ),
        refusals.NobodyToApprove: Said(refused_payments.nobody_to_approve),
        refusals.OwnPurchaseRequest: Said(
            "You asked for this yourself, so another admin has to approve it. Nothing was changed or charged."
        ),
        refusals.PurchaseRequestClosed: Said(refused_payments.purchase_request_closed),
        refusals.RequesterLeft: Said(refused_payments.requester_left),
        refusals.RequestMoved: Said(
            "The subscription was moved to another property, so this request can't be approved. Nothing was changed "
            "or charged. Decline it."
        ),
        refusals.AlreadyCancelled: Said(refused.already_cancelled),
        refusals.AlreadyEnded: Said(refused.already_ended),
        refusals.NotCancelled: Said(
            "This subscription isn't cancelled, so there is nothing to undo or renew. Nothing was charged."
        ),
        refusals.StillRunning: Said(
            "This subscription hasn't ended, so there is nothing to restart. Nothing was charged."
        ),
        refusals.NothingPending: Said(
            "There is no scheduled change to undo. Nothing was changed or charged."
        ),
        refusals.BeingRenewed: Said(
            "A new billing cycle is starting right now. Nothing was changed. Try again in a minute."
        ),
        refusals.CannotPause: Said(refused.cannot_pause),
        refusals.NotTransferable: Said(refused.not_transferable, ("subscription_id",)),
        refusals.LegacyPrice: Said(
            "This subscription has a price that is no longer sold, so it can't be transferred. Nothing was "
            "changed or charged. If it's active, change to a plan on sale first; if it has ended, buy the add-on in "
            "the other property.",
            ("subscription_id",),
        ),
        refusals.NotOwnerOfBoth: Said(
            "To transfer a subscription you need to own both properties. Nothing was changed or charged. "
            "Ask an owner for that role."
        ),
        refusals.NotSoldThere: Said(refused.not_sold_there, ("property_id",)),
        refusals.SameProperty: Said(
            "It is already in that property. Nothing was changed or charged. Choose another one.",
            ("property_id",),
        ),
        # Usage
        refusals.NotSubscribed: Said(
            "No plan of that add-on runs in this property, so its usage wasn't counted. Buy one first."
        ),
        refusals.UsageTooLate: Said("That usage is of a cycle that is over, so it wasn't counted."),
        refusals.UsageInFuture: Said("That usage is dated in the future, so it wasn't counted."),
        # Downloads
        refusals.NoSuchSpan: Said(refused.no_such_span, ("span",)),
        refusals.NothingInSpan: Said(refused.nothing_in_span, ("span",)),
        refusals.DownloadTooLarge: Said(refused.download_too_large),
        slack_refusals.NoDirectMessages: Said(
            "Slack doesn't let the app write to you directly, and a file can't be sent anywhere else. Nothing was "
            "prepared. Open the app in Slack, or ask whoever administers this workspace.",
            ("span",),
        ),
        # Paying
        refusals.NoPaymentMethod: Said(
            "No card yet, so nothing was charged. Add a card to continue.", ("payment_method_id", "offer")
        ),
        refusals.PaymentInProgress: Said(refused_payments.payment_in_progress),
        refusals.JustPaid: Said(refused_payments.just_paid),
        refusals.PaymentDeclined: Said(refused_payments.payment_declined),
        refusals.AmountNotCharged: Said(refused_payments.amount_not_charged),
        refusals.AmountNotExact: Said(refused_payments.amount_not_exact),
        refusals.NotIssued: Said(refused_payments.not_issued),
        refusals.Unpaid: Said(
            "This subscription is past due. Nothing was changed or charged. "
            "Pay its open invoice first: `{command}` shows it."
        ),
        refusals.NothingToPay: Said(
            "No payment is due here any more. Nothing was charged now. Open `{command}` to see how things stand."
        ),
        refusals.GatewayDown: Said(
            "The bank's page isn't responding. Nothing was charged. Try again in a few minutes."
        ),
        refusals.MethodInUse: Said(refused.method_in_use),
        refusals.BackupPaysAlready: Said("Choose another card as the backup: this one pays.", ("backup_id",)),
        refusals.NothingToRefund: Said(refused_payments.nothing_to_refund, ("amount",)),
        refusals.RefundNotExact: Said(refused_payments.refund_not_exact, ("amount",)),
        refusals.CreditKeyReused: Said(refused_payments.credit_key_reused),
        refusals.RefundKeyReused: Said(refused_payments.refund_key_reused),
        # Documents
        errors.NotAnAmount: Said(refused_payments.not_an_amount, ("amount",)),
        refusals.CreditOutOfBounds: Said(refused_payments.credit_out_of_bounds, ("amount",)),
        errors.TaxCaseUnknown: Said(refused.tax_case_unknown, ("address", "country", "vat_number")),
        refusals.VatNumberInvalid: Said(vat_numbers.invalid, ("vat_number", "offer")),
        errors.InvoiceIncomplete: Said(refused.invoice_incomplete),
        errors.NotSendable: Said(refused.not_sendable),
        errors.CurrenciesDiffer: Said(
            "These amounts are in different currencies. Nothing was charged. Tell whoever runs this app."
        ),
        errors.UnknownCurrency: Said(
            "That currency isn't known here. Nothing was charged. Tell whoever runs this app."
        ),
        errors.CatalogueInvalid: Said(
            "This catalogue can't be used. Nothing was changed. Ask whoever runs this app."
        ),
    }
)
