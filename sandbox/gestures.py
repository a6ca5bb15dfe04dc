"""What a person does outside of a form: commands, clicks, shortcuts, a look at the Home, a plain message."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox import answers, forms, message_events, payloads, words
from sandbox.deliveries import Reply
from sandbox.dispatcher import Dispatcher
from sandbox.errors import Refused, SlackError
from sandbox.events import Events
from sandbox.log import Log
from sandbox.messages import File, JsonObject, Message
from sandbox.people import SLACKBOT, Channel, User
from sandbox.tickets import ResponseTicket, Tickets
from sandbox.workspace import Workspace


@dataclass
class Gestures:
    """Turns a person's gesture into a delivery, and the app's reply into what Slack shows for it."""

    workspace: Workspace
    tickets: Tickets
    dispatcher: Dispatcher
    log: Log
    public_url: str
    events: Events = field(init=False)

    def __post_init__(self) -> None:
        self.events = Events(self.workspace, self.dispatcher)

    async def command(self, user_id: str, channel_id: str, command: str, text: str = "") -> JsonObject:
        """Type a slash command."""
        user, channel = self.person(user_id), self.channel(channel_id, user_id)
        if command not in {known.command for known in self.workspace.app.commands}:
            raise Refused("unknown_command")
        path = self.tickets.response_path(user.id, channel.id)
        trigger_id = self.tickets.trigger(user.id)
        fields = payloads.slash_command(
            self.workspace, user, channel, command, text, self.public_url + path, trigger_id
        )
        reply = await self.dispatcher.command(fields)
        if reply.error:
            self._command_failed(user, channel, command, reply.error)
            return reply.to_json()
        return self._answered(user, channel, command, reply)

    def _answered(self, user: User, channel: Channel, command: str, reply: Reply) -> JsonObject:
        body = {"text": reply.body} if isinstance(reply.body, str) else reply.body
        if not body or body == {"text": ""}:
            return reply.to_json()
        try:
            answers.answer(self.workspace, self.events, ResponseTicket(user.id, channel.id, expires=0), body)
        except SlackError as refusal:
            self.log.add("delivery", "slash_command.reply", body, refusal.to_json(), None, 0)
            self._command_failed(user, channel, command, "dispatch_failed")
            return {"ok": False, "error": "dispatch_failed"}
        return reply.to_json()

    def _command_failed(self, user: User, channel: Channel, command: str, error: str) -> None:
        said = words.told_to(user, words.COMMAND_FAILED, command=command, error=error)
        self.workspace.post(channel.id, SLACKBOT, said, ephemeral_to=user.id)

    async def open_home(self, user_id: str) -> JsonObject:
        """Look at the app's Home."""
        user = self.person(user_id)
        return await self._event(payloads.app_home_opened(self.workspace, user))

    async def open_entity(self, user_id: str, channel_id: str, ts: str, link: str) -> JsonObject:
        """Open the Work Object that the app made of this link in a message."""
        user, channel = self.person(user_id), self.channel(channel_id, user_id)
        message = self.workspace.messages.get((channel.id, ts))
        attachments = message.attachments if message else []
        for one in attachments:
            if message and one.get("from_url") == link and "entity" in one:
                trigger = self.tickets.trigger(user.id, entity_id=one["entity"]["external_ref"]["id"])
                asked = payloads.entity_details_requested(self.workspace, user, message, one, trigger)
                self.workspace.show_details(user.id, {"entity": None, "error": None})
                return await self.events.tell([("entity_details_requested", asked)])
        raise Refused("entity_not_found")

    async def change_user(self, user_id: str, *, unseen: bool = False, **changes: Any) -> JsonObject:
        """Change a person's role or profile (fields of User), and tell the app if it listens; not if `unseen`."""
        user = self.workspace.users.get(user_id)
        if user is None or user.is_bot:
            raise Refused("user_not_found")
        for name, value in changes.items():
            setattr(user, name, value)
        self.workspace.user_changed(user)
        if unseen:
            return {"ok": True, "status": None, "ms": 0}
        kinds = ["user_change"]
        if changes.keys() & {"title", "status_text", "status_emoji"}:
            kinds.append("user_profile_changed")
        if changes.keys() & {"status_text", "status_emoji"}:
            kinds.append("user_status_changed")
        return await self.events.tell_all(
            lambda each: [(kind, payloads.user_change(each, user, kind)) for kind in kinds]
        )

    async def change_channel(
        self,
        user_id: str,
        channel_id: str,
        *,
        archived: bool | None = None,
        shared: bool | None = None,
        app: bool | None = None,
        private: bool | None = None,
        name: str | None = None,
    ) -> JsonObject:
        """Archive the channel, share it with another organisation, let the app in or out; or take that back.

        Or give it another name, or make it private or public: of that Slack tells nobody but who reads its messages.
        """
        user, channel = self.person(user_id), self.channel(channel_id, user_id)
        room, bot = ("group" if channel.is_private else "channel"), self.workspace.app.bot_user_id
        changes: list[tuple[str, JsonObject]] = []
        if archived not in (None, channel.is_archived):
            channel.is_archived = bool(archived)
            changes.append((f"{room}_{'archive' if archived else 'unarchive'}", {}))
        if shared not in (None, channel.is_ext_shared):
            channel.is_ext_shared = bool(shared)
            changes.append((f"channel_{'shared' if shared else 'unshared'}", {}))
        if private is not None:
            channel.is_private = private
        if name not in (None, channel.name):
            channel.name = str(name)
            changes.append((f"{room}_rename", {"channel": {"id": channel.id, "name": channel.name}}))
        if app not in (None, bot in channel.members):
            (channel.members.append if app else channel.members.remove)(bot)
            joined = {"user": bot, "channel_type": room[0].upper(), "team": self.workspace.team.id}
            change = (
                ("member_joined_channel", {**joined, "inviter": user.id}) if app else (f"{room}_left", {})
            )
            changes.append(change)
        self.workspace.channel_changed(channel)
        return await self.events.tell_all(
            lambda each: [
                (kind, payloads.channel_change(each, channel, kind, **about)) for kind, about in changes
            ]
        )

    async def _event(self, envelope: JsonObject) -> JsonObject:
        return await self.events.tell([(envelope["event"]["type"], envelope)])

    async def tell_app(self, inner: JsonObject) -> JsonObject:
        """Something happened to the app itself."""
        return await self._event(payloads.event(self.workspace, inner))

    async def shortcut(self, user_id: str, callback_id: str) -> JsonObject:
        """Choose one of the app's global shortcuts."""
        user = self.person(user_id)
        if callback_id not in {known.callback_id for known in self.workspace.app.shortcuts}:
            raise Refused("shortcut_not_found")
        trigger_id = self.tickets.trigger(user.id)
        return await self._deliver(user, payloads.shortcut(self.workspace, user, trigger_id, callback_id))

    async def message_shortcut(self, user_id: str, callback_id: str, channel_id: str, ts: str) -> JsonObject:
        """Choose one of the app's shortcuts in a message's menu."""
        user = self.person(user_id)
        message = self.message(user, channel_id, ts)
        if callback_id not in {known.callback_id for known in self.workspace.app.message_shortcuts}:
            raise Refused("shortcut_not_found")
        path = self.tickets.response_path(user.id, message.channel, message.ts)
        trigger_id = self.tickets.trigger(user.id)
        payload = payloads.message_shortcut(
            self.workspace, user, trigger_id, callback_id, message, self.public_url + path
        )
        return await self._deliver(user, payload)

    async def say(
        self,
        user_id: str,
        channel_id: str,
        text: str,
        thread_ts: str | None = None,
        files: Sequence[str] = (),
    ) -> JsonObject:
        """Write a plain message, with files (ids) that were uploaded."""
        user, channel = self.person(user_id), self.channel(channel_id, user_id)
        app = self.workspace.app
        if channel.is_im and channel.user and (app.is_read_only or not app.has_messages_tab):
            raise Refused("messages_tab_is_read_only", 400)
        if channel.is_archived:
            raise Refused("is_archived", 400)
        if thread_ts and (channel.id, thread_ts) not in self.workspace.messages:
            raise Refused("thread_not_found")
        about: JsonObject = {"thread_ts": thread_ts}
        if files:
            about |= {"files": [self._file(one) for one in files], "subtype": "file_share"}
        message = self.workspace.post(channel.id, user.id, text, **about)
        await self.events.tell_all(lambda each: message_events.posted(each, message))
        await self.events.tell_all(lambda each: message_events.shared(each, message))
        await self.events.tell_all(lambda each: message_events.links_shared(each, message))
        return {"ok": True, "ts": message.ts}

    async def act_in_view(
        self, user_id: str, view_id: str, action_id: str, block_id: str | None, given: Any, state: JsonObject
    ) -> JsonObject:
        """Click or choose something in a modal or Home; `state` is what was typed there so far."""
        user = self.person(user_id)
        view = self.view(user, view_id)
        block, element = forms.find_element(view["blocks"], action_id, block_id, given)
        if element["type"] not in forms.STATELESS:
            state = {**state, block["block_id"]: {**state.get(block["block_id"], {}), action_id: given}}
        typed = self.with_files(view["blocks"], state)
        values = forms.filled_state(view["blocks"], view["state"]["values"], typed)
        self.workspace.views.keep_state(view, values)
        trigger_id = self.tickets.trigger(user.id, from_modal=view["type"] == "modal")
        action = forms.action(block, element, given)
        return await self._deliver(
            user, payloads.action_in_view(self.workspace, user, trigger_id, action, view)
        )

    async def act_on_message(
        self, user_id: str, channel_id: str, ts: str, action_id: str, block_id: str | None, given: Any
    ) -> JsonObject:
        """Click or choose something on a message."""
        user = self.person(user_id)
        message = self.message(user, channel_id, ts)
        block, element = forms.find_element(message.all_blocks, action_id, block_id, given)
        action = forms.action(block, element, given)
        path = self.tickets.response_path(user.id, message.channel, message.ts)
        trigger_id = self.tickets.trigger(user.id)
        payload = payloads.action_on_message(
            self.workspace, user, trigger_id, action, message, self.public_url + path
        )
        payload["state"] = {
            "values": forms.filled_state(message.all_blocks, {}, _as_state(block, action, given))
        }
        return await self._deliver(user, payload)

    async def _deliver(self, user: User, payload: JsonObject) -> JsonObject:
        reply = await self.dispatcher.interaction(payload)
        if reply.error:
            sentence = words.TIMED_OUT if reply.error == "operation_timeout" else words.NO_ANSWER
            self.workspace.notice(
                user.id, words.told_to(user, sentence, app=self.workspace.app.name, error=reply.error)
            )
        return reply.to_json()

    def with_files(self, blocks: list[JsonObject], values: JsonObject) -> JsonObject:
        """The values, with the files that people chose in place of their ids."""
        filled = {block_id: dict(inner) for block_id, inner in values.items()}
        for block, element in forms.interactive_elements(blocks):
            chosen = filled.get(block["block_id"], {})
            if element["type"] == "file_input" and isinstance(chosen.get(element["action_id"]), list):
                chosen[element["action_id"]] = [self._written(one) for one in chosen[element["action_id"]]]
        return filled

    def _written(self, file_id: Any) -> JsonObject:
        return self._file(file_id).to_slack(self.workspace.app, self.public_url)

    def _file(self, file_id: Any) -> File:
        file = self.workspace.files.get(str(file_id))
        if file is None:
            raise Refused("file_not_found")
        return file

    def message(self, user: User, channel_id: str, ts: str) -> Message:
        """The message with this id, which this person must see."""
        channel = self.channel(channel_id, user.id)
        message = self.workspace.messages.get((channel.id, ts))
        if message is None or message.ephemeral_to not in (None, user.id):
            raise Refused("message_not_found")
        return message

    def view(self, user: User, view_id: str) -> JsonObject:
        """The modal or Home with this id, which must be before this person."""
        view = self.workspace.views.seen_by(user.id, view_id)
        if view is None:
            raise Refused("view_not_found")
        return view

    def person(self, user_id: str) -> User:
        """The person with this id, who must be one."""
        user = self.workspace.users.get(user_id)
        if user is None or user.is_bot or user.deleted:
            raise Refused("user_not_found")
        return user

    def channel(self, channel_id: str, user_id: str) -> Channel:
        """The conversation with this id, which this person must be in."""
        channel = self.workspace.channels.get(channel_id)
        if channel is None or user_id not in channel.members:
            raise Refused("channel_not_found")
        return channel


def _as_state(block: JsonObject, action: JsonObject, given: Any) -> JsonObject:
    if action["type"] in forms.STATELESS:
        return {}
    return {block["block_id"]: {action["action_id"]: given}}
