"""The grammar of the command: which words it takes, which one was meant, and the help that lists them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from unicodedata import normalize

from billing.i18n import Translator
from billing.values.actors import Role
from billing.values.snapshots import Votes
from bot.blocks import Block, Message, actions, button, clip, context, escape, section
from bot.settings import Support
from bot.views.roles import role_does, role_name
from bot.views.support import OPEN

HELPFUL = "help.helpful"
NOT_HELPFUL = "help.not_helpful"

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "home": ("",),
        "help": ("help", "aiuto"),
        "cancel": ("cancel", "annulla", "disdici"),
        "buy": ("buy", "acquista", "compra"),
        "change": ("change", "cambia", "plan", "piano", "quantity", "quantità", "quantita"),
        "renew": ("renew", "rinnova"),
        "pause": ("pause", "sospendi", "pausa"),
        "transfer": ("transfer", "trasferisci"),
        "agenda": ("agenda", "scadenze"),
        "history": ("history", "storico"),
        "payment": ("payment", "card", "pagamento", "carta"),
        "address": ("address", "indirizzo"),
        "company": ("company", "azienda"),
        "receipts": ("receipts", "receipt", "ricevute", "ricevuta"),
        "invoices": ("invoices", "invoice", "fatture", "fattura"),
        "property": ("property", "proprietà", "proprieta"),
        "members": ("members", "member", "membri", "membro"),
        "channel": ("channel", "canale"),
        "audit": ("audit", "registro"),
        "health": ("health", "stato"),
        "contact": ("contact", "contatto", "contatti"),
    }
)
_CANONICAL = {word: canonical for canonical, words in WORDS.items() for word in words}
_SHOWN_WORD = 40
# What the help can be asked about besides the words.
ROLES = ("roles", "ruoli")


def understand(text: str) -> tuple[str | None, str, str | None]:
    """The canonical word that was typed and what follows it; for an unknown word None and the nearest one."""
    first, rest = [*normalize("NFC", text).split(maxsplit=1), "", ""][:2]
    word = first.casefold()
    if word in _CANONICAL:
        return _CANONICAL[word], rest.strip(), None
    known = [one for one in _CANONICAL if one]
    return None, rest.strip(), next(iter(get_close_matches(word, known, n=1)), None)


def topic_of(words: str) -> str:
    """What the help is about: `words`, or `roles` for `/billing help roles`."""
    return "roles" if words.casefold() in ROLES else "words"


def help_text(t: Translator, votes: Votes, support: Support, command: str = "/billing") -> Message:
    """The help on the topic of the votes: all words, or all roles; more help; and whether it was helpful."""
    if votes.topic == "roles":
        title = t("What each role may do")
        sentence, lines = t("What each role may do in a property."), _roles(t)
    else:
        title = t("What you can write")
        sentence = t("What you can write: {command} and one word.", command=command)
        lines = _words(t, command, support)
    return Message(sentence, [section(f"*{title}*\n{lines}"), *_more(t, support), *_votes(votes, t)])


def not_understood(
    t: Translator, unknown: str, nearest: str | None, support: Support, command: str = "/billing"
) -> Message:
    """The answer to a word that is none: the nearest one, and the list of all."""
    sentence = t('I do not know "{word}".', word=escape(clip(unknown, _SHOWN_WORD)))
    if nearest is not None:
        sentence += f" {t('Did you mean `{command} {nearest}`?', command=command, nearest=nearest)}"
    words = f"*{t('What you can write')}*\n{_words(t, command, support)}"
    return Message(sentence, [section(sentence), section(words), *_more(t, support)])


def _words(t: Translator, command: str, support: Support) -> str:
    lines = (*_lines(t), *([(t("contact"), t("sends a message to the support"))] if support.channel else []))
    return "\n".join(f"`{command}{_word(word)}`  {what}" for word, what in (*lines, *_last_lines(t)))


def _lines(t: Translator) -> tuple[tuple[str, str], ...]:
    return (
        ("", t("shows purchases and invoices")),
        (t("buy"), t("buys an add-on, after showing what it costs")),
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
        (t("receipts"), t("says who gets the receipts of a subscription by e-mail")),
        (t("invoices"), t("lists all invoices and sends you their PDFs")),
        (t("property"), t("chooses the property you look at; owners delete it with `delete`")),
        (t("members"), t("shows who may do what; owners change it")),
        (t("channel"), t("chooses the channel that is told, and what it is told")),
        (t("audit"), t("shows who did what, and when")),
        (t("health"), t("says whether all is well here")),
    )


def _last_lines(t: Translator) -> tuple[tuple[str, str], ...]:
    return ((t("help"), t("shows this list")), (t("help roles"), t("says what each role may do")))


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
        context(t("Only you can see the answers. Italian and English words both work everywhere.")),
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
