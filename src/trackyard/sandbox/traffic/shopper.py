"""A visitor of the store, and the context that a browser or a server sends along."""

from random import Random
from typing import Any
from urllib.parse import urlencode

import msgspec

from trackyard.sandbox.traffic import goods
from trackyard.sandbox.traffic.item import uuid

KNOWN_SHARE = 0.35
CAMPAIGN_SHARE = 0.4


class Shopper(msgspec.Struct, frozen=True, kw_only=True):
    """One person on one device. `user_id` is None until they have signed up."""

    anonymous_id: str
    user_id: str | None
    first_name: str
    last_name: str
    email: str
    phone: str
    place: dict[str, str]
    user_agent: str
    ip: str
    campaign: dict[str, str] | None
    referrer: str
    consent: dict[str, bool] | None

    def ids(self) -> dict[str, str]:
        """The ids that the browser sends: the user's only where it is known."""
        return {"anonymousId": self.anonymous_id} | ({"userId": self.user_id} if self.user_id else {})


def new_shopper(rng: Random) -> Shopper:
    first, last = rng.choice(goods.FIRST_NAMES), rng.choice(goods.LAST_NAMES)
    number = rng.randrange(10**7)
    [consent] = rng.choices(goods.CONSENTS, goods.CONSENT_WEIGHTS)
    return Shopper(
        anonymous_id=uuid(rng),
        user_id=f"user-{number}" if rng.random() < KNOWN_SHARE else None,
        first_name=first,
        last_name=last,
        email=f"{first}.{last}.{number}@Example.com",
        phone=f"+49 30 {number:07d}",
        place=rng.choice(goods.PLACES),
        user_agent=rng.choice(goods.USER_AGENTS),
        ip=f"203.0.113.{rng.randrange(1, 255)}",
        campaign=rng.choice(goods.CAMPAIGNS) if rng.random() < CAMPAIGN_SHARE else None,
        referrer=rng.choice(goods.REFERRERS),
        consent=consent,
    )


def page_shown(shopper: Shopper, path: str, title: str = "Hallgren & Ostwald, home and garden") -> dict[str, str]:
    """The page that the browser shows: how the shopper came to it stays in its address."""
    search = "?" + urlencode({f"utm_{name}": value for name, value in (shopper.campaign or {}).items()})
    search = f"{search}&gclid={shopper.anonymous_id.replace('-', '')}" if shopper.campaign else ""
    url = goods.SHOP + path + search
    return {"path": path, "referrer": shopper.referrer, "search": search, "title": title, "url": url}


def browser_context(shopper: Shopper, page: dict[str, str]) -> dict[str, Any]:
    """What analytics.js says of the page and the device."""
    context: dict[str, Any] = {
        "page": page,
        "userAgent": shopper.user_agent,
        "userAgentData": {"brands": [{"brand": "Chromium", "version": "142"}], "mobile": False, "platform": "Linux"},
        "locale": shopper.place["locale"],
        "library": {"name": "analytics.js", "version": "next-1.84.3"},
        "timezone": shopper.place["zone"],
    }
    if shopper.campaign:
        context["campaign"] = shopper.campaign
    return context | consent_context(shopper)


def server_context(shopper: Shopper) -> dict[str, Any]:
    """What a shop's backend hands on of the request that it is answering."""
    return {
        "ip": shopper.ip,
        "userAgent": shopper.user_agent,
        "locale": shopper.place["locale"],
        "timezone": shopper.place["zone"],
        "app": {"name": "shop-backend", "version": "4.12.0", "build": "20260114.3"},
    } | consent_context(shopper)


def consent_context(shopper: Shopper) -> dict[str, Any]:
    if shopper.consent is None:
        return {}
    return {"consent": {"categoryPreferences": shopper.consent}}


def traits(shopper: Shopper) -> dict[str, Any]:
    place = shopper.place
    address = {"city": place["city"], "postalCode": place["postalCode"], "country": place["country"]}
    return {
        "email": shopper.email,
        "firstName": shopper.first_name,
        "lastName": shopper.last_name,
        "phone": shopper.phone,
        "address": address,
    }
