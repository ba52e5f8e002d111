"""Received records to decided events: steps are plain functions over a batch."""
