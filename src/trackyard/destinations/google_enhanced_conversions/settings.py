"""What every request to the Google Ads API has in common."""

from typing import Annotated, Any, Final

import msgspec

from trackyard.kit.fields import Field
from trackyard.kit.oauth import OAuthSettings
from trackyard.kit.request import Request

API_VERSION: Final = "v26"  # newest of google-ads-python 34.0.0
ROWS_MAX: Final = 2_000  # TOO_MANY_CONVERSIONS_IN_REQUEST: "fewer than 2001"


class Settings(OAuthSettings, frozen=True, kw_only=True):
    """What a connection is configured with."""

    customerId: Annotated[str | None, Field("Customer id", help="Of the Google Ads account, 123-456-7890.")] = None
    loginCustomerId: Annotated[str | None, Field("Manager account id", help="Where one manages the account.")] = None
    developerToken: Annotated[str | None, Field("Developer token", secret=True)] = None
    conversionTrackingId: Annotated[str | None, Field("Conversion id", help="Legacy uploads only.")] = None
    apiVersion: Annotated[str, Field("Google Ads API version")] = API_VERSION
    host: Annotated[str, Field("Host of the Google Ads API")] = "https://googleads.googleapis.com"
    dataManagerHost: Annotated[str, Field("Host of the Data Manager API")] = "https://datamanager.googleapis.com"


def customer_id(settings: Settings) -> str:
    """The digits of the account's id."""
    if not settings.customerId:
        raise ValueError("customerId: found none in the settings, expected the id of the Google Ads account")
    return settings.customerId.replace("-", "")


def ads_request(settings: Settings, path: str, body: Any = msgspec.UNSET) -> Request:
    """A POST to `path` of the Google Ads API."""
    headers = {}
    if settings.developerToken:
        headers["developer-token"] = settings.developerToken
    if settings.loginCustomerId:
        headers["login-customer-id"] = settings.loginCustomerId.replace("-", "")
    return Request(url=f"{settings.host}/{settings.apiVersion}/{path}", headers=headers, json=body)


def account_request(settings: Settings, method: str, body: Any) -> Request:
    """A POST to a method of the account."""
    return ads_request(settings, f"customers/{customer_id(settings)}{method}", body)
