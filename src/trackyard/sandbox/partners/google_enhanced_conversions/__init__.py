"""Google Ads: conversions, adjustments and Customer Match jobs; the newer Data Manager API; the first, legacy API."""

import re

from trackyard.sandbox import forms
from trackyard.sandbox.partner import Answer, Desk, Judgement, Partner, Taken
from trackyard.sandbox.partners.google_enhanced_conversions import data_manager, jobs, legacy, tokens, uploads
from trackyard.sandbox.partners.google_enhanced_conversions.failures import NOT_FOUND, request_failure

CUSTOMER = re.compile(r"v\d+/customers/(\d+)")
ACCOUNT = re.compile(rb'"accountId":\s*"(\d+)"')


def judge(taken: Taken, desk: Desk) -> Judgement:
    """All but the token endpoint demand an OAuth token, the Google Ads API a developer token beside it."""
    if taken.path in tokens.PATHS:
        return tokens.judge(taken, desk)
    if tokens.are_refused(forms.bearer(taken.header(b"authorization")), desk):
        return request_failure(401, "UNAUTHENTICATED", "authenticationError", "OAUTH_TOKEN_INVALID")
    if taken.path.startswith("v1/"):
        return data_manager.judge(taken, desk)
    if taken.path == legacy.PATH:
        return legacy.judge(taken)
    if taken.method != "POST" or CUSTOMER.match(taken.path) is None:
        return Judgement(Answer(404, NOT_FOUND), refused=["no such path"])
    if not taken.header(b"developer-token"):
        return request_failure(400, "INVALID_ARGUMENT", "requestError", "DEVELOPER_TOKEN_PARAMETER_MISSING")
    if "/offlineUserDataJobs" in taken.path or taken.path.endswith("/googleAds:searchStream"):
        return jobs.judge(taken, desk)
    return uploads.judge(taken, desk)


def account(taken: Taken) -> str:
    if taken.path in tokens.PATHS:
        return "tokens"
    in_path = CUSTOMER.match(taken.path)
    if in_path:
        return in_path[1]
    in_body = ACCOUNT.search(taken.body)
    return in_body[1].decode() if in_body else "unknown"


partner = Partner(
    slug="google-enhanced-conversions",
    judge=judge,
    hosts=("googleads.googleapis.com", "datamanager.googleapis.com", "www.google.com", "www.googleapis.com"),
    connection=account,
    window_seconds=90 * 86_400,
    is_strict=True,
)
