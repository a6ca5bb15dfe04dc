"""How much CPU each side has used, as Linux counts it: the bots, PostgreSQL, and this process with all far sides."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import psycopg

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Used:
    """Since it was made. Bots count once they have ended."""

    def __init__(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            self._server = int(_stat_of(connection.info.backend_pid)[1])
        self._before = self._now()

    def since(self) -> dict[str, int]:
        return {who: round(now - self._before[who]) for who, now in self._now().items()}

    def _now(self) -> dict[str, float]:
        far, bots = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "far_sides": far.ru_utime + far.ru_stime,
            "bots": bots.ru_utime + bots.ru_stime,
            "postgresql": self._of_server(),
        }

    def _of_server(self) -> float:
        """What its processes have used, those that have ended too."""
        found = 0
        for path in Path("/proc").glob("[0-9]*"):
            try:
                stat = _stat_of(int(path.name))
            except (FileNotFoundError, ProcessLookupError):  # it has just ended
                continue
            if int(path.name) == self._server:
                found += sum(int(ticks) for ticks in stat[11:15])
            elif int(stat[1]) == self._server:
                found += sum(int(ticks) for ticks in stat[11:13])
        return found / TICKS_A_SECOND


def _stat_of(pid: int) -> list[str]:
    """From its state on; the name before that may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
