"""files.*: the upload in three steps (a URL, the bytes, the completion) and what came of it."""

from typing import Any

from sandbox.api.call import Call
from sandbox.errors import SlackError, invalid_arguments
from sandbox.messages import File, JsonObject


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
    channel = call.open_channel("channel_id") if call.text("channel_id") else None
    if channel and not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    thread_ts = call.text("thread_ts") or None
    if thread_ts and (not channel or (channel.id, thread_ts) not in call.workspace.messages):
        raise SlackError("thread_not_found")
    files = [_completed(call, upload) for upload in uploads]
    if channel:
        call.workspace.post_as_app(channel.id, call.text("initial_comment"), files=files, thread_ts=thread_ts)
    return {"files": [file.to_slack(call.workspace.app, call.public_url) for file in files]}


def info(call: Call) -> JsonObject:
    """files.info: one file."""
    file = call.workspace.files.get(call.text("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": file.to_slack(call.workspace.app, call.public_url)}


def _completed(call: Call, upload: Any) -> File:
    file = call.workspace.files.get(str(upload.get("id"))) if isinstance(upload, dict) else None
    if file is None or file.content is None or file.completed:
        raise SlackError("file_not_found")
    file.completed = True
    file.title = upload.get("title") or file.name
    return file
