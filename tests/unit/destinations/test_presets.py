"""Every destination handles the e-commerce and B2B events without an edit, or says that it cannot."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from trackyard.control.workspace.presets import ORDER_VALUES, default_subscriptions
from trackyard.destinations import catalogue
from trackyard.kit.action import Destination
from trackyard.kit.attempt import Attempt, Refused, attempt, recorded
from trackyard.kit.outcome import Delivered
from trackyard.kit.sample_events import B2B, ECOMMERCE, PAGE, SAMPLES
from trackyard.kit.trigger import compile_trigger
from trackyard.model.workspace import Subscription
from trackyard.pipeline.deliver.subscription import mapping_of

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
# A conversion there is an object of the customer's own, known by its id: nothing can be proposed without it.
NEED_AN_ID = {"google-enhanced-conversions", "linkedin-conversions"}
WITH_PRESETS = [destination for destination in catalogue().values() if destination.presets]
MORE_SETTINGS: Mapping[str, dict[str, Any]] = {"webhook": {"url": "https://hooks.example.com/in"}}
# The proposal of the events' specification for advertising and GA4: event -> the platform's name for it.
NAMES = {
    "facebook-conversions-api": {
        "Order Completed": "Purchase",
        "Checkout Started": "InitiateCheckout",
        "Product Added": "AddToCart",
        "Product Viewed": "ViewContent",
        "Products Searched": "Search",
        "Payment Info Entered": "AddPaymentInfo",
        "Product Added to Wishlist": "AddToWishlist",
        "Signed Up": "CompleteRegistration",
        "Trial Started": "StartTrial",
        "page": "PageView",
    },
    "tiktok-conversions": {
        "Order Completed": "Purchase",
        "Checkout Started": "InitiateCheckout",
        "Product Added": "AddToCart",
        "Product Viewed": "ViewContent",
        "Products Searched": "Search",
        "Payment Info Entered": "AddPaymentInfo",
        "Product Added to Wishlist": "AddToWishlist",
        "Signed Up": "CompleteRegistration",
        "Trial Started": "StartTrial",
        "page": "PageView",
    },
    "google-analytics-4": {
        "Order Completed": "purchase",
        "Checkout Started": "begin_checkout",
        "Product Added": "add_to_cart",
        "Product Viewed": "view_item",
        "Products Searched": "search",
        "Payment Info Entered": "add_payment_info",
        "Product Added to Wishlist": "add_to_wishlist",
        "Signed Up": "sign_up",
        "page": "page_view",
        "Order Refunded": "refund",
    },
    "pinterest-conversions": {
        "Order Completed": "checkout",
        "Product Added": "add_to_cart",
        "Product Viewed": "page_visit",
        "Products Searched": "search",
        "Signed Up": "signup",
        "page": "page_visit",
    },
    "snap-conversions-api": {
        "Order Completed": "PURCHASE",
        "Checkout Started": "START_CHECKOUT",
        "Product Added": "ADD_CART",
        "Product Viewed": "VIEW_CONTENT",
        "Products Searched": "SEARCH",
        "Payment Info Entered": "ADD_BILLING",
        "Product Added to Wishlist": "ADD_TO_WISHLIST",
        "Signed Up": "SIGN_UP",
        "Trial Started": "START_TRIAL",
        "page": "PAGE_VIEW",
    },
    "reddit-conversions-api": {
        "Order Completed": "Purchase",
        "Product Added": "AddToCart",
        "Product Viewed": "ViewContent",
        "Products Searched": "Search",
        "Product Added to Wishlist": "AddToWishlist",
        "Signed Up": "SignUp",
        "page": "PageVisit",
    },
}
EVERYTHING = ("amplitude", "customerio", "hubspot", "klaviyo", "mixpanel", "segment", "webhook")


def sent_by(destination: Destination, event: Mapping[str, Any], rule: str = "gross") -> list[Attempt]:
    """What the presets make of `event`, one for each that wants it."""
    subscriptions = default_subscriptions(destination, ORDER_VALUES[rule], set())
    return [
        tried(destination, subscription, event)
        for subscription in subscriptions
        if compile_trigger(subscription.trigger)(event)
    ]


def tried(destination: Destination, subscription: Subscription, event: Mapping[str, Any]) -> Attempt:
    action = destination.action(subscription.action)
    assert action is not None, subscription.action
    example = next(example for action in destination.actions for example in action.examples)
    given = {**example.settings, **MORE_SETTINGS.get(destination.slug, {})}
    settings = msgspec.convert(given, destination.settings)
    return attempt(action, settings, mapping_of(subscription, action), [event], now=NOW)


def bodies(attempts: list[Attempt]) -> list[Any]:
    return [recorded(request).get("json") for made in attempts for request in made.requests]


def texts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    else:
        yield value


def test_every_destination_has_presets_or_needs_an_id_of_yours() -> None:
    assert {slug for slug, destination in catalogue().items() if not destination.presets} == NEED_AN_ID


@pytest.mark.parametrize("destination", WITH_PRESETS, ids=lambda destination: destination.slug)
def test_what_a_preset_wants_becomes_one_payload_and_a_request(destination: Destination) -> None:
    for name, event in SAMPLES.items():
        attempts = sent_by(destination, event)
        assert len(attempts) <= 1, f"{name} is wanted by two presets and would be sent twice"
        assert all(made.requests and not made.refused for made in attempts), name


@pytest.mark.parametrize("slug", EVERYTHING)
def test_where_every_event_is_wanted_every_event_is_sent(slug: str) -> None:
    assert [name for name in (*ECOMMERCE, *B2B) if not sent_by(catalogue()[slug], SAMPLES[name])] == []


@pytest.mark.parametrize("slug", NAMES)
def test_an_event_arrives_under_the_platforms_own_name(slug: str) -> None:
    wrong = {
        event: name
        for event, name in NAMES[slug].items()
        if name not in texts(bodies(sent_by(catalogue()[slug], SAMPLES[event])))
    }
    assert wrong == {}


@pytest.mark.parametrize("destination", WITH_PRESETS, ids=lambda destination: destination.slug)
def test_a_refund_never_counts_as_a_sale(destination: Destination) -> None:
    names = set(texts(bodies(sent_by(destination, ECOMMERCE["Order Refunded"]))))
    assert not names & {"Purchase", "purchase", "PURCHASE", "checkout"}


@pytest.mark.parametrize("slug", [*NAMES, "ms-bing-capi", "amplitude"])
def test_an_order_is_worth_what_the_workspace_says(slug: str) -> None:
    def told(rule: str) -> set[str]:
        return {str(value) for value in texts(bodies(sent_by(catalogue()[slug], without_money_elsewhere, rule)))}

    order = ECOMMERCE["Order Completed"]
    without_money_elsewhere = {**order, "properties": {**order["properties"], "total": 91.25, "revenue": 83.75}}
    if slug == "amplitude":  # sends all properties of an event beside its revenue
        made = bodies(sent_by(catalogue()[slug], without_money_elsewhere, "net"))
        assert made[0]["events"][0]["revenue"] == 83.75
        return
    assert "91.25" in told("gross") and "83.75" not in told("gross")
    assert "83.75" in told("net") and "91.25" not in told("net")


ORDER: Mapping[str, Any] = {"order_id": "o-1", "products": [{"product_id": "p-1", "name": "Uno"}]}
# Without decimals, with two, with three.
AMOUNTS = {
    "JPY": 1980,
    "KRW": 120000,
    "CLP": 54990,
    "USD": 27.55,
    "EUR": 0.07,
    "GBP": 1234567.89,
    "CHF": 19.9,
    "BRL": 5,
    "KWD": 12.345,
    "BHD": 0.125,
}


@pytest.mark.parametrize("slug", [*NAMES, "ms-bing-capi"])
@pytest.mark.parametrize("currency", AMOUNTS)
def test_amounts_arrive_exactly_in_their_currency(slug: str, currency: str) -> None:
    order = ECOMMERCE["Order Completed"]
    money = {**ORDER, "total": AMOUNTS[currency], "currency": currency}
    told = [str(value) for value in texts(bodies(sent_by(catalogue()[slug], {**order, "properties": money})))]
    assert str(AMOUNTS[currency]) in told
    assert currency in told


@pytest.mark.parametrize("slug", [*NAMES, "ms-bing-capi"])
def test_a_missing_currency_is_never_guessed_but_by_the_workspaces_rule(slug: str) -> None:
    destination = catalogue()[slug]
    event = {**ECOMMERCE["Order Completed"], "properties": {**ORDER, "total": 27.5}}
    try:
        sent = set(texts(bodies(sent_by(destination, event))))
    except Refused:
        sent = set()
    assert not sent & {"USD", "EUR"}
    by_rule = default_subscriptions(destination, ORDER_VALUES["gross"], set(), "EUR")
    (order,) = [subscription for subscription in by_rule if subscription.name == "Order Completed"]
    assert "EUR" in texts(bodies([tried(destination, order, event)]))
    own = {**event, "properties": {**event["properties"], "currency": "JPY"}}
    told = set(texts(bodies([tried(destination, order, own)])))
    assert "JPY" in told and "EUR" not in told


def test_pages_are_pages() -> None:
    (made,) = sent_by(catalogue()["ms-bing-capi"], PAGE)
    assert made.requests[0].json["data"][0]["eventType"] == "pageLoad"
    assert all(isinstance(outcome, Delivered) for outcome in made.outcomes)
