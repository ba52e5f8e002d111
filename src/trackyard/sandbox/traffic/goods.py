"""What the store sells and to whom: the tables that the traffic draws from. Every person is made up."""

from typing import Any

SHOP = "https://shop.example"

PRODUCTS: tuple[dict[str, Any], ...] = tuple(
    {"product_id": sku, "sku": sku, "name": name, "brand": brand, "category": category, "price": price}
    for sku, name, brand, category, price in (
        ("LMP-001", "Brass reading lamp", "Hallgren", "Lighting", 89.0),
        ("LMP-002", "Paper pendant, large", "Hallgren", "Lighting", 49.5),
        ("CHR-010", "Oak kitchen chair", "Ostwald", "Furniture", 149.0),
        ("CHR-011", "Folding garden chair", "Ostwald", "Furniture", 39.9),
        ("TBL-020", "Extendable dining table", "Ostwald", "Furniture", 899.0),
        ("RUG-030", "Wool rug 160 × 230", "Tisza", "Textiles", 329.0),
        ("RUG-031", "Jute runner", "Tisza", "Textiles", 74.25),
        ("CUP-040", "Stoneware cup, set of four", "Møller & Søn", "Kitchen", 36.0),
        ("PAN-041", "Cast-iron pan 28 cm", "Forge", "Kitchen", 64.95),
        ("KNF-042", "Chef's knife", "Forge", "Kitchen", 119.0),
        ("PLT-050", "Olive tree in a pot", "Verde", "Garden", 59.0),
        ("BKS-060", "Shelf, three boards", "Ostwald", "Furniture", 210.1),
    )
)

FIRST_NAMES = ("Ada", "Bruno", "Chiara", "Dağhan", "Élodie", "Farid", "Greta", "Håkon", "Inés", "Jun", "Kofi", "Zoë")
LAST_NAMES = ("Abe", "Brandt", "Castro", "Dubois", "Eriksen", "Farkaš", "García", "Huang", "Ito", "Jansen", "Ødegaard")

PLACES: tuple[dict[str, str], ...] = tuple(
    {"city": city, "postalCode": code, "country": country, "currency": currency, "locale": locale, "zone": zone}
    for city, code, country, currency, locale, zone in (
        ("Berlin", "10115", "DE", "EUR", "de-DE", "Europe/Berlin"),
        ("Lyon", "69002", "FR", "EUR", "fr-FR", "Europe/Paris"),
        ("Leeds", "LS1 4DT", "GB", "GBP", "en-GB", "Europe/London"),
        ("Austin", "78701", "US", "USD", "en-US", "America/Chicago"),
        ("大阪市", "530-0001", "JP", "JPY", "ja-JP", "Asia/Tokyo"),
    )
)

USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
    "Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)

REFERRERS = ("", "https://www.google.com/", "https://l.facebook.com/", "https://news.example/lamps-of-the-year")

CAMPAIGNS: tuple[dict[str, str], ...] = (
    {"source": "newsletter", "medium": "email", "name": "january-lamps"},
    {"source": "google", "medium": "cpc", "name": "brand-de", "term": "oak chair"},
    {"source": "facebook", "medium": "paid-social", "name": "retargeting", "content": "carousel-3"},
)

COMPANIES = ("Atelier Nord", "Blumen & Co. KG", "Café Zoë", "Desk & Chair Ltd", "Entreprise Édouard", "Fjordhotell")
PLANS = ("starter", "team", "enterprise")

# What the consent banner said. None: it has not been answered, and the events carry no consent at all.
CONSENTS: tuple[dict[str, bool] | None, ...] = (
    {"Functional": True, "Analytics": True, "Advertising": True},
    {"Functional": True, "Analytics": True, "Advertising": False},
    {"Functional": False, "Analytics": False, "Advertising": False},
    None,
    {},
)
CONSENT_WEIGHTS = (45, 20, 15, 18, 2)
