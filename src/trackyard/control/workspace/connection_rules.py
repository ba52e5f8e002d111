"""What must hold for a connection: its destination, settings, secrets, purposes, triggers and mappings."""

from collections.abc import Iterator
from typing import Any

import msgspec

from trackyard.control.workspace.diff import sensitive
from trackyard.control.workspace.finding import Finding, Subject, error, unknown, warning
from trackyard.control.workspace.money_rules import money
from trackyard.control.workspace.shape import did_you_mean, faults, one_of
from trackyard.control.workspace.yaml import Document, Path
from trackyard.kit.action import Action, Destination
from trackyard.kit.fields import FieldDefinition, fields_of
from trackyard.kit.mapping import MappingError, compile_mapping
from trackyard.kit.own.load import own_destinations
from trackyard.kit.trigger import TriggerError, compile_trigger, difference
from trackyard.model.workspace import Connection, Subscription, Workspace, feeds
from trackyard.store.secrets import LIKE_A_REFERENCE, REFERENCE, has_reference, missing_references, resolve

REFERENCE_FORMS = "${env:NAME}, ${env:NAME:-default} or ${secret:NAME}"
BUILDS_REQUESTS = ("live", "shadow")


def connections(subject: Subject) -> Iterator[Finding]:
    for name, connection in subject.workspace.connections.items():
        document = subject.files.destinations[name]
        destination = subject.catalogue.get(connection.destination)
        yield from _names(subject, connection, document)
        yield from _references(subject, connection, document)
        yield from _silences(subject, connection, destination, document)
        if destination is not None:
            if connection.presets and not destination.presets:
                yield error(document, ("presets",), f"presets, of which {destination.slug} has none", "subscriptions")
            yield from money(subject.workspace.order_value, connection, destination, document)
            yield from _written_out(connection, destination, document)
            yield from _settings(subject, connection, destination, document)
            for index, subscription in enumerate(connection.subscriptions):
                yield from _subscription(subscription, destination, document, ("subscriptions", index))


def _names(subject: Subject, connection: Connection, document: Document) -> Iterator[Finding]:
    environments, sources = subject.workspace.environments, subject.files.sources
    unread = own_destinations(subject.workspace.destinations)[1]  # what those would bring is not unknown, only unread
    if connection.destination not in subject.catalogue and not unread:
        yield unknown(document, ("destination",), "destination", connection.destination, sorted(subject.catalogue))
    if subject.main_is_known and connection.environment not in environments:
        yield unknown(document, ("environment",), "environment", connection.environment, environments)
    for index, source in enumerate(connection.sources or ()):
        if source not in sources:
            yield unknown(document, ("sources", index), "source", source, sources)


def _silences(
    subject: Subject, connection: Connection, destination: Destination | None, document: Document
) -> Iterator[Finding]:
    """What is allowed, but means that nothing is ever sent."""
    if connection.purposes is None:
        fix = f"{destination.name} suggests [{', '.join(sorted(destination.purposes))}]" if destination else ""
        yield warning(document, ("purposes",), "no purposes", "purposes: [...]; until then nothing is sent", fix)
    if not connection.subscriptions:
        yield warning(document, ("subscriptions",), "no subscription", "at least one, or nothing is sent")
    environment, sources = connection.environment, subject.workspace.sources.items()
    if not any(feeds(connection, name, environment) and source.write_keys.get(environment) for name, source in sources):
        found = f"no write key of {environment} in any of its sources"
        yield warning(document, ("environment",), found, "one, or nothing reaches this connection")
    grantable = _grantable(subject.workspace)
    for index, purpose in enumerate(connection.purposes or ()):
        if subject.main_is_known and purpose not in grantable:
            expected = "it in a category of consent.categories or in a source's no_decision, or nothing is ever sent"
            yield warning(document, ("purposes", index), f'"{purpose}", which nobody can allow', expected)


def _grantable(workspace: Workspace) -> set[str]:
    """The purposes that some decision, or the lack of one, can allow."""
    by_category = {purpose for purposes in workspace.consent.categories.values() for purpose in purposes}
    rules = (rule for source in workspace.sources.values() for rule in source.no_decision.values())
    return {"necessary"} | by_category | {purpose for rule in rules for purpose in rule}


def _references(subject: Subject, connection: Connection, document: Document) -> Iterator[Finding]:
    """Every reference is well formed, refers to something, and stands in the settings."""
    for path, text in _texts_of(connection):
        for match in LIKE_A_REFERENCE.finditer(text):
            if not REFERENCE.fullmatch(match[0]):
                yield error(document, path, f"the reference {match[0]}", REFERENCE_FORMS)
            elif path[0] != "settings":
                yield error(document, path, f"{match[0]} in a mapping", "references in settings, nowhere else")
        for missing in missing_references(text, subject.secrets):
            say = error if connection.mode in BUILDS_REQUESTS else warning
            yield say(document, path, f"{missing}, which is not set", "a value", _where_to_set(missing))


def _where_to_set(reference: str) -> str:
    match = REFERENCE.fullmatch(reference)
    assert match is not None
    if match["kind"] == "env":
        return f"set the environment variable {match['name']}, or set mode: off until there is one"
    return f"write it to the file secrets/{match['name']} in the data directory, or set mode: off until there is one"


def _texts_of(connection: Connection) -> Iterator[tuple[Path, str]]:
    yield from _texts(connection.settings, ("settings",))
    for index, subscription in enumerate(connection.subscriptions):
        yield from _texts(subscription.mapping, ("subscriptions", index, "mapping"))


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for key, item in value.items():
                yield from _texts(item, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from _texts(item, (*path, index))


def _settings(
    subject: Subject, connection: Connection, destination: Destination, document: Document
) -> Iterator[Finding]:
    """The settings have the shape that the destination declares, as far as its references can be followed."""
    settings = connection.settings
    resolvable = not missing_references(settings, subject.secrets)
    known = resolve(settings, subject.secrets) if resolvable else settings
    for fault in faults(known, destination.settings):
        refers = has_reference(_at(settings, fault.path))
        if refers and not resolvable:
            continue  # what it will be is not known yet
        found = "what the reference stands for" if refers else fault.found
        yield error(document, ("settings", *fault.path), found, fault.expected, "" if refers else fault.fix)


def _written_out(connection: Connection, destination: Destination, document: Document) -> Iterator[Finding]:
    """Secrets stand in files by reference only: files are kept in version control and shown in diffs."""
    expected = f"a reference: {REFERENCE_FORMS}"
    secret = set(_secret_places(connection, destination))
    for path, text in _texts_of(connection):
        if REFERENCE.search(text):
            continue
        if any(path[: len(place)] == place for place in secret):
            yield error(document, path, "a secret written out", expected)
        elif sensitive(path[-1:]):
            yield warning(document, path, "what looks like a secret, written out", expected)


def _secret_places(connection: Connection, destination: Destination) -> Iterator[Path]:
    for name, field in fields_of(destination.settings).items():
        if is_secret(field):
            yield ("settings", name)
    for index, subscription in enumerate(connection.subscriptions):
        action = destination.action(subscription.action)
        for name, value in subscription.mapping.items():
            if action is not None and isinstance(value, str) and is_secret(fields_of(action.payload).get(name, {})):
                yield ("subscriptions", index, "mapping", name)


def is_secret(field: FieldDefinition) -> bool:
    """Whether a setting holds a secret, so that files may only refer to it."""
    return field.get("secret", False) or field.get("type") == "password"


def _at(value: Any, path: Path) -> Any:
    for part in path:
        try:
            value = value[part]
        except (LookupError, TypeError):
            return None
    return value


def _subscription(
    subscription: Subscription, destination: Destination, document: Document, path: Path
) -> Iterator[Finding]:
    action = destination.action(subscription.action)
    if action is None:
        slugs = [action.slug for action in destination.actions]
        yield unknown(document, (*path, "action"), f"action of {destination.slug}", subscription.action, slugs)
    try:
        compile_trigger(subscription.trigger, subscription.dialect)
    except TriggerError as fault:
        yield error(document, (*path, "trigger"), f"a trigger that cannot be read: {fault}", "a trigger")
    if subscription.dialect == "segment":
        yield from _dialect(subscription.trigger, document, (*path, "trigger"))
    yield from _mapping(subscription.mapping, action, document, (*path, "mapping"))


def _dialect(trigger: str, document: Document, path: Path) -> Iterator[Finding]:
    event = difference(trigger)
    if event is not None:
        found = f"a trigger that means something else in fql, for one on {_json(event)}"
        yield warning(document, path, found, "the same meaning in both", "keep dialect: segment until it is rewritten")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _mapping(mapping: dict[str, Any], action: Action | None, document: Document, path: Path) -> Iterator[Finding]:
    try:
        compile_mapping(mapping)
    except MappingError as fault:
        for problem in fault.problems:
            parts = [int(part) if part.isdecimal() else part for part in problem.path.split("/") if part]
            yield error(document, (*path, *parts), f"a mapping that cannot be used: {problem.message}", "a mapping")
    if action is not None and not any(key.startswith("@") for key in mapping):
        yield from _members(mapping, action, document, path)


def _members(mapping: dict[str, Any], action: Action, document: Document, path: Path) -> Iterator[Finding]:
    """The members of a mapping are the action's fields, and every field that must be there is."""
    fields = fields_of(action.payload)
    for key in mapping:
        if key not in fields:
            fix = did_you_mean(key, list(fields))
            yield warning(document, (*path, key), f'"{key}", no field of {action.slug}', one_of(fields), fix)
    for key, field in fields.items():
        if field.get("required") is True and key not in mapping and "default" not in field:
            expected = f'"{key}" ({field["label"]})'
            yield error(document, path, f"no {key} in the mapping of {action.slug}", expected)
