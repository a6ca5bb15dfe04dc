"""What a refusal says to the operator, who reads the fact and the way on: one sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from billing.commands.codes import in_words, reason_in_words
from billing.commands.field_words import faults_in_words
from billing.i18n import Translator
from billing.values import errors, refusals
from billing.values.documents import LATER_DATE, TAX_NUMBER
from billing.values.errors import BadFields, CatalogueInvalid, NotSendable, Refusal
from billing.values.exchange_rates import TAX_IN_EURO
from billing.values.money import Money

# The {placeholders} are the refusal's own fields.
SENTENCES: Mapping[type[Refusal], str] = MappingProxyType(
    {
        refusals.NotFound: "There is no such {noun}.",
        refusals.NoProperty: "That person is a member of no property.",
        refusals.OnHold: "These books are on hold until their operator resumes: python -m billing resume says more.",
        refusals.NotAllowed: "That person's role in the property does not allow it. Owners and admins: {admins}.",
        refusals.AskedAlready: "That role was asked for less than a day ago.",
        refusals.RoleHeld: "That person's role allows it already.",
        refusals.RoleGiven: "{user_id} is {role} already.",
        refusals.RequestDeclined: "{by} declined that request before.",
        refusals.OwnRequest: "Whoever asked cannot approve it: somebody else has to.",
        refusals.RequestClosed: "The request is closed ({state}).",
        refusals.NeedsApproval: "It costs more at once than the property's limit: another admin has to approve it.",
        refusals.NeedsNoApproval: "It is below the property's limit: nobody has to approve it.",
        refusals.NobodyToApprove: "The property has no other admin who could approve what is above {limit}.",
        refusals.OwnPurchaseRequest: "Whoever asked cannot approve it: another admin has to.",
        refusals.PurchaseRequestClosed: "The request is closed ({state}).",
        refusals.RequesterLeft: "{user_id}, who asked for it, is no admin of the property any more.",
        refusals.RequestMoved: "Its subscription belongs to another property by now.",
        refusals.NobodyToReplace: "Nobody who left pays for anything there.",
        refusals.OnlyWorkspaceOwners: "Only an owner of the workspace may create a property.",
        refusals.LastContact: "A property that has billing contacts keeps one: add another first.",
        refusals.ContactInUse: "Receipts of {names} go to that contact: choose another recipient for them first.",
        refusals.LastOwner: "A property needs at least one owner: make somebody else an owner first.",
        refusals.AlreadyCancelled: "It is cancelled already; it ends {ends_at}.",
        refusals.AlreadyEnded: "It ended {ended_at}.",
        refusals.BeingRenewed: (
            "A new billing cycle begins right now: try again in a minute (python -m billing run-due begins it at "
            "once)."
        ),
        refusals.NotOnTrial: "It is not on a free trial.",
        refusals.TrialTooLong: "It can be extended by 1 to {most} days.",
        refusals.NotCancelled: "It is not cancelled.",
        refusals.ChangedMeanwhile: "Somebody changed it meanwhile: try again.",
        refusals.NotSold: "{what} is not on sale.",
        refusals.AlreadyBought: "The property has a subscription to {add_on} already.",
        errors.NotAnAmount: (
            "That is not an amount above zero in {currency}: write it without thousands, with no more decimals than"
            " the currency has."
        ),
        refusals.CreditOutOfBounds: "At most {left} of that invoice can be credited, and more than nothing.",
        refusals.PaymentInProgress: (
            "A payment for it is not decided yet: try again once the gateway has answered (python -m billing run-due "
            "asks it at once)."
        ),
        refusals.JustPaid: "{amount} was paid just before for {what} of {property_name}: nothing else was done.",
        refusals.PaymentDeclined: "The charge failed: {reason}.",
        refusals.AmountNotCharged: "The gateway takes no charge of {total}: its limit is {limit}.",
        refusals.AmountNotExact: "The gateway charges multiples of {step} alone, {total} is none: change the price.",
        refusals.NotIssued: "No invoice can be issued for the {collected} collected: they are the property's credit.",
        refusals.NoPaymentMethod: "No card is named to be charged: --card names one that cards list shows.",
        refusals.Unpaid: "An invoice of the subscription is unpaid: it has to be paid first.",
        refusals.NothingToPay: "No payment is due for it.",
        refusals.PreviewChanged: "What it costs has changed meanwhile: try again.",
        refusals.SamePlan: "It has that plan, interval and quantity already.",
        refusals.NothingPending: "No change of it is scheduled.",
        refusals.BadQuantity: "The quantity must be a whole number from 1 to {most}.",
        refusals.StillRunning: "The subscription has not ended.",
        refusals.CannotPause: "A subscription cannot be paused: cancel it at the end of its cycle.",
        refusals.NotTransferable: "{add_on} cannot be transferred.",
        refusals.NotOwnerOfBoth: "A transfer needs an owner of both properties.",
        refusals.NotSoldThere: "{plan} is not sold to that property: its currency differs, or its VAT is not known.",
        refusals.LegacyPrice: "It has a price that is no longer sold, which cannot be transferred.",
        refusals.SameProperty: "It belongs to that property already.",
        refusals.IsBillingAdmin: (
            "That person pays for a subscription to {subscriptions}: choose another card for them first."
        ),
        refusals.MethodInUse: (
            "The card pays for a subscription to {subscriptions}: choose another one for them first."
        ),
        refusals.BackupPaysAlready: "The backup must be another card than the one that pays.",
        refusals.PropertyInUse: (
            "The property still has a subscription to {subscriptions}: cancel, pay or transfer it first."
        ),
        refusals.CreditLeft: "The property has credit of {credit}: refund it, or give it up with --give-up-credit.",
        refusals.RefundDue: "{amount} of the property is still to be refunded: try again when the refund is through.",
        refusals.GatewayDown: "The gateway gives no answer: try again later.",
        refusals.NothingToRefund: "At most {most} can be refunded for that invoice.",
        refusals.RefundNotExact: "Cards are refunded in multiples of {step} alone, and {amount} is none.",
        refusals.NotSubscribed: "No plan of {add_on} runs in that property at that moment.",
        refusals.UsageTooLate: "It comes too late: usage is counted from {counted_from} on.",
        refusals.UsageInFuture: "It is dated in the future: it is {now} now.",
        refusals.NoSuchSpan: "{typed} is no month (2026-03), quarter (2026-Q1) or year (2026).",
        refusals.NothingInSpan: "{property_name} has no papers of {span}.",
        refusals.DownloadTooLarge: "The papers of {span} are too large for one file: ask for a shorter time.",
        refusals.CreditKeyReused: (
            "The key “{key}” is that of the credit note over {amount} of {number}: choose another one."
        ),
        refusals.RefundKeyReused: (
            "The key “{key}” is that of the refund of {amount} of {number}: choose another one."
        ),
        errors.UnknownCurrency: "{code} is not an ISO 4217 currency code.",
        errors.CurrenciesDiffer: "The amounts are in {one} and {other}.",
        errors.UnknownTimeZone: "{name} is not an IANA time zone.",
        errors.TaxCaseUnknown: (
            "The tax table has no case for a seller in {seller_country} and that buyer in {buyer_country} "
            "(missing: {missing}): correct the buyer's company or TAX_TABLE."
        ),
        refusals.VatNumberInvalid: (
            "VIES says that {number} is not a valid VAT number: correct the buyer's company first."
        ),
        errors.InvoiceIncomplete: "The invoice lacks what the law requires: {field}.",
        errors.NotSendable: "SdI would reject the e-invoice ({code}): {fault}.",
        errors.BadFields: "These do not fit: {faults}.",
        errors.CatalogueInvalid: "The catalogue cannot be used: {fault}.",
    }
)
# What is not there, by its noun, and where an operator finds which there are.
NOT_FOUND: Mapping[str, str] = MappingProxyType(
    {
        "workspace": "There is no such workspace: one is known once somebody opened the app in it.",
        "property": "There is no such property: properties list names those of a workspace.",
        "person": "There is no such person: somebody is known once they opened the app.",
        "subscription": "There is no such subscription: agenda names those of a workspace.",
        "invoice": "There is no such invoice: invoices list names those of a workspace.",
        "document": "There is no such document: give its number, like 2026-000123.",
        "payment": "There is no such payment.",
        "undecided payment": "No such payment is undecided: payments list names those that are.",
        "payment method": "There is no such card: cards list names those of a property.",
        "event": "There is no such event.",
        "waiting event": "No such event of the gateway waits: events list names those that do.",
        "contact": "There is no such contact: contacts list names those of a property.",
        "key": "No key begins like that: keys list names them.",
        "webhook endpoint": "There is no such endpoint: webhooks list names them.",
    }
)
# What an invoice lacks, by its field, and where it is entered.
LACKING: Mapping[str, str] = MappingProxyType(
    {
        "seller name": "SELLER_NAME",
        "seller address": "SELLER_ADDRESS",
        "seller VAT number": "SELLER_VAT_NUMBER",
        "buyer name": "the buyer's name, which an admin enters by /billing profile",
        "buyer address": "the buyer's address, which an admin enters by /billing profile",
        "buyer VAT number": "the buyer's VAT number, which an admin enters by /billing profile",
        TAX_NUMBER: "the buyer's VAT number or Codice Fiscale, which an admin enters by /billing profile",
        "reason for no VAT": "the note on why there is no VAT, which TAX_TABLE has",
        TAX_IN_EURO: "the VAT in euros, for which no exchange rate is known: rates fetch or rates import",
        LATER_DATE: "a date that is not before that of the document it corrects: check the clock",
    }
)


def sentence(refusal: Refusal, t: Translator) -> str:
    """What the refusal says, in the reader's language, to callers of the API, too."""
    values = {name: _shown(value, t) for name, value in vars(refusal).items()}
    values |= _in_words(refusal, t)
    if isinstance(refusal, BadFields):
        values["faults"] = faults_in_words(refusal.faults, t)
    if isinstance(refusal, CatalogueInvalid | NotSendable):
        values["fault"] = t.fault(refusal.fault)
    return t(SENTENCES[type(refusal)], **values)


def sentence_of_command(refusal: Refusal, t: Translator) -> str:
    """The same to whoever types commands, with the one that says what there is."""
    if isinstance(refusal, refusals.NotFound) and refusal.noun in NOT_FOUND:
        return t(NOT_FOUND[refusal.noun])
    return sentence(refusal, t)


def _in_words(refusal: Refusal, t: Translator) -> dict[str, str]:
    """What the refusal names by a word or code of ours, which is one of the sentence's own language there."""
    match refusal:
        case refusals.NotFound(noun=noun):
            return {"noun": t(noun)}
        case refusals.RoleGiven(role=role):
            return {"role": in_words(role, t)}
        case refusals.RequestClosed(state=state) | refusals.PurchaseRequestClosed(state=state):
            return {"state": in_words(state, t)}
        case refusals.PaymentDeclined(reason=reason):
            return {"reason": reason_in_words(reason, t)}
        case errors.InvoiceIncomplete(field=field):
            return {"field": t(LACKING.get(field, field))}
        case errors.TaxCaseUnknown(missing=missing):
            return {"missing": t("VAT number") if missing == "vat_number" else t("rule")}
    return {}


def _shown(value: object, t: Translator) -> str:
    if isinstance(value, Money):
        return t.money(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    return str(value)
