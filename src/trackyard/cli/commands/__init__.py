"""One module per command, found by looking: `some_name.py` holds `command`, reached as `trackyard some-name`."""
