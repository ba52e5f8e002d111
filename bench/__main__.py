"""`python -m bench`: the languages beside the reference, then the event path. Options go to the event path."""

import subprocess
import sys

from bench import path

if __name__ == "__main__":
    if not {"--target", "--only", "-h", "--help"} & set(sys.argv):
        subprocess.run([sys.executable, "-m", "bench.languages"], check=True)
    path.main()
