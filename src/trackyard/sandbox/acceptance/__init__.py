"""Acceptance suites: what each destination promises, checked against its strict stand-in."""
