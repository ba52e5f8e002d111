"""What must hold for a destination that a workspace brings: it can be used, is new, and its examples come out."""

from collections.abc import Iterator

from trackyard.control.workspace.finding import Finding, Subject
from trackyard.kit.own.examples import example_faults
from trackyard.kit.own.faults import NotADestination
from trackyard.kit.own.load import file_of, line_of, own_destinations, source_of
from trackyard.model.errors import Problem


def own_destination_files(subject: Subject) -> Iterator[Finding]:
    sources = subject.workspace.destinations
    found, faults = own_destinations(sources)
    for fault in faults:
        yield _finding(fault)
    names = {source: name for name, source in sources.items()}
    for slug, destination in found.items():
        source = source_of(slug, sources)
        name = names[source]
        if slug in subject.shipped:
            line, taken = line_of(source), f"the slug {slug!r}, which Trackyard ships"
            yield _finding(NotADestination(file_of(name), line, taken, "a slug of its own"))
        for fault in example_faults(name, source, destination):
            yield _finding(fault)


def _finding(fault: NotADestination) -> Finding:
    return Finding(Problem(fault.file, fault.line, fault.found, fault.expected, fix=fault.fix))
