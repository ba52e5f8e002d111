"""Trials: one event tried on one action of a connection, before it goes live."""
