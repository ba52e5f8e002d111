"""An event for each action and the exact request it gives."""

from collections.abc import Mapping
from typing import Any, Final

from trackyard.kit import sample_events
from trackyard.kit.action import Example
from trackyard.kit.request import Request

SETTINGS: Final = {"customerId": "123-456-7890", "developerToken": "token-1", "conversionTrackingId": "AW-111"}
_EMAIL: Final = "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"
_PHONE: Final = "cb6880e416769253645cb9c6b8989154bf66a56a77fc14c81fb1019663cbb928"
_FIRST: Final = "81f8f6dde88365f3928796ec7aa53f72820b06db8664f5fe76a7eb13e24546a2"
_LAST: Final = "799ef92a11af918e3fb741df42934f3b568ed2d93ac1df74f1b8d41a27932a6f"
_CONTACT: Final = [{"hashedEmail": _EMAIL}, {"hashedPhoneNumber": _PHONE}]
_ACTION: Final = "customers/1234567890/conversionActions/998877"
_USER_AGENT: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0"
_TIME: Final = "2026-01-15 11:30:15+00:00"


def _example(title: str, event: Mapping[str, Any], mapping: Mapping[str, Any], path: str, body: Any) -> Example:
    return Example(
        title=title,
        event=event,
        settings=SETTINGS,
        mapping=mapping,
        request=Request(
            url=f"https://googleads.googleapis.com/v26/customers/1234567890{path}",
            headers={"developer-token": "token-1"},
            json=body,
        ),
    )


CLICK: Final = _example(
    "An order after a click",
    sample_events.ORDER_COMPLETED,
    {"conversion_action": 998877, "gclid": "Cj0K"},
    ":uploadClickConversions",
    {
        "conversions": [
            {
                "conversionAction": _ACTION,
                "conversionDateTime": _TIME,
                "gclid": "Cj0K",
                "userIpAddress": "203.0.113.9",
                "sessionAttributesKeyValuePairs": {
                    "keyValuePairs": [
                        {
                            "sessionAttributeKey": "landing_page_url",
                            "sessionAttributeValue": "https://shop.example/checkout",
                        },
                        {"sessionAttributeKey": "landing_page_user_agent", "sessionAttributeValue": _USER_AGENT},
                    ]
                },
                "orderId": "o-1",
                "conversionValue": 27.5,
                "currencyCode": "USD",
                "cartData": {
                    "items": [
                        {"productId": "p-1", "quantity": 1, "unitPrice": 19},
                        {"productId": "p-2", "quantity": 2, "unitPrice": 3},
                    ]
                },
                "userIdentifiers": _CONTACT,
            }
        ],
        "partialFailure": True,
    },
)
CALL: Final = _example(
    "An order after a call",
    sample_events.ORDER_COMPLETED,
    {"conversion_action": 998877, "caller_id": "+14155552671", "call_timestamp": {"@path": "$.timestamp"}},
    ":uploadCallConversions",
    {
        "conversions": [
            {
                "conversionAction": _ACTION,
                "callerId": "+14155552671",
                "callStartDateTime": _TIME,
                "conversionDateTime": _TIME,
                "conversionValue": 27.5,
                "currencyCode": "USD",
            }
        ],
        "partialFailure": True,
    },
)
ADJUSTMENT: Final = _example(
    "An order is enhanced with who ordered",
    sample_events.ORDER_COMPLETED,
    {"conversion_action": 998877, "adjustment_type": "ENHANCEMENT"},
    ":uploadConversionAdjustments",
    {
        "conversionAdjustments": [
            {
                "conversionAction": _ACTION,
                "adjustmentType": "ENHANCEMENT",
                "adjustmentDateTime": _TIME,
                "orderId": "o-1",
                "gclidDateTimePair": {},
                "userIdentifiers": [
                    *_CONTACT,
                    {
                        "addressInfo": {
                            "hashedFirstName": _FIRST,
                            "hashedLastName": _LAST,
                            "city": "San Francisco",
                            "state": "CA",
                            "countryCode": "US",
                            "postalCode": "94105",
                        }
                    },
                ],
                "userAgent": _USER_AGENT,
                "restatementValue": {},
            }
        ],
        "partialFailure": True,
    },
)
USER_LIST: Final = _example(
    "Somebody joins an audience",
    sample_events.track("Audience Entered", {}),
    {
        "external_audience_id": "777",
        "ad_user_data_consent_state": "GRANTED",
        "ad_personalization_consent_state": "GRANTED",
    },
    "/offlineUserDataJobs:create",
    {
        "job": {
            "type": "CUSTOMER_MATCH_USER_LIST",
            "customerMatchUserListMetadata": {
                "userList": "customers/1234567890/userLists/777",
                "consent": {"adUserData": "GRANTED", "adPersonalization": "GRANTED"},
            },
        }
    },
)
INGEST: Final = Example(
    title="An order by the newer API",
    event=sample_events.ORDER_COMPLETED,
    settings=SETTINGS,
    mapping={"conversion_action": "998877"},
    request=Request(
        url="https://datamanager.googleapis.com/v1/events:ingest",
        json={
            "destinations": [
                {
                    "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
                    "productDestinationId": "998877",
                }
            ],
            "events": [
                {
                    "transactionId": "o-1",
                    "eventTimestamp": "2026-01-15T11:30:15.250Z",
                    "eventSource": "WEB",
                    "conversionValue": 27.5,
                    "currency": "USD",
                    "userData": {"userIdentifiers": [{"emailAddress": _EMAIL}, {"phoneNumber": _PHONE}]},
                }
            ],
            "consent": {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"},
            "encoding": "HEX",
        },
    ),
)
LEGACY: Final = Example(
    title="An order by the first API",
    event=sample_events.track(
        "Order Completed", {"orderId": "o-1", "total": 27.5, "currency": "USD", "email": "jane.doe@example.com"}
    ),
    settings=SETTINGS,
    mapping={"conversion_label": "label-1"},
    request=Request(
        url="https://www.google.com/ads/event/api/v1?conversion_tracking_id=AW-111",
        json={
            "pii_data": {"hashed_email": "huC55WwXzE0SOH4ZSbhQU_vnO8POWhGIcTqdMAzGEz0=", "address": [{}]},
            "oid": "o-1",
            "user_agent": _USER_AGENT,
            "conversion_time": 1768476615250000,
            "label": "label-1",
            "value": 27.5,
            "currency_code": "USD",
        },
    ),
)
