"""The grammar of the command: which words it takes, which one was meant, and the help that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import NamedTuple
from unicodedata import normalize

from billing.i18n import Translator
from billing.values.actors import Role
from billing.values.snapshots import Votes
from bot.blocks import Block, Message, actions, button, clip, context, escape, section
from bot.settings import Support
from bot.views.phrases import COMMAND
from bot.views.roles import role_does, role_name
from bot.views.support import OPEN

HELPFUL = "help.helpful"
NOT_HELPFUL = "help.not_helpful"


class Spellings(NamedTuple):
    """How a word of the command may be typed. The first of either language is the one that its readers see."""

    en: tuple[str, ...]
    it: tuple[str, ...]


WORDS: Mapping[str, Spellings] = MappingProxyType(
    {
        "home": Spellings(("",), ("",)),
        "help": Spellings(("help",), ("aiuto",)),
        "cancel": Spellings(("cancel",), ("annulla", "disdici")),
        "buy": Spellings(("buy",), ("acquista", "compra")),
        "change": Spellings(
            ("change", "plan", "quantity", "units"), ("cambia", "piano", "quantità", "quantita")
        ),
        "renew": Spellings(("renew", "restart"), ("rinnova", "riattiva")),
        "pause": Spellings(("pause",), ("sospendi", "pausa")),
        "transfer": Spellings(("transfer",), ("trasferisci",)),
        "agenda": Spellings(("agenda",), ("scadenze",)),
        "spend": Spellings(("spend", "spending"), ("spesa", "spese")),
        "history": Spellings(("history",), ("storico",)),
        "payment": Spellings(("payment", "card"), ("pagamento", "carta")),
        "address": Spellings(("address",), ("indirizzo",)),
        "company": Spellings(("company",), ("azienda",)),
        "profile": Spellings(("profile",), ("profilo",)),
        "receipts": Spellings(("receipts", "receipt"), ("ricevute", "ricevuta")),
        "invoices": Spellings(("invoices", "invoice"), ("fatture", "fattura")),
        "download": Spellings(("download", "downloads"), ("scarica",)),
        "property": Spellings(("property",), ("proprietà", "proprieta")),
        "members": Spellings(("members", "member"), ("membri", "membro")),
        "contacts": Spellings(("contacts",), ("contatti",)),
        "budget": Spellings(("budget",), ("budget",)),
        "approvals": Spellings(
            ("approvals", "approval", "limit"), ("approvazioni", "approvazione", "limite")
        ),
        "channel": Spellings(("channel",), ("canale",)),
        "audit": Spellings(("audit",), ("registro",)),
        "health": Spellings(("health",), ("stato",)),
        "contact": Spellings(("contact",), ("contatto",)),
    }
)
_CANONICAL = {word: canonical for canonical, own in WORDS.items() for word in (*own.en, *own.it)}
_SHOWN_WORD = 40
# What the help can be asked about besides the words.
ROLES = ("roles", "ruoli")


def understand(text: str) -> tuple[str | None, str]:
    """The canonical word that was typed, None for an unknown one; and what follows it."""
    first, rest = [*normalize("NFC", text).split(maxsplit=1), "", ""][:2]
    return _CANONICAL.get(first.casefold()), rest.strip()


def nearest(word: str, language: str) -> str | None:
    """The word that was probably meant, as a reader of that language writes it."""
    known = [one for one in _CANONICAL if one]
    found = next(iter(get_close_matches(normalize("NFC", word).casefold(), known, n=1)), None)
    if found is None:
        return None
    own = WORDS[_CANONICAL[found]]
    in_language = own.it if language == "it" else own.en
    return found if found in in_language else in_language[0]


def topic_of(words: str) -> str | None:
    """What the help is about: `words`, or `roles` for `/billing help roles`; None for what it says nothing about.

    A word of the command is explained where all of them are.
    """
    if words.casefold() in ROLES:
        return "roles"
    return "words" if normalize("NFC", words).casefold() in _CANONICAL else None


def help_text(t: Translator, votes: Votes, support: Support) -> Message:
    """The help on the topic of the votes: all words, or all roles; more help; and whether it was helpful."""
    if votes.topic == "roles":
        title = t("What each role can do")
        sentence, lines = t("What each role can do in a property."), _roles(t)
    else:
        title = t("Commands")
        sentence = t("Type {command} and one of these words.", command=COMMAND)
        lines = _words(t, support)
    return Message(sentence, [section(f"*{title}*\n{lines}"), *_more(t, support), *_votes(votes, t)])


def unknown_command(t: Translator, word: str, support: Support) -> Message:
    """The answer to a word that is none: the nearest one, and the list of all."""
    sentence = t("Unknown command “{word}”.", word=escape(clip(word, _SHOWN_WORD)))
    meant = nearest(word, t.language)
    if meant is not None:
        sentence += f" {t('Did you mean `{command} {nearest}`?', command=COMMAND, nearest=meant)}"
    return _with_all_words(sentence, t, support)


def unknown_topic(t: Translator, words: str, support: Support) -> Message:
    """The answer to a question about something that the help says nothing about, and the list of all words."""
    sentence = t("There is no help about “{words}”.", words=escape(clip(words, _SHOWN_WORD)))
    return _with_all_words(sentence, t, support)


def _with_all_words(sentence: str, t: Translator, support: Support) -> Message:
    words = f"*{t('Commands')}*\n{_words(t, support)}"
    return Message(sentence, [section(sentence), section(words), *_more(t, support)])


def _words(t: Translator, support: Support) -> str:
    lines = (*_lines(t), *([(t("contact"), t("sends a message to support"))] if support.channel else []))
    return "\n".join(f"`{COMMAND}{_word(word)}`  {what}" for word, what in (*lines, *_last_lines(t)))


def _lines(t: Translator) -> tuple[tuple[str, str], ...]:
    return (
        ("", t("shows purchases and invoices")),
        (t("buy"), t("buys an add-on, after showing the price")),
        (t("change"), t("changes plan or units, after showing the price")),
        (t("cancel"), t("cancels a subscription, once you confirm")),
        (t("renew"), t("renews a cancelled or ended subscription")),
        (t("pause"), t("explains why subscriptions can't be paused, and what you can do instead")),
        (t("transfer"), t("transfers a subscription to another property you own")),
        (t("agenda"), t("shows upcoming charges, with dates and amounts")),
        (t("spend"), t("shows what was invoiced and what is to come, by month and add-on")),
        (t("history"), t("lists all payments, including failed ones")),
        (t("payment"), t("chooses the card of a subscription and its backup, or adds a new one")),
        (t("address"), t("changes the billing address of a subscription")),
        (t("company"), t("sets the company on invoices, with its VAT number")),
        (t("profile"), t("edits the billing profile that all subscriptions follow")),
        (t("receipts"), t("sets who gets the receipts of a subscription by email")),
        (t("invoices"), t("lists all invoices and sends you their PDFs")),
        (t("download"), t("sends you all invoices and payments of a month, quarter or year")),
        (t("property"), t("switches to another property; owners can delete it with `delete`")),
        (t("members"), t("shows members and roles; owners can change them")),
        (t("contacts"), t("shows who gets mail about the billing, such as your accountant")),
        (t("budget"), t("sets how much may be spent before the team is warned")),
        (t("approvals"), t("shows above which amount a purchase waits for another admin, and what waits")),
        (t("channel"), t("chooses the billing channel and what is announced there")),
        (t("audit"), t("shows who did what, and when")),
        (t("health"), t("shows the system status")),
    )


def _last_lines(t: Translator) -> tuple[tuple[str, str], ...]:
    return ((t("help"), t("shows this list")), (t("help roles"), t("explains what each role can do")))


def _roles(t: Translator) -> str:
    return "\n".join(f"*{role_name(role, t)}*  {role_does(role, t)}" for role in Role)


def _word(word: str) -> str:
    return f" {word}" if word else ""


def _more(t: Translator, support: Support) -> list[Block]:
    """Where else help comes from; what the settings do not name is not shown."""
    places = (
        (support.chat_url, t("Live chat")),
        (support.call_url, t("Book a call")),
        (support.community_url, t("Community")),
    )
    links = " · ".join(f"<{url.replace('&', '&amp;')}|{name}>" for url, name in places if url)
    write = button(t("Send us a message"), OPEN, "help") if support.channel else None
    more = [section(links or t("Need more help?"), write)] if links or write else []
    return [
        *more,
        context(t("Only you can see the replies. Commands work in English and Italian.")),
    ]


def _votes(votes: Votes, t: Translator) -> list[Block]:
    """The question, the count so far, and what the reader said before."""
    said = {True: t("You said yes."), False: t("You said no."), None: ""}[votes.own]
    count = t.plural(
        "{count} of {all} found this helpful.",
        "{count} of {all} found this helpful.",
        votes.helpful,
        all=votes.count,
    )
    line = " ".join(part for part in (count if votes.count else "", said) if part)
    question = section(t("Was this helpful?"))
    yes = button(t("Yes"), HELPFUL, votes.topic, t("Yes, this was helpful"))
    no = button(t("No"), NOT_HELPFUL, votes.topic, t("No, this was not helpful"))
    return [question, *([context(line)] if line else []), actions(yes, no)]
