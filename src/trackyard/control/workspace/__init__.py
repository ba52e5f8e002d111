"""Workspace files: read, check, compare; revisions made of them."""
