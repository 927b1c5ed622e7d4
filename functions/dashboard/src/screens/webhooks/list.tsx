// The webhooks: of owners their own, of admins all.

import { usePoll } from "../../api/poll.ts";
import { readWebhooks, type Webhook } from "../../api/webhooks.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Empty, Skeleton } from "../../parts/empty.tsx";
import { Heading } from "../../parts/heading.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Ago, Seen } from "../../parts/time.tsx";
import { href, route } from "../../state/route.ts";
import { CreateWebhook } from "./create.tsx";
import { WebhookBadge } from "./state.tsx";

export function Webhooks() {
  const { webhooks, older, first } = texts.value;
  const cursor = route.value.query.get("cursor") ?? undefined;
  const view = usePoll(
    `webhooks ${cursor}`,
    (signal) => readWebhooks(cursor, signal),
    () => false,
  );
  const page = view.data.value;
  return (
    <>
      <Heading title={webhooks.title}>
        <Seen at={view.seen.value} />
      </Heading>
      {view.failure.value !== undefined && <ProblemNote failure={view.failure.value} again={view.refresh} />}
      {page === undefined && view.failure.value === undefined && <Skeleton rows={4} />}
      {page !== undefined && page.items.length === 0 && (
        <Empty icon="waiting" title={webhooks.empty}>
          <p>{webhooks.emptySays}</p>
        </Empty>
      )}
      {page !== undefined && page.items.length > 0 && (
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">{webhooks.url}</th>
              <th scope="col">{webhooks.state}</th>
              <th scope="col">{webhooks.events}</th>
              <th scope="col">{webhooks.owner}</th>
              <th scope="col">{webhooks.created}</th>
            </tr>
          </thead>
          <tbody>
            {page.items.map((webhook) => (
              <Row key={webhook.id} webhook={webhook} />
            ))}
          </tbody>
        </table>
      )}
      <div class="row">
        {cursor !== undefined && (
          <a class="button" href={href(["webhooks"])}>
            {first}
          </a>
        )}
        {page?.nextCursor && (
          <a class="button" href={href(["webhooks"], { cursor: page.nextCursor })}>
            {older}
          </a>
        )}
      </div>
      <CreateWebhook onCreated={view.refresh} />
      <p class="small">
        {webhooks.verifies} <code>shopwright webhook listen --port 4000</code>.
      </p>
    </>
  );
}

function Row({ webhook }: { webhook: Webhook }) {
  const { webhooks } = texts.value;
  return (
    <tr>
      <td class="title break">
        <a href={href(["webhooks", webhook.id])}>{webhook.url}</a>
        {webhook.description !== null && <p class="small">{webhook.description}</p>}
      </td>
      <td data-label={webhooks.state}>
        <WebhookBadge webhook={webhook} />
      </td>
      <td data-label={webhooks.events} class="break">
        {webhook.events.join(" ")}
      </td>
      <td data-label={webhooks.owner} class="break">
        {webhook.owner ?? webhooks.all}
      </td>
      <td data-label={webhooks.created}>
        <Ago at={webhook.createdAt} />
      </td>
    </tr>
  );
}
