"""The filters a Liquid template can use, as liquidjs 10.25 runs them, each with bounded results."""

import base64
import json
import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import re2

from trackyard.kit.javascript import (
    JS_WHITESPACE,
    UNDEFINED,
    from_utf16_units,
    json_text,
    property_of,
    text_of,
    utf16_length,
    utf16_units,
)
from trackyard.kit.mapping.liquid_dates import date_of, formatted, ordinal
from trackyard.kit.mapping.liquid_values import (
    as_index,
    as_list,
    as_number,
    as_text,
    equal,
    is_nil,
    is_truthy,
    member,
    number_or_zero,
    plain,
    sliced,
)

TEXT_LENGTH_MAX = 100_000
ITEMS_MAX = 10_000
Filter = Callable[..., Any]
_DISABLED = """array_to_sentence_string concat find find_exp find_index find_index_exp group_by group_by_exp has has_exp
    map newline_to_br reject reject_exp reverse sort sort_natural uniq where_exp type"""
DISABLED = frozenset(_DISABLED.split())


class FilterError(ValueError):
    """A filter cannot answer."""


def bounded(value: Any) -> Any:
    """`value`, refused when it is too long to go on with: filters can double what they get."""
    if isinstance(value, str) and len(value) > TEXT_LENGTH_MAX:
        raise FilterError(f"found a text of {len(value)} characters, expected at most {TEXT_LENGTH_MAX}")
    if isinstance(value, list) and len(value) > ITEMS_MAX:
        raise FilterError(f"found {len(value)} items, expected at most {ITEMS_MAX}")
    return value


# --- numbers


def _math(function: Callable[..., float]) -> Filter:
    return lambda *values: function(*map(number_or_zero, values))


def _divided(dividend: float, divisor: float = math.nan, whole: float = 0) -> float:
    if divisor == 0:
        quotient = math.nan if dividend == 0 or math.isnan(dividend) else math.copysign(math.inf, dividend)
        quotient = math.copysign(quotient, dividend * math.copysign(1, divisor)) if dividend else quotient
    else:
        quotient = dividend / divisor
    return _whole(math.floor, quotient) if whole else quotient


def _modulo(value: float, divisor: float = math.nan) -> float:
    if divisor == 0 or math.isinf(value) or math.isnan(divisor):
        return math.nan
    return math.fmod(value, divisor)


def _whole(rounding: Callable[[float], int], value: float) -> float:
    return float(rounding(value)) if math.isfinite(value) else value


def _rounded(value: float, digits: float = 0) -> float:
    """Half away from zero, on the scaled number as ECMAScript computes it."""
    try:
        scale = math.pow(10, digits)
    except OverflowError:
        scale = math.inf
    scaled = abs(value * scale)
    nearest = _whole(math.floor, scaled + 0.5)
    sign = math.nan if math.isnan(value) else (value > 0) - (value < 0)
    return _divided(sign * nearest, scale)


# --- texts


def _text(function: Callable[..., Any]) -> Filter:
    return lambda value=UNDEFINED, *others: function(as_text(value), *others)


def _append(value: Any, *others: Any) -> str:
    _need_one("append", others)
    return as_text(value) + as_text(others[0])


def _prepend(value: Any, *others: Any) -> str:
    _need_one("prepend", others)
    return as_text(others[0]) + as_text(value)


def _need_one(name: str, others: tuple[Any, ...]) -> None:
    if len(others) != 1:
        raise FilterError(f"found {len(others)} arguments of {name}, expected one")


def _stripper(strip: Callable[[str, str], str]) -> Filter:
    def run(text: str, characters: Any = UNDEFINED) -> str:
        wanted = as_text(characters)
        return strip(text, wanted if wanted else JS_WHITESPACE)

    return _text(run)


def _split(text: str, separator: Any = UNDEFINED) -> list[str]:
    wanted = as_text(separator)
    pieces = text.split(wanted) if wanted else list(utf16_units(text))
    while pieces and pieces[-1] == "":
        pieces.pop()
    return pieces


def _replace(text: str, pattern: Any = UNDEFINED, replacement: Any = UNDEFINED) -> str:
    wanted, put = as_text(pattern), as_text(replacement)
    if not wanted:
        units = utf16_units(text)
        bounded("x" * min(len(units) * (len(put) + 1), TEXT_LENGTH_MAX + 1))
        return put.join(units)
    if text.count(wanted) * (len(put) - len(wanted)) + len(text) > TEXT_LENGTH_MAX:
        raise FilterError(f"found a replaced text of more than {TEXT_LENGTH_MAX} characters")
    return text.replace(wanted, put)


def _replace_last(text: str, pattern: Any = UNDEFINED, replacement: Any = UNDEFINED) -> str:
    wanted = as_text(pattern)
    at = text.rfind(wanted)
    return text if at < 0 else text[:at] + as_text(replacement) + text[at + len(wanted) :]


def _remove_first(text: str, pattern: Any = UNDEFINED) -> str:
    return text.replace(as_text(pattern), "", 1)


def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _escape_once(text: str) -> str:
    unescaped = re.sub("&(?:amp|lt|gt|#34|#39);", lambda found: _UNESCAPES[found[0]], text)
    return _escape(unescaped)


_UNESCAPES = {escaped: character for character, escaped in _ESCAPES.items()}
_MARKUP: Any = re2.compile(
    r"<script[\s\S]*?</script>|<style[\s\S]*?</style>|<[^\n\r\x{2028}\x{2029}]*?>|<!--[\s\S]*?-->"
)


def _strip_html(text: str) -> str:
    return _replaced_by(_MARKUP, "", text)


def _replaced_by(pattern: Any, replacement: str, text: str) -> str:
    try:
        return str(pattern.sub(replacement, text))
    except UnicodeEncodeError as error:
        raise FilterError("found a text with half a character") from error


def _truncate(value: Any, length: Any = 50, ending: Any = "...") -> Any:
    text, put = as_text(value), as_text(_given(ending, "..."))
    most = as_number(_given(length, 50))
    if utf16_length(text) <= most:
        return value
    kept = as_index(most - utf16_length(put) if not math.isnan(most) else math.nan)
    return from_utf16_units(utf16_units(text)[: max(kept, 0)]) + put


def _truncate_words(text: str, words: Any = 15, ending: Any = "...") -> str:
    pieces = _SPACES.split(text)
    most = as_number(_given(words, 15))
    if math.isnan(most):
        return ""
    most = most if most > 0 else 1
    kept = " ".join(pieces[: as_index(most)])
    return kept + as_text(_given(ending, "...")) if len(pieces) >= most else kept


def _given(value: Any, default: Any) -> Any:
    """An argument, or what stands for one that is undefined."""
    return default if value is UNDEFINED else value


_SPACES = re.compile(f"[{JS_WHITESPACE}]+")
_CJK = "\u4e00-\u9fff\uf900-\ufaff\u3400-\u4dbf\u3040-\u309f\u30a0-\u30ff\uac00-\ud7af"
_CJK_WORD = re.compile(f"[{_CJK}]")
_OTHER_WORD = re.compile(f"[^{_CJK}{JS_WHITESPACE}]+")


def _number_of_words(text: str, mode: Any = UNDEFINED) -> int:
    trimmed = text.strip(JS_WHITESPACE)
    if not trimmed:
        return 0
    cjk = len(_CJK_WORD.findall(trimmed))
    if mode == "cjk" or (mode == "auto" and cjk):
        return cjk + len(_OTHER_WORD.findall(trimmed))
    return len(_SPACES.split(trimmed))


# --- URLs and base64


def _percent_encoded(text: str, kept: str) -> str:
    try:
        return quote(from_utf16_units(text), safe=kept)
    except UnicodeEncodeError as error:
        raise FilterError("found half a character, which no URL can hold") from error


def _url_decode(text: str) -> str:
    try:
        if re.search("%(?![0-9a-fA-F]{2})", text):
            raise FilterError("found a '%' without two hexadecimal digits")
        return unquote_to_bytes(text).decode().replace("+", " ")
    except UnicodeError as error:
        raise FilterError("found percent-encoded bytes that are no UTF-8") from error


_COMPONENT = "-_.!~*'()"
_SLUGS: dict[str, Any] = {
    "raw": re2.compile(r"\s+"),
    "default": re2.compile(r"[^\pM\pL\p{Nd}]+"),
    "pretty": re2.compile(r"[^\pM\pL\p{Nd}._~!$&'()+,;=@]+"),
    "ascii": re2.compile("[^A-Za-z0-9]+"),
    "latin": re2.compile(r"[^\pM\pL\p{Nd}]+"),
}
_ACCENTS = {
    "àáâãäå": "a", "æ": "ae", "ç": "c", "èéêë": "e", "ìíîï": "i", "ð": "d", "ñ": "n", "òóôõöø": "o",
    "ùúûü": "u", "ýÿ": "y", "ß": "ss", "œ": "oe", "þ": "th", "ẞ": "SS", "Œ": "OE", "Þ": "TH",
}  # fmt: skip
_LATIN = str.maketrans({accented: plain for group, plain in _ACCENTS.items() for accented in group})


def _slugify(text: str, mode: Any = "default", cased: Any = False) -> str:
    mode = as_text(_given(mode, "default"))
    pattern = _SLUGS.get(mode)
    if pattern is not None:
        text = _replaced_by(pattern, "-", text.translate(_LATIN) if mode == "latin" else text)
        text = text.removeprefix("-").removesuffix("-")
    return text if is_truthy(cased) and cased else text.lower()


def _base64_encode(text: str) -> str:
    return base64.b64encode(from_utf16_units(text).encode("utf-8", "replace")).decode()


def _base64_decode(text: str) -> str:
    """Leniently, as Node's Buffer does: unknown characters are passed over, padding ends it."""
    digits = re.sub("[^A-Za-z0-9+/]", "", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    whole = digits if len(digits) % 4 != 1 else digits[:-1]
    return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")


# --- arrays


def _join(value: Any, separator: Any = UNDEFINED) -> str:
    between = " " if is_nil(plain(separator)) else as_text(separator)
    return between.join("" if is_nil(item) else text_of(item) for item in as_list(value))


def _length(value: Any) -> Any:
    """What `value.length` gives where it counts something."""
    return property_of(value, "length") if isinstance(value, str | list | dict) and value else UNDEFINED


def _first(value: Any = UNDEFINED) -> Any:
    length = _length(plain(value)) if value != [] else 0
    return property_of(value, "0") if isinstance(length, int | float) and value else _no_end(value)


def _last(value: Any = UNDEFINED) -> Any:
    length = _length(plain(value))
    return property_of(value, text_of(length - 1)) if isinstance(length, int | float) else _no_end(value)


def _no_end(value: Any) -> Any:
    return UNDEFINED if isinstance(value, list) else ""


def _size(value: Any = UNDEFINED) -> Any:
    length = _length(plain(value))
    return length if is_truthy(length) else 0


def _slice(value: Any, start: Any = UNDEFINED, length: Any = 1) -> Any:
    value = plain(value)
    if is_nil(value):
        return []
    items = value if isinstance(value, list) else utf16_units(as_text(value))
    begin = as_index(start)
    begin = len(items) + begin if begin < 0 else begin
    end = _slice_end(start, begin, _given(length, 1))
    if isinstance(items, str):
        return from_utf16_units(sliced(items, begin, end))
    begin, end = (max(len(items) + at, 0) if at < 0 else at for at in (begin, end))
    return items[begin:end]


def _slice_end(start: Any, begin: int, length: Any) -> int:
    """`start + length`, which puts texts together instead of adding them."""
    if isinstance(start, str | list | dict):
        return as_index(text_of(start) + text_of(length))
    return 0 if start is UNDEFINED else begin + as_index(length)


def _sum(value: Any, property_: Any = UNDEFINED) -> float:
    numbers = (as_number(_looked_up(item, property_) if property_ else item) for item in as_list(value))
    return sum(0.0 if math.isnan(number) else number for number in numbers)


def _where(value: Any, property_: Any = UNDEFINED, expected: Any = UNDEFINED) -> list[Any]:
    return [item for item in as_list(value) if _meets(_looked_up(item, property_), expected)]


def _meets(found: Any, expected: Any) -> bool:
    return is_truthy(found) if expected is UNDEFINED else equal(found, expected)


def _looked_up(item: Any, property_: Any) -> Any:
    for key in as_text(property_).split("."):
        item = member(item, key)
    return item


def _sample(value: Any, count: Any = 1) -> Any:
    """The first items instead of chosen ones: the same event must always give the same payload."""
    items = value if isinstance(value, list) else list(utf16_units(as_text(value)))
    if is_nil(plain(value)):
        return []
    most = as_index(count)
    return (items[0] if items else UNDEFINED) if most == 1 else items[: max(most, 0)]


# --- values


def _default(value: Any, fallback: Any = UNDEFINED, *options: Any) -> Any:
    value = plain(value)
    if isinstance(value, list | str):
        return value if value else fallback
    if value is False and any(isinstance(option, list) and option[:1] == ["allow_false"] for option in options):
        return False
    return value if is_truthy(value) else fallback


def _json(value: Any, space: Any = 0) -> Any:
    text = json_text(plain(value))
    indent = space[:10] if isinstance(space, str) else max(0, min(as_index(space), 10))
    if text is UNDEFINED or not indent or not isinstance(value, list | dict) or not value:
        return text
    return json.dumps(json.loads(text), indent=indent, ensure_ascii=False)


def _dated(pattern: Any) -> Filter:
    return lambda value=UNDEFINED, now=UNDEFINED: _date(value, pattern, now=now)


def _date(value: Any, pattern: Any = UNDEFINED, *_zone: Any, now: Any = UNDEFINED) -> Any:
    moment = date_of(value, now)
    return value if moment is None else formatted(moment, pattern)


def _spoken(month: str) -> Filter:
    def run(value: Any = UNDEFINED, type_: Any = UNDEFINED, style: Any = UNDEFINED, *, now: Any = UNDEFINED) -> Any:
        moment = date_of(value, now)
        if moment is None:
            return value
        if type_ != "ordinal":
            return formatted(moment, f"%d {month} %Y")
        day = f"{moment.day}{ordinal(moment.day)}"
        return formatted(moment, f"{month} {day}, %Y" if style == "US" else f"{day} {month} %Y")

    return run


DATED: dict[str, Filter] = {  # these are also given the event's own time, for "now"
    "date": _date,
    "date_to_xmlschema": _dated("%Y-%m-%dT%H:%M:%S%:z"),
    "date_to_rfc822": _dated("%a, %d %b %Y %H:%M:%S %z"),
    "date_to_string": _spoken("%b"),
    "date_to_long_string": _spoken("%B"),
}
FILTERS: dict[str, Filter] = {
    "abs": _math(lambda value, *_: abs(value)),
    "at_least": _math(max),
    "at_most": _math(min),
    "ceil": _math(lambda value, *_: _whole(math.ceil, value)),
    "floor": _math(lambda value, *_: _whole(math.floor, value)),
    "divided_by": _math(_divided),
    "minus": _math(lambda value, other=math.nan, *_: value - other),
    "plus": _math(lambda value, other=math.nan, *_: value + other),
    "times": _math(lambda value, other=math.nan, *_: value * other),
    "modulo": _math(_modulo),
    "round": _math(_rounded),
    "append": _append,
    "prepend": _prepend,
    "capitalize": _text(_capitalize),
    "downcase": _text(str.lower),
    "upcase": _text(str.upper),
    "strip": _stripper(str.strip),
    "lstrip": _stripper(str.lstrip),
    "rstrip": _stripper(str.rstrip),
    "strip_newlines": _text(lambda text: text.replace("\r\n", "").replace("\n", "")),
    "strip_html": _text(_strip_html),
    "normalize_whitespace": _text(lambda text: _SPACES.sub(" ", text)),
    "split": _text(_split),
    "replace": _text(_replace),
    "replace_first": _text(lambda text, old=UNDEFINED, new=UNDEFINED: text.replace(as_text(old), as_text(new), 1)),
    "replace_last": _text(_replace_last),
    "remove": _text(lambda text, old=UNDEFINED: text.replace(as_text(old), "") if as_text(old) else text),
    "remove_first": _text(_remove_first),
    "remove_last": _text(_replace_last),
    "truncate": _truncate,
    "truncatewords": _text(_truncate_words),
    "number_of_words": _text(_number_of_words),
    "escape": _text(_escape),
    "xml_escape": _text(_escape),
    "escape_once": _text(_escape_once),
    "url_encode": _text(lambda text: _percent_encoded(text, _COMPONENT).replace("%20", "+")),
    "url_decode": _text(_url_decode),
    "cgi_escape": _text(lambda text: _percent_encoded(text, "-_.~").replace("%20", "+")),
    "uri_escape": _text(lambda text: _percent_encoded(text, _COMPONENT + ";,/?:@&=+$#[]")),
    "slugify": _text(_slugify),
    "base64_encode": _text(_base64_encode),
    "base64_decode": _text(_base64_decode),
    "join": _join,
    "first": _first,
    "last": _last,
    "size": _size,
    "slice": _slice,
    "sum": _sum,
    "where": _where,
    "sample": _sample,
    "compact": lambda value=UNDEFINED: [item for item in as_list(value) if not is_nil(plain(item))],
    "push": lambda value=UNDEFINED, item=UNDEFINED: [*as_list(value), item],
    "unshift": lambda value=UNDEFINED, item=UNDEFINED: [item, *as_list(value)],
    "pop": lambda value=UNDEFINED: as_list(value)[:-1],
    "shift": lambda value=UNDEFINED: as_list(value)[1:],
    "default": _default,
    "json": _json,
    "jsonify": _json,
    "inspect": _json,
    "raw": lambda value=UNDEFINED, *_: value,
    "to_integer": lambda value=UNDEFINED, *_: math.nan if value is UNDEFINED else as_number(value),
    **DATED,
}
