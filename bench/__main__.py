"""`python -m bench`: the languages beside the reference, then the event path. Options go to the event path."""

from bench import path

if __name__ == "__main__":
    path.main()
