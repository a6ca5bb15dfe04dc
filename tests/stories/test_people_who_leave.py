"""Who pays, or gets the receipts, leaves Slack: what waits for them is for the others, and said as it is."""

from __future__ import annotations

from typing import Any

from billing import Actor
from billing.services import members
from billing.values.actors import Role
from sandbox import demo
from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import give_role, property_id, rows, subscription_id
from tests.stories.test_changing import gateway
from tests.stories.test_paying import ai_assist_unpaid
from tests.stories.test_unusable_channels import receives

GIULIAS = "giulia@esempio.example"


async def giulia_pays_and_gets_receipts(slack: Conversation) -> str:
    """She pays for AI Assist, and its receipts go to her; answers its id."""
    giulia, ai_assist = slack.as_person(GIULIA), subscription_id(slack.session.billing, "Piazza", "ai-assist")
    form = await giulia.opens("/billing payment ai", "Usa questa carta")
    (card, *_) = rows(
        slack.session.billing, "SELECT payment_method_id FROM subscriptions WHERE id = :s", s=ai_assist
    )
    await giulia.submits(form, payment_method_id=card[0])
    await giulia.closes(await giulia.sees_modal("referente di fatturazione"))
    form = await giulia.opens("/billing ricevute ai", "Ricevi le ricevute via e-mail")
    await giulia.submits(form, receipts=["on"], receipts_to=GIULIAS)
    await giulia.closes(await giulia.sees_modal(GIULIAS))
    return ai_assist


async def leaves(slack: Conversation, person: User, **how: Any) -> None:
    await slack.session.sandbox.change_user(person.id, **how)


async def written_to(slack: Conversation, person: User) -> list[str]:
    state = await slack.state()
    own = {c["id"] for c in state["channels"] if c.get("is_im") and c.get("user") == person.id}
    return [m["text"] for m in state["messages"] if m["channel"] in own]


def payer(slack: Conversation, ai_assist: str) -> str:
    ((found,),) = rows(
        slack.session.billing, "SELECT billing_admin_id FROM subscriptions WHERE id = :s", s=ai_assist
    )
    return str(found)


PLANS = "AI Assist Growth, Remove Branding Standard"
SAID = {
    "en": {
        "left": f"is the Billing Admin of {PLANS} (Piazza) and no longer has a full",
        "receipts": "got the receipts of AI Assist Growth of Piazza by email and can't receive them any more",
        "failed": "Payment of €35.38 with VAT for AI Assist Growth of Piazza failed: insufficient funds",
        "taken": f"You are the Billing Admin of {PLANS} now and get the payment notices. Nothing was charged",
        "told": f"<@{EMMA.id}> replaced <@{GIULIA.id}> as the Billing Admin of {PLANS} (Piazza)",
        "nobody": f"no one: <@{GIULIA.id}> can't receive them any more",
        "choose": "Receive receipts by email",
        "again": "There is nothing to take over: someone already did, or the person is back.",
    },
    "it": {
        "left": f"è referente di fatturazione di {PLANS} (Piazza) e qui non ha più un account",
        "receipts": "riceveva via e-mail le ricevute di AI Assist Growth di Piazza e non può più riceverle",
        "failed": "Pagamento di 35,38\xa0€ IVA inclusa per AI Assist Growth di Piazza non riuscito",
        "taken": f"Ora sei referente di fatturazione di {PLANS} e ricevi gli avvisi sui pagamenti.",
        "told": f"<@{EMMA.id}> è subentrato a <@{GIULIA.id}> come referente di fatturazione di {PLANS} (Piazza)",
        "nobody": f"nessuno: <@{GIULIA.id}> non può più riceverle",
        "choose": "Ricevi le ricevute via e-mail",
        "again": "Non c’è nulla da rilevare: qualcuno è già subentrato, oppure la persona è tornata.",
    },
}


async def the_others_take_over(slack: Conversation, said: dict[str, str], gone: dict[str, bool]) -> None:
    billing, emma = slack.session.billing, slack.as_person(EMMA)
    ai_assist = await giulia_pays_and_gets_receipts(slack)
    await leaves(slack, GIULIA, **gone)
    # Both are asked for at once, in public and of each who can do something about it.
    (left,) = await receives(slack, EMMA, said["left"])
    (asked,) = await receives(slack, EMMA, said["receipts"])
    await slack.until_announced(said["left"])
    await slack.until_announced(said["receipts"])
    before = await written_to(slack, GIULIA)
    await ai_assist_unpaid(slack, unpaid=said["failed"])
    (failed,) = await receives(slack, EMMA, said["failed"])
    assert buttons(failed, "payment.pay")
    await slack.deliver_mail()
    assert not [m for m in (await slack.state())["mail"] if GIULIAS in m["to"]]
    assert await written_to(slack, GIULIA) == before
    # She takes over: what is said of it is so.
    paid = len(gateway(slack).charged())
    assert payer(slack, ai_assist) == GIULIA.id
    await emma.presses(left, "member.take_over", *buttons(left, "member.take_over"))
    await emma.reads(said["taken"])
    assert payer(slack, ai_assist) == EMMA.id
    await slack.until_announced(said["told"])
    assert len(gateway(slack).charged()) == paid
    assert said["nobody"] in text_of(await emma.opens_home(said["nobody"]))
    await emma.presses(asked, "receipts.edit", *buttons(asked, "receipts.edit"))
    form = await emma.sees_modal(said["choose"])
    await emma.submits(form, receipts=["on"], receipts_to="emma@esempio.example")
    await emma.sees_modal("emma@esempio.example")
    ((chosen,),) = rows(billing, "SELECT receipts_to_user_id FROM subscriptions WHERE id = :s", s=ai_assist)
    assert chosen == EMMA.id


async def test_who_pays_is_deactivated_and_another_takes_over(demo_slack: Conversation) -> None:
    await the_others_take_over(demo_slack, SAID["en"], {"deleted": True})


async def test_who_pays_becomes_a_guest_and_another_takes_over(italian_slack: Conversation) -> None:
    await italian_slack.session.sandbox.change_user(EMMA.id, locale="it-IT")
    await the_others_take_over(italian_slack, SAID["it"], {"is_restricted": True})


async def test_who_is_back_pays_again_and_is_not_replaced(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    ai_assist = await giulia_pays_and_gets_receipts(demo_slack)
    await leaves(demo_slack, GIULIA, is_restricted=True)
    (left,) = await receives(demo_slack, EMMA, SAID["en"]["left"])
    await leaves(demo_slack, GIULIA, is_restricted=False)
    await demo_slack.as_person(GIULIA).opens_home("AI Assist Growth")
    await emma.presses(left, "member.take_over", *buttons(left, "member.take_over"))
    await emma.reads(SAID["en"]["again"])
    assert payer(demo_slack, ai_assist) == GIULIA.id
    await ai_assist_unpaid(demo_slack)
    await receives(demo_slack, GIULIA, SAID["it"]["failed"])
    assert not [one for one in await written_to(demo_slack, EMMA) if "failed" in one]


async def test_receipts_go_to_the_persons_new_address(demo_slack: Conversation) -> None:
    await giulia_pays_and_gets_receipts(demo_slack)
    await leaves(demo_slack, GIULIA, email="giulia.bianchi@esempio.example")
    emma = demo_slack.as_person(EMMA)
    await emma.opens_home("giulia.bianchi@esempio.example")
    await demo_slack.turn_clock(advance="31d")
    await demo_slack.deliver_mail()
    mail: list[Seen] = (await demo_slack.state())["mail"]
    receipts = [m for m in mail if "AI Assist" in str(m) and "giulia" in m["to"]]
    assert [m["to"] for m in receipts] == ["Giulia Rossi <giulia.bianchi@esempio.example>"] * len(receipts)
    assert receipts


async def test_who_is_removed_from_the_property_gets_no_receipts_any_more(demo_slack: Conversation) -> None:
    billing = demo_slack.session.billing
    await giulia_pays_and_gets_receipts(demo_slack)
    give_role(billing, GIULIA, "Piazza", Role.AGENT)  # hands over what she pays for
    members.remove(billing, Actor(demo.TEAM.id, EMMA.id), property_id(billing, "Piazza"), GIULIA.id)
    demo_slack.wakes_the_app()
    await receives(demo_slack, EMMA, SAID["en"]["receipts"])
    await demo_slack.turn_clock(advance="31d")
    await demo_slack.deliver_mail()
    assert not [m for m in (await demo_slack.state())["mail"] if "giulia" in m["to"]]
