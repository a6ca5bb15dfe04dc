"""The manifests of Kubernetes: valid by its own schemas, with the ports, probes, commands and user of the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic import SecretStr
from starlette.routing import Route
from typer.main import get_command

from billing.__main__ import program
from bot.__main__ import read_arguments
from bot.server import Server
from bot.settings import BotSettings
from tests.billing.desk import Desk
from tests.house.test_deploy import DOCKERFILE, SECONDS_TO_STOP
from tests.house.test_watching import parse

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
VERSIONS = ("1.30", "1.37")
FILES = {
    path.name: list(yaml.safe_load_all(path.read_text(encoding="utf-8"))) for path in FOLDER.glob("*.yaml")
}
KUSTOMIZATION: dict[str, Any] = FILES.pop("kustomization.yaml")[0]
ALL: dict[tuple[str, str], dict[str, Any]] = {
    (one["kind"], one["metadata"]["name"]): one for file in FILES.values() for one in file
}
WITH_PODS = {
    name: one["spec"]["template"]["spec"] for (_, name), one in ALL.items() if "template" in one["spec"]
}
BOT, WORKER = WITH_PODS["billing-desk-bot"], WITH_PODS["billing-desk-worker"]


@pytest.mark.parametrize("version", VERSIONS)
def test_each_is_valid_without_a_word_that_kubernetes_does_not_know(version: str) -> None:
    assert sorted(kind for kind, _ in ALL) == [
        "Deployment",
        "Deployment",
        "Job",
        "PodDisruptionBudget",
        "Service",
    ]
    for manifest in ALL.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_all_are_in_the_kustomization_and_the_image_is_named_there() -> None:
    assert set(KUSTOMIZATION["resources"]) == FILES.keys()
    (image,) = KUSTOMIZATION["images"]
    assert {pod["containers"][0]["image"] for pod in WITH_PODS.values()} == {image["name"]}


def test_each_command_can_be_typed() -> None:
    commands = {name: pod["containers"][0]["command"] for name, pod in WITH_PODS.items()}
    assert commands.keys() == {"billing-desk-bot", "billing-desk-worker", "billing-desk-migrate"}
    for python, dash_m, module, *words in commands.values():
        assert (python, dash_m) == ("python", "-m")
        if module == "bot":
            assert read_arguments(words).no_worker
        else:
            assert module == "billing"
            parse(get_command(program), words)


def test_no_pod_is_root_writes_but_to_tmp_or_holds_a_secret() -> None:
    for pod in WITH_PODS.values():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert f"USER {pod['securityContext']['runAsUser']}" in DOCKERFILE.splitlines()
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108  # its own
        assert container["envFrom"] == [{"secretRef": {"name": "billing-desk"}}]
        assert {one["name"] for one in container.get("env", ())} <= {"HOST", "PORT"}


def test_probes_and_service_ask_where_the_bot_answers(sqlite_desk: Desk) -> None:
    settings = BotSettings(slack_bot_token=SecretStr("xoxb-1"), slack_signing_secret=SecretStr("s"))
    routes = {one.path for one in Server(sqlite_desk.billing, settings).asgi.routes if isinstance(one, Route)}
    (container,) = BOT["containers"]
    given = {one["name"]: one["value"] for one in container["env"]}
    (port,) = container["ports"]
    assert (given["HOST"], int(given["PORT"])) == ("0.0.0.0", port["containerPort"])
    assert f"EXPOSE {port['containerPort']}" in DOCKERFILE.splitlines()
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {one["port"] for one in asked.values()} == {port["name"]}
    assert {name: one["path"] for name, one in asked.items()} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",  # a database that is away is no reason to restart
        "readinessProbe": "/readyz",
    }
    template = ALL["Deployment", "billing-desk-bot"]["spec"]["template"]["metadata"]
    annotations = template["annotations"]
    assert annotations["prometheus.io/port"] == str(port["containerPort"])
    assert {"/healthz", "/readyz", annotations["prometheus.io/path"]} <= routes
    service = ALL["Service", "billing-desk"]["spec"]
    assert [one["targetPort"] for one in service["ports"]] == [port["name"]]
    budget = ALL["PodDisruptionBudget", "billing-desk-bot"]["spec"]
    assert budget["minAvailable"] < ALL["Deployment", "billing-desk-bot"]["spec"]["replicas"]
    for selector in (service["selector"], budget["selector"]["matchLabels"]):
        assert selector == template["labels"]


def test_they_are_given_time_to_stop() -> None:
    (sleep, seconds) = BOT["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert sleep == "sleep"
    assert BOT["terminationGracePeriodSeconds"] >= SECONDS_TO_STOP + int(seconds)
    assert WORKER["terminationGracePeriodSeconds"] >= SECONDS_TO_STOP
