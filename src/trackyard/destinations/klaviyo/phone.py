"""Phone numbers as Klaviyo takes them: E.164 only."""

import re
from typing import Final

import phonenumbers

_E164: Final = re.compile(r"\+[1-9]\d{1,14}\Z")
# ISO 3166-1 codes that a connection may name as the country of its numbers.
_CODES: Final = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP
KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC
NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK
SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU
WF WS YE YT ZA ZM ZW
"""
COUNTRIES: Final = tuple(_CODES.split())


def e164(text: str, country: str | None) -> str:
    """The number in E.164; one in another form must be valid in `country`. Raises ValueError."""
    if _E164.match(text):
        return text
    try:
        number = phonenumbers.parse(text, country) if country else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number_for_region(number, country or ""):
        raise ValueError("phone_number: found no E.164 number, expected one, or a country_code in which it is valid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
