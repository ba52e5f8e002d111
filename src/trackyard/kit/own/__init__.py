"""A destination that a workspace brings: one Python file, checked and loaded; no other file knows it."""
