"""Countries and the states of the US and Canada: code and name, found by any of their usual spellings.

Sources: ISO 3166-1 (codes), CLDR 45 English names; US Postal Service and Canada Post for the two-letter states.
"""

from collections.abc import Iterator
from typing import Final
from unicodedata import normalize


def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code for a code of two or three letters or an English name; None when it is neither."""
    return _COUNTRY_BY_SPELLING.get(spelling(text))


def state_code(text: str) -> str | None:
    """The two-letter code for the name or code of a state of the US or a province of Canada."""
    return _STATE_BY_SPELLING.get(spelling(text))


def spelling(text: str) -> str:
    """The letters and digits of `text`, lower case, no accents: `U.S.A.` and `usa`, `Québec` and `quebec` meet."""
    return "".join(character for character in normalize("NFKD", text.lower()) if character.isalnum())


_COUNTRIES: Final = """
AD AND Andorra; AE ARE United Arab Emirates; AF AFG Afghanistan; AG ATG Antigua and Barbuda; AI AIA Anguilla; AL ALB
Albania; AM ARM Armenia; AO AGO Angola; AQ ATA Antarctica; AR ARG Argentina; AS ASM American Samoa; AT AUT Austria;
AU AUS Australia; AW ABW Aruba; AX ALA Åland Islands; AZ AZE Azerbaijan; BA BIH Bosnia and Herzegovina; BB BRB
Barbados; BD BGD Bangladesh; BE BEL Belgium; BF BFA Burkina Faso; BG BGR Bulgaria; BH BHR Bahrain; BI BDI Burundi;
BJ BEN Benin; BL BLM Saint Barthélemy; BM BMU Bermuda; BN BRN Brunei; BO BOL Bolivia; BQ BES Caribbean Netherlands;
BR BRA Brazil; BS BHS Bahamas; BT BTN Bhutan; BV BVT Bouvet Island; BW BWA Botswana; BY BLR Belarus; BZ BLZ Belize;
CA CAN Canada; CC CCK Cocos (Keeling) Islands; CD COD DR Congo; CF CAF Central African Republic; CG COG Congo; CH
CHE Switzerland; CI CIV Côte d'Ivoire; CK COK Cook Islands; CL CHL Chile; CM CMR Cameroon; CN CHN China; CO COL
Colombia; CR CRI Costa Rica; CU CUB Cuba; CV CPV Cape Verde; CW CUW Curaçao; CX CXR Christmas Island; CY CYP Cyprus;
CZ CZE Czechia; DE DEU Germany; DJ DJI Djibouti; DK DNK Denmark; DM DMA Dominica; DO DOM Dominican Republic; DZ DZA
Algeria; EC ECU Ecuador; EE EST Estonia; EG EGY Egypt; EH ESH Western Sahara; ER ERI Eritrea; ES ESP Spain; ET ETH
Ethiopia; FI FIN Finland; FJ FJI Fiji; FK FLK Falkland Islands; FM FSM Micronesia; FO FRO Faroe Islands; FR FRA
France; GA GAB Gabon; GB GBR United Kingdom; GD GRD Grenada; GE GEO Georgia; GF GUF French Guiana; GG GGY Guernsey;
GH GHA Ghana; GI GIB Gibraltar; GL GRL Greenland; GM GMB Gambia; GN GIN Guinea; GP GLP Guadeloupe; GQ GNQ Equatorial
Guinea; GR GRC Greece; GS SGS South Georgia and South Sandwich Islands; GT GTM Guatemala; GU GUM Guam; GW GNB
Guinea-Bissau; GY GUY Guyana; HK HKG Hong Kong; HM HMD Heard and McDonald Islands; HN HND Honduras; HR HRV Croatia;
HT HTI Haiti; HU HUN Hungary; ID IDN Indonesia; IE IRL Ireland; IL ISR Israel; IM IMN Isle of Man; IN IND India; IO
IOT British Indian Ocean Territory; IQ IRQ Iraq; IR IRN Iran; IS ISL Iceland; IT ITA Italy; JE JEY Jersey; JM JAM
Jamaica; JO JOR Jordan; JP JPN Japan; KE KEN Kenya; KG KGZ Kyrgyzstan; KH KHM Cambodia; KI KIR Kiribati; KM COM
Comoros; KN KNA Saint Kitts and Nevis; KP PRK North Korea; KR KOR South Korea; KW KWT Kuwait; KY CYM Cayman Islands;
KZ KAZ Kazakhstan; LA LAO Laos; LB LBN Lebanon; LC LCA Saint Lucia; LI LIE Liechtenstein; LK LKA Sri Lanka; LR LBR
Liberia; LS LSO Lesotho; LT LTU Lithuania; LU LUX Luxembourg; LV LVA Latvia; LY LBY Libya; MA MAR Morocco; MC MCO
Monaco; MD MDA Moldova; ME MNE Montenegro; MF MAF Saint Martin; MG MDG Madagascar; MH MHL Marshall Islands; MK MKD
North Macedonia; ML MLI Mali; MM MMR Myanmar; MN MNG Mongolia; MO MAC Macao; MP MNP Northern Mariana Islands; MQ MTQ
Martinique; MR MRT Mauritania; MS MSR Montserrat; MT MLT Malta; MU MUS Mauritius; MV MDV Maldives; MW MWI Malawi; MX
MEX Mexico; MY MYS Malaysia; MZ MOZ Mozambique; NA NAM Namibia; NC NCL New Caledonia; NE NER Niger; NF NFK Norfolk
Island; NG NGA Nigeria; NI NIC Nicaragua; NL NLD Netherlands; NO NOR Norway; NP NPL Nepal; NR NRU Nauru; NU NIU
Niue; NZ NZL New Zealand; OM OMN Oman; PA PAN Panama; PE PER Peru; PF PYF French Polynesia; PG PNG Papua New Guinea;
PH PHL Philippines; PK PAK Pakistan; PL POL Poland; PM SPM Saint Pierre and Miquelon; PN PCN Pitcairn Islands; PR
PRI Puerto Rico; PS PSE Palestine; PT PRT Portugal; PW PLW Palau; PY PRY Paraguay; QA QAT Qatar; RE REU Réunion; RO
ROU Romania; RS SRB Serbia; RU RUS Russia; RW RWA Rwanda; SA SAU Saudi Arabia; SB SLB Solomon Islands; SC SYC
Seychelles; SD SDN Sudan; SE SWE Sweden; SG SGP Singapore; SH SHN Saint Helena; SI SVN Slovenia; SJ SJM Svalbard and
Jan Mayen; SK SVK Slovakia; SL SLE Sierra Leone; SM SMR San Marino; SN SEN Senegal; SO SOM Somalia; SR SUR Suriname;
SS SSD South Sudan; ST STP São Tomé and Príncipe; SV SLV El Salvador; SX SXM Sint Maarten; SY SYR Syria; SZ SWZ
Eswatini; TC TCA Turks and Caicos Islands; TD TCD Chad; TF ATF French Southern Territories; TG TGO Togo; TH THA
Thailand; TJ TJK Tajikistan; TK TKL Tokelau; TL TLS Timor-Leste; TM TKM Turkmenistan; TN TUN Tunisia; TO TON Tonga;
TR TUR Turkey; TT TTO Trinidad and Tobago; TV TUV Tuvalu; TW TWN Taiwan; TZ TZA Tanzania; UA UKR Ukraine; UG UGA
Uganda; UM UMI U.S. Outlying Islands; US USA United States; UY URY Uruguay; UZ UZB Uzbekistan; VA VAT Vatican City;
VC VCT Saint Vincent and Grenadines; VE VEN Venezuela; VG VGB British Virgin Islands; VI VIR U.S. Virgin Islands; VN
VNM Vietnam; VU VUT Vanuatu; WF WLF Wallis and Futuna; WS WSM Samoa; YE YEM Yemen; YT MYT Mayotte; ZA ZAF South
Africa; ZM ZMB Zambia; ZW ZWE Zimbabwe
"""

# Names that people and shops write and the list above does not hold.
_OTHER_COUNTRY_NAMES: Final = """
US United States of America; GB UK; GB Great Britain; GB England; GB Scotland; GB Wales; GB Northern Ireland;
AE UAE; CZ Czech Republic; TR Türkiye; KR Korea; KR Republic of Korea; RU Russian Federation; VN Viet Nam;
NL Holland; NL The Netherlands; MK Macedonia; SZ Swaziland; CV Cabo Verde; CI Ivory Coast; HK Hong Kong SAR China;
HK Hongkong; MO Macau; MM Burma; CD Democratic Republic of the Congo; VA Holy See; TZ United Republic of Tanzania;
TW Taiwan Province of China; IR Islamic Republic of Iran; SY Syrian Arab Republic; LA Lao PDR; BO Plurinational State
of Bolivia; VE Bolivarian Republic of Venezuela; MD Republic of Moldova; BN Brunei Darussalam; DE Deutschland;
ES España; IT Italia; BR Brasil; MX México; AT Österreich; CH Schweiz; CH Suisse; PL Polska; SE Sverige; NO Norge;
DK Danmark; FI Suomi; UA Україна; JP 日本; CN 中国; CN Mainland China
"""

_US_STATES: Final = """
AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut; DE Delaware; DC District
of Columbia; FL Florida; GA Georgia; HI Hawaii; ID Idaho; IL Illinois; IN Indiana; IA Iowa; KS Kansas; KY Kentucky;
LA Louisiana; ME Maine; MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota; MS Mississippi; MO Missouri; MT
Montana; NE Nebraska; NV Nevada; NH New Hampshire; NJ New Jersey; NM New Mexico; NY New York; NC North Carolina; ND
North Dakota; OH Ohio; OK Oklahoma; OR Oregon; PA Pennsylvania; PR Puerto Rico; RI Rhode Island; SC South Carolina;
SD South Dakota; TN Tennessee; TX Texas; UT Utah; VT Vermont; VA Virginia; WA Washington; WV West Virginia; WI
Wisconsin; WY Wyoming; AS American Samoa; GU Guam; MP Northern Mariana Islands; VI Virgin Islands
"""

_CANADIAN_PROVINCES: Final = """
AB Alberta; BC British Columbia; MB Manitoba; NB New Brunswick; NL Newfoundland and Labrador; NS Nova Scotia; NT
Northwest Territories; NU Nunavut; ON Ontario; PE Prince Edward Island; QC Quebec; SK Saskatchewan; YT Yukon
"""

_OTHER_STATE_NAMES: Final = "DC Washington DC; NL Newfoundland; YT Yukon Territory"


def _entries(table: str) -> Iterator[tuple[str, str]]:
    for entry in " ".join(table.split()).split("; "):
        code, _, rest = entry.partition(" ")
        yield code, rest


def _countries() -> Iterator[tuple[str, str]]:
    for code, rest in _entries(_COUNTRIES):
        alpha3, _, name = rest.partition(" ")
        yield from ((spelling(code), code), (spelling(alpha3), code), (spelling(name), code))
    for code, name in _entries(_OTHER_COUNTRY_NAMES):
        yield spelling(name), code


def _states() -> Iterator[tuple[str, str]]:
    for table in (_US_STATES, _CANADIAN_PROVINCES, _OTHER_STATE_NAMES):
        for code, name in _entries(table):
            yield from ((spelling(code), code), (spelling(name), code))


_COUNTRY_BY_SPELLING: Final = dict(_countries())
_STATE_BY_SPELLING: Final = dict(_states())
