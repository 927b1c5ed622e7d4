"""Says of each message on standard input whether the official library takes it."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def is_good(case):
    try:
        Webhook(case["secret"]).verify(case["payload"], case["headers"])
    except WebhookVerificationError:
        return False
    return True


json.dump([is_good(case) for case in json.load(sys.stdin)], sys.stdout)
