"""A real IMAP server (pymap) for the tests, over TLS: a mailbox into which mail is put."""

from __future__ import annotations

import asyncio
import ssl
from argparse import Namespace
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pysasl.hashing import BuiltinHash

USER, PASSWORD = "venditore@pec.example", "s3cret@pec"
# What its command line would say.
ARGUMENTS = Namespace(
    host=None,
    port=0,
    debug=False,
    cert=None,
    key=None,
    tls=False,  # from the first word on, by the socket
    proxy_protocol=None,
    passlib_cfg=None,
    demo_data=False,
    demo_user=USER,
    demo_password=PASSWORD,
)


class Postbox:
    """The far side of a mailbox. It can be closed and opened again at the same port, and count its mail anew."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.port = 0
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._backend, self._config = self._run(
            DictBackend.init(ARGUMENTS, hash_context=BuiltinHash(rounds=1))
        )
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"imaps://{USER.replace('@', '%40')}:{PASSWORD.replace('@', '%40')}@127.0.0.1:{self.port}"

    def put(self, *mails: bytes) -> None:
        """They arrive now."""
        for mail in mails:
            self._run(self._append(mail))

    def count_anew(self) -> None:
        """The provider moved the mailbox: the same mail has other UIDs under another UIDVALIDITY."""
        self._config.set_cache.clear()

    def open(self) -> None:
        self._run(self._listen())

    def close(self) -> None:
        """The server is away."""
        self._run(self._leave())

    def end(self) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(20)

    async def _listen(self) -> None:
        self._config.apply_context()
        met = ProxyProtocolReader(self._config.proxy_protocol).get_callback(
            IMAPServer(self._backend.login, self._config)
        )
        self._server = await asyncio.start_server(met, "127.0.0.1", self.port, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    async def _append(self, mail: bytes) -> None:
        self._config.apply_context()
        async with self._backend.login.demo_user_identity.new_session() as session:
            inbox = await session.mailbox_set.get_mailbox("INBOX")
            await inbox.append(AppendMessage(mail, datetime.now(UTC), frozenset()))


@contextmanager
def running_postbox(context: ssl.SSLContext) -> Iterator[Postbox]:
    box = Postbox(context)
    box.open()
    try:
        yield box
    finally:
        box.end()
