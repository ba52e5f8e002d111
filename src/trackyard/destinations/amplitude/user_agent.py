"""Operating system, browser and device that a browser says it is, in the words Amplitude uses."""

import re
from typing import Final

_BROWSERS: Final = [
    (re.compile(pattern), name)
    for pattern, name in [
        (r"(?:OPR|Opera)/(\d+)", "Opera"),
        (r"(?:Edg|EdgA|EdgiOS|Edge)/(\d+)", "Edge"),
        (r"SamsungBrowser/(\d+)", "Samsung Browser"),
        (r"YaBrowser/(\d+)", "Yandex"),
        (r"Vivaldi/(\d+)", "Vivaldi"),
        (r"UC? ?Browser/(\d+)", "UCBrowser"),
        (r"\bFB(?:AN|AV)[/\w]*;FBAV/(\d+)", "Facebook"),
        (r"HeadlessChrome/(\d+)", "Chrome Headless"),
        (r"; wv\).+Chrome/(\d+)", "Chrome WebView"),
        (r"(?:Chrome|Chromium|CriOS)/(\d+)", "Chrome"),
        (r"(?:Firefox|FxiOS)/(\d+)", "Firefox"),
        (r"MSIE (\d+)", "IE"),
        (r"Trident/.+rv:(\d+)", "IE"),
        (r"Version/(\d+)[\d.]*.*Mobile/\w+.*Safari", "Mobile Safari"),
        (r"Version/(\d+)[\d.]*.*Mobile.*Safari", "Android Browser"),
        (r"Version/(\d+)[\d.]*.*Safari", "Safari"),
    ]
]
_SYSTEMS: Final = [
    (re.compile(pattern), name)
    for pattern, name in [
        (r"Windows Phone", "Windows Phone"),
        (r"Windows", "Windows"),
        (r"(?:iPhone|iPad|iPod).*OS [\d_]+ like Mac", "iOS"),
        (r"Android", "Android"),
        (r"\bCrOS\b", "Chromium OS"),
        (r"Macintosh|Mac OS X|Mac_PowerPC", "Mac OS"),
        (r"Ubuntu", "Ubuntu"),
        (r"Fedora", "Fedora"),
        (r"Linux", "Linux"),
    ]
]
_APPLE: Final = re.compile(r"\((iPhone|iPad|iPod)")
_ANDROID: Final = re.compile(r"Android[^;)]*;(?: [a-z]{2}[-_][a-zA-Z]{2};)? ([^;)]+?)(?: Build/[^;)]*)?[;)]")
_VENDORS: Final = [
    (re.compile(pattern), name)
    for pattern, name in [
        (r"(?:SM|GT|SGH|SCH|SPH|SHV)-", "Samsung"),
        (r"Pixel|Nexus", "Google"),
        (r"(?:moto|Moto|XT\d)", "Motorola"),
        (r"LM-|LG-|LGM-", "LG"),
        (r"Redmi|Mi |MI |POCO|M20", "Xiaomi"),
        (r"ONEPLUS|OnePlus", "OnePlus"),
        (r"HUAWEI|ELE-|VOG-|ANE-", "Huawei"),
        (r"CPH\d|OPPO", "OPPO"),
        (r"vivo", "Vivo"),
        (r"Nokia", "Nokia"),
        (r"[Xx]peria|SO-", "Sony"),
    ]
]
_DESKTOP_MODELS: Final = {"K", "U", "wv"}  # what browsers say instead of a model


def read_user_agent(text: str) -> dict[str, str | None]:
    """`os`, `browser`, `major` (of the browser), `vendor`, `model`, `type`: None where the text does not say."""
    browser, major = _browser(text)
    vendor, model, kind = _device(text)
    system = next((name for pattern, name in _SYSTEMS if pattern.search(text)), None)
    return {"os": system, "browser": browser, "major": major, "vendor": vendor, "model": model, "type": kind}


def _browser(text: str) -> tuple[str | None, str | None]:
    for pattern, name in _BROWSERS:
        if found := pattern.search(text):
            return name, found[1]
    return None, None


def _device(text: str) -> tuple[str | None, str | None, str | None]:
    if apple := _APPLE.search(text):
        return "Apple", apple[1], "tablet" if apple[1] == "iPad" else "mobile"
    if "Android" not in text:
        return None, None, None
    kind = "mobile" if "Mobile" in text else "tablet"
    found = _ANDROID.search(text)
    if not found or found[1] in _DESKTOP_MODELS:
        return None, None, kind
    return next((name for pattern, name in _VENDORS if pattern.match(found[1])), None), found[1], kind
