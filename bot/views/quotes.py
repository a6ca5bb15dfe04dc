"""What an act would cost, before it is done: the charge now, the arithmetic of each line, what comes next."""

from __future__ import annotations

from collections.abc import Iterable

from billing.i18n import Translator
from billing.values.documents import DocumentLine, InvoiceDocument, LineKind
from billing.values.money import Money
from billing.values.proration import DaysLeft, share
from billing.values.snapshots import PaidTimeLost, Quote
from billing.values.tax_groups import TaxGroup
from bot.blocks import Block, escape, section
from bot.views import phrases


def quote_blocks(quote: Quote, t: Translator) -> list[Block]:
    """The preview, for a form or a confirmation."""
    blocks = [section(charged_now(quote, t))]
    if quote.document is not None:
        blocks.append(section("\n".join(_sums(quote.document, quote, t))))
    return [*blocks, *(section(said) for said in _what_goes(quote, t)), section(_what_comes_next(quote, t))]


def paid_time_lost(lost: PaidTimeLost, t: Translator) -> str:
    """How much of what is paid, in days and net."""
    return t.plural(
        "{count} of {of_days} days of {plan} ({amount} + VAT)",
        "{count} of {of_days} days of {plan} ({amount} + VAT)",
        lost.days,
        of_days=lost.of_days,
        plan=escape(lost.plan),
        amount=t.money(lost.amount),
    )


def _what_goes(quote: Quote, t: Translator) -> list[str]:
    """What the act costs beside money: paid time that is not given back, and a change that was planned."""
    said = []
    if quote.lost:
        lost = t(
            "*You lose:* {lost}, without credit: a new billing cycle starts today.",
            lost=paid_time_lost(quote.lost, t),
        )
        said.append(lost)
    if quote.replaces:
        said.append(phrases.change_dropped(quote.replaces, quote.subscription, t))
    return said


def charged_now(quote: Quote, t: Translator) -> str:
    """What the card is asked for at this moment."""
    if quote.charge_now.minor == 0:
        return t("*Charged now:* nothing")
    if quote.subscription.card is None:
        return t("*To pay:* {amount} with VAT. Add a card to continue.", amount=t.money(quote.charge_now))
    return t(
        "*Charged now:* {amount} with VAT, to {card}",
        amount=t.money(quote.charge_now),
        card=phrases.payment_method(quote.subscription, t),
    )


def _what_comes_next(quote: Quote, t: Translator) -> str:
    zone = quote.subscription.time_zone
    comes = t("*Takes effect:* immediately")
    pending = quote.subscription.pending
    if quote.document is None and pending and pending.applies_at:
        comes = t("*Takes effect:* on {date}", date=t.day_of(quote.takes_effect_at, zone))
    date = t.day_of(quote.next_charge_at, zone)
    charge = phrases.charge_on(quote.next_charge, quote.next_credit, quote.next_carried, date, t)
    return f"{comes}\n*{t('Next charge')}:* {charge}"


def _sums(document: InvoiceDocument, quote: Quote, t: Translator) -> list[str]:
    """Every line with its arithmetic, then VAT, total, what credit notes give back, and what the balance does."""
    invoice = quote.invoice or document
    said = _lines(invoice.lines, document.currency, t)
    said += [_vat(one, document.currency, t) for one in invoice.taxes]
    said.append(t("Total: {amount}", amount=t.money(invoice.total)))
    if quote.invoice:
        back = t.money(quote.invoice.total - document.total)
        said.append(
            t("*By credit note for earlier invoices, used for this one first:* {amount}", amount=back)
        )
        given_back = [line for line in document.lines if line.kind is LineKind.CREDIT]
        said += _lines(given_back, document.currency, t)
    name = escape(document.property_name)
    if quote.credit_used.minor:
        used = t.money(quote.credit_used)
        said.append(t("Paid from the credit balance of {property}: {amount}", property=name, amount=used))
    if quote.carried.minor > 0:
        left = t.money(quote.carried)
        said.append(t("Too little to charge by itself, on the next invoice: {amount}", amount=left))
    if quote.carried.minor < 0:
        said.append(t("From earlier invoices: {amount}", amount=t.money(-quote.carried)))
    if quote.credited.minor:
        back = t.money(quote.credited)
        said.append(t("Added to the credit balance of {property}: {amount}", property=name, amount=back))
    return said


def _lines(lines: Iterable[DocumentLine], currency: str, t: Translator) -> list[str]:
    return [f"• {_line(line, currency, t)}" for line in lines]


def _vat(group: TaxGroup, currency: str, t: Translator) -> str:
    if group.note == "split_payment":
        said = {"rate": t.rate(group.rate), "amount": t.money(Money(abs(group.withheld_minor), currency))}
        if group.withheld_minor < 0:
            return t("VAT {rate}: you pay {amount} less to the tax office", **said)
        return t("VAT {rate}: {amount}, which you pay to the tax office", **said)
    return t(
        "VAT {rate}: {amount}", rate=t.rate(group.rate), amount=t.money(Money(group.tax_minor, currency))
    )


def _line(line: DocumentLine, currency: str, t: Translator) -> str:
    said = {
        "plan": escape(line.plan),
        "first_day": t.short_date(line.first_day),
        "last_day": t.short_date(line.last_day),
        "sum": _arithmetic(line, currency, t),
    }
    if line.kind is LineKind.CREDIT:
        return t("Unused time on {plan}, {first_day} – {last_day}: {sum}", **said)
    return t("{plan}, {first_day} – {last_day}: {sum}", **said)


def _arithmetic(line: DocumentLine, currency: str, t: Translator) -> str:
    """How the net amount comes about, so that it can be checked by hand."""
    net = t.money(Money(line.net_minor, currency))
    if line.days is None or line.of_days is None or line.whole_minor is None:
        if line.quantity == 1:
            return net
        return f"{line.quantity} × {t.money(Money(line.unit_minor, currency))} = {net}"
    whole = t.money(Money(line.whole_minor, currency))
    days = t.plural(
        "{count} of {of_days} days × {whole}",
        "{count} of {of_days} days × {whole}",
        line.days,
        of_days=line.of_days,
        whole=whole,
    )
    if abs(line.net_minor) != share(line.whole_minor, DaysLeft(line.days, line.of_days)):
        days = t("{days}, less earlier credits", days=days)
    return f"{days} = {net}"
