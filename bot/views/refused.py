"""What a refusal says where something in it is computed: names, dates, amounts, links."""

from __future__ import annotations

from collections.abc import Sequence

from billing.i18n import Translator
from billing.values import errors, refusals
from billing.values.actors import Role
from billing.values.documents import TAX_NUMBER
from billing.values.errors import Fault
from billing.values.exchange_rates import TAX_IN_EURO
from bot import refusals as slack_refusals
from bot.blocks import clip, escape
from bot.views import phrases
from bot.views.access import who_adds
from bot.views.audit_words import act_in_words
from bot.views.contacts import CONTACT_FAULTS
from bot.views.roles import role_name
from bot.views.vat_numbers import VAT_NUMBER_FAULTS

SHOWN_NAMES = 10
SHOWN_TYPED = 40
# What is wrong with one field, by the word of its fault.
FAULTS = {
    "missing": "This field is required.",
    "too_long": "Too long: use at most {limit} characters.",
    "card_number": "That looks like a card number. Never type one into Slack. Nothing was saved.",
    "unknown": "That value isn't recognised. Choose or type another.",
    "control_characters": "This contains characters that can't be printed. Type it again.",
    "no_font": "Invoices can't show “{character}”. Use another alphabet, for example the Latin one.",
    **VAT_NUMBER_FAULTS,
    **CONTACT_FAULTS,
    "needed_abroad": "Invoices to that country need your company's VAT number there.",
    "needed_in_italy": "Invoices in Italy need a VAT number or a Codice Fiscale. Enter one of them.",
    "codice_fiscale": "That Codice Fiscale isn't valid. Check its letters and digits.",
    "sdi_code": "An SDI code has seven letters or digits, or six for a public office, for example M5UXCR1.",
    "email": "That email address isn't valid. Type it like name@pec.example.",
    "italian_postal_code": "An Italian postal code has five digits, for example 20121.",
    "province": "That isn't an Italian province. Type its two letters, for example MI.",
    "only_italian": "Only Italian invoices carry this. Leave it empty for an address abroad.",
}


def fault(found: Fault, t: Translator) -> str:
    return t(FAULTS[found.reason], limit=found.limit, character=found.character)


def bad_fields(refusal: errors.BadFields, t: Translator) -> str:
    reasons = " ".join(dict.fromkeys(fault(one, t) for one in refusal.faults.values()))
    return t("Some fields need a correction, so nothing was saved. {reasons}", reasons=reasons)


def no_property(refusal: refusals.NoProperty, t: Translator) -> str:
    if refusal.owners:
        return " ".join((t("You don't belong to any property yet."), who_adds(refusal.owners, t)))
    return t(
        "You don't belong to any property yet. Ask a property's owner to add you, then open `{command}`.",
        command=phrases.COMMAND,
    )


def role_given(refusal: refusals.RoleGiven, t: Translator) -> str:
    role = role_name(Role(refusal.role), t)
    return t("<@{user}> is {role} already. Nothing was changed.", user=refusal.user_id, role=role)


def request_declined(refusal: refusals.RequestDeclined, t: Translator) -> str:
    return t("<@{by}> already declined this request, and whoever asked was told.", by=refusal.by)


def not_allowed(refusal: refusals.NotAllowed, t: Translator) -> str:
    allowed = {
        "accountant": t("Only accountants, admins and owners of this property can see its billing."),
        "admin": t("Only admins and owners of this property can change its billing."),
        "owner": t("Only owners of this property can do that."),
    }[refusal.needed]
    return " ".join((allowed, t("Nothing was changed."), _who_can_help(refusal.admins, t)))


def already_cancelled(refusal: refusals.AlreadyCancelled, t: Translator) -> str:
    date = t.day_of(refusal.ends_at, refusal.zone)
    if not refusal.by:
        return t("Already cancelled. It ends on {date} and won't renew.", date=date)
    return t("Already cancelled by <@{user}>. It ends on {date} and won't renew.", user=refusal.by, date=date)


def already_ended(refusal: refusals.AlreadyEnded, t: Translator) -> str:
    return t(
        "This subscription ended on {date}. Nothing was charged. To restart it, use `{command} renew`.",
        date=t.day_of(refusal.ended_at, refusal.zone),
        command=phrases.COMMAND,
    )


def changed_meanwhile(refusal: refusals.ChangedMeanwhile, t: Translator) -> str:
    rest = t(
        "Your changes weren't saved and nothing was charged. Open `{command}` to see the latest, then try again.",
        command=phrases.COMMAND,
    )
    if not refusal.by:
        return f"{t('Someone just changed this.')} {rest}"
    act = act_in_words(refusal.act, t)
    return f"{t('<@{user}> just changed this ({act}).', user=refusal.by, act=act)} {rest}"


def preview_changed(refusal: refusals.PreviewChanged, t: Translator) -> str:
    return t(
        "This preview is out of date: {amount} with VAT would be charged now. Nothing was charged. "
        "Check the new preview, then decide.",
        amount=t.money(refusal.quote.charge_now),
    )


def bad_quantity(refusal: refusals.BadQuantity, t: Translator) -> str:
    return t("Units must be a whole number from 1 to {most}. Nothing was charged.", most=refusal.most)


def cannot_pause(refusal: refusals.CannotPause, t: Translator) -> str:
    sentence = (
        t("Subscriptions can't be paused: each year is paid in advance.")
        if refusal.interval == "year"
        else t("Subscriptions can't be paused: each month is paid in advance.")
    )
    rest = t(
        "Nothing was changed or charged. With `{command} cancel` it ends with its billing cycle, "
        "and you can restart it later.",
        command=phrases.COMMAND,
    )
    return f"{sentence} {rest}"


def not_transferable(refusal: refusals.NotTransferable, t: Translator) -> str:
    return t(
        "{add_on} can't be transferred. Nothing was changed or charged. Cancel it here and buy it there.",
        add_on=escape(refusal.add_on),
    )


def not_sold_there(refusal: refusals.NotSoldThere, t: Translator) -> str:
    return t(
        "{plan} isn't sold to that property: not in its currency, or its VAT isn't set up. "
        "Nothing was changed or charged. Choose another property.",
        plan=escape(refusal.plan),
    )


def is_billing_admin(refusal: refusals.IsBillingAdmin, t: Translator) -> str:
    return t(
        "This person pays for {names}. Nothing was changed. First, someone else has to choose the card for that.",
        names=_listed(refusal.subscriptions, t),
    )


def property_in_use(refusal: refusals.PropertyInUse, t: Translator) -> str:
    return t(
        "This property still has {names}, so it wasn't deleted. Cancel or transfer that first, pay what is unpaid, "
        "and wait until what you cancelled has ended.",
        names=_listed(refusal.subscriptions, t),
    )


def credit_left(refusal: refusals.CreditLeft, t: Translator) -> str:
    return t(
        "This property still has {amount} of credit, so it wasn't deleted. Ask whoever runs this app to refund it, "
        "or give it up.",
        amount=t.money(refusal.credit),
    )


def method_in_use(refusal: refusals.MethodInUse, t: Translator) -> str:
    return t(
        "This card pays for {names}, so it wasn't removed. Choose another card for that first.",
        names=_listed(refusal.subscriptions, t),
    )


def tax_case_unknown(refusal: errors.TaxCaseUnknown, t: Translator) -> str:
    if refusal.place:
        return _tax_of_place_unknown(refusal, t)
    if refusal.missing == "vat_number":
        return t(
            "Invoices to that country need your company's VAT number there. Nothing was changed or charged. "
            "Add it with `{command} company`, or choose another country.",
            command=phrases.COMMAND,
        )
    return t(
        "VAT isn't set up here for billing addresses in that country. Nothing was changed or charged. "
        "Choose another country, or ask whoever runs this app."
    )


def invoice_incomplete(refusal: errors.InvoiceIncomplete, t: Translator) -> str:
    if refusal.field == "buyer address":
        return t(
            "The invoice needs a billing address, so it wasn't issued. Nothing was charged. Add one with "
            "`{command} address`.",
            command=phrases.COMMAND,
        )
    if refusal.field == TAX_NUMBER:
        return t(
            "E-invoices in Italy need a VAT number or Codice Fiscale. Nothing was changed or charged. Add it with "
            "`{command} company`.",
            command=phrases.COMMAND,
        )
    if refusal.field == TAX_IN_EURO:
        return t(
            "The invoice must state its VAT in euros, and no exchange rate is known for today. Nothing was changed "
            "or charged. Try again later, or ask whoever runs this app."
        )
    return t(
        "The invoice lacks a detail that the law requires, so it wasn't issued. Nothing was charged. "
        "Check the billing address, or ask whoever runs this app."
    )


def not_sendable(refusal: errors.NotSendable, t: Translator) -> str:
    return t(
        "No e-invoice could be sent for this, so nothing was changed or charged: {fault}. The exchange system's "
        "code is {code}.",
        fault=escape(t.fault(refusal.fault)),
        code=refusal.code,
    )


def _tax_of_place_unknown(refusal: errors.TaxCaseUnknown, t: Translator) -> str:
    place = escape(phrases.place(refusal.place, t))
    if refusal.missing == "vat_number":
        return t(
            "{place} has its own VAT rules: invoices there need your company's VAT number. Nothing was changed "
            "or charged. Add it with `{command} company`, or choose another address.",
            place=place,
            command=phrases.COMMAND,
        )
    return t(
        "{place} has its own VAT rules, which aren't set up here. Nothing was changed or charged. Choose "
        "another address, or ask whoever runs this app.",
        place=place,
    )


def no_such_subscription(refusal: slack_refusals.NoSuchSubscription, t: Translator) -> str:
    sentence = t("No subscription here is called “{name}”.", name=_typed(refusal.typed))
    if refusal.near:
        return f"{sentence} {_did_you_mean(refusal.near, t)}"
    if refusal.names:
        return f"{sentence} {t('This property has {names}.', names=_listed(refusal.names, t))}"
    return f"{sentence} {t('This property has no subscriptions yet.')}"


def no_such_property(refusal: slack_refusals.NoSuchProperty, t: Translator) -> str:
    sentence = t("None of your properties is called “{name}”.", name=_typed(refusal.typed))
    if refusal.near:
        return f"{sentence} {_did_you_mean(refusal.near, t)}"
    return f"{sentence} {t('You can choose {names}.', names=_listed(refusal.names, t))}"


def takes_no_words(refusal: slack_refusals.TakesNoWords, t: Translator) -> str:
    return t(
        "`{command} {word}` takes nothing after it, so “{typed}” has no meaning there. Nothing was changed. "
        "Type `{command} {word}` alone.",
        command=phrases.COMMAND,
        word=t(refusal.word),
        typed=_typed(refusal.typed),
    )


def _did_you_mean(name: str, t: Translator) -> str:
    return t("Did you mean “{name}”?", name=escape(name))


def _who_can_help(admins: tuple[str, ...], t: Translator) -> str:
    if not admins:
        return t("Ask an owner of this workspace for access.")
    people = ", ".join(f"<@{user_id}>" for user_id in admins[:SHOWN_NAMES])
    left = len(admins[SHOWN_NAMES:])
    if left:
        people = t.plural("{people} and {count} more", "{people} and {count} more", left, people=people)
    return t("Its admins can help: {people}.", people=people)


def _listed(names: Sequence[str], t: Translator) -> str:
    shown, left = ", ".join(escape(name) for name in names[:SHOWN_NAMES]), len(names[SHOWN_NAMES:])
    return (
        t.plural("{names} and {count} more", "{names} and {count} more", left, names=shown) if left else shown
    )


def _typed(words: str) -> str:
    return escape(clip(words, SHOWN_TYPED))


def no_such_span(refusal: refusals.NoSuchSpan, t: Translator) -> str:
    return t(
        "“{typed}” isn't a month, quarter or year. Nothing was prepared. Type `{command} download 2026-03`, "
        "`2026-Q1` or `2026`.",
        typed=escape(clip(refusal.typed, SHOWN_TYPED)),
        command=phrases.COMMAND,
    )


def nothing_in_span(refusal: refusals.NothingInSpan, t: Translator) -> str:
    about = {"property": escape(refusal.property_name)}
    if refusal.span is None:
        return t("{property} has no invoices or payments yet. Nothing was prepared.", **about)
    return t(
        "{property} has no invoices, credit notes or payments in {span}. Nothing was prepared. "
        "Choose another month, quarter or year.",
        **about,
        span=t.span(refusal.span),
    )


def download_too_large(refusal: refusals.DownloadTooLarge, t: Translator) -> str:
    return t(
        "The billing documents for {span} are larger than the 1 GB that Slack accepts. Nothing was sent. "
        "Ask for a shorter period with `{command} download`.",
        span=t.span(refusal.span),
        command=phrases.COMMAND,
    )
