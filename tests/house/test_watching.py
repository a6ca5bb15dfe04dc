"""What watches the desk: each alert names series that exist and a page that exists, whose commands can be typed."""

from __future__ import annotations

import json
import re
import shlex
from itertools import chain
from pathlib import Path
from typing import Any

import click
import pytest
import urllib3
import yaml
from prometheus_client.parser import text_string_to_metric_families
from typer.main import get_command

from billing import ports, process_gauges
from billing.__main__ import program
from billing.calls import calling
from billing.models.payments import UNDECIDED
from billing.process_gauges import ProcessGauges, Pulse
from billing.services import gauges
from bot.meters import Meters, Seen
from tests.billing.desk import Desk
from tests.bot.test_process import free_port

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((ROOT / "deploy" / "dashboard.json").read_text(encoding="utf-8"))
PAGES = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
# The only labels of any series: none could name a person, a workspace or a property.
LABELS = {"audience", "dependency", "le", "outcome", "state", "status", "what"}


@pytest.fixture
def shown(sqlite_desk: Desk) -> dict[str, set[str]]:
    """What a bot without the due work and a worker show, as in deploy/: each series with the names of its labels."""
    with calling("smtp"):
        pass
    billing, meters = sqlite_desk.billing, Meters.make()
    meters.count(200, 0.0)
    seen = Seen(gauges.read(billing), ProcessGauges(billing, None), fault_of_slack=False)
    with process_gauges.shown(billing, Pulse(), "127.0.0.1", port := free_port()):
        of_worker = urllib3.request("GET", f"http://127.0.0.1:{port}/metrics").data.decode()
    families = (text_string_to_metric_families(text) for text in (meters.shown(seen).decode(), of_worker))
    series: dict[str, set[str]] = {}
    for family in chain.from_iterable(families):
        for sample in family.samples:
            series.setdefault(sample.name, set()).update(sample.labels)
    return series


def test_each_alert_and_panel_names_series_and_labels_that_exist(shown: dict[str, set[str]]) -> None:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    for expression in (*(rule["expr"] for rule in RULES), *panels):
        named = set(re.findall(r"\b(?:billing|slack)_\w+", expression))
        assert named
        assert named <= shown.keys()
        asked = set(re.findall(r"(\w+)(?:=~|!=|=)\"", expression))
        assert asked <= set().union(*(shown[name] for name in named))


def test_each_alert_and_panel_asks_for_values_that_a_label_can_have() -> None:
    sources = (
        path.read_text(encoding="utf-8")
        for room in ("billing", "bot")
        for path in (ROOT / room).rglob("*.py")
    )
    values = {
        "dependency": set(re.findall(r"\bcalling\(\"(\w+)\"\)", "".join(sources))),
        "outcome": {"ok", *(name for name, kind in vars(ports).items() if _is_error(kind))},
        "state": set(map(str, UNDECIDED)),
        "status": {"5.."},
        "le": {"2.5"},
    }
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    for label, asked in re.findall(
        r"(\w+)(?:=~|!=|=)\"([^\"]+)\"", " ".join([*(r["expr"] for r in RULES), *panels])
    ):
        assert set(asked.split("|")) <= values[label], (label, asked)


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Exception)


def test_a_mail_that_its_recipient_refuses_is_no_failure_of_the_mail_server() -> None:
    (rule,) = (rule for rule in RULES if rule["alert"] == "BillingMailFailing")
    assert "MailRejected" not in rule["expr"]
    assert 'outcome!="ok"' not in rule["expr"]


def test_a_worker_that_is_gone_is_missed() -> None:
    (rule,) = (rule for rule in RULES if rule["alert"] == "BillingDueWorkStill")
    assert rule["expr"].endswith(" or absent(billing_due_idle_seconds)")


@pytest.mark.parametrize(
    "where", ["compose.yaml", "kubernetes/worker.yaml", "systemd/billing-worker.service"]
)
def test_each_layout_shows_what_its_worker_measures(where: str) -> None:
    written = (ROOT / "deploy" / where).read_text(encoding="utf-8")
    (command,) = re.findall(r".*(?:ExecStart|command).*billing.*\bwork\b.*", written)
    assert "--metrics-port" in command


def test_no_series_has_a_label_of_a_person_or_a_customer(shown: dict[str, set[str]]) -> None:
    assert set().union(*shown.values()) <= LABELS


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    assert [
        ROOT / rule["annotations"]["runbook"] for rule in sorted(RULES, key=lambda rule: rule["alert"])
    ] == PAGES
    assert [page.stem for page in PAGES] == sorted(rule["alert"] for rule in RULES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_command_of_a_page_can_be_typed_and_each_link_leads_somewhere(page: Path) -> None:
    written = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", written):
        assert (page.parent / link).is_file(), link
    for line in re.findall(r"^python -m .*$", written, re.MULTILINE):
        _, _, module, *words = shlex.split(line)
        if module == "bot":
            assert words == ["check"]
        else:
            assert module == "billing"
            parse(get_command(program), words)


def parse(command: Any, words: list[str]) -> None:
    """Raises click's UsageError for what cannot be typed; nothing is run."""
    with command.make_context("billing", words) as context:
        if isinstance(command, click.Group) or hasattr(command, "resolve_command"):
            _, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
            assert inner is not None
            parse(inner, rest)
