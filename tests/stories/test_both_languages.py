"""Every word of the command in both languages: the same page for an English and an Italian reader, line 27."""

from __future__ import annotations

import pytest

from bot import app
from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons
from tests.stories.listeners import ROWS

# What is typed in English and in Italian, and the words by which either reader knows the answer.
TYPED: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "home": (("", "Purchases and invoices"), ("", "Acquisti e fatture")),
    "help": (("help", "Was this helpful?"), ("aiuto", "È stato utile?")),
    "buy": (("buy", "Add-on and plan"), ("acquista", "Servizio e piano")),
    "change": (
        ("change ai", "Choose another plan to see"),
        ("cambia ai", "Scegli un altro piano per vedere"),
    ),
    "cancel": (("cancel ai", "Nothing is cancelled yet"), ("annulla ai", "Non viene ancora disdetto nulla")),
    "renew": (
        ("renew video", "A new billing cycle starts"),
        ("rinnova video", "Un nuovo ciclo di fatturazione inizia"),
    ),
    "pause": (
        ("pause ai", "each month is paid in advance"),
        ("sospendi ai", "ogni mese si paga in anticipo"),
    ),
    "transfer": (
        ("transfer ai", "To which property?"),
        ("trasferisci ai", "Solo chi è proprietario di entrambe"),
    ),
    "spend": (("spend", "in the last twelve months"), ("spesa", "negli ultimi dodici mesi")),
    "agenda": (("agenda", "dates, soonest first"), ("scadenze", "scadenze, dalla più vicina")),
    "history": (("history ai", "payments, newest first"), ("storico ai", "pagamenti, dal più recente")),
    "payment": (("payment ai", "Nothing is charged now"), ("pagamento ai", "Oggi non paghi nulla")),
    "address": (("address ai", "Street and number"), ("indirizzo ai", "Via e numero civico")),
    "company": (("company ai", "SDI code"), ("azienda ai", "Codice destinatario SDI")),
    "profile": (("profile", "Save profile"), ("profilo", "Salva profilo")),
    "receipts": (
        ("receipts ai", "Receive receipts by email"),
        ("ricevute ai", "Ricevi le ricevute via e-mail"),
    ),
    "invoices": (("invoices ai", "invoices, newest first"), ("fatture ai", "fatture, dalla più recente")),
    "download": (
        ("download", "lists for spreadsheets"),
        ("scarica", "elenchi per il foglio di calcolo"),
    ),
    "property": (
        ("property piazza", "You're now viewing"),
        ("proprietà piazza", "Ora vedi la proprietà"),
    ),
    "members": (("members", "members, owners first"), ("membri", "membri, prima i proprietari")),
    "contacts": (
        ("contacts", "Billing contacts of the property"),
        ("contatti", "Contatti di fatturazione della proprietà"),
    ),
    "budget": (("budget", "has no budget"), ("budget", "non ha un budget")),
    "approvals": (("approvals", "has no limit"), ("approvazioni", "non ha un limite")),
    "channel": (("channel", "What to announce there"), ("canale", "Che cosa annunciare nel canale")),
    "audit": (("audit", "entries, newest first"), ("registro", "voci, dalla più recente")),
    "health": (("health", "The books are right"), ("stato", "I conti tornano")),
    "contact": (("contact", "Your message"), ("contatto", "Il tuo messaggio")),
}


def test_every_word_is_read_in_both_languages_here() -> None:
    assert set(TYPED) == set(app.WORDS) == {name for kind, name in ROWS if kind == "word"}


@pytest.mark.parametrize("person", [EMMA, GIULIA], ids=["English", "Italian"])
async def test_every_word_is_answered_in_the_language_of_whoever_typed_it(
    demo_slack: Conversation, person: User
) -> None:
    reader = demo_slack.as_person(person)
    for english, italian in TYPED.values():
        words, answer = english if person is EMMA else italian
        other = italian[1] if person is EMMA else english[1]
        seen = await reader.private_answers()
        await reader.types(f"/billing {words}".strip())
        said = await reader.is_answered(beyond=seen)
        assert answer in said, words
        assert other not in said, words


async def test_an_italian_says_that_the_help_was_helpful(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing aiuto ruoli")
    shown = await giulia.reads("Che cosa può fare ogni ruolo")
    await giulia.presses(shown, "help.helpful", *buttons(shown, "help.helpful"))
    await giulia.reads("1 persona su 1 l’ha trovato utile. Hai risposto di sì.")
