"""What generated requests can't know of the API, or of what stands before it on a local stack."""

import itertools
import re

import schemathesis

KEY = "idempotency-key"
numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Makes a key name one request only, and a time that is well-formed one to come."""
    key = (case.headers or {}).get(KEY)
    if isinstance(key, str) and re.fullmatch("[!-~]{1,200}", key):
        case.headers[KEY] = f"{key}-{next(numbers)}"
    expires = case.body.get("expiresAt") if isinstance(case.body, dict) else None
    if isinstance(expires, str) and re.match("[0-9]{4}-", expires):
        # Leap years come again every 400.
        case.body["expiresAt"] = f"{2400 + int(expires[:4]) % 400}{expires[4:]}"


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
