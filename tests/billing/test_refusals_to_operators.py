"""Whatever is refused to an operator is said in a sentence of their language, never as the name of a class."""

from __future__ import annotations

import re
from inspect import getmembers, isclass

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.bootstrap import LOCALES
from billing.commands.refusals import SENTENCES, sentence
from billing.i18n import Translator
from billing.values import errors, refusals
from billing.values.errors import Refusal
from billing.values.money import Money
from tests.billing.desk import WORKSPACE, Desk

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


def test_amounts_and_lists_are_written_for_a_reader() -> None:
    t = Translator(LOCALES, "it")
    assert sentence(refusals.CreditLeft(Money(1250, "EUR")), t).startswith(
        "La proprietà ha un credito di 12,50"
    )
    assert "a Chat, Video:" in sentence(refusals.PropertyInUse(("Chat", "Video")), t)
    assert sentence(errors.BadFields({"reason": errors.Fault("too_long", 80)}), t) == (
        "Non vanno bene: reason (too_long)."
    )


NOT = "Nothing was changed"
REFUSED = [
    (["refund", WORKSPACE, "2026-1", "--amount", "NaN"], f"{NOT}: 'NaN' is not an amount like 12.50."),
    (["refund", WORKSPACE, "2026-1", "--amount", "1e9"], f"{NOT}: '1e9' is not an amount like 12.50."),
    (["credit", "2026-1", "--amount", "-1"], f"{NOT}: '-1' is not an amount like 12.50."),
    (["credit", "2026-1"], f"{NOT}. There is no such invoice."),
    (["agenda", "T9999"], f"{NOT}. There is no such workspace."),
    (
        ["credit", "2026-1", "--language", "it"],
        "Non è stato modificato nulla. Non c’è nulla di simile: invoice.",
    ),
    (
        ["announce", WORKSPACE, "U1", "prop_1", "#general"],
        f"{NOT}: '#general' is not a channel ID like C0123456789 (in Slack: the channel's name, About).",
    ),
    (
        ["announce", WORKSPACE, "U1", "prop_1", "C1"],
        f"{NOT}. There is no such property.",
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
