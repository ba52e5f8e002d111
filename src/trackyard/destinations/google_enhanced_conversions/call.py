"""Call conversions: a sale that began with a call to a forwarding number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from trackyard.destinations.google_enhanced_conversions.conversion import (
    BATCH_ROWS,
    ConversionFields,
    ads_time,
    consent,
    conversion_action_name,
    uploaded,
)
from trackyard.destinations.google_enhanced_conversions.examples import CALL
from trackyard.destinations.google_enhanced_conversions.reading import read
from trackyard.destinations.google_enhanced_conversions.settings import Settings
from trackyard.kit.action import Action, Built
from trackyard.kit.fields import Field
from trackyard.kit.members import present


class CallConversion(ConversionFields, frozen=True, kw_only=True):
    caller_id: Annotated[str, Field("Caller", help="The phone number that called, E.164")]
    call_timestamp: Annotated[str, Field("Time of the call")]


def build(row: CallConversion, settings: Settings, now: datetime) -> Built:
    return build_batch([row], settings, now)


def build_batch(rows: Sequence[CallConversion], settings: Settings, now: datetime) -> Built:
    return uploaded(":uploadCallConversions", [_conversion(row, settings) for row in rows], rows, settings)


def _conversion(row: CallConversion, settings: Settings) -> dict[str, Any]:
    return present(
        {
            "conversionAction": conversion_action_name(row.conversion_action, settings),
            "callerId": row.caller_id,
            "callStartDateTime": ads_time(row.call_timestamp),
            "conversionDateTime": ads_time(row.conversion_timestamp),
            "conversionValue": row.value,
            "currencyCode": row.currency,
            "consent": consent(row),
        }
    )


actions = [
    Action(
        slug=slug,
        title=title,
        payload=CallConversion,
        build=build,
        build_batch=build_batch,
        batch_rows_max=BATCH_ROWS,
        read=read,
        examples=[CALL],
    )
    for slug, title in (
        ("uploadCallConversion", "Upload call conversion"),
        ("uploadCallConversion2", "Call conversion V2"),
    )
]
