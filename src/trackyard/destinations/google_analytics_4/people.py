"""People who sign up, log in or leave their address; pages; events of your own."""

import re
from typing import Annotated, ClassVar

from trackyard.destinations.google_analytics_4 import examples
from trackyard.destinations.google_analytics_4.event import CLIENT_ID, Ga4Event, ga4_action, named_action
from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import path


class SignUp(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar = ("method",)

    method: Annotated[str | None, Field("Way", mapping=path("$.properties.type"))] = None


class Login(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar = ("method",)

    method: Annotated[str | None, Field("Way")] = None


class GenerateLead(Ga4Event, frozen=True, kw_only=True):
    OWN: ClassVar = ("currency", "value")

    currency: Annotated[str | None, Field("Currency", mapping=path("$.properties.currency"), help="ISO 4217")] = None
    value: Annotated[Number | None, Field("Value", mapping=path("$.properties.value"))] = None


# Segment's page view and custom event call the client id `clientId`; stored mappings do so too.
class PageView(Ga4Event, frozen=True, kw_only=True, rename={"client_id": "clientId"}):
    OWN: ClassVar = ("page_location", "page_referrer", "page_title")

    client_id: Annotated[str | None, CLIENT_ID] = None
    page_location: Annotated[str | None, Field("Page address", mapping=path("$.context.page.url"))] = None
    page_referrer: Annotated[str | None, Field("Referrer", mapping=path("$.context.page.referrer"))] = None
    page_title: Annotated[str | None, Field("Title", mapping=path("$.context.page.title"))] = None


class CustomEvent(Ga4Event, frozen=True, kw_only=True, rename={"client_id": "clientId"}):
    client_id: Annotated[str | None, CLIENT_ID] = None
    name: Annotated[str, Field("Event name", mapping=path("$.event"), help="Spaces become underscores.")]
    lowercase: Annotated[bool | None, Field("Lower case", mapping=False)] = None


def event_name(row: CustomEvent) -> str:
    """GA4 takes no spaces in a name, and tells apart names by case."""
    name = re.sub(r"\s", "_", row.name.strip())
    return name.lower() if row.lowercase else name


def _when(name: str) -> str:
    return f'type = "track" and event = "{name}"'


actions = [
    ga4_action("signUp", "Sign up", SignUp, "sign_up", _when("Signed Up"), examples.SIGN_UP),
    ga4_action("login", "Log in", Login, "login", _when("Signed In"), examples.LOGIN),
    ga4_action("generateLead", "Generate lead", GenerateLead, "generate_lead", 'type = "track"', examples.LEAD),
    ga4_action("pageView", "Page view", PageView, "page_view", 'type = "page"', examples.PAGE_VIEW),
    named_action("customEvent", "Custom event", CustomEvent, event_name, 'type = "track"', examples.CUSTOM_EVENT),
]
