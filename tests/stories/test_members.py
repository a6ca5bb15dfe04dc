"""Members and roles in Slack, and asking for access: product lines 2 and 29."""

from __future__ import annotations

import json
from dataclasses import replace

from billing.values.actors import Role
from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import give_role, property_id, refusals, rows
from tests.stories.test_permissions import holds_nothing
from tests.stories.test_properties import PINO, arrives


def button_of(view: Seen, user_id: str) -> str:
    """The value of the button that changes this member's role."""
    return next(value for value in buttons(view, "member.change") if value.endswith(f":{user_id}"))


def role_of(slack: Conversation, user_id: str) -> str | None:
    found = rows(
        slack.session.billing,
        "SELECT role FROM members WHERE user_id = :user AND property_id = :property",
        user=user_id,
        property=property_id(slack.session.billing, "Piazza"),
    )
    return str(found[0][0]) if found else None


async def opens_change(person: Person, user_id: str, words: str = "Change role") -> Seen:
    """The form for the role of that member, in the place of the list."""
    view = await person.opens("/billing members")
    await person.presses(view, "member.change", button_of(view, user_id))
    return await person.sees_modal(words)


async def test_an_owner_sees_who_may_do_what_and_who_pays(demo_slack: Conversation) -> None:
    view = await demo_slack.as_person(EMMA).opens("/billing members", "Members of the property *Piazza*")
    text = text_of(view)
    assert f"<@{EMMA.id}> · owner" in text
    assert f"<@{GIULIA.id}> · admin\\npays for Remove Branding" in text
    assert f"<@{ANNA.id}> · accountant" in text
    assert f"<@{LUCA.id}> · agent" in text
    assert "4 members, owners first" in text


async def test_an_owner_gives_a_role_and_the_channel_and_the_members_home_follow(
    demo_slack: Conversation,
) -> None:
    emma, luca = demo_slack.as_person(EMMA), demo_slack.as_person(LUCA)
    home = await luca.opens_home("Solo contabili, amministratori e proprietari")
    form = await opens_change(emma, LUCA.id)
    assert (await emma.submits(form, role="accountant"))["outcome"] == "updated"
    after = text_of(await emma.sees_modal(f"<@{LUCA.id}> is now accountant."))
    assert f"<@{LUCA.id}> · accountant" in after
    assert "35,38 €" in text_of(await luca.sees_home("Sei contabile", other_than=home["hash"]))
    told = await demo_slack.until_announced("changed the role of")
    assert told["text"] == (
        f"<@{EMMA.id}> changed the role of <@{LUCA.id}> in Piazza from agent to accountant."
    )


async def test_italians_do_it_in_italian(italian_slack: Conversation) -> None:
    give_role(italian_slack.session.billing, GIULIA, "Piazza", Role.OWNER)
    giulia = italian_slack.as_person(GIULIA)
    view = await giulia.opens("/billing membri", "Membri della proprietà *Piazza*")
    await giulia.presses(view, "member.change", button_of(view, LUCA.id))
    form = await giulia.sees_modal("Modifica ruolo")
    assert "vede la fatturazione, non la modifica" in text_of(form)
    await giulia.submits(form, role="admin")
    await giulia.sees_modal(f"<@{LUCA.id}> ora ha il ruolo di amministratore.")
    await italian_slack.until_announced(f"ha cambiato il ruolo di <@{LUCA.id}> in Piazza da agente")


async def test_somebody_is_added_and_removed(demo_slack: Conversation) -> None:
    arrives(demo_slack, PINO)
    emma = demo_slack.as_person(EMMA)
    view = await emma.opens("/billing members")
    await emma.presses(view, "member.add")
    await emma.submits(await emma.sees_modal("Add a member"), user_id=PINO.id, role="accountant")
    await emma.sees_modal(f"<@{PINO.id}> is now accountant.")
    await demo_slack.until_announced(f"added <@{PINO.id}> to the members of Piazza as accountant")
    await demo_slack.as_person(PINO).sees_home("Sei contabile di questa proprietà")

    await emma.submits(await opens_change(emma, PINO.id), role="remove")
    await emma.sees_modal(f"<@{PINO.id}> was removed.")
    await demo_slack.until_announced(f"removed <@{PINO.id}> from the members of Piazza")
    assert role_of(demo_slack, PINO.id) is None
    await demo_slack.as_person(PINO).sees_home("Non fai ancora parte di nessuna proprietà")


async def test_guests_strangers_and_apps_cannot_be_added(demo_slack: Conversation) -> None:
    arrives(demo_slack, PINO)
    emma = demo_slack.as_person(EMMA)
    for changes in ({"is_restricted": True}, {"is_restricted": False, "is_stranger": True}):
        await demo_slack.session.sandbox.change_user(PINO.id, **changes)
        view = await emma.opens("/billing members")
        await emma.presses(view, "member.add")
        form = await emma.sees_modal("Add a member")
        answer = await emma.submits(form, user_id=PINO.id, role="admin")
        assert "Guests, apps and people from other workspaces can't be added" in answer["errors"]["user_id"]
        await emma.closes(form)
    assert role_of(demo_slack, PINO.id) is None


async def test_the_last_owner_stays(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await opens_change(emma, EMMA.id)
    for role in ("admin", "remove"):
        answer = await emma.submits(form, role=role)
        assert answer["errors"]["role"].startswith("A property needs at least one owner.")
    assert role_of(demo_slack, EMMA.id) == "owner"


async def test_who_pays_for_a_subscription_stays_until_somebody_else_pays(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await opens_change(emma, GIULIA.id, "is admin of the property")
    for role in ("accountant", "agent", "remove"):
        answer = await emma.submits(form, role=role)
        assert answer["errors"]["role"].startswith("This person pays for Remove Branding.")
    assert role_of(demo_slack, GIULIA.id) == "admin"
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.AGENT)  # Emma pays from now on
    assert role_of(demo_slack, GIULIA.id) == "agent"


async def test_an_owner_who_gives_up_the_role_reads_that_it_is_done(demo_slack: Conversation) -> None:
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.OWNER)
    give_role(demo_slack.session.billing, LUCA, "Piazza", Role.OWNER)
    luca = demo_slack.as_person(LUCA)
    await luca.submits(await opens_change(luca, LUCA.id, "Modifica ruolo"), role="agent")
    await luca.sees_modal(f"<@{LUCA.id}> ora ha il ruolo di agente.")
    assert holds_nothing(text_of(await luca.sees_home("Solo contabili, amministratori e proprietari")))


async def test_admins_and_accountants_read_the_list_and_change_nothing(demo_slack: Conversation) -> None:
    for person, sentence in ((GIULIA, "Solo i proprietari"), (ANNA, "Only owners of this property")):
        view = await demo_slack.as_person(person).opens("/billing members", sentence)
        assert not buttons(view, "member.change")
        assert not buttons(view, "member.add")


async def test_the_list_has_pages(demo_slack: Conversation) -> None:
    for number in range(6):
        person = replace(PINO, id=f"U0AGENT000{number}", real_name=f"Zeno {number}")
        give_role(demo_slack.session.billing, person, "Piazza", Role.AGENT)
    emma = demo_slack.as_person(EMMA)
    view = await emma.opens("/billing members", "Page 1 of 2")
    await emma.presses(view, "member.page")
    second = await emma.sees_modal("Page 2 of 2")
    assert len(buttons(second, "member.change")) == 2
    await emma.presses(second, "member.page")
    await emma.sees_modal("Page 1 of 2")


async def test_demoted_while_the_form_was_open_nothing_changes(demo_slack: Conversation) -> None:
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.OWNER)
    giulia = demo_slack.as_person(GIULIA)
    form = await opens_change(giulia, LUCA.id, "Modifica ruolo")
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.ADMIN)
    await giulia.submits(form, role="owner")
    await giulia.sees_modal("Solo i proprietari di questa proprietà possono farlo")
    assert role_of(demo_slack, LUCA.id) == "agent"
    assert ("member.set_role", "NotAllowed") in refusals(demo_slack.session.billing, GIULIA)


# Asking for access


async def test_an_agent_asks_for_access_and_its_owners_read_it_in_private(
    demo_slack: Conversation,
) -> None:
    luca, emma = demo_slack.as_person(LUCA), demo_slack.as_person(EMMA)
    posted = await demo_slack.announcements()
    await luca.types("/billing")
    refusal = await luca.reads("Solo contabili, amministratori e proprietari")
    await luca.presses(refusal, "member.ask_for_role")
    answer = text_of(await luca.reads("Ho scritto a"))
    assert f"<@{EMMA.id}>" in answer
    assert f"<@{GIULIA.id}>" not in answer  # admins can't give roles
    (to_emma,) = await emma.direct_messages(1)
    assert to_emma["text"] == (
        f"<@{LUCA.id}> (agent) asks to become accountant of the property Piazza. Only owners can give roles."
    )
    assert holds_nothing(json.dumps(to_emma["blocks"]))
    assert await demo_slack.announcements() == posted


async def test_the_owner_gives_the_role_from_the_message(demo_slack: Conversation) -> None:
    anna, emma = demo_slack.as_person(ANNA), demo_slack.as_person(EMMA)
    await anna.types("/billing cancel ai")
    await anna.presses(await anna.reads("Only admins and owners"), "member.ask_for_role")
    (asked,) = await emma.direct_messages(1)
    assert "(accountant) asks to become admin" in asked["text"]
    await emma.presses(asked, "member.list")
    view = await emma.sees_modal("Members of the property *Piazza*")
    await emma.presses(view, "member.change", button_of(view, ANNA.id))
    await emma.submits(await emma.sees_modal("Change role"), role="admin")
    await emma.sees_modal(f"<@{ANNA.id}> is now admin.")
    assert role_of(demo_slack, ANNA.id) == "admin"


async def test_asking_again_on_the_same_day_asks_nobody(demo_slack: Conversation) -> None:
    luca, emma = demo_slack.as_person(LUCA), demo_slack.as_person(EMMA)
    home = await luca.opens_home("Chiedi l’accesso")
    for sentence in ("Ho scritto a", "Hai già chiesto l’accesso"):
        await luca.presses(home, "member.ask_for_role")
        await luca.closes(await luca.sees_modal(sentence))
    assert len(await emma.direct_messages(1)) == 1
    await demo_slack.turn_clock(advance="25h")
    await luca.presses(home, "member.ask_for_role")
    await luca.sees_modal("Ho scritto a")
    await emma.direct_messages(2)


async def test_who_got_the_role_meanwhile_is_told_so_by_the_old_button(demo_slack: Conversation) -> None:
    luca = demo_slack.as_person(LUCA)
    await luca.types("/billing")
    refusal = await luca.reads("Solo contabili, amministratori e proprietari")
    give_role(demo_slack.session.billing, LUCA, "Piazza", Role.ACCOUNTANT)
    await luca.presses(refusal, "member.ask_for_role")
    await luca.reads("Il tuo ruolo lo consente già")
    assert refusals(demo_slack.session.billing, LUCA)[-1] == ("member.ask_for_role", "RoleHeld")
