"""What was mistyped to the bot or the API, in the language of who typed it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import api.__main__
import bot.__main__

BOT, API = bot.__main__.read_arguments, api.__main__.read_arguments
IN_ITALIAN = {
    "bot --nope": "Argomenti non previsti: --nope",
    "bot chek": "Argomento check: 'chek' non è tra i valori ammessi: check",
    "bot --no-worker=3": "Argomento --no-worker: non accetta valori ('3')",
    "api check": "Argomento describe: 'check' non è tra i valori ammessi: describe",
}
USAGES = {
    "bot": "python -m bot [-h] [--no-worker] [check]",
    "api": "python -m api [-h] [describe]",
}


def complained(typed: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    program, *words = typed.split()
    read: Callable[[list[str]], object] = {"bot": BOT, "api": API}[program]
    with pytest.raises(SystemExit) as ended:
        read(words)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    return said.err.splitlines()


@pytest.mark.parametrize(("typed", "wrong"), IN_ITALIAN.items(), ids=IN_ITALIAN)
def test_what_is_mistyped_is_said_in_italian_to_who_reads_it(
    typed: str, wrong: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "it_IT.UTF-8")
    program = typed.split(maxsplit=1)[0]
    usage, helps, said = complained(typed, capsys)
    assert (usage, helps) == (f"Uso: {USAGES[program]}", f"Per l’aiuto: 'python -m {program} --help'.")
    # Later versions of Python quote no choices.
    assert said.replace("ammessi: '", "ammessi: ").removesuffix("'") == f"Errore: {wrong}"


def test_others_read_it_in_english(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert complained("bot --nope", capsys) == [
        f"Usage: {USAGES['bot']}",
        "Try 'python -m bot --help' for help.",
        "Error: unrecognized arguments: --nope",
    ]
