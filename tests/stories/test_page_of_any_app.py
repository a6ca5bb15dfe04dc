"""What people do at the page with messages, whatever app is in it: one long walk in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, FilePayload, Locator, expect

from sandbox.any_app import running_sandbox
from sandbox.app import App
from sandbox.demo import EMMA, GIULIA
from sandbox.server import Sandbox
from tests.stories.browsing import Desktop

GENERAL = "C0GENERAL01"
MANIFEST = {
    "display_information": {"name": "Greeter"},
    "features": {
        "app_home": {"messages_tab_enabled": True, "messages_tab_read_only_enabled": True},
        "shortcuts": [{"name": "Greet back", "type": "message", "callback_id": "greet"}],
    },
}
PARROT = {
    "display_information": {"name": "Parrot", "description": "Repeats what is said."},
    "features": {"slash_commands": [{"command": "/parrot", "description": "Say it again"}]},
}


@pytest.mark.asyncio(loop_scope="session")
async def test_people_do_with_messages_what_they_do_in_slack(browser: Browser) -> None:
    greeter, parrot = App.from_manifest(MANIFEST), App.from_manifest(PARROT)
    nowhere = "http://127.0.0.1:9/"
    async with running_sandbox(greeter, nowhere, "secret", others=[(parrot, nowhere)]) as sandbox:
        path = f"/#/{EMMA.id}/{GENERAL}"
        async with Desktop.of(browser, sandbox.public_url, EMMA, path=path) as desktop:
            await _calls_somebody(desktop, sandbox)
            await _reacts(desktop, sandbox)
            await _edits_and_pins(desktop)
            await _sees_what_the_app_writes(desktop, sandbox)
            await _finds_it_again(desktop)
            await _deletes(desktop, sandbox)
            await _is_told_of_calls(desktop, sandbox)
            await _sends_a_file(desktop)
            await _follows_a_permalink(desktop, sandbox)
            await _visits_the_other_app(desktop, sandbox)
            await expect(desktop.page.get_by_role("button", name="First minute")).to_have_count(0)
            assert desktop.complaints == []


async def _calls_somebody(desktop: Desktop, sandbox: Sandbox) -> None:
    composer = desktop.page.get_by_role("textbox", name="#general")
    await composer.press_sequentially("Look <here> @giu")
    await expect(desktop.page.get_by_role("listbox", name="People")).to_contain_text("@Giulia Rossi")
    await composer.press("Tab")
    await composer.press_sequentially("in #ran")
    await composer.press("Tab")
    await composer.press("Enter")
    await expect(await desktop.reads("Look")).to_contain_text("Look <here> @Giulia Rossi in #random")
    (said,) = sandbox.workspace.messages.values()
    assert said.text == f"Look &lt;here&gt; <@{GIULIA.id}> in <#C0RANDOM001> "


async def _tool(desktop: Desktop, words: str, name: str) -> Locator:
    message = await desktop.reads(words)
    await message.hover()
    return message.get_by_role("button", name=name).first


async def _reacts(desktop: Desktop, sandbox: Sandbox) -> None:
    await (await _tool(desktop, "Look", "Add reaction")).click()
    await desktop.page.get_by_role("searchbox", name="Search emoji").fill("rocket")
    await desktop.page.keyboard.press("Enter")
    chip = desktop.page.get_by_role("button", name="Emma Clarke reacted with :rocket:")
    await expect(chip).to_have_attribute("aria-pressed", "true")
    (said,) = sandbox.workspace.messages.values()
    sandbox.workspace.react(said, GIULIA.id, "rocket")
    both = desktop.page.get_by_role("button", name="Emma Clarke, Giulia Rossi reacted with :rocket:")
    await both.click()
    await expect(desktop.page.get_by_role("button", name="Giulia Rossi reacted")).to_have_text(
        re.compile("1$")
    )


async def _chooses(desktop: Desktop, words: str, item: str) -> None:
    await (await _tool(desktop, words, "More actions for this message")).click()
    await desktop.page.get_by_role("menuitem", name=item).click()


async def _edits_and_pins(desktop: Desktop) -> None:
    await _chooses(desktop, "Look", "Edit message")
    field = desktop.page.get_by_role("textbox", name="Edit message")
    await expect(field).to_have_value("Look <here> @Giulia Rossi in #random ")
    await field.fill("See there @Giulia Rossi")
    await field.press("Enter")
    await expect(await desktop.reads("See there")).to_contain_text("(edited)")
    await _chooses(desktop, "See there", "Pin to this conversation")
    await expect(await desktop.reads("See there")).to_contain_text("Pinned")


async def _sees_what_the_app_writes(desktop: Desktop, sandbox: Sandbox) -> None:
    workspace = sandbox.workspace
    attachment = {
        "id": 1,
        "color": "good",
        "title": "Build 118",
        "fields": [{"title": "Took", "value": "3 min"}],
    }
    look = {"username": "Deploys", "icon_emoji": ":rocket:"}
    workspace.post_as_app(GENERAL, "Built", attachments=[attachment], customized=look)
    built = await desktop.reads("Built")
    for words in ("Deploys", "Build 118", "3 min"):
        await expect(built).to_contain_text(words)
    workspace.add_emoji("parrot", f"{sandbox.public_url}/page/app-icon.svg")
    long = {"type": "section", "text": {"type": "mrkdwn", "text": ":parrot: " + "A long help. " * 60}}
    workspace.post_as_app(GENERAL, "Help", blocks=[long])
    helped = await desktop.reads("A long help.")
    await expect(helped.get_by_role("img", name=":parrot:")).to_be_visible()
    await helped.get_by_role("button", name="See more").click()
    await expect(helped.get_by_role("button", name="See less")).to_be_visible()


async def _finds_it_again(desktop: Desktop) -> None:
    await desktop.page.keyboard.press("Control+k")
    search = desktop.page.get_by_role("dialog", name="Search")
    await search.get_by_role("searchbox").fill("see there")
    await search.get_by_role("menuitem", name="See there").click()
    await expect(desktop.page.get_by_role("complementary", name="Thread")).to_contain_text("See there")
    await desktop.page.keyboard.press("Control+k")
    await search.get_by_role("searchbox").fill("greeter")
    await desktop.page.keyboard.press("Enter")
    await expect(desktop.page.get_by_text("You can't write to Greeter here.")).to_be_visible()
    await desktop.page.get_by_role("link", name="general").click()


async def _deletes(desktop: Desktop, sandbox: Sandbox) -> None:
    await _chooses(desktop, "See there", "Delete message")
    await desktop.page.get_by_role("button", name="Delete", exact=True).click()
    await expect(desktop.page.get_by_role("listitem").filter(has_text="See there")).to_have_count(0)
    assert all(message.user != EMMA.id for message in sandbox.workspace.messages.values())


async def _is_told_of_calls(desktop: Desktop, sandbox: Sandbox) -> None:
    for text in ("Nothing for you", f"<@{EMMA.id}> look", "<!channel> all look"):
        sandbox.workspace.post("C0RANDOM001", GIULIA.id, text)
    random = desktop.page.get_by_role("link", name="random")
    await expect(random).to_contain_text("2")
    await expect(desktop.page).to_have_title(re.compile(r"^\(2\) "))
    await random.click()
    await expect(desktop.page).to_have_title(re.compile("^#random"))


async def _sends_a_file(desktop: Desktop) -> None:
    contract = FilePayload(name="contract.txt", mimeType="text/plain", buffer=b"Signed")
    await desktop.page.get_by_role("textbox", name="#random").fill("The contract")
    await desktop.page.get_by_label("Add files").set_input_files(contract)
    await expect(await desktop.reads("The contract")).to_contain_text("contract.txt")


async def _follows_a_permalink(desktop: Desktop, sandbox: Sandbox) -> None:
    domain = sandbox.workspace.team.domain
    sandbox.workspace.post(
        "C0RANDOM001", GIULIA.id, f"<https://{domain}.slack.com/archives/{GENERAL}/p1|there>"
    )
    await (await desktop.reads("there")).get_by_role("link", name="there").click()
    await expect(desktop.page).to_have_title(re.compile("^#general"))


async def _visits_the_other_app(desktop: Desktop, sandbox: Sandbox) -> None:
    views = sandbox.workspace.all_views["A0SANDBOX02"]
    words = {"type": "section", "text": {"type": "plain_text", "text": "At home with a parrot"}}
    await desktop.page.get_by_role("link", name="Parrot").click()
    await desktop.page.get_by_role("textbox", name="Parrot").press_sequentially("/pa")
    await expect(desktop.page.get_by_role("listbox", name="Commands")).to_contain_text("Say it again")
    await desktop.page.get_by_role("tab", name="Home", exact=True).click()
    views.publish(EMMA.id, {"type": "home", "blocks": [words]})
    await expect(desktop.page.get_by_role("tabpanel")).to_contain_text("At home with a parrot")
