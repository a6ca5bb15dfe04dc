"""The grammar of the command: which words it takes, which one was meant, and the help that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from unicodedata import normalize

from billing.i18n import Words
from bot.blocks import Message, clip, context, escape, section

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "home": ("",),
        "help": ("help", "aiuto"),
        "cancel": ("cancel", "annulla", "disdici"),
        "change": ("change", "cambia", "plan", "piano", "quantity", "quantità", "quantita"),
        "renew": ("renew", "rinnova"),
        "pause": ("pause", "sospendi", "pausa"),
        "transfer": ("transfer", "trasferisci"),
        "agenda": ("agenda", "scadenze"),
        "history": ("history", "storico"),
        "payment": ("payment", "card", "pagamento", "carta"),
        "address": ("address", "indirizzo"),
        "company": ("company", "azienda"),
        "invoices": ("invoices", "invoice", "fatture", "fattura"),
        "property": ("property", "proprietà", "proprieta"),
    }
)
_CANONICAL = {word: canonical for canonical, words in WORDS.items() for word in words}
_SHOWN_WORD = 40


def understand(text: str) -> tuple[str | None, str, str | None]:
    """The canonical word that was typed and what follows it; for an unknown word None and the nearest one."""
    first, rest = [*normalize("NFC", text).split(maxsplit=1), "", ""][:2]
    word = first.casefold()
    if word in _CANONICAL:
        return _CANONICAL[word], rest.strip(), None
    known = [one for one in _CANONICAL if one]
    return None, rest.strip(), next(iter(get_close_matches(word, known, n=1)), None)


def help_text(t: Words, unknown: str | None, nearest: str | None, command: str = "/billing") -> Message:
    """All words, each with what it does; before them what was not understood, if anything."""
    title = t("What you can write")
    lines = "\n".join(f"`{command}{_word(word)}`  {what}" for word, what in _lines(t))
    blocks = [
        section(f"*{title}*\n{lines}"),
        context(t("Only you can see the answers. Italian and English words both work everywhere.")),
    ]
    if unknown is None:
        return Message(t("What you can write: {command} and one word.", command=command), blocks)
    sentence = _not_understood(t, unknown, nearest, command)
    return Message(sentence, [section(sentence), *blocks])


def _lines(t: Words) -> tuple[tuple[str, str], ...]:
    return (
        ("", t("shows purchases and invoices")),
        (t("change"), t("changes plan or quantity, after showing what it costs")),
        (t("cancel"), t("cancels a subscription, after asking")),
        (t("renew"), t("renews what is cancelled or has ended")),
        (t("pause"), t("says why there is no pause, and what there is instead")),
        (t("transfer"), t("transfers a subscription to another property that you own")),
        (t("agenda"), t("shows what comes on which date, and for how much")),
        (t("history"), t("lists all payments, failed ones too")),
        (t("payment"), t("chooses the card of a subscription, or adds a new one")),
        (t("address"), t("changes the billing address of a subscription")),
        (t("company"), t("says which company the invoices are for, with its VAT number")),
        (t("invoices"), t("lists all invoices and sends you their PDFs")),
        (t("property"), t("chooses the property you look at")),
        (t("help"), t("shows this list")),
    )


def _word(word: str) -> str:
    return f" {word}" if word else ""


def _not_understood(t: Words, unknown: str, nearest: str | None, command: str) -> str:
    sentence = t('I do not know "{word}".', word=escape(clip(unknown, _SHOWN_WORD)))
    if nearest is None:
        return sentence
    return f"{sentence} {t('Did you mean `{command} {nearest}`?', command=command, nearest=nearest)}"
