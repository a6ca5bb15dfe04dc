"""Processes of the release before and of this version, on one database and with one far side."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from billing.bootstrap import real_time
from sandbox.gateway.server import API_KEY, WEBHOOK_SECRET
from tests.bot.test_process import environment_of, free_port
from tests.upgrades import desk_process
from tests.upgrades.release import ROOT


@dataclass
class Version:
    """A desk of one version in a process of its own. `days`: how far its clock is ahead, as everybody's."""

    process: Process
    clock: dict[str, int]
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, act: str, **facts: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        async with self.turn:
            self.process.stdin.write(json.dumps({"act": act, **self.clock, **facts}).encode() + b"\n")
            answer = json.loads(await self.process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer["answer"]


@dataclass
class Upgrade:
    """One database, the far sides, and the processes of both versions."""

    url: str
    slack_url: str
    stripe_url: str
    old_code: Path
    folder: Path
    clock: dict[str, int] = field(default_factory=lambda: {"days": 0})

    def now(self) -> datetime:
        """What every clock says, but for those of bots and workers."""
        return real_time() + timedelta(days=self.clock["days"])

    def environment(self, code: Path) -> dict[str, str]:
        return {
            **environment_of(self.url, self.slack_url),
            "PYTHONPATH": str(code),
            "PAYMENT_GATEWAY": "stripe",
            "STRIPE_API_KEY": API_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "STRIPE_API_URL": self.stripe_url,
            "SHUTDOWN_DELAY_SECONDS": "0",
        }

    @asynccontextmanager
    async def desk(self, name: str, code: Path) -> AsyncIterator[Version]:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", desk_process.__file__, name),
                cwd=code,
                env=self.environment(code),
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
            )
        try:
            yield Version(process, self.clock)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def run(self, *words: str) -> tuple[int | None, str]:
        """A command of the new version: how it ended, and what it said."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *words),
            cwd=self.folder,
            env=self.environment(ROOT),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    @asynccontextmanager
    async def bot(self, name: str, code: Path) -> AsyncIterator[ClientSession]:
        """A bot of that version, which leaves the due work to others."""
        port = free_port()
        words = ("bot", "--no-worker")
        async with (
            self.started(name, code, words, {"PORT": str(port)}),
            ClientSession(f"http://127.0.0.1:{port}") as session,
        ):
            yield session

    @asynccontextmanager
    async def started(
        self, name: str, code: Path, words: tuple[str, ...], settings: Mapping[str, str] | None = None
    ) -> AsyncIterator[Process]:
        """`python -m` those words in that version, until the block is left."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", *words),
                cwd=self.folder,
                env={**self.environment(code), **(settings or {})},
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
