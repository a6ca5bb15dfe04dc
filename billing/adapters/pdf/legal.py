"""What the law wants said: why no VAT is charged, and what the document is beside its e-invoice."""

from __future__ import annotations

from decimal import Decimal

from billing.adapters.pdf.payment import amount
from billing.i18n import Translator
from billing.values.companies import is_member_state
from billing.values.documents import BY_WHOSE_LAW, InvoiceDocument, Seller
from billing.values.exchange_rates import TaxInEuro
from billing.values.fatturapa.codes import natura_of, stamp_duty
from billing.values.money import Money
from billing.values.tax_groups import TaxNote

ITALY = "IT"
# Whether something stands here goes by the frozen document: one of former versions is drawn as it was.


def natura(document: InvoiceDocument, rate: int, note: TaxNote) -> str:
    """The e-invoice's code for why no VAT is charged, in place of a rate of nothing; empty where some is."""
    if rate or not document.seller.e_invoices:
        return ""
    found = natura_of(note, document.buyer.country)
    return found.code if found else ""


def tax_notes(document: InvoiceDocument, words: Translator) -> list[tuple[str, str]]:
    """Why no VAT is charged, in the words that the law wants, and that stamp duty is paid; each after its title."""
    said = _of_before(document, words)
    if document.wording:
        said |= _of_the_territory(document, words)
    if document.wording >= BY_WHOSE_LAW:
        said |= _of_today(document, words)
    reasons = dict.fromkeys(group.note for group in document.taxes)
    notes = [(words("VAT"), said[note]) for note in reasons if note in said]
    if said_in_euro := document.tax_in_euro:
        notes.append((words("VAT in euro"), in_euro(said_in_euro, words)))
    stamp = stamp_duty(document) if document.seller.e_invoices else None
    if stamp:
        paid = words("Stamp duty of {amount} paid electronically by the seller.", amount=amount(stamp, words))
        notes.append((words("Stamp duty"), paid))
    return notes


def _of_before(document: InvoiceDocument, words: Translator) -> dict[TaxNote, str]:
    """Why no VAT is charged. What was drawn with these stays: a better one is for documents to come."""
    return {
        "reverse_charge": words(
            "Reverse charge (inversione contabile): the buyer accounts for VAT. Article 7-ter D.P.R. 633/1972, "
            "article 196 of Directive 2006/112/EC."
        ),
        "not_subject": words(
            "Not subject to VAT (operazione non soggetta): article 7-ter D.P.R. 633/1972, buyer established outside "
            "the European Union."
        ),
        "out_of_scope": words(
            "Outside the scope of the seller's VAT: the buyer accounts for VAT where it is due."
        ),
        "exempt": words("Exempt from VAT (operazione esente): article 10 D.P.R. 633/1972."),
        "split_payment": words(
            "Split payment (scissione dei pagamenti): the buyer pays the VAT of {amount} to the tax office, article "
            "17-ter D.P.R. 633/1972. The total is what is due to the seller.",
            amount=amount(document.withheld, words),
        ),
    }


def _of_the_territory(document: InvoiceDocument, words: Translator) -> dict[TaxNote, str]:
    """In place of them: Livigno and the Canary Islands are in the Union, and of what is credited nothing is due."""
    said: dict[TaxNote, str] = {
        "not_subject": words(
            "Not subject to VAT (operazione non soggetta): article 7-ter D.P.R. 633/1972, buyer established outside "
            "the VAT territory of the European Union."
        )
    }
    if document.corrects:
        said["split_payment"] = words(
            "Split payment (scissione dei pagamenti), article 17-ter D.P.R. 633/1972: the VAT that the buyer pays to "
            "the tax office is {amount} less. The seller credits the total alone, which is without VAT.",
            amount=amount(document.withheld, words),
        )
    return said


def _of_today(document: InvoiceDocument, words: Translator) -> dict[TaxNote, str]:
    """In place of those: by the law of the seller's country, and by who buys; what is given back is none to pay."""
    if document.seller.country != ITALY:
        return _by_the_directive(document, words)
    said: dict[TaxNote, str] = {}
    if not document.buyer.vat_number:  # a consumer (decision 9)
        said["not_subject"] = words(
            "Not subject to VAT (operazione non soggetta): article 7-octies D.P.R. 633/1972, buyer who is no taxable "
            "person, outside the VAT territory of the European Union."
        )
    if document.withheld.minor < 0 and not document.corrects:
        said["split_payment"] = words(
            "Split payment (scissione dei pagamenti), article 17-ter D.P.R. 633/1972: the VAT that the buyer pays to "
            "the tax office is {amount} less. The total is what is due to the seller.",
            amount=amount(-document.withheld, words),
        )
    return said


def _by_the_directive(document: InvoiceDocument, words: Translator) -> dict[TaxNote, str]:
    """The VAT Directive's articles, where its law is the seller's: national ones are not known here."""
    withheld = document.withheld
    less = bool(document.corrects) != (withheld.minor < 0)
    paid = amount(-withheld if withheld.minor < 0 else withheld, words)
    said: dict[TaxNote, str] = {
        "reverse_charge": words(
            "Reverse charge: the buyer accounts for VAT. Articles 44 and 196 of Directive 2006/112/EC."
        ),
        "not_subject": words("Not subject to VAT in the seller's country."),
        "exempt": words("Exempt from VAT."),
        "split_payment": (
            words(
                "Split payment: the VAT that the buyer pays to the tax office is {amount} less.", amount=paid
            )
            if less
            else words("Split payment: the buyer pays the VAT of {amount} to the tax office.", amount=paid)
        ),
    }
    if is_member_state(document.seller.country):
        said["not_subject"] = (
            words(
                "Not subject to VAT: article 58 of Directive 2006/112/EC, buyer who is no taxable person, outside "
                "the VAT territory of the European Union."
            )
            if not document.buyer.vat_number
            else words(
                "Not subject to VAT: article 44 of Directive 2006/112/EC, buyer established outside the VAT "
                "territory of the European Union."
            )
        )
    return said


def in_euro(tax: TaxInEuro, words: Translator) -> str:
    """The VAT in euros, and the rate that it was converted by (article 230 of the VAT Directive)."""
    return words(
        "{amount} (1 EUR = {rate} {currency}, {source}, {day}).",
        amount=amount(tax.amount, words),
        rate=words.exchange_rate(tax.by.rate),
        currency=tax.by.currency,
        source=words("ECB"),
        day=words.short_date(tax.by.day),
    )


def seller_notes(document: InvoiceDocument, words: Translator) -> list[tuple[str, str]]:
    """That the original is the e-invoice, and what the seller's company has to state; each after its title."""
    notes = [(words("Seller"), company)] if (company := _company(document.seller, words)) else []
    if document.seller.e_invoices:
        copy = words("Courtesy copy: the original is the e-invoice sent to Italy's exchange system (SdI).")
        notes.insert(0, (words("E-invoice"), copy))
    return notes


def _company(seller: Seller, words: Translator) -> str:
    said = [words("Register of companies (REA) {number}", number=seller.rea)] if seller.rea else []
    if seller.share_capital:
        capital = Money(int(Decimal(seller.share_capital).scaleb(2)), "EUR")
        said.append(words("share capital {amount}, fully paid up", amount=amount(capital, words)))
    text = ", ".join(said)
    return f"{text[0].upper()}{text[1:]}." if text else ""
