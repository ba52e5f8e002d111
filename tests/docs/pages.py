"""The project's own pages, and what is found in them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def shell_lines(text: str) -> Iterator[str]:
    """Every command line of the shell blocks, continued lines joined, comments and variables before it cut off."""
    for language, block in FENCE.findall(text):
        if language in ("sh", "bash", "console"):
            yield from block.replace("\\\n", " ").splitlines()


def mentioned(text: str, program: str) -> Iterator[str]:
    """Every `program ...` in shell blocks and in inline code."""
    for line in [*shell_lines(text), *INLINE.findall(FENCE.sub("", text))]:
        for part in re.split(r"&&|;|\||#", line):
            words = part.split()
            while words and re.match(r"^\w+=|^sudo$|^docker$", words[0]):
                words.pop(0)
            if words and words[0] == program:
                yield " ".join(words)
