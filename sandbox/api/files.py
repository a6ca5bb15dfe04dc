"""files.*: the upload in three steps (a URL, the bytes, the completion) and what came of it."""

import math
from functools import partial
from typing import Any

from sandbox import answers, message_events
from sandbox.answers import Contents, checked_blocks
from sandbox.api.call import Call
from sandbox.errors import SlackError, invalid_arguments
from sandbox.messages import File, JsonObject
from sandbox.people import Channel

_COUNT = 100


def get_upload_url(call: Call) -> JsonObject:
    """files.getUploadURLExternal: where to send the bytes."""
    length = call.number("length")
    if not length:
        raise invalid_arguments("must be more than 0 [json-pointer:/length]")
    file = call.workspace.promise_file(call.text("filename"), length)
    return {"upload_url": f"{call.public_url}/upload/{file.id}", "file_id": file.id}


def complete_upload(call: Call) -> JsonObject:
    """files.completeUploadExternal: once per file; with a channel, the files are posted there."""
    uploads = call.structure("files")
    if not isinstance(uploads, list) or not uploads:
        raise invalid_arguments("no fewer than 1 items allowed [json-pointer:/files]")
    places = call.text("channels").split(",") if call.text("channels") else [call.text("channel_id")]
    channels = [_shared_in(call, place) for place in places if place]
    thread_ts = call.text("thread_ts") or None
    if thread_ts and any((one.id, thread_ts) not in call.workspace.messages for one in channels):
        raise SlackError("thread_not_found")
    blocks = checked_blocks(call.structure("blocks"))
    files = [_completed(call, upload) for upload in uploads]
    for file in files:
        call.events.tell_later(message_events.file_created(call.workspace, file))
    contents = Contents(call.text("initial_comment"), blocks)
    for one in channels:
        about = {"files": list(files), "thread_ts": thread_ts, "subtype": "file_share"}
        message = answers.post(call.workspace, call.events, one.id, contents, **about)
        call.events.tell_all_later(partial(message_events.shared, message=message))
    return {"files": [file.to_slack(call.workspace.app, call.public_url) for file in files]}


def info(call: Call) -> JsonObject:
    """files.info: one file."""
    file = call.workspace.files.get(call.text("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": file.to_slack(call.workspace.app, call.public_url)}


def list_(call: Call) -> JsonObject:
    """files.list: the app's files, newest first, in pages by number; of one conversation or kind when asked for."""
    count = call.number("count") if call.args.get("count") else _COUNT
    page = call.number("page") if call.args.get("page") else 1
    files = [one for one in reversed(call.workspace.files.values()) if one.completed and _is_asked(call, one)]
    shown = files[(page - 1) * count : page * count]
    paging = {"count": count, "total": len(files), "page": page, "pages": math.ceil(len(files) / count)}
    return {
        "files": [file.to_slack(call.workspace.app, call.public_url) for file in shown],
        "paging": paging,
    }


def delete(call: Call) -> JsonObject:
    """files.delete: one of the app's files, also from the messages in which it was shared."""
    file = call.workspace.files.get(call.text("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    del call.workspace.files[file.id]
    for message in call.workspace.messages.values():
        if file in message.files:
            message.files.remove(file)
            call.workspace.put(message)
    call.events.tell_all_later(partial(message_events.file_deleted, file=file))
    return {}


def upload(_call: Call) -> JsonObject:
    """files.upload: Slack has ended it, for every app."""
    raise SlackError("method_deprecated")


def _is_asked(call: Call, file: File) -> bool:
    channel = call.text("channel")
    return not channel or any(
        file in message.files and message.channel == channel for message in call.workspace.messages.values()
    )


def _shared_in(call: Call, channel_id: str) -> Channel:
    channel = call.workspace.channels.get(channel_id)
    if channel is None or (channel.is_im and not call.app_is_in(channel)):
        raise SlackError("channel_not_found")
    if channel.is_archived:
        raise SlackError("is_archived")
    if not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    return channel


def _completed(call: Call, upload: Any) -> File:
    file = call.workspace.files.get(str(upload.get("id"))) if isinstance(upload, dict) else None
    if file is None or file.content is None or file.completed:
        raise SlackError("file_not_found")
    file.completed = True
    file.title = upload.get("title") or file.name
    return file
