"""The app an event came from. Meta wants its facts as a list of sixteen places."""

from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.kit.fields import Field
from trackyard.kit.members import present


class AppData(msgspec.Struct, frozen=True, kw_only=True):
    use_app_data: Annotated[bool | None, Field("Send app data", help="Nothing of the app is sent without it.")] = None
    advertiser_tracking_enabled: Annotated[
        bool | None, Field("Advertiser tracking", help="iOS: the person's answer")
    ] = None
    application_tracking_enabled: Annotated[bool | None, Field("Application tracking", help="Your app's setting")] = (
        None
    )
    version: Annotated[Literal["i2", "a2"] | None, Field("Kind of app", help="i2: iOS, a2: Android")] = None
    packageName: Annotated[str | None, Field("Package name")] = None
    shortVersion: Annotated[str | None, Field("Short version")] = None
    longVersion: Annotated[str | None, Field("Long version")] = None
    osVersion: Annotated[str | None, Field("OS version")] = None
    deviceName: Annotated[str | None, Field("Device model")] = None
    madId: Annotated[str | None, Field("Mobile advertiser id")] = None
    locale: Annotated[str | None, Field("Locale")] = None
    timezone: Annotated[str | None, Field("Time zone abbreviation", help="PST")] = None
    carrier: Annotated[str | None, Field("Carrier")] = None
    width: Annotated[str | None, Field("Screen width")] = None
    height: Annotated[str | None, Field("Screen height")] = None
    density: Annotated[str | None, Field("Screen density")] = None
    cpuCores: Annotated[str | None, Field("CPU cores")] = None
    storageSize: Annotated[str | None, Field("Storage, GB")] = None
    freeStorage: Annotated[str | None, Field("Free storage, GB")] = None
    deviceTimezone: Annotated[str | None, Field("Device time zone", help="America/New_York")] = None


APP_DATA_MAPPING: Final[dict[str, Any]] = {
    "application_tracking_enabled": {"@path": "$.context.device.adTrackingEnabled"},
    "packageName": {"@path": "$.context.app.namespace"},
    "longVersion": {"@path": "$.context.app.version"},
    "osVersion": {"@path": "$.context.os.version"},
    "deviceName": {"@path": "$.context.device.model"},
    "locale": {"@path": "$.context.locale"},
    "carrier": {"@path": "$.context.network.carrier"},
    "width": {"@path": "$.context.screen.width"},
    "height": {"@path": "$.context.screen.height"},
    "density": {"@path": "$.context.screen.density"},
    "deviceTimezone": {"@path": "$.context.timezone"},
    "madId": {"@path": "$.context.madId"},
}

# The order is Meta's ("App data parameters", extinfo); places without a value are empty texts.
_EXTINFO: Final = (
    "version",
    "packageName",
    "shortVersion",
    "longVersion",
    "osVersion",
    "deviceName",
    "locale",
    "timezone",
    "carrier",
    "width",
    "height",
    "density",
    "cpuCores",
    "storageSize",
    "freeStorage",
    "deviceTimezone",
)


def app_data(given: AppData | None) -> dict[str, Any] | None:
    """Meta's `app_data`, or None where it is not to be sent."""
    if given is None or not given.use_app_data:
        return None
    return present(
        {
            "advertiser_tracking_enabled": int(bool(given.advertiser_tracking_enabled)),
            "application_tracking_enabled": int(bool(given.application_tracking_enabled)),
            "madid": given.madId,
            "extinfo": [getattr(given, member) or "" for member in _EXTINFO],
        }
    )
