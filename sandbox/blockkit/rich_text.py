"""What a rich text block holds: sections, lists, quotes and code, made of text, links, mentions, dates and emoji."""

from collections.abc import Mapping

from sandbox.blockkit.checks import Check, flag, items, number, one_of, record, string, tagged
from sandbox.blockkit.objects import ID, URL

_FACES = "bold italic strike code underline highlight client_highlight unlink"
_STYLE = record(dict.fromkeys(_FACES.split(), flag))


def _part(fields: Mapping[str, Check], required: str) -> Check:
    return record({**fields, "style": _STYLE}, required)


_TEXT = _part({"text": string()}, "text")
_LINK = _part({"url": URL, "text": string(shortest=0), "unsafe": flag}, "url")
_INLINE = {
    "text": _TEXT,
    "link": _LINK,
    "emoji": _part({"name": ID, "unicode": string(), "skin_tone": number(1, 6), "url": URL}, "name"),
    "user": _part({"user_id": ID}, "user_id"),
    "usergroup": _part({"usergroup_id": ID}, "usergroup_id"),
    "channel": _part({"channel_id": ID}, "channel_id"),
    "team": _part({"team_id": ID}, "team_id"),
    "broadcast": _part({"range": one_of("here", "channel", "everyone")}, "range"),
    "date": _part(
        {"timestamp": number(0), "format": string(), "url": URL, "fallback": string()}, "timestamp format"
    ),
    "color": _part({"value": string(pattern="#[0-9a-fA-F]{6}")}, "value"),
}
_SECTION = record({"elements": items(tagged(_INLINE), fewest=0)}, "elements")
_PARTS = {
    "rich_text_section": _SECTION,
    "rich_text_quote": record({"elements": items(tagged(_INLINE)), "border": number(0, 1)}, "elements"),
    "rich_text_preformatted": record(
        {
            "elements": items(tagged({"text": _TEXT, "link": _LINK})),
            "border": number(0, 1),
            "language": string(),
        },
        "elements",
    ),
    "rich_text_list": record(
        {
            "elements": items(tagged({"rich_text_section": _SECTION})),
            "style": one_of("bullet", "ordered"),
            "indent": number(0, 8),
            "offset": number(0),
            "border": number(0, 1),
        },
        "elements style",
    ),
}
RICH_TEXT = record({"block_id": ID, "elements": items(tagged(_PARTS))}, "elements")
