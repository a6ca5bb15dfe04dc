"""Whatever is refused to an operator is said in a sentence of their language, never as the name of a class."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from inspect import getmembers, getsource, isclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.bootstrap import LOCALES
from billing.commands.field_words import FAULTS, FIELDS
from billing.commands.refusals import LACKING, NOT_FOUND, SENTENCES, sentence, sentence_of_command
from billing.i18n import LANGUAGES, Translator, catalogue
from billing.values import errors, refusals
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.documents import LATER_DATE, TAX_NUMBER, InvoiceDocument
from billing.values.errors import Refusal
from billing.values.exchange_rates import TAX_IN_EURO
from billing.values.money import Money
from bot.views.refused import FAULTS as OF_FORMS
from tests.billing.desk import WORKSPACE, Desk

ROOT = Path(__file__).parents[2]
ALL = [
    kind
    for module in (errors, refusals)
    for _, kind in getmembers(module, isclass)
    if issubclass(kind, Refusal) and kind is not Refusal and kind.__module__.startswith(module.__name__)
]


def test_each_refusal_has_its_sentence_in_both_languages() -> None:
    assert SENTENCES.keys() == set(ALL)
    italian = Translator(LOCALES, "it")
    for kind, english in SENTENCES.items():
        fields = set(getattr(kind, "__dataclass_fields__", ()))
        assert set(re.findall(r"{(\w+)}", english)) <= fields, kind
        assert italian(english, **dict.fromkeys(fields, "x")) != english.format(**dict.fromkeys(fields, "x"))
    assert [said for said in NOT_FOUND.values() if said == italian(said)] == []


@pytest.mark.parametrize("reason", OF_FORMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_does_not_fit_is_said_in_words_and_not_by_its_code(reason: str, language: str) -> None:
    """Each reason that a field of a form can be refused for; its column is called by the option's name."""
    refusal = errors.BadFields({"name": errors.Fault(reason, 5, "☃")})
    said = sentence(refusal, Translator(LOCALES, language))
    assert f"({reason})" not in said
    assert "code like IT" not in said
    assert len(said) > len("These do not fit: name.")


def test_what_is_not_there_is_said_with_where_to_look_and_in_one_language() -> None:
    italian = Translator(LOCALES, "it")
    for noun in NOT_FOUND:
        assert f": {noun}." not in sentence_of_command(refusals.NotFound(noun), italian)
    assert sentence_of_command(refusals.NotFound("contact"), italian) == (
        "Il contatto non esiste: contacts list elenca quelli di una proprietà."
    )


@pytest.mark.parametrize(
    "kind",
    [
        *(refusals.OnHold, refusals.BeingRenewed, refusals.PaymentInProgress, refusals.ChangedMeanwhile),
        *(refusals.RefundKeyReused, refusals.CreditKeyReused),
    ],
    ids=lambda kind: kind.__name__,
)
def test_what_callers_of_the_api_read_too_names_commands_whole(kind: type[Refusal]) -> None:
    assert not re.search(r"(?<!python -m billing )\b(run-due|resume)\b| --\w", SENTENCES[kind])


def test_what_an_invoice_lacks_is_said_in_the_readers_language() -> None:
    italian = Translator(LOCALES, "it")
    for field in LACKING.keys() - {"seller name", "seller address", "seller VAT number"}:
        assert LACKING[field] not in sentence(errors.InvoiceIncomplete(field), italian)
    assert sentence(errors.InvoiceIncomplete("buyer address"), italian) == (
        "Alla fattura manca ciò che la legge richiede: l’indirizzo del cliente, che un amministratore inserisce con "
        "/billing profilo."
    )


def test_amounts_and_lists_are_written_for_a_reader() -> None:
    t = Translator(LOCALES, "it")
    assert sentence(refusals.CreditLeft(Money(1250, "EUR")), t).startswith(
        "La proprietà ha un credito di 12,50"
    )
    assert "a Chat, Video:" in sentence(refusals.PropertyInUse(("Chat", "Video")), t)
    assert sentence(errors.BadFields({"reason": errors.Fault("too_long", 80)}), t) == (
        "Non vanno bene: motivo (il massimo è 80 caratteri)."
    )


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (refusals.NotFound("subscription"), "Elemento non trovato: abbonamento."),
        (refusals.RoleGiven("U1", "accountant"), "U1 è già contabile."),
        (refusals.RequestClosed("expired", ""), "La richiesta è chiusa (esito: scaduto)."),
        (
            refusals.PaymentDeclined("insufficient_funds", for_good=False),
            "L’addebito non è riuscito: fondi insufficienti.",
        ),
        (
            refusals.PaymentDeclined("do_not_honor", for_good=False),
            "L’addebito non è riuscito: do_not_honor.",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_refusal_names_is_in_the_language_of_its_sentence(refusal: Refusal, said: str) -> None:
    assert sentence(refusal, Translator(LOCALES, "it")) == said


def words_raised(*kinds: str) -> set[str]:
    """The texts with which refusals of these kinds are raised, and faults are made, anywhere in the program."""
    rooms = ("billing", "bot", "api")
    sources = (path.read_text(encoding="utf-8") for room in rooms for path in (ROOT / room).rglob("*.py"))
    calls = (
        node
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in kinds
    )
    return {
        node.args[0].value
        for node in calls
        if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


def test_each_word_that_a_refusal_names_and_each_field_has_its_italian() -> None:
    italian = catalogue("it", LOCALES)
    nouns = words_raised("NotFound") | {"credit note", "customer"}
    lacking = set(re.findall(r'"([\w ]+)": ', getsource(InvoiceDocument.refuse_if_incomplete)))
    of_ours = {"number", "lines"}  # no operator can leave these out
    assert lacking - of_ours | {TAX_NUMBER, LATER_DATE, TAX_IN_EURO} == LACKING.keys()
    said = nouns | {*LACKING.values(), *FIELDS.values(), *FAULTS.values()}
    settings = {one for one in said if one.isupper()}
    assert {word for word in said - settings if italian.gettext(word) == word} == set()
    assert settings == {"PEC", "SELLER_NAME", "SELLER_ADDRESS", "SELLER_VAT_NUMBER"}


def test_each_fault_and_each_field_has_words() -> None:
    assert words_raised("Fault") <= FAULTS.keys()
    typed = {field.name for kind in (BillingAddress, Company) for field in fields(kind)}
    assert typed <= FIELDS.keys()


NOT = "Nothing was changed"
INVOICES = "invoices list names those of a workspace"
REFUSED = [
    (["refund", WORKSPACE, "2026-1", "--amount", "NaN"], f"{NOT}: 'NaN' is not an amount like 12.50."),
    (["refund", WORKSPACE, "2026-1", "--amount", "1e9"], f"{NOT}: '1e9' is not an amount like 12.50."),
    (["credit", "2026-1", "--amount", "-1"], f"{NOT}: '-1' is not an amount like 12.50."),
    (["credit", "2026-1"], f"{NOT}. There is no such invoice: {INVOICES}."),
    (
        ["agenda", "T9999"],
        f"{NOT}. There is no such workspace: one is known once somebody opened the app in it.",
    ),
    (
        ["credit", "2026-1", "--language", "it"],
        "Non è stato modificato nulla. La fattura non esiste: invoices list elenca quelle di un workspace.",
    ),
    (
        ["announce", WORKSPACE, "U1", "prop_1", "#general"],
        f"{NOT}: '#general' is not a channel ID like C0123456789 (in Slack: the channel's name, About).",
    ),
    (
        ["announce", WORKSPACE, "U1", "prop_1", "C1"],
        f"{NOT}. There is no such property: properties list names those of a workspace.",
    ),
]


TOO_MUCH = "9" * 20


@pytest.mark.parametrize(
    "command",
    [
        ["reconcile", "--days", TOO_MUCH],
        ["reconcile", "--days", "1000000"],
        ["outbox", "retry", TOO_MUCH],
        ["outbox", "show", TOO_MUCH],
        ["outbox", "drop", TOO_MUCH, "--reason", "Nobody needs it"],
        ["agenda", WORKSPACE, "--limit", TOO_MUCH],
        ["invoices", "list", WORKSPACE, "--limit", TOO_MUCH],
        ["extend-trial", WORKSPACE, "sub_1", TOO_MUCH],
    ],
)
def test_a_number_beyond_all_measure_is_refused_as_it_is_read(
    sqlite_desk: Desk, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string())
    ended = CliRunner().invoke(program, command)
    assert isinstance(ended.exception, SystemExit), ended.exception
    assert ended.exit_code in (1, 2)


@pytest.mark.parametrize(("command", "said"), REFUSED)
def test_what_cannot_be_is_refused_in_one_sentence(
    sqlite_desk: Desk, command: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string())
    ended = CliRunner().invoke(program, command)
    assert (ended.exit_code, ended.output) == (1, f"{said}\n")
