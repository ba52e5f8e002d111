"""The tracking API as Segment's clients, and those that descend from it, speak it: pure knowledge of the wire."""
