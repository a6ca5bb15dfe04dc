"""The hosted pages: where a card is entered, and where a payer confirms to their bank. No number is kept."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Any

from sandbox.gateway.cards import BY_NUMBER, CARDS, TestCard

WORDS = {
    "en": {
        "title": "Save a card",
        "about": "Nothing is charged now.",
        "pretend": "A pretend card page: use one of these numbers, any three digits, any future date.",
        "number": "Card number",
        "expiry": "Expires (MM/YY)",
        "cvc": "Security code",
        "save": "Save card",
        "bad_number": "Not a test card: choose one below.",
        "bad_expiry": "Enter month and year as 12/30, not in the past.",
        "bad_cvc": "Enter the three digits on the back of the card.",
        "not_saved": "The bank declined this card. Use another one.",
        "saved": "Card saved",
        "back": "You can go back to Slack.",
        "over": "This page is no longer open",
        "again": "Go back to Slack and ask for a new one.",
        "bank": "Your bank asks you to confirm",
        "confirm": "Confirm the payment",
        "refuse": "Refuse",
        "done": "Your answer was sent",
    },
    "it": {
        "title": "Salva una carta",
        "about": "Oggi non paghi nulla.",
        "pretend": "Una pagina finta: usa uno di questi numeri, tre cifre qualsiasi e una data futura.",
        "number": "Numero della carta",
        "expiry": "Scadenza (MM/AA)",
        "cvc": "Codice di sicurezza",
        "save": "Salva la carta",
        "bad_number": "Non è una delle carte di prova: scegline una qui sotto.",
        "bad_expiry": "Scrivi mese e anno come 12/30; non devono essere passati.",
        "bad_cvc": "Scrivi le tre cifre sul retro della carta.",
        "not_saved": "La banca ha rifiutato questa carta: usane un'altra.",
        "saved": "Carta salvata",
        "back": "Puoi tornare su Slack.",
        "over": "Questa pagina non è più aperta",
        "again": "Torna su Slack e chiedine una nuova.",
        "bank": "La tua banca chiede",
        "confirm": "Conferma il pagamento",
        "refuse": "Rifiuta",
        "done": "La risposta è stata trasmessa",
    },
}
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 26rem; margin: 8vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } p { margin: 0 0 1rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { width: 100%; box-sizing: border-box; font: inherit; padding: .6rem .75rem; border: 1px solid #767676;
  border-radius: 6px; } input[aria-invalid=true] { border-color: #c4153f; }
.fault { color: #c4153f; margin: .25rem 0 0; } .pair { display: flex; gap: 1rem; } .pair > div { flex: 1; }
button { font: inherit; font-weight: 600; margin: 1.25rem .5rem 0 0; padding: .6rem 1.1rem; border: 0;
  border-radius: 6px; background: #007a5a; color: #fff; } button.quiet { background: #5c5c60; }
table { border-collapse: collapse; margin-top: 2rem; font-size: .875rem; width: 100%; }
td { border-top: 1px solid #8884; padding: .35rem .5rem .35rem 0; }
td:first-child { font-variant-numeric: tabular-nums; white-space: nowrap; }
"""


def words(language: str) -> dict[str, str]:
    """The sentences of the page in that language, English if it has none."""
    return WORDS["it" if language.startswith("it") else "en"]


def entered(form: dict[str, Any], today: date) -> tuple[TestCard | None, int, int, dict[str, str]]:
    """What was typed: the card, month, year, and which sentence stands beside which field."""
    faults: dict[str, str] = {}
    number = str(form.get("number", "")).replace(" ", "")
    card = BY_NUMBER.get(number)
    if card is None:
        faults["number"] = "bad_number"
    elif card.cannot_be_saved:
        faults["number"] = "not_saved"
    month, _, year = str(form.get("expiry", "")).replace(" ", "").partition("/")
    known = month.isdigit() and year.isdigit() and 1 <= int(month) <= 12
    full_year = int(year) + 2000 if known and int(year) < 100 else int(year) if known else 0
    if not known or (full_year, int(month)) < (today.year, today.month):
        faults["expiry"] = "bad_expiry"
    if not (str(form.get("cvc", "")).isdigit() and len(str(form.get("cvc", ""))) in (3, 4)):
        faults["cvc"] = "bad_cvc"
    return card, int(month) if known else 0, full_year, faults


def card_page(language: str, faults: dict[str, str]) -> str:
    """The form. What was typed into it is never written back."""
    t = words(language)

    def field(name: str, hint: str) -> str:
        fault = t[faults[name]] if name in faults else ""
        said = f'<p class="fault" id="{name}-fault" role="alert">{escape(fault)}</p>' if fault else ""
        invalid = f'aria-invalid="true" aria-describedby="{name}-fault"' if fault else ""
        return (
            f'<label for="{name}">{escape(t[name])}</label>'
            f'<input id="{name}" name="{name}" inputmode="numeric" autocomplete="off" placeholder="{hint}" {invalid}>'
            f"{said}"
        )

    side = "it" if t is WORDS["it"] else "en"
    rows = "".join(
        f"<tr><td>{_spaced(card.number)}</td><td>{escape(getattr(card, side))}</td></tr>" for card in CARDS
    )
    form = (
        f'<form method="post">{field("number", "4242 4242 4242 4242")}<div class="pair">'
        f"<div>{field('expiry', '12/30')}</div><div>{field('cvc', '123')}</div></div>"
        f"<button>{escape(t['save'])}</button></form>"
    )
    return _page(
        side,
        t["title"],
        f"<p>{escape(t['about'])}</p>{form}<table>{rows}</table><p>{escape(t['pretend'])}</p>",
    )


def bank_page(language: str, amount: str) -> str:
    """What the payer's bank asks."""
    t = words(language)
    form = (
        f'<form method="post"><button name="answer" value="yes">{escape(t["confirm"])}</button>'
        f'<button class="quiet" name="answer" value="no">{escape(t["refuse"])}</button></form>'
    )
    return _page("it" if t is WORDS["it"] else "en", t["bank"], f"<p>{escape(amount)}</p>{form}")


def last_page(language: str, title: str, sentence: str) -> str:
    """Nothing is left to do here."""
    t = words(language)
    return _page("it" if t is WORDS["it"] else "en", t[title], f"<p>{escape(t[sentence])}</p>")


def _page(language: str, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )


def _spaced(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
