"""The normal forms of email addresses, names and passwords.

Two spellings of one text then are one account, and a password works on every keyboard:
some systems send `é` as one character (NFC), others as two.
"""

from __future__ import annotations

import re
import stringprep
from unicodedata import normalize

from django.core.validators import DomainNameValidator

# Domain names may be written with it in place of the dot.
IDEOGRAPHIC_FULL_STOP = "\u3002"
LABEL = re.compile(DomainNameValidator.hostname_re)


def nfc(text: str) -> str:
    return normalize("NFC", text)


def normalize_email(text: str) -> str:
    """Return the address in lower case and NFC, with its domain decoded.

    `U@XN--MNCHEN-3YA.DE` is `u@münchen.de`.
    """
    local, at, domain = text.rpartition("@")
    return nfc(nfc(local).lower()) + at + normalize_domain(domain)


def mail_address(email: str) -> str:
    """Return the address for email servers, with its domain encoded.

    Django would encode it by an older standard, by which `straße.de` is `strasse.de`.
    """
    local, at, domain = email.rpartition("@")
    return local + at + ".".join(map(encode_label, domain.split(".")))


def encode_label(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"


def normalize_domain(domain: str) -> str:
    if domain.isascii() and "xn--" not in domain.lower():
        return domain.lower()
    labels = map_characters(domain).replace(IDEOGRAPHIC_FULL_STOP, ".").split(".")
    return ".".join(map(decode_label, labels))


def map_characters(text: str) -> str:
    """Return the text in the characters of domain names, which have no wide letters."""
    visible = "".join(char for char in text if not stringprep.in_table_b1(char))
    return normalize("NFKC", normalize("NFKC", visible).lower())


def decode_label(label: str) -> str:
    """Return `münchen` for `xn--mnchen-3ya`, and any other label unchanged."""
    if not label.startswith("xn--"):
        return label
    encoded = label.removeprefix("xn--")
    try:
        decoded = encoded.encode("ascii").decode("punycode")
        is_exact = decoded.encode("punycode").decode("ascii") == encoded
    except UnicodeError:
        return label
    return decoded if is_exact and is_international(decoded) else label


def is_international(label: str) -> bool:
    """Return whether the label is one that has to be encoded, in its normal form."""
    return (
        not label.isascii()
        and IDEOGRAPHIC_FULL_STOP not in label
        and map_characters(label) == label
        and bool(LABEL.fullmatch(label))
    )


def spellings(password: str) -> list[str]:
    """Return the password as it was sent, and in NFC if that is another text."""
    return list(dict.fromkeys([password, nfc(password)]))
