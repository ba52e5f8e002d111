"""Which path means what."""

import pytest

from trackyard.sources.segment.endpoints import (
    INGEST,
    METRICS,
    PIXELS,
    Endpoint,
    chunk_name,
    library_key,
    normal,
    settings_asked,
)


@pytest.mark.parametrize(
    ("path", "name", "client_side", "batch"),
    [
        ("/v1/track", "track", False, False),
        ("/track", "track", False, False),
        ("/v1/identify/", "identify", False, False),
        ("/v1/t", "track", True, False),
        ("/p", "page", True, False),
        ("/v1/i", "identify", True, False),
        ("/v1/s", "screen", True, False),
        ("/v1/g", "group", True, False),
        ("/v1/a", "alias", True, False),
        ("/v1/batch", "batch", False, True),
        ("/batch", "batch", False, True),
        ("//v1//batch", "batch", False, True),
        ("/v1/v1/batch", "batch", False, True),
        ("/v1/import", "import", False, True),
        ("/v1/import/", "import", False, True),
        ("/v1/b", "b", True, True),
        ("/b", "b", True, True),
        ("/v1/batch/b", "b", True, True),
        ("/batch/b", "b", True, True),
        ("/v1/b/b", "b", True, True),
        ("/api/s/page", "page", True, False),
        ("/api/s/s2s/track", "track", False, False),
        ("/api/s/s2s/batch", "batch", False, True),
        ("/beacon/v1/batch", "b", True, True),
    ],
)
def test_every_spelling_of_a_path_is_understood(path: str, name: str, client_side: bool, batch: bool) -> None:
    assert INGEST[normal(path)] == Endpoint(name, client_side, batch)


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/track", "/v1/tracks", "/api/s/foo", "/v1/B"])
def test_other_paths_take_no_events(path: str) -> None:
    assert normal(path) not in INGEST


def test_metrics_and_pixels_have_their_paths() -> None:
    assert {"/m", "/v1/m"} <= METRICS
    assert (PIXELS["/v1/pixel/track"], PIXELS["/pixel/v1/page"]) == ("track", "page")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/v1/projects/WK/settings", ("WK", False)),
        ("/projects/WK/settings", ("WK", False)),
        ("/v1/projects/projects/WK/settings", ("WK", False)),
        ("/projects/projects/WK/settings", ("WK", False)),
        ("/v1/projects/WK/settings/", ("WK", False)),
        ("/customerio/v1/projects/WK/settings", ("WK", True)),
        ("/v1/projects/WK", None),
        ("/v1/projects/a/b/settings", None),
    ],
)
def test_settings_paths_give_their_write_key(path: str, asked: tuple[str, bool] | None) -> None:
    assert settings_asked(normal(path)) == asked


def test_the_library_and_its_chunks_are_recognised() -> None:
    assert library_key("/analytics.js/v1/WK/analytics.min.js") == "WK"
    assert library_key("/analytics.js/v1/WK/platform/analytics.min.js") == "WK"
    assert library_key("/analytics.js/v1/analytics.min.js") is None
    assert chunk_name("/analytics-next/bundles/ajs-destination.bundle.40628.js") == "ajs-destination.bundle.40628.js"
    assert chunk_name("/analytics-next/bundles/../../secret.js") is None
