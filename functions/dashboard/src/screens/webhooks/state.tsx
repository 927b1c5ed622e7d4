// How a webhook is.

import type { Webhook } from "../../api/webhooks.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Badge } from "../../parts/badge.tsx";

export function WebhookBadge({ webhook }: { webhook: Webhook }) {
  const { states } = texts.value.webhooks;
  if (webhook.disabledReason === "gone") return <Badge tone="bad" icon="missing" text={states.gone} />;
  if (!webhook.enabled) return <Badge tone="bad" icon="failed" text={states.disabled} />;
  if (webhook.failingSince !== null) return <Badge tone="warn" icon="warning" text={states.failing} />;
  return <Badge tone="good" icon="done" text={states.good} />;
}
