"""`python -m trackyard` is the `trackyard` command."""

from trackyard.cli.main import main

main()
