"""The audit log in words: every act that can stand in it, every refusal and detail has its own, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

import billing
import bot.refusals
from billing.i18n import Translator
from billing.models.payments import PaymentState
from billing.models.refunds import RefundState
from billing.values import refusals
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.errors import Refusal
from bot.views import audit
from bot.views.audit_refusals import REFUSALS, refusal_in_words
from bot.views.audit_words import ACTS, DETAILS, act_in_words
from tests.bot.reading import in_both_languages
from tests.bot.sample_people import ORDINARY
from tests.bot.sample_plans import audit_page

# They write what others did or were refused, under the act that it was.
OF_OTHERS = {"audit.record_refusal"}


def _acts() -> set[str]:
    """Every act that billing writes into the log, and every one in which an actor can be refused."""
    found = {act for tree in _trees() for function in _functions(tree) for act in _named_in(function)}
    states = {f"payment.{state}" for state in PaymentState} | {f"refund.{state}" for state in RefundState}
    return (found | states) - OF_OTHERS - {"refund.open"}


def _trees() -> Iterator[ast.Module]:
    for path in Path(billing.__file__).parent.rglob("*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"))


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _named_in(function: ast.FunctionDef) -> Iterator[str]:
    names = {getattr(node, "id", getattr(node, "arg", None)) for node in ast.walk(function)}
    doors = ("work", "read", "dry_run") if "actor" in names else ()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
            "record",
            "_record",
            "audit_row",
            *doors,
        ):
            # An act that is chosen before it is recorded stands elsewhere in the function.
            chosen = any(isinstance(arg, ast.Name) and arg.id == "act" for arg in node.args)
            yield from _acts_within(function if chosen else node)


def _acts_within(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z_]+", str(one.value)):
            yield str(one.value)


def _refusals(of: type[Refusal] = Refusal) -> Iterator[str]:
    for one in of.__subclasses__():
        yield one.__name__
        yield from _refusals(one)


def _details() -> set[str]:
    """The names under which `record` keeps what was there before and after, where they are written out."""
    keys = {
        key.value
        for tree in _trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).split(".")[-1] in ("record", "_record", "audit_row")
        for node in ast.walk(call)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    return {str(key) for key in keys} | {
        one.name for kind in (BillingAddress, Company) for one in fields(kind)
    }


def test_every_act_has_words_and_no_words_are_left_over() -> None:
    acts = _acts()
    assert {"member.set_role", "purchase.preview", "payment.credit", "refund.succeeded"} <= acts
    assert acts - ACTS.keys() == set()
    assert ACTS.keys() - acts == set()


def test_every_refusal_has_words_and_no_words_are_left_over() -> None:
    assert refusals.NotFound.__name__ in set(_refusals())
    assert bot.refusals.Outsider.__name__ in set(_refusals())
    ours = {name for name in _refusals() if name != "Refusal"}
    assert ours - REFUSALS.keys() == set()
    assert REFUSALS.keys() - ours == set()


def test_every_detail_has_words() -> None:
    assert _details() - DETAILS.keys() == set()


@in_both_languages
def test_no_two_refusals_and_no_two_kinds_of_acts_read_the_same(t: Translator) -> None:
    """But for acts that are one and the same to a reader: the doors to it stand in one group."""
    said = [refusal_in_words(name, t) for name in REFUSALS]
    assert len(set(said)) == len(said)
    same = {"card_setup", "plan", "property"}
    alone = [act_in_words(act, t) for act in ACTS if act.split(".")[0] not in same]
    assert len(set(alone)) == len(alone)


@in_both_languages
def test_ids_are_never_shown_and_values_are_in_words(t: Translator) -> None:
    page = audit_page(ORDINARY)
    details = (
        ("card", "", "Visa 4242"),
        ("needed", "", "admin"),
        ("country", "IT", "DE"),
        ("dispute", "open", "lost"),
        ("property", "prop_1", "prop_2"),
        ("receipts_to", "U7", "studio@commercialista.example"),
    )
    view = audit.audit_log(replace(page, lines=(replace(page.lines[0], details=details),)), t)
    shown = "\n".join(block["text"]["text"] for block in view["blocks"] if block["type"] == "section")
    for part in (
        "Visa •••• 4242",
        t("admin"),
        t.country("DE"),
        t("dispute closed: the bank took the money back"),
        "<@U7> → studio@commercialista.example",
    ):
        assert part in shown
    assert "prop_" not in shown


@in_both_languages
@pytest.mark.parametrize("name", ["Elsewhere", "<&" * 4000])
def test_what_an_earlier_version_wrote_is_shown_by_its_name_and_cut(t: Translator, name: str) -> None:
    page = audit_page(ORDINARY)
    long = replace(page.lines[0], act=name, refused_as=name, subject=name * 2, details=((name, name, name),))
    view = audit.audit_log(replace(page, lines=(long,) * 10), t)
    texts = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert max(map(len, texts)) <= 3000
    assert sum("<@U1>" in text for text in texts) == 10
