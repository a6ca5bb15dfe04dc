"""usergroups.*: groups of people with a handle."""

from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.messages import JsonObject


def list_(call: Call) -> JsonObject:
    """usergroups.list: all groups; their people when asked for."""
    with_users = call.flag("include_users")
    groups = call.workspace.usergroups.values()
    return {"usergroups": [group.to_slack(call.workspace.team, with_users=with_users) for group in groups]}


def users_list(call: Call) -> JsonObject:
    """usergroups.users.list: who is in a group."""
    group = call.workspace.usergroups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}
