"""`python -m tests.crash --kills N`: the kill test with as many kills as asked for."""

import argparse
import os
import sys
from pathlib import Path

import pytest

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--kills", type=int, default=100)
options.add_argument("--seed", type=int, default=1)
found = options.parse_args()
os.environ |= {"TRACKYARD_KILLS": str(found.kills), "TRACKYARD_KILLS_SEED": str(found.seed)}
sys.exit(pytest.main([str(Path(__file__).parent), "-v", "-s", "-p", "no:randomly"]))
