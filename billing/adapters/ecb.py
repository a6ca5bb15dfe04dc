"""The European Central Bank's reference rates: its XML, over HTTP or from a file."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

import urllib3
from lxml import etree
from urllib3.exceptions import HTTPError

from billing.calls import calling
from billing.values.errors import Unfit
from billing.values.exchange_rates import ExchangeRate, RatesUnavailable

SOURCE = "ECB"
SECONDS = 20.0
# All since 1999 are 8 MB.
LARGEST = 16 * 1024 * 1024
CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
RATE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,10})?")


class EcbRates:
    """The rates at that address, which has those of a day or of many."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self._url = url
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(total=seconds), retries=False)

    def fetch(self) -> tuple[ExchangeRate, ...]:
        """All that are published there. Raises RatesUnavailable."""
        try:
            with calling("ecb"):
                answer = self._http.request("GET", self._url, redirect=False, preload_content=False)
                with answer:
                    body = answer.read(LARGEST)
        except HTTPError as trouble:
            raise RatesUnavailable(type(trouble).__name__) from trouble
        if answer.status != 200:
            raise RatesUnavailable(f"HTTP {answer.status}")
        try:
            return read(body)
        except Unfit as fault:
            host = urlsplit(self._url).hostname
            raise RatesUnavailable(f"what {host} gives is none of the ECB's files: {fault}") from None


def read(content: bytes) -> tuple[ExchangeRate, ...]:
    """The rates in a file of the ECB (eurofxref-daily.xml, -hist-90d.xml, -hist.xml). Raises Unfit."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Unfit("it is not XML") from None
    found = tuple(
        _rate(cube.get("time", ""), one)
        for cube in root.iter(CUBE)
        if cube.get("time") is not None
        for one in cube.findall(CUBE)
    )
    if not found:
        raise Unfit("it has no rates")
    return found


def _rate(day: str, cube: etree._Element) -> ExchangeRate:
    currency, rate = cube.get("currency", ""), cube.get("rate", "")
    try:
        read_day = date.fromisoformat(day)
    except ValueError:
        raise Unfit("{day} is no day", day=repr(day)) from None
    is_rate = RATE.fullmatch(rate) is not None and Decimal(rate) > 0
    if not (re.fullmatch(r"[A-Z]{3}", currency) and is_rate):
        raise Unfit("{currency} {rate} is no rate", currency=currency[:10], rate=rate[:30])
    return ExchangeRate(currency, read_day, Decimal(rate), SOURCE)
