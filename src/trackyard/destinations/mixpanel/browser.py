"""The browser of a user agent, in the words Mixpanel's own libraries use."""

import re
from typing import Final

_BROWSERS: Final = [
    (re.compile(sign), name, version and re.compile(rf"{version}(\d+(?:\.\d+)+)"))
    for sign, name, version in [
        (r" OPR/.*Mini|Mini.* OPR/", "Opera Mini", None),
        (r" OPR/", "Opera", "(?:Opera|OPR)/"),
        (r"(?i:BlackBerry|PlayBook|BB10)", "BlackBerry", "BlackBerry "),
        (r"IEMobile|WPDesktop", "Internet Explorer Mobile", "rv:"),
        (r"SamsungBrowser/", "Samsung Internet", "SamsungBrowser/"),
        (r"Edge|Edg/", "Microsoft Edge", "Edge?/"),
        (r"FBIOS", "Facebook Mobile", None),
        (r"Chrome", "Chrome", "Chrome/"),
        (r"CriOS", "Chrome iOS", "CriOS/"),
        (r"UCWEB|UCBrowser", "UC Browser", "(?:UCBrowser|UCWEB)/"),
        (r"FxiOS", "Firefox iOS", "FxiOS/"),
        (r"Safari.*iPhone|iPhone.*Safari", "Mobile Safari", "Version/"),
        (r"Safari", "Safari", "Version/"),
        (r"Android", "Android Mobile", r"android\s"),
        (r"Konqueror", "Konqueror", "Konqueror:"),
        (r"Firefox", "Firefox", "Firefox/"),
        (r"MSIE|Trident/", "Internet Explorer", "(?:rv:|MSIE )"),
        (r"Gecko", "Mozilla", "rv:"),
    ]
]


def browser(text: str) -> tuple[str, str | None]:
    """Its name, `""` where there is none to tell, and its version."""
    for sign, name, version in _BROWSERS:
        if sign.search(text):
            found = version.search(text) if version else None
            return name, found[1] if found else None
    return "", None
