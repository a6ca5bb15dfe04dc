"""What was mistyped on the command line, in the language of who typed it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.bootstrap import LOCALES
from billing.commands.mistyped import SENTENCES
from billing.i18n import catalogue

IN_ITALIAN = {
    "--nope": "L’opzione --nope non esiste",
    "invoices list --nope": "L’opzione --nope non esiste (opzioni possibili: --property)",
    "nope": "Il comando 'nope' non esiste.",
    "invoice": "Il comando 'invoice' non esiste. Si intendeva 'invoices', 'einvoices'?",
    "refund": "Manca l’argomento 'workspace_id'.",
    "report journal": "Manca l’opzione '--month'.",
    "agenda --limit": "L’opzione '--limit' richiede un valore.",
    "resume --yes=3": "L’opzione '--yes' non accetta valori.",
    "agenda T1 P1 more": "Argomenti in più: P1 more",
    "agenda --limit 0": "Valore non valido per '--limit': il minimo è 1",
    "agenda --limit 5000": "Valore non valido per '--limit': il massimo è 1000",
    "agenda --limit ten": "Valore non valido per '--limit': non è un numero intero",
    f"agenda --limit {'9' * 5000}": "Valore non valido per '--limit': il numero ha troppe cifre",
    "einvoices list --day today": "Valore non valido per '--day': 'today' non è nel formato '%Y-%m-%d'.",
    "import csv file --dates qq": (
        "Valore non valido per '--dates': 'qq' non è tra i valori ammessi: 'iso', 'dmy', 'mdy'."
    ),
    "due release": "Valore non valido: Indicare che cosa sbloccare, oppure --all.",
}


@pytest.mark.parametrize(("typed", "said"), IN_ITALIAN.items(), ids=(words[:30] for words in IN_ITALIAN))
def test_what_is_mistyped_is_said_in_italian_to_who_reads_it(typed: str, said: str) -> None:
    ended = CliRunner().invoke(program, typed.split(), env={"LC_ALL": "it_IT.UTF-8"}, prog_name="desk")
    *about, wrong = ended.stderr.splitlines()
    assert (ended.exit_code, ended.stdout, wrong) == (2, "", f"Errore: {said}")
    if about:  # Typer does not always know the command
        assert [line.partition(" '")[0].partition("desk")[0] for line in about] == ["Uso: ", "Per l’aiuto:"]


def test_all_that_is_recognised_has_its_italian() -> None:
    italian = catalogue("it", LOCALES)
    assert [one for one in SENTENCES if italian.gettext(one) == one] == []


@pytest.mark.parametrize(
    ("words", "locale", "said"),
    [
        (["refund", "--language", "it"], "C", "Manca l’argomento 'workspace_id'."),
        (["refund", "--language=it"], "en_US.UTF-8", "Manca l’argomento 'workspace_id'."),
        (["refund", "--language", "en"], "it_IT.UTF-8", "Missing argument 'workspace_id'."),
        (["refund"], "de_DE.UTF-8", "Missing argument 'workspace_id'."),
        (["--nope", "--language"], "C", "No such option: --nope"),
    ],
)
def test_the_language_is_the_one_that_is_typed_or_else_the_environments(
    words: list[str], locale: str, said: str
) -> None:
    ended = CliRunner().invoke(program, words, env={"LC_ALL": locale})
    assert (ended.exit_code, said in ended.stderr) == (2, True)


def test_an_italian_command_ends_as_it_does_in_english() -> None:
    italian = {"LC_ALL": "it_IT.UTF-8"}
    helped = CliRunner().invoke(program, ["invoices", "--help"], env=italian)
    assert (helped.exit_code, "list" in helped.stdout, helped.stderr) == (0, True, "")
    unsaid = CliRunner().invoke(program, ["invoices"], env=italian)
    assert (unsaid.exit_code, "Errore" in unsaid.output) == (2, False)
    nowhere = italian | {"DATABASE_URL": "sqlite:////nowhere/books.sqlite3"}
    assert CliRunner().invoke(program, ["verify"], env=nowhere).exit_code == 1
