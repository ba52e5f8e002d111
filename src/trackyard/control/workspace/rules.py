"""What must hold between the parts of a workspace. Each rule yields findings; none raises."""

import re
from collections.abc import Callable, Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from trackyard.control.workspace.connection_rules import connections
from trackyard.control.workspace.content_rules import plans, transforms
from trackyard.control.workspace.destination_rules import own_destination_files
from trackyard.control.workspace.finding import Finding, Subject, error, unknown, warning
from trackyard.control.workspace.yaml import Document, Path
from trackyard.kit.money import CURRENCIES
from trackyard.model.workspace import Source, Workspace
from trackyard.store.secrets import LIKE_A_REFERENCE

HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+|[0-9A-Fa-f:]+)(:\d{1,5})?")
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\*\.)?[^/\s:*@]+(:(\d{1,5}|\*))?/?", re.IGNORECASE)
COUNTRY = re.compile(r"[A-Z]{2}")
WRITE_KEY = re.compile(r"[A-Za-z0-9_.-]{8,128}")

Rule = Callable[[Subject], Iterator[Finding]]


def findings(subject: Subject) -> Iterator[Finding]:
    """What every rule finds."""
    for rule in RULES:
        yield from rule(subject)


def whole_workspace(subject: Subject) -> Iterator[Finding]:
    files, workspace = subject.files, subject.workspace
    if isinstance(files.main.value, dict) and files.main.value.get("name") == "":
        yield error(files.main, ("name",), "an empty name", "a name")
    yield from _environments(files.main, workspace)
    for region, countries in workspace.regions.items():
        for index, country in enumerate(countries):
            if not COUNTRY.fullmatch(country):
                path: Path = ("regions", region, index)
                yield error(files.main, path, repr(country), "an ISO 3166 country code of two capitals, like DE")
    for index, window in enumerate(workspace.freeze_windows):
        if window.end <= window.start:
            path = ("freeze_windows", index, "end")
            yield error(files.main, path, "an end that is not after the start", "start before end")

    currency = workspace.default_currency
    if currency is not None and currency not in CURRENCIES:
        yield error(files.main, ("default_currency",), repr(currency), "an ISO 4217 code of three capitals, like EUR")
    for index, host in enumerate(workspace.allowed_private_hosts):
        if not HOST.fullmatch(host):
            yield error(files.main, ("allowed_private_hosts", index), repr(host), '"host" or "host:port", no URL')


def _environments(document: Document, workspace: Workspace) -> Iterator[Finding]:
    if not workspace.environments:
        yield error(document, ("environments",), "no environment", "at least one, like [production]")
    for index, name in enumerate(workspace.environments):
        if name in workspace.environments[:index]:
            yield error(document, ("environments", index), f'"{name}" a second time', "each environment once")


def sources(subject: Subject) -> Iterator[Finding]:
    files, workspace = subject.files, subject.workspace
    if not files.sources:
        yield warning(files.main, (), "no file in sources/", "at least one source, or nothing can come in")
    for name, source in workspace.sources.items():
        document = files.sources[name]
        yield from _source_names(subject, name, source, document)
        for region in source.no_decision:
            if subject.main_is_known and region not in ("default", *workspace.regions):
                yield unknown(document, ("no_decision", region), "region", region, ["default", *workspace.regions])
        yield from _origins(source, document)
        yield from _oauth_keys(source, document)
        if "default" not in source.no_decision:
            yield warning(document, ("no_decision",), "no rule for default", "one: absent means denied, say [] instead")


def _source_names(subject: Subject, name: str, source: Source, document: Document) -> Iterator[Finding]:
    files, workspace = subject.files, subject.workspace
    for environment in source.write_keys:
        if subject.main_is_known and environment not in workspace.environments:
            yield unknown(document, ("write_keys", environment), "environment", environment, workspace.environments)
    if source.twin_of == name:
        yield error(document, ("twin_of",), "the source itself", "the other source of the pair")
    elif source.twin_of is not None and source.twin_of not in files.sources:
        yield unknown(document, ("twin_of",), "source", source.twin_of, files.sources)
    if source.tracking_plan is not None and source.tracking_plan not in files.plans:
        yield unknown(document, ("tracking_plan",), "plan", source.tracking_plan, files.plans)
    for index, transform in enumerate(source.transforms):
        if transform not in files.transforms:
            yield unknown(document, ("transforms", index), "transform", transform, files.transforms)


def _origins(source: Source, document: Document) -> Iterator[Finding]:
    for index, origin in enumerate(source.allowed_origins):
        if not ORIGIN.fullmatch(origin):
            expected = "an origin, like https://www.example.com or https://*.example.com"
            yield error(document, ("allowed_origins", index), repr(origin), expected)


def _oauth_keys(source: Source, document: Document) -> Iterator[Finding]:
    for client, keys in source.oauth_clients.items():
        for key_id, text in keys.items():
            if not _is_rsa_public_key(text):
                path: Path = ("oauth_clients", client, key_id)
                yield error(document, path, "text that is no key", "an RSA public key in PEM form")


def _is_rsa_public_key(text: str) -> bool:
    try:
        return isinstance(load_pem_public_key(text.encode()), RSAPublicKey)
    except (ValueError, UnsupportedAlgorithm):
        return False


def write_keys(subject: Subject) -> Iterator[Finding]:
    """A key says which source and environment an event belongs to, so it must be one source's in one environment."""
    first: dict[str, str] = {}
    for name, source in subject.workspace.sources.items():
        document = subject.files.sources[name]
        for environment, keys in source.write_keys.items():
            for index, key in enumerate(keys):
                path: Path = ("write_keys", environment, index)
                if LIKE_A_REFERENCE.search(key):
                    yield error(document, path, "a reference", "the key itself (it is no secret: every page shows it)")
                elif not WRITE_KEY.fullmatch(key):
                    yield error(document, path, "a key of other form", "8 to 128 letters, digits, _ . -")
                elif key in first:
                    yield error(document, path, f"a key that {first[key]} has too", "each key in one place only")
                first.setdefault(key, f"{document.file}, line {document.line(path)},")


RULES: tuple[Rule, ...] = (whole_workspace, sources, write_keys, connections, plans, transforms, own_destination_files)
