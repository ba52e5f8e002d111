"""Nothing secret and nobody's data in what is told: reasons, logs, shadow records.

The rule: text of ours names facts (status codes, kinds of errors, names of fields) and never quotes a value. Where a
text comes from elsewhere, known secrets are masked by value, what looks like an address or a phone number by its look.
"""

import re
from collections.abc import Collection

MASK = "•••"
SECRET_CHARACTERS_MIN = 4  # shorter values would mask half of every text
REASON_CHARACTERS_MAX = 300
_PERSONAL = re.compile(r"[\w.+%-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+|\+?\d[\d ().-]{6,}\d")


def without_secrets(text: str, secrets: Collection[str]) -> str:
    """`text` with every one of `secrets` masked."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SECRET_CHARACTERS_MIN and secret in text:
            text = text.replace(secret, MASK)
    return text


def fit_to_tell(reason: str, secrets: Collection[str]) -> str:
    """A reason that may be kept and shown, whoever wrote it."""
    return _PERSONAL.sub(MASK, without_secrets(reason, secrets))[:REASON_CHARACTERS_MAX]
