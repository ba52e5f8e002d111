"""State that outlives a process: one protocol, several engines."""
