"""Where everything lies below the data directory. One writer per file, named beside it."""

from pathlib import Path


class DataDirectory:
    """Paths only; nothing is made until somebody opens it."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.received = self.root / "received.db"  # collect
        self.state = self.root / "state.db"  # process
        self.deliveries = self.root / "deliveries.db"  # deliver
        self.archive = self.root / "archive"  # process: decided events past retention
        self.ledger = self.root / "ledger"  # deliver
        self.shadow = self.root / "shadow"  # deliver: requests of connections in shadow mode
        self.replays = self.root / "replays"  # one file per replay under way
        self.revisions = self.root / "revisions"  # control
        self.acceptance = self.root / "acceptance"  # the command: one file per run of the acceptance suites
        self.trials = self.root / "trials"  # the command: results of `actions test`
        self.reprocess = self.root / "reprocess"  # the command: what is to be decided again
        self.secrets = self.root / "secrets"  # the operator: one file per `${secret:NAME}`
        self.tokens = self.root / "oauth"  # access tokens of connections, encrypted; whoever gets one holds its lock
        self.tokens_key = self.root / "oauth.key"  # a secret too: encrypts them
        self.token_key = self.root / "token.key"  # a secret too: signs the tokens that collect hands out
        self.run = self.root / "run"  # doorbells and leases; nothing durable

    def doorbell(self, reader: str) -> Path:
        """The doorbell of `reader` (process, deliver, ...)."""
        return self.run / f"{reader}.bell"

    def inbox(self, writer: str) -> Path:
        """Where commands for the one writer of a file wait for it."""
        return self.root / "inbox" / writer

    @property
    def metrics(self) -> Path:
        """Where the processes keep the metrics that one page adds up."""
        return self.run / "metrics"
