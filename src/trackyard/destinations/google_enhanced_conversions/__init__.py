"""Google Ads: enhanced conversions, click and call conversions, adjustments and Customer Match."""

from typing import Final

from trackyard.destinations.google_enhanced_conversions import adjustment, call, click, data_manager, legacy, user_list
from trackyard.destinations.google_enhanced_conversions.differences import DIFFERENCES
from trackyard.destinations.google_enhanced_conversions.settings import Settings
from trackyard.kit.action import Destination, Fact
from trackyard.kit.oauth import OAuth
from trackyard.kit.trial_mode import TrialMode, flag_in_body

_PAGES: Final = "https://developers.google.com/google-ads/api"

destination = Destination(
    slug="google-enhanced-conversions",
    name="Google Ads Conversions",
    settings=Settings,
    actions=[
        *click.actions,
        *call.actions,
        *adjustment.actions,
        *user_list.actions,
        *data_manager.actions,
        *legacy.actions,
    ],
    purposes=frozenset({"advertising"}),
    docs_url=f"{_PAGES}/docs/conversions/overview",
    can_deduplicate=True,
    dedupe_window_seconds=90 * 86_400,
    event_age_seconds_max=90 * 86_400,
    oauth=OAuth(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://www.googleapis.com/oauth2/v4/token",
        scopes=("https://www.googleapis.com/auth/adwords", "https://www.googleapis.com/auth/datamanager"),
        grants=("service_account", "refresh_token"),
    ),
    trial_mode=TrialMode(
        name="validateOnly",
        mark=flag_in_body(
            "validateOnly",
            (":uploadClickConversions", ":uploadCallConversions", ":uploadConversionAdjustments", "/events:ingest"),
        ),
        source=f"{_PAGES}/reference/rpc/v26/UploadClickConversionsRequest",
    ),
    hosted_by_segment={"developerToken": "ADWORDS_DEVELOPER_TOKEN"},
    facts=[
        Fact("auth", "OAuth and a developer token of your own", f"{_PAGES}/docs/oauth/overview"),
        Fact("limits", "2,000 conversions or adjustments in a request", f"{_PAGES}/docs/conversions/upload-clicks"),
        Fact(
            "errors", "good rows are taken, bad ones named by index", f"{_PAGES}/docs/best-practices/partial-failures"
        ),
        Fact("expiry", "clicks 90 days back, adjustments 54 days after", f"{_PAGES}/docs/conversions/overview"),
        Fact("dedupe", "one order id per conversion action", f"{_PAGES}/reference/rpc/v26/ClickConversion"),
        Fact("accepted", "stored; attribution follows within hours", f"{_PAGES}/docs/conversions/upload-clicks"),
    ],
    differences=DIFFERENCES,
)
