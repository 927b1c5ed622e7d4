"""What generated requests can't know of the API, or of what stands before it on a local stack."""

import itertools
import re

import schemathesis

KEY = "idempotency-key"
COORDINATE = "[A-Za-z0-9_-]{43}"
# The one of RFC 9180, A.3.1. Of those that the description allows, hardly any is a point on the curve.
POINT = {"x": "_owZzgkFGR68KYqSRXklMfJvDOziRgY56Lw5y39waoI", "y": "anebTPlpuKDlOcf2L7PTCtaqj4DjDx0Siq_WiiznLqA"}
numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Makes a key name one request only, and a time and a point that are well-formed ones that can be."""
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and re.fullmatch("[!-~]{1,200}", key):
        case.headers[KEY] = f"{key}-{next(numbers)}"
    body = case.body if isinstance(case.body, dict) else {}
    public_key = body.get("publicKey")
    if isinstance(public_key, dict) and all(
        isinstance(public_key.get(name), str) and re.fullmatch(COORDINATE, public_key[name]) for name in POINT
    ):
        public_key.update(POINT)
    for name in "expiresAt", "since":
        time = body.get(name)
        if isinstance(time, str) and re.match("[0-9]{4}-", time):
            # Leap years come again every 400.
            body[name] = f"{2400 + int(time[:4]) % 400}{time[4:]}"


@schemathesis.hook
def filter_body(context, body):
    """cargo-lambda, in place of API Gateway, answers 500 to text that is not UTF-8, and calls no function."""
    if not isinstance(body, bytes):
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
