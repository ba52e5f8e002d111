"""The composition root: the only room that knows every other.

`supervise` is `trackyard up`: it takes the data directory, applies the workspace, opens the door's socket and keeps one
process per role running. `collect`, `process` and `deliver` are those processes. Each imports what it needs and no
more, so that it starts soon, and opens only its own files for writing.
"""
