"""Names in any script: set in letters that belong to it, in its direction, in fonts that the file brings along."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from billing.adapters.pdf import render_invoice
from billing.adapters.pdf.scripts import drawn
from billing.i18n import Translator
from billing.values.documents import Buyer
from tests.billing.sample_invoice import ENGLISH, INVOICE, ITALIAN, text_of
from tests.billing.test_pdf import fonts_of


def anything(_: str) -> bool:
    return True


@pytest.mark.parametrize(
    "name",
    [
        "Łódź Žižkov Őrség Çeşme",
        "Công ty Trách nhiệm hữu hạn Một",
        "Ωμέγα Αθήνα Ελλάς",
        "Жук Їжак Ђорђе",
        "東京都千代田区",
        "北京市海淀区",
        "서울특별시",
        "Հայաստան Երևան",
        "საქართველო თბილისი",
        "Pizzeria 🍕, Roma",
    ],
)
def test_a_name_is_set_as_it_was_typed(name: str) -> None:
    assert f"Property {name}" in text_of(replace(INVOICE, property_name=name))


@pytest.mark.parametrize("words", [ENGLISH, ITALIAN], ids=["English", "Italian"])
@pytest.mark.parametrize("name", ["חברת הדוגמה בע״מ", "شركة المثال للتجارة", "Studio שלום"])
def test_a_name_from_right_to_left_is_read_back_as_it_was_typed(name: str, words: Translator) -> None:
    document = replace(INVOICE, property_name="Piazza", buyer=Buyer(name, (name,), "IT"))
    page = pypdfium2.PdfDocument(render_invoice(document, words))[0].get_textpage().get_text_range()
    assert unicodedata.normalize("NFKC", page).count(name) == 2


def test_joined_emoji_are_set_one_after_the_other() -> None:
    assert "Property Famiglia 👨👩👧 ❤ S.n.c." in text_of(
        replace(INVOICE, property_name="Famiglia 👨‍👩‍👧 ❤️ S.n.c.")
    )


def test_letters_of_every_script_come_in_fonts_that_the_file_brings_along() -> None:
    fonts = fonts_of(render_invoice(replace(INVOICE, buyer=Buyer("חברה", ("شركة", "東京"), "IT")), ENGLISH))
    assert sorted(name.partition("+")[2] for name in fonts) == [
        "IBMPlexSans",
        "IBMPlexSans-SmBld",
        "IBMPlexSansArabic-Regular",
        "IBMPlexSansHebrew-SemiBold",
        "WenQuanYiMicroHei-0",
    ]
    assert all("/FontFile2" in descriptor for descriptor in fonts.values())


# What is on paper is written here from left to right, in the letters' joined forms.
@pytest.mark.parametrize(
    ("typed", "on_paper"),
    [
        ("אבג", "גבא"),
        ("Studio אבג", "Studio גבא"),
        ("אבג 12", "12 גבא"),
        ("אבג 12-34, 5%", "5% ,12-34 גבא"),
        ("אבג (אב) Ltd", "Ltd (בא) גבא"),
        ("Pizza אבג 45 אב Roma", "Pizza בא 45 גבא Roma"),
        ("אב, Roma", "Roma ,בא"),
        ("[אב] {גד} «הו»", "«וה» {דג} [בא]"),
        ("Via (אב) Roma", "Via (בא) Roma"),
        ("אב 12,50 €", "€ 12,50 בא"),
        ("شارع ١٢٣", "١٢٣ ﻉﺭﺎﺷ"),
        ("الله", "ﻪﻠﻟﺍ"),
        ("شارع 12/3", "12/3 ﻉﺭﺎﺷ"),
        ("سلام", "ﻡﻼﺳ"),
        ("لا", "ﻻ"),
        ("بـب", "ﺐـﺑ"),
    ],
)
def test_each_line_is_drawn_in_unicodes_order_with_joined_letters(typed: str, on_paper: str) -> None:
    assert drawn(typed, anything) == on_paper


def test_a_form_that_the_font_lacks_is_not_used() -> None:
    assert drawn("سلام", lambda sign: sign == "ﺳ") == "مالﺳ"


def test_the_environment_of_the_machine_does_not_change_how_letters_are_joined(tmp_path: Path) -> None:
    (tmp_path / "reshaper.ini").write_text("[ArabicReshaper]\nsupport_ligatures = no\n", encoding="utf-8")
    environment = {**os.environ, "PYTHON_ARABIC_RESHAPER_CONFIGURATION_FILE": str(tmp_path / "reshaper.ini")}
    program = "from billing.adapters.pdf.scripts import drawn; print(ascii(drawn('لا', lambda sign: True)))"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert done.stdout.decode().strip() == ascii("ﻻ")


def test_vowel_signs_are_left_out() -> None:
    assert text_of(replace(INVOICE, property_name="שָׁלוֹם")) == text_of(replace(INVOICE, property_name="שלום"))
