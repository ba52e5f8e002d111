"""Lanes: trigger, gate, map, batch, send, settle."""
