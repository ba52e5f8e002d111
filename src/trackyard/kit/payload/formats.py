"""The text formats fields can ask for, as far as ajv-formats 2.1.1 accepts them.

Patterns run on RE2: no text makes them slow.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

import re2

from trackyard.kit.dates import is_date_like

Format = Callable[[str], bool]
_HEX = "[0-9a-f]"
_ESCAPED = f"%{_HEX}{{2}}"
_DEC_OCTET = r"(?:25[0-5]|2[0-4]\d|[01]?\d\d?)"
_IPV4 = rf"(?:{_DEC_OCTET}\.){{3}}{_DEC_OCTET}"
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _pattern(expression: str) -> Format:
    """A test of a whole text against `expression`, ASCII only, in any case."""
    compiled: Any = re2.compile("(?i)" + expression)
    return lambda text: text.isascii() and compiled.fullmatch(text) is not None


def _ip_literal() -> str:
    """RFC 3986, section 3.2.2: the forms an IPv6 address takes between brackets."""
    group = f"{_HEX}{{1,4}}"
    ending = f"(?:{group}:{group}|{_IPV4})"
    forms = [f"(?:{group}:){{6}}{ending}", f"::(?:{group}:){{5}}{ending}"]
    for before, after in enumerate((4, 3, 2, 1, 0)):
        forms.append(f"(?:(?:{group}:){{0,{before}}}{group})?::(?:{group}:){{{after}}}{ending}")
    forms += [f"(?:(?:{group}:){{0,5}}{group})?::{group}", f"(?:(?:{group}:){{0,6}}{group})?::"]
    return rf"\[(?:{'|'.join(forms)}|v{_HEX}+\.[a-z0-9\-._~!$&'()*+,;=:]+)\]"


def _uri(*, is_reference: bool) -> Format:
    """RFC 3986, sections 3 and 4. As in the source, a reference may hold quotes, one slash may begin an authority."""
    quote = '"' if is_reference else ""
    name = rf"[a-z0-9\-._~!$&'{quote}()*+,;=]"
    piece = rf"(?:[a-z0-9\-._~!$&'{quote}()*+,;=:@]|{_ESCAPED})"
    more = f"(?:/{piece}*)*"
    user = rf"(?:(?:[a-z0-9\-._~!$&'()*+,;=:]|{_ESCAPED})*@)?"
    authority = rf"/?/{user}(?:{_ip_literal()}|{_IPV4}|(?:{name}|{_ESCAPED})*)(?::\d*)?{more}"
    path = f"(?:{authority}|/(?:{piece}+{more})?|{piece}+{more})" + ("?" if is_reference else "")
    extra = rf"(?:[a-z0-9\-._~!$&'{quote}()*+,;=:@/?]|{_ESCAPED})*"
    return _pattern(rf"(?:[a-z][a-z0-9+\-.]*:){'?' if is_reference else ''}{path}(?:\?{extra})?(?:\#{extra})?")


_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_hostname_labels = _pattern(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[zZ]|[+-][0-9]{2}(?::?[0-9]{2})?)?")
_DATE_TIME_SEPARATOR = re.compile(r"[tT\s\ufeff]")


def _is_hostname(text: str) -> bool:
    return len(text.removesuffix(".")) <= 253 and _hostname_labels(text)


def _is_ipv6(text: str) -> bool:
    try:
        return "%" not in text and ipaddress.IPv6Address(text) is not None
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if not found:
        return False
    year, month, day = map(int, found.groups())
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= (29 if is_leap and month == 2 else _DAYS[month - 1])


def _is_time(text: str) -> bool:
    found = _TIME.fullmatch(text)
    if not found:
        return False
    hour, minute, second = map(int, found.groups())
    return (hour <= 23 and minute <= 59 and second <= 59) or (hour, minute, second) == (23, 59, 60)


def _is_date_time(text: str) -> bool:
    parts = _DATE_TIME_SEPARATOR.split(text)
    return len(parts) == 2 and _is_date(parts[0]) and _is_time(parts[1])


def _is_anything(text: str) -> bool:
    return True


_USER = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOMAIN_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
FORMATS: dict[str, Format] = {
    "date": _is_date,
    "time": _is_time,
    "date-time": _is_date_time,
    "date-like": is_date_like,
    "email": _pattern(rf"{_USER}(?:\.{_USER})*@(?:{_DOMAIN_LABEL}\.)+{_DOMAIN_LABEL}"),
    "hostname": _is_hostname,
    "ipv4": _pattern(_IPV4),
    "ipv6": _is_ipv6,
    "password": _is_anything,
    "text": _is_anything,
    "uri": _uri(is_reference=False),
    "uri-reference": _uri(is_reference=True),
    "uuid": _pattern(rf"(?:urn:uuid:)?{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}"),
}
