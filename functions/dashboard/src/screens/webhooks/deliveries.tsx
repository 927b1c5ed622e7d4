// The deliveries to a webhook, newest first, each with its tries.

import { useSignal } from "@preact/signals";
import { asFailure, type Failure } from "../../api/failure.ts";
import type { Page } from "../../api/types.ts";
import { type Delivery, type DeliveryTry, retryDelivery } from "../../api/webhooks.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Badge } from "../../parts/badge.tsx";
import { Copy } from "../../parts/copy.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Ago, When } from "../../parts/time.tsx";
import { notify } from "../../state/notices.ts";
import { language } from "../../state/preferences.ts";
import { href } from "../../state/route.ts";
import { duration } from "../../time/format.ts";

export function Deliveries(props: {
  webhook: string;
  page: Page<Delivery>;
  cursor: string | undefined;
  onChanged: () => void;
}) {
  const { webhook, page, cursor, onChanged } = props;
  const { webhooks, older, first } = texts.value;
  return (
    <section class="card">
      <h2>{webhooks.deliveries}</h2>
      {page.items.length === 0 && <p class="small">{webhooks.noDeliveries}</p>}
      <ul class="operations">
        {page.items.map((delivery) => (
          <DeliveryRow key={delivery.id} webhook={webhook} delivery={delivery} onChanged={onChanged} />
        ))}
      </ul>
      <div class="row">
        {cursor !== undefined && (
          <a class="button" href={href(["webhooks", webhook])}>
            {first}
          </a>
        )}
        {page.nextCursor && (
          <a class="button" href={href(["webhooks", webhook], { cursor: page.nextCursor })}>
            {older}
          </a>
        )}
      </div>
    </section>
  );
}

const LOOKS = {
  Due: { tone: "busy", icon: "waiting" },
  Delivered: { tone: "good", icon: "done" },
  GivenUp: { tone: "bad", icon: "failed" },
} as const;

function DeliveryRow({
  webhook,
  delivery,
  onChanged,
}: {
  webhook: string;
  delivery: Delivery;
  onChanged: () => void;
}) {
  const { webhooks } = texts.value;
  const failure = useSignal<Failure | undefined>(undefined);
  const retry = async () => {
    try {
      await retryDelivery(webhook, delivery.id);
      failure.value = undefined;
      notify(webhooks.retried);
      onChanged();
    } catch (thrown) {
      failure.value = asFailure(thrown);
    }
  };
  const { id, event, store, status, tries } = delivery;
  return (
    <li>
      <details>
        <summary>
          <Badge {...LOOKS[status]} text={webhooks.status[status] ?? status} /> <span class="strong">{event}</span>{" "}
          <span class="small break">
            {store !== null && `${store} · `}
            <Ago at={delivery.createdAt} /> · {webhooks.tries(tries.length)}
          </span>
        </summary>
        <p class="row">
          <code class="break">{id}</code>
          <Copy text={id} what="webhook-id" />
        </p>
        {status === "Due" && (
          <p>
            {webhooks.due}: <When at={delivery.at} />
          </p>
        )}
        {tries.length === 0 && <p class="small">{webhooks.notTried}</p>}
        <ol>
          {tries.map((made) => (
            <Try key={made.at} made={made} />
          ))}
        </ol>
        {failure.value !== undefined && <ProblemNote failure={failure.value} />}
        <button type="button" onClick={() => void retry()} aria-label={`${webhooks.retry}: ${event}, ${id}`}>
          {webhooks.retry}
        </button>
      </details>
    </li>
  );
}

function Try({ made }: { made: DeliveryTry }) {
  const { webhooks } = texts.value;
  return (
    <li>
      <When at={made.at} /> · <span class="strong">{made.responseStatus ?? webhooks.noAnswer}</span> ·{" "}
      {duration(made.durationMs, language.value)}
      {made.error !== null && (
        <p class="break" lang="en">
          {made.error}
        </p>
      )}
      {made.excerpt !== null && made.excerpt !== "" && (
        <p class="break">
          <code>{made.excerpt}</code>
        </p>
      )}
    </li>
  );
}
