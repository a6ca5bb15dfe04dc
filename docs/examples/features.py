"""A small product of a seller's: opens a feature when it is bought, keeps it through grace, closes it at the end.

It follows the feed of events and keeps what it knows in one dictionary; a real one keeps both in its database, in
one transaction. Run it with API_URL (https://.../api/v1) and API_KEY.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

POLL_SECONDS = 5


@dataclass
class Features:
    """Who may use what, as of the last event that was read (`after`)."""

    url: str
    key: str
    after: str | None = None
    entitled: dict[str, dict[str, Any]] = field(default_factory=dict)

    def catch_up(self) -> None:
        """Reads all that happened since: as often as wanted, and after any downtime."""
        while events := self._ask("/events", **({"after": self.after} if self.after else {}))["data"]:
            for event in events:
                if event["type"] == "entitlements.changed":
                    self._learn(event["data"])
                self.after = event["id"]

    def is_open(self, property_id: str, add_on: str) -> bool:
        """Whether that property may use it now. `grace` is served: its payment is tried again."""
        return any(
            one["property"] == property_id and one["add_on"] == add_on and one["state"] in ("active", "grace")
            for one in self.entitled.values()
        )

    def _learn(self, entitlement: dict[str, Any]) -> None:
        """Of two states of one subscription the higher version holds, whichever came first."""
        known = self.entitled.get(entitlement["subscription"])
        if known is None or entitlement["version"] >= known["version"]:
            self.entitled[entitlement["subscription"]] = entitlement

    def _ask(self, path: str, **query: str) -> Any:
        address = f"{self.url}{path}?{urlencode(query)}"
        asked = Request(address, headers={"Authorization": f"Bearer {self.key}"})  # noqa: S310  a setting
        with urlopen(asked, timeout=20) as answer:  # noqa: S310  as above
            return json.load(answer)


def main() -> None:
    """Follows the feed for good."""
    features = Features(os.environ["API_URL"], os.environ["API_KEY"])
    while True:
        features.catch_up()
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
