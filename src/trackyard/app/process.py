"""The process role: received records to decided events. The one writer of the state."""

from trackyard.app.role import Surroundings, patiently, report
from trackyard.log.doorbell import Doorbell, Listener
from trackyard.log.sqlite import SqliteLog
from trackyard.pipeline.process.engine import Processor
from trackyard.store.reprocess_jobs import ReprocessJobs
from trackyard.store.revisions import Revisions
from trackyard.store.sqlite_state import SqliteState


def run(around: Surroundings) -> None:
    """Decide until told to stop."""
    directory = around.directory
    state = patiently(lambda: SqliteState(directory.state, writer=True))
    received = patiently(lambda: SqliteLog(directory.received, writer=False))
    listener = Listener(directory.doorbell("process"))
    doorbell = Doorbell(directory.doorbell("deliver"))
    processor = Processor(received, state, Revisions(directory.revisions), ReprocessJobs(directory.reprocess))
    report(around, lambda: ("deciding", processor.facts()))
    processor.run(around.stop, listener, doorbell.ring)
    listener.close()
    received.close()
    state.close()
