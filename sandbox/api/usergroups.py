"""usergroups.*: groups of people with a handle."""

from dataclasses import replace
from typing import Any

from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.ids import new_id
from sandbox.messages import JsonObject
from sandbox.people import Usergroup


def list_(call: Call) -> JsonObject:
    """usergroups.list: all groups; their people when asked for."""
    with_users = call.flag("include_users")
    groups = call.workspace.usergroups.values()
    return {"usergroups": [group.to_slack(call.workspace.team, with_users=with_users) for group in groups]}


def create(call: Call) -> JsonObject:
    """usergroups.create: one more, with nobody in it."""
    name = call.text("name")
    _check_free(call, name=name, handle=call.text("handle"))
    handle = call.text("handle") or name.lower().replace(" ", "-")
    group = Usergroup(new_id("S"), handle, name, description=call.text("description"))
    return _kept(call, group)


def update(call: Call) -> JsonObject:
    """usergroups.update: another name, handle or description."""
    group = _group(call)
    changes = {name: call.text(name) for name in ("name", "handle", "description") if call.text(name)}
    taken = {name: value for name, value in changes.items() if getattr(group, name) != value}
    _check_free(call, name=taken.get("name", ""), handle=taken.get("handle", ""))
    return _kept(call, group, **changes)


def users_list(call: Call) -> JsonObject:
    """usergroups.users.list: who is in a group."""
    return {"users": list(_group(call).users)}


def users_update(call: Call) -> JsonObject:
    """usergroups.users.update: who is in it from now on, and nobody else."""
    users = [name for name in call.text("users").split(",") if name]
    for name in users:
        if name not in call.workspace.users:
            raise SlackError("invalid_users")
    return _kept(call, _group(call), users=tuple(users))


def _group(call: Call) -> Usergroup:
    group = call.workspace.usergroups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return group


def _check_free(call: Call, *, name: str, handle: str) -> None:
    for group in call.workspace.usergroups.values():
        if name == group.name:
            raise SlackError("name_already_exists")
        if handle == group.handle:
            raise SlackError("handle_already_exists")


def _kept(call: Call, group: Usergroup, **changes: Any) -> JsonObject:
    group = replace(group, **changes)
    call.workspace.usergroups[group.id] = group
    return {"usergroup": group.to_slack(call.workspace.team, with_users=True)}
