"""What shoppers do: each story yields its steps, and how long the next one takes to come."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import msgspec

from trackyard.sandbox.traffic import goods
from trackyard.sandbox.traffic.item import Draft, Fate
from trackyard.sandbox.traffic.shopper import Shopper, browser_context, page_shown, server_context, traits


class Step(msgspec.Struct, frozen=True):
    draft: Draft
    pause_seconds: float


Story = Callable[[Random, Shopper], Iterator[Step]]


def story(rng: Random, shopper: Shopper) -> Iterator[Step]:
    """One of the stories, the frequent ones most often."""
    [chosen] = rng.choices(tuple(STORIES), tuple(STORIES.values()))
    return chosen(rng, shopper)


def browse(rng: Random, shopper: Shopper) -> Iterator[Step]:
    """Look at some products and leave."""
    yield Step(page(shopper, "Home", "/"), rng.expovariate(0.1))
    for product in rng.sample(goods.PRODUCTS, rng.randint(1, 4)):
        path = f"/{product['category'].lower()}/{product['sku'].lower()}"
        yield Step(page(shopper, product["name"], path), rng.expovariate(0.2))
        viewed = {**product, "currency": shopper.place["currency"], "url": goods.SHOP + path}
        yield Step(track("visit", shopper, "Product Viewed", viewed, path), rng.expovariate(0.05))


def buy(rng: Random, shopper: Shopper) -> Iterator[Step]:
    """Fill a cart, order; both the browser and the shop's backend tell of the order, with one message id."""
    yield from browse(rng, shopper)
    order = new_order(rng, shopper)
    for product in order["products"]:
        yield Step(track("cart", shopper, "Product Added", {**product, "cart_id": order["checkout_id"]}, "/cart"), 3.0)
    yield Step(track("cart", shopper, "Checkout Started", order, "/checkout"), rng.expovariate(0.03))
    on_page, in_backend = order_completed(shopper, order)
    yield from in_either_order(rng, on_page, in_backend)
    yield from carry_out(rng, shopper, order)
    if rng.random() < 0.1:  # the confirmation page was loaded again
        yield Step(msgspec.structs.replace(on_page, fate="duplicate"), rng.expovariate(0.02))
    if rng.random() < 0.15:
        yield Step(refunded(rng, shopper, order), 1.0)


def carry_out(rng: Random, shopper: Shopper, order: dict[str, Any]) -> Iterator[Step]:
    """What the backend alone knows of an order."""
    for name in ("Payment Authorized", "Stock Reserved", "Order Packed", "Order Shipped"):
        about = {"order_id": order["order_id"], "total": order["total"], "currency": order["currency"]}
        event = {"type": "track", "event": name, "properties": {**about, "warehouse": rng.choice(("LEJ1", "LYS4"))}}
        yield Step(by_server("order", shopper, event), rng.expovariate(0.1))


def bill(rng: Random, shopper: Shopper) -> Iterator[Step]:
    """A subscription is renewed at night: only the backend tells."""
    member = msgspec.structs.replace(shopper, user_id=shopper.user_id or f"user-{rng.randrange(10**7)}")
    amount = {"amount": round(rng.uniform(5, 400), 2), "currency": shopper.place["currency"]}
    for name in ("Invoice Issued", rng.choice(("Invoice Paid", "Invoice Paid", "Payment Failed"))):
        about = {**amount, "invoice": f"{rng.getrandbits(32):08x}", "plan": rng.choice(goods.PLANS)}
        yield Step(by_server("bill", member, {"type": "track", "event": name, "properties": about}), 2.0)


def sign_up(rng: Random, shopper: Shopper) -> Iterator[Step]:
    """Become a known user: identify, the event, and an alias where the backend keeps another id."""
    user_id = shopper.user_id or f"user-{rng.randrange(10**7)}"
    known = msgspec.structs.replace(shopper, user_id=user_id)
    yield Step(page(shopper, "Sign up", "/sign-up"), 20.0)
    identified = {"type": "identify", "traits": traits(known) | {"newsletter": rng.random() < 0.5}}
    yield Step(by_browser("sign_up", known, identified, "/sign-up"), 0.5)
    yield Step(
        by_server("sign_up", known, {"type": "track", "event": "Signed Up", "properties": {"method": "email"}}), 5.0
    )
    if rng.random() < 0.2:
        yield Step(by_server("alias", known, {"type": "alias", "previousId": known.anonymous_id}), 1.0)


def work_together(rng: Random, shopper: Shopper) -> Iterator[Step]:
    """A company's account: the member, the company, and what its plan costs."""
    member = msgspec.structs.replace(shopper, user_id=shopper.user_id or f"user-{rng.randrange(10**7)}")
    company, plan = rng.choice(goods.COMPANIES), rng.choice(goods.PLANS)
    group_id = f"company-{rng.randrange(10**4)}"
    yield Step(by_server("group", member, {"type": "identify", "traits": traits(member) | {"plan": plan}}), 2.0)
    about = {"name": company, "plan": plan, "employees": rng.randint(1, 5000), "industry": "hospitality"}
    yield Step(by_server("group", member, {"type": "group", "groupId": group_id, "traits": about}), 4.0)
    started = {"plan": plan, "seats": rng.randint(1, 80), "mrr": round(rng.uniform(20, 4000), 2), "currency": "EUR"}
    event = {"type": "track", "event": "Subscription Started", "properties": started}
    yield Step(by_server("group", member, event, {"groupId": group_id}), 1.0)


def scroll_in_the_app(rng: Random, shopper: Shopper) -> Iterator[Step]:
    """The shop's app, whose screens the backend reports."""
    for name in rng.sample(("Home", "Wish list", "Orders", "Scanner"), rng.randint(1, 3)):
        yield Step(
            by_server("app", shopper, {"type": "screen", "name": name, "properties": {"tab": name.lower()}}), 8.0
        )


STORIES: dict[Story, int] = {browse: 30, buy: 25, bill: 20, sign_up: 10, work_together: 8, scroll_in_the_app: 7}


def page(shopper: Shopper, title: str, path: str) -> Draft:
    shown = page_shown(shopper, path, title)
    return by_browser("visit", shopper, {"type": "page", "name": title, "properties": {**shown, "name": title}}, path)


def track(kind: str, shopper: Shopper, name: str, properties: dict[str, Any], path: str) -> Draft:
    return by_browser(kind, shopper, {"type": "track", "event": name, "properties": properties}, path)


def by_browser(kind: str, shopper: Shopper, event: dict[str, Any], path: str) -> Draft:
    context = browser_context(shopper, page_shown(shopper, path))
    return Draft(client="browser", kind=kind, event={**event, **shopper.ids(), "context": context, "integrations": {}})


def by_server(kind: str, shopper: Shopper, event: dict[str, Any], context: dict[str, Any] | None = None) -> Draft:
    whole = {**event, **shopper.ids(), "context": server_context(shopper) | (context or {}), "integrations": {}}
    return Draft(client="server", kind=kind, event=whole)


def new_order(rng: Random, shopper: Shopper) -> dict[str, Any]:
    chosen = rng.sample(goods.PRODUCTS, rng.choice((1, 1, 1, 2, 2, 3)))
    products = [{**product, "quantity": rng.choice((1, 1, 2, 4))} for product in chosen]
    revenue = round(sum(product["price"] * product["quantity"] for product in products), 2)
    discount = round(revenue * 0.1, 2) if rng.random() < 0.3 else 0
    shipping, tax = (0 if revenue > 100 else 4.9), round((revenue - discount) * 0.19, 2)
    return {
        "order_id": f"{rng.getrandbits(40):010x}",
        "checkout_id": f"{rng.getrandbits(40):010x}",
        "revenue": revenue,
        "discount": discount,
        "shipping": shipping,
        "tax": tax,
        "total": round(revenue - discount + shipping + tax, 2),
        "currency": shopper.place["currency"],
        "coupon": "WINTER10" if discount else "",
        "products": products,
    }


def order_completed(shopper: Shopper, order: dict[str, Any]) -> tuple[Draft, Draft]:
    """One order as the confirmation page and as the backend tell of it."""
    message_id = f"order-{order['order_id']}"
    event = {"type": "track", "event": "Order Completed", "messageId": message_id, "properties": order}
    told_by_server = {**event, "properties": {**order, "margin": round(order["revenue"] * 0.42, 2)}}
    return by_browser("order", shopper, event, "/thank-you"), by_server("order", shopper, told_by_server)


def in_either_order(rng: Random, first: Draft, second: Draft) -> Iterator[Step]:
    pair = [first, second]
    rng.shuffle(pair)
    fates: tuple[tuple[Draft, Fate], ...] = ((pair[0], "accepted"), (pair[1], "twin"))
    for draft, fate in fates:
        yield Step(msgspec.structs.replace(draft, fate=fate), rng.expovariate(0.5))


def refunded(rng: Random, shopper: Shopper, order: dict[str, Any]) -> Draft:
    total = round(order["total"] * rng.choice((1, 1, 0.5)), 2)
    about = {"order_id": order["order_id"], "total": total, "currency": order["currency"]}
    return by_server("refund", shopper, {"type": "track", "event": "Order Refunded", "properties": about})
