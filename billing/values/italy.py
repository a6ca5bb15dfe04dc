"""What an Italian address must be like: five digits, and one of the provinces."""

from __future__ import annotations

import re

from billing.values.errors import Fault

POSTAL_CODE = re.compile(r"[0-9]{5}")
# The 107 of the national list, and those of Sardinia that were set up again in 2025.
PROVINCES = frozenset(
    re.findall(
        r"[A-Z]{2}",
        """
    AG AL AN AO AP AQ AR AT AV BA BG BI BL BN BO BR BS BT BZ CA CB CE CH CI CL CN CO CR CS CT CZ EN FC
    FE FG FI FM FR GE GO GR IM IS KR LC LE LI LO LT LU MB MC ME MI MN MO MS MT NA NO NU OG OR OT PA PC
    PD PE PG PI PN PO PR PT PU PV PZ RA RC RE RG RI RM RN RO SA SI SO SP SR SS SU SV TA TE TN TO TP TR
    TS TV UD VA VB VC VE VI VR VS VT VV
""",
    )
)


def faults(postal_code: str, province: str) -> dict[str, Fault]:
    """What is wrong with them, by the field's name. An invoice can do without the province, not without the code."""
    found: dict[str, Fault] = {}
    if not postal_code:
        found["postal_code"] = Fault("missing")
    elif not POSTAL_CODE.fullmatch(postal_code):
        found["postal_code"] = Fault("italian_postal_code")
    if province and province not in PROVINCES:
        found["region"] = Fault("province")
    return found
