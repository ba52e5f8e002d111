"""Trackyard: the open customer data pipeline you can move to from Segment and prove it."""

__version__ = "0.1.0"
