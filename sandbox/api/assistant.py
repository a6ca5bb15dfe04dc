"""assistant.threads.*: what the app shows in a conversation with it as an assistant."""

from typing import Any

from sandbox.api.call import Call
from sandbox.errors import SlackError, invalid_arguments
from sandbox.messages import JsonObject
from sandbox.workspace import AssistantThread

_MOST_PROMPTS, _MOST_MESSAGES = 4, 10


def set_status(call: Call) -> JsonObject:
    """assistant.threads.setStatus: what it does at the moment; an empty one, or its answer, takes it away."""
    thread = _thread(call)
    messages = call.structure("loading_messages") or []
    if not isinstance(messages, list) or len(messages) > _MOST_MESSAGES:
        raise invalid_arguments(
            f"no more than {_MOST_MESSAGES} items allowed [json-pointer:/loading_messages]"
        )
    thread.status = call.text("status")
    call.workspace.assistant_changed(thread)
    return {}


def set_title(call: Call) -> JsonObject:
    """assistant.threads.setTitle: what the conversation is about."""
    thread = _thread(call)
    thread.title = call.text("title")
    call.workspace.assistant_changed(thread)
    return {}


def set_suggested_prompts(call: Call) -> JsonObject:
    """assistant.threads.setSuggestedPrompts: up to four things to say with one click."""
    prompts = call.structure("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= _MOST_PROMPTS:
        raise invalid_arguments(f"from 1 to {_MOST_PROMPTS} items allowed [json-pointer:/prompts]")
    for index, prompt in enumerate(prompts):
        _check_prompt(prompt, f"/prompts/{index}")
    thread = _thread(call)
    thread.prompts, thread.prompts_title = prompts, call.text("title")
    call.workspace.assistant_changed(thread)
    return {}


def _check_prompt(prompt: Any, pointer: str) -> None:
    missing = [name for name in ("title", "message") if not isinstance(prompt, dict) or not prompt.get(name)]
    if missing:
        raise invalid_arguments(
            *(f"missing required field: {name} [json-pointer:{pointer}]" for name in missing)
        )


def _thread(call: Call) -> AssistantThread:
    """The thread that is meant; a conversation with the app has one wherever there is a message to answer."""
    channel = call.channel("channel_id")
    thread_ts = call.text("thread_ts")
    if not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    if (channel.id, thread_ts) not in call.workspace.messages:
        raise SlackError("thread_not_found")
    return call.workspace.assistant_thread(channel.id, thread_ts)
