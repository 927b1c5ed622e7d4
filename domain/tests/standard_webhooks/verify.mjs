// Says of each message on standard input whether the official library takes it. The library is in the folder that
// this runs in.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { Webhook, WebhookVerificationError } = createRequire(`${process.cwd()}/`)("standardwebhooks");

const isGood = ({ secret, headers, payload }) => {
  try {
    new Webhook(secret).verify(payload, headers);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
};

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(isGood)));
