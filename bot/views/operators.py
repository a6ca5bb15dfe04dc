"""What the seller's own people read and type: the words of `/billing-operator`, what was found, a customer's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from unicodedata import normalize

from billing.i18n import Translator
from billing.values.snapshots import MOST_FOUND, Customer, CustomerPage
from bot.blocks import Block, Message, View, button, clip, context, escape, modal, section
from bot.reading import reads
from bot.views import home
from bot.views.help import Spellings
from bot.views.notice import READ_ONLY, sentence_message

COMMAND = "/billing-operator"
LOOK = "operator.look"
WORDS: Mapping[str, Spellings] = MappingProxyType(
    {
        "help": Spellings(("help", ""), ("aiuto", "")),
        "find": Spellings(("find", "search"), ("trova", "cerca")),
        "credit": Spellings(("credit",), ("accredita",)),
        "refund": Spellings(("refund",), ("rimborsa",)),
        "retry": Spellings(("retry",), ("riprova",)),
        "trial": Spellings(("trial", "trials"), ("prova", "prove")),
        "requests": Spellings(("requests",), ("richieste",)),
    }
)
_CANONICAL = {word: canonical for canonical, own in WORDS.items() for word in (*own.en, *own.it)}
_SHOWN_WORD = 40


def understand(text: str) -> tuple[str | None, str]:
    """The canonical word that was typed, None for an unknown one; and what follows it."""
    first, rest = [*normalize("NFC", text).split(maxsplit=1), "", ""][:2]
    return _CANONICAL.get(first.casefold()), rest.strip()


def help_text(t: Translator) -> Message:
    """All words, each with what it does."""
    lines = (
        (t("find"), t("finds a customer by workspace, property or invoice number, and opens their page")),
        (t("credit"), t("corrects an invoice by a credit note, after showing what happens")),
        (
            t("refund"),
            t("refunds an invoice, or a payment that has none, to its card, after showing how much"),
        ),
        (t("retry"), t("charges an unpaid invoice now, once you confirm")),
        (t("trial"), t("finds running free trials by workspace or property, and extends them")),
        (t("requests"), t("shows what waits for a second operator's approval")),
    )
    words = "\n".join(f"`{COMMAND} {word}`  {what}" for word, what in lines)
    sentence = t("Type {command} and one of these words.", command=COMMAND)
    audited = t("What you look at and do is written into the customer's audit log, with your member ID.")
    return Message(sentence, [section(f"*{t('For operators')}*\n{words}"), context(audited)])


def unknown_command(word: str, t: Translator) -> Message:
    """The answer to a word that is none, and the list of all."""
    sentence = t("Unknown command “{word}”.", word=escape(clip(word, _SHOWN_WORD)))
    return Message(sentence, [section(sentence), *help_text(t).blocks])


def nothing_to_find(t: Translator) -> Message:
    """The answer to who did not say what to look for."""
    return sentence_message(
        t(
            "Type what to look for: `{command} {find}` and the name of a workspace or property, or an invoice "
            "number.",
            command=COMMAND,
            find=t("find"),
        )
    )


def found(customers: Sequence[Customer], words: str, t: Translator) -> Message:
    """What fits the words, each with the way to its page."""
    typed = escape(clip(words, _SHOWN_WORD))
    if not customers:
        return sentence_message(
            t(
                "No customer fits “{words}”. Type part of the name of a workspace or property, or a whole invoice "
                "number.",
                words=typed,
            )
        )
    shown = customers[:MOST_FOUND]
    if len(customers) > MOST_FOUND:
        sentence = t(
            "More than {count} customers fit “{words}”. Type more of the name to see the others.",
            count=MOST_FOUND,
            words=typed,
        )
    else:
        sentence = t.plural(
            "{count} match for “{words}”", "{count} matches for “{words}”", len(shown), words=typed
        )
    return Message(sentence, [section(sentence), *(_row(one, t) for one in shown)])


def page(seen: CustomerPage, t: Translator) -> View:
    """The customer's page as its admins see it, with nothing in it that could be pressed."""
    blocks = home.card(seen.page, t).blocks
    told = t(
        "Page of {customer}, as its admins see it, and read only. Its audit log says that you looked at it.",
        customer=name_of(seen.customer, t),
    )
    return modal(t("Customer"), [context(told), *_read_only(blocks)], close=t("Close"))


def name_of(customer: Customer, t: Translator) -> str:
    """The property in its workspace."""
    said = {"property": escape(customer.property), "workspace": escape(customer.workspace)}
    if customer.is_deleted:
        return t("{property} (deleted) of {workspace}", **said)
    return t("{property} of {workspace}", **said)


@reads
def read_place(value: str) -> tuple[str, str]:
    """The workspace and property that a button stands for."""
    workspace_id, property_id = value.split(" ")
    return workspace_id, property_id


def _row(customer: Customer, t: Translator) -> Block:
    text = f"*{name_of(customer, t)}*\n`{customer.workspace_id}` `{customer.property_id}`"
    if customer.invoice_number:
        text = f"{t('Invoice {number}', number=escape(customer.invoice_number))} · {text}"
    label = t("Open page of {property}", property=clip(customer.property, _SHOWN_WORD))
    value = f"{customer.workspace_id} {customer.property_id}"
    return section(text, button(t("Open page"), LOOK, value, label))


def _read_only(blocks: Sequence[Block]) -> list[Block]:
    return [
        {name: part for name, part in block.items() if name != "accessory"}
        for block in blocks
        if block["type"] in READ_ONLY
    ]
