"""Writes a stand-in for the translations of each locale that a Dockerfile fetches: every text with the locale behind it.

    translations.py FOLDER DOCKERFILE

One archive a locale plays both WordPress's and WooCommerce's, since they are found by their last name; in each is also
what must not get into the image.
"""

import pathlib
import re
import struct
import sys
import zipfile

folder, dockerfile = (pathlib.Path(argument) for argument in sys.argv[1:])
CORE = ["Log In", "Username or Email Address", "F j, Y"]
SHOP = ["Page title\4" + title for title in ("Shop", "Cart", "Checkout", "My account", "Refund and Returns Policy")]


def catalogue(locale, texts):
    """The texts as GNU gettext's binary form has them: two tables of lengths and places, in the order of the texts."""
    entries = {"": f"Content-Type: text/plain; charset=UTF-8\nLanguage: {locale}\n"}
    for text in texts:
        english = text.split("\4")[-1]
        entries[text] = "j. F Y" if english == "F j, Y" else f"{english} ({locale})"
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items())
    # Behind the tables, where a table of hashes would be: of none it is where the texts begin.
    place = 28 + 16 * len(pairs)
    tables, data = [], b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), place + len(data)))
            data += pair[column] + b"\0"
    head = struct.pack("<IIIIIII", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, place)
    return head + b"".join(tables) + data


for locale in sorted(set(re.findall(r"/translation/.*/(\w+)\.zip", dockerfile.read_text()))):
    with zipfile.ZipFile(folder / f"{locale}.zip", "w") as archive:
        for name, texts in ((locale, CORE), (f"admin-{locale}", []), (f"continents-cities-{locale}", []), (f"woocommerce-{locale}", SHOP)):
            archive.writestr(f"{name}.mo", catalogue(locale, texts))
        archive.writestr(f"{locale}-0a1b.json", "{}")
        archive.writestr(f"woocommerce-{locale}-0a1b.json", "{}")
        archive.writestr(f"{locale}.l10n.php", "<?php exit( 'code of a translation' );")
        archive.writestr(f"woocommerce-{locale}.l10n.php", "<?php exit( 'code of a translation' );")
