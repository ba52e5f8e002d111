"""A destination and its stand-in, face to face without a socket."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from trackyard.kit.action import Action, Destination
from trackyard.kit.fields import compile_payload
from trackyard.kit.mapping import compile_mapping
from trackyard.kit.outcome import Outcome
from trackyard.kit.preset import Preset, with_order_value
from trackyard.kit.request import Request, Response
from trackyard.kit.trigger import compile_trigger
from trackyard.pipeline.deliver.subscription import with_defaults
from trackyard.pipeline.deliver.transport import Wire, wire
from trackyard.sandbox.partner import Judgement, Partner, Taken

TOKEN = "access-token-1"  # what a lane adds for destinations with OAuth
# Where the examples give in the mapping what a connection has in its settings.
SETTINGS: Mapping[str, Mapping[str, Any]] = {"webhook": {"url": "https://hooks.example.com/in"}}
ORDER_VALUE_PATH = "$.properties.total"


class Exchange(msgspec.Struct):
    """What was sent for one event, what the stand-in took of it, and what the destination read of that."""

    wires: list[Wire]
    effects: int
    outcome: Outcome


class Bench:
    """A fresh stand-in for one destination at one moment."""

    def __init__(self, destination: Destination, partner: Partner, now: datetime) -> None:
        self.destination, self.now = destination, now
        self.is_strict = partner.is_strict
        self._partner, self._desk = partner, Desk(now.timestamp())
        given: list[dict[str, Any]] = [
            dict(example.settings) for action in destination.actions for example in action.examples
        ]
        self._settings = max(given, key=len) | dict(SETTINGS.get(destination.slug, {}))

    def preset_for(self, event: Mapping[str, Any]) -> Preset | None:
        """The preset that wants `event`."""
        return next((preset for preset in self.destination.presets if compile_trigger(preset.trigger)(event)), None)

    def send_by_preset(self, preset: Preset, event: Mapping[str, Any]) -> Exchange:
        """What comes of `event` by a preset. Raises `ValueError` where nothing can be made of it."""
        action = self.destination.action(preset.action)
        assert action is not None, preset.action
        return self.send(action, with_order_value(dict(preset.mapping), ORDER_VALUE_PATH), event, self._settings)

    def send(
        self, action: Action, mapping: Mapping[str, Any], event: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> Exchange:
        """What comes of `event` on an action."""
        members = compile_mapping(with_defaults({**action.always, **mapping}, action.payload))(dict(event))
        payload: Any = compile_payload(action.payload)(members)
        built = action.build(payload, msgspec.convert(settings, self.destination.settings), self.now)
        wires: list[Wire] = []
        if isinstance(built, Request):
            judgement = self._judged(built, wires)
            return Exchange(wires, len(judgement.rows), action.read(_response(judgement), 1)[0])
        effects, response = 0, None
        while True:
            try:
                judgement = self._judged(built.send(response), wires)  # type: ignore[arg-type]
            except StopIteration as ended:
                assert ended.value is not None or response is not None, "a conversation that said nothing"
                outcomes = ended.value or action.read(response, 1)  # type: ignore[arg-type]
                return Exchange(wires, effects, outcomes[0])
            effects, response = effects + len(judgement.rows), _response(judgement)

    def _judged(self, request: Request, wires: list[Wire]) -> Judgement:
        ready = wire(request)
        wires.append(ready)
        headers = {"authorization": f"Bearer {TOKEN}", **ready.headers}
        raw = tuple((name.encode(), value.encode()) for name, value in headers.items())
        target, _, query = ready.url.partition("://")[2].partition("?")
        path = target.partition("/")[2]
        return self._partner.judge(
            Taken(method=ready.method, path=path, query=query, headers=raw, body=ready.body), self._desk
        )


class Desk:
    """What the stand-in has at hand: nothing happened before."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._tickets: dict[str, Any] = {}

    def has(self, row_id: str) -> bool:
        return False

    def refuses(self, row: Any) -> bool:
        return False

    def keep(self, ticket: str, value: Any) -> None:
        self._tickets[ticket] = value

    def kept(self, ticket: str) -> Any:
        return self._tickets.get(ticket)


def _response(judgement: Judgement) -> Response:
    return Response(status=judgement.answer.status, body=judgement.answer.body)
