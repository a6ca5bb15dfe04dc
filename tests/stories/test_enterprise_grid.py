"""A workspace of an Enterprise Grid: whom it lists is at home, by whatever team Slack calls theirs."""

from __future__ import annotations

from dataclasses import replace

from sandbox.demo import ANNA, EMMA, GIULIA, TEAM
from tests.stories.conversation import Conversation, text_of
from tests.stories.records import KEPT_OF_REFUSALS, pays_for_nothing, tables
from tests.stories.wire import Wire

GRID, ELSEWHERE = "E0GRID00001", "T0ELSEWHERE"


def in_a_grid(slack: Conversation, **teams: tuple[str, ...]) -> None:
    """The workspace belongs to an organisation, and these people, by name, are listed in these workspaces of it."""
    workspace = slack.session.sandbox.workspace
    workspace.team = replace(workspace.team, enterprise_id=GRID)
    for user in workspace.users.values():
        user.teams = teams.get(user.name, ())


async def test_a_member_whose_own_team_is_another_workspace_reads_and_changes_everything(
    demo_slack: Conversation,
) -> None:
    in_a_grid(demo_slack, emma=(ELSEWHERE, TEAM.id))
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing")
    await emma.reads("AI Assist Growth")
    home = await emma.opens_home("AI Assist Growth")
    await emma.presses(home, "change.open")
    form = await emma.sees_modal("Change plan")
    (sent,) = (e for e in demo_slack.session.sandbox.log.entries() if e["method"] == "block_actions")
    assert sent["payload"]["user"]["team_id"] == GRID  # as Slack says it of clicks in a Home
    await emma.closes(form)
    await emma.submits(await emma.opens("/billing cancel ai", "AI Assist Growth"), kind="not_used")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    await emma.sees_modal("is cancelled")


async def test_an_owner_adds_a_colleague_whose_own_team_is_another_workspace(
    demo_slack: Conversation,
) -> None:
    in_a_grid(demo_slack, anna=(ELSEWHERE, TEAM.id))
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    await emma.presses(await emma.opens("/billing members"), "member.add")
    await emma.submits(await emma.sees_modal("Add a member"), user_id=ANNA.id, role="accountant")
    await emma.sees_modal("Anna Keller")


async def test_a_colleague_whom_only_another_workspace_lists_is_refused_in_their_language(
    demo_slack: Conversation,
) -> None:
    in_a_grid(demo_slack, giulia=(ELSEWHERE,))
    pays_for_nothing(demo_slack.session.billing, GIULIA)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    said = await giulia.reads("Gli ospiti e le persone di altre aree di lavoro")
    assert "AI Assist" not in text_of(said)
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before


async def test_a_guest_of_the_organisation_is_refused(demo_slack: Conversation) -> None:
    in_a_grid(demo_slack, giulia=(TEAM.id, ELSEWHERE))
    await demo_slack.session.sandbox.change_user(GIULIA.id, is_restricted=True)
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    await giulia.reads("Gli ospiti e le persone di altre aree di lavoro")


async def test_a_press_in_the_name_of_another_organisation_is_refused(demo_slack: Conversation) -> None:
    in_a_grid(demo_slack)
    wire = Wire(demo_slack)
    payload = wire.press(GIULIA, "address.edit", "x")
    payload["user"]["team_id"] = "E0FOREIGN01"
    await wire.interacts(payload)
    await demo_slack.as_person(GIULIA).reads("Gli ospiti e le persone di altre aree di lavoro")
