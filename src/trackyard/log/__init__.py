"""The durable, ordered, replayable log: one protocol, several engines."""
