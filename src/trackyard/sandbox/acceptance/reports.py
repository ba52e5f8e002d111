"""A run as others read it: JUnit for CI, HTML for people."""

from collections import Counter
from html import escape
from xml.etree import ElementTree

from trackyard.sandbox.acceptance.run import Result, Run

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc}"
    ".bad{color:#a00000;font-weight:600}"
)


def junit(run: Run) -> bytes:
    """One suite per destination, one case per case."""
    root = ElementTree.Element("testsuites", tests=str(len(run.results)), failures=str(len(run.failures)))
    for slug in run.stand_in:
        results = _of(run, slug)
        failures = str(sum(not result.passed for result in results))
        suite = ElementTree.SubElement(root, "testsuite", name=slug, tests=str(len(results)), failures=failures)
        for result in results:
            case = ElementTree.SubElement(suite, "testcase", classname=f"{slug}.{result.check}", name=result.case)
            if not result.passed:
                ElementTree.SubElement(case, "failure", message=result.fault)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def html(run: Run) -> str:
    """One page without scripts: what failed first, then each destination with its counts."""
    checks = list(dict.fromkeys(result.check for result in run.results))
    head = "".join(f"<th>{escape(check)}</th>" for check in checks)
    body = "".join(_row(run, slug, checks) for slug in run.stand_in)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Acceptance {run.at}</title><style>{STYLE}</style>'
        f"<h1>Acceptance suites</h1><p>{run.at}, Trackyard {escape(run.version)}: {len(run.results)} cases, "
        f"{len(run.failures)} failed.</p>{_failures(run)}"
        f"<h2>By destination</h2><table><tr><th>destination</th><th>stand-in</th>{head}</tr>{body}</table></html>"
    )


def _failures(run: Run) -> str:
    if not run.failures:
        return "<p>Nothing failed.</p>"
    rows = "".join(
        f"<tr><td>{escape(result.destination)}</td><td>{escape(result.check)}</td><td>{escape(result.case)}</td>"
        f'<td class="bad">{escape(result.fault)}</td></tr>'
        for result in run.failures
    )
    return f"<h2>Failed</h2><table><tr><th>destination</th><th>check</th><th>case</th><th>found</th></tr>{rows}</table>"


def _row(run: Run, slug: str, checks: list[str]) -> str:
    results = _of(run, slug)
    total, failed = Counter(one.check for one in results), Counter(one.check for one in results if not one.passed)
    cells = "".join(_cell(total[check], failed[check]) for check in checks)
    return f"<tr><td>{escape(slug)}</td><td>{escape(run.stand_in[slug])}</td>{cells}</tr>"


def _cell(total: int, failed: int) -> str:
    if not total:
        return "<td>-</td>"
    return f'<td class="bad">{failed} of {total} failed</td>' if failed else f"<td>{total} passed</td>"


def _of(run: Run, slug: str) -> list[Result]:
    return [result for result in run.results if result.destination == slug]
