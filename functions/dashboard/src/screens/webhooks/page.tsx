// One webhook: how it is, what can be done with it, and what was sent to it.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { asFailure, type Failure } from "../../api/failure.ts";
import { usePoll } from "../../api/poll.ts";
import {
  deleteWebhook,
  enableWebhook,
  isDelivering,
  readWebhook,
  replayWebhook,
  rotateSecret,
  testWebhook,
  type Webhook,
} from "../../api/webhooks.ts";
import { texts } from "../../i18n/catalogue.ts";
import { CopyAs } from "../../parts/copy.tsx";
import { Skeleton } from "../../parts/empty.tsx";
import { Field, typedIn } from "../../parts/field.tsx";
import { Heading } from "../../parts/heading.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Ago, Seen, When } from "../../parts/time.tsx";
import { notify } from "../../state/notices.ts";
import { go, href, route } from "../../state/route.ts";
import { Ask } from "./ask.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Secret } from "./secret.tsx";
import { WebhookBadge } from "./state.tsx";

type Asked = "rotate" | "replay" | "remove" | null;

const HOUR = 3_600_000;

/** How many hours back one can go: as far as events are kept. */
const SINCE = [1, 6, 24, 72, 168, 720];

export function WebhookPage({ id }: { id: string }) {
  const cursor = route.value.query.get("cursor") ?? undefined;
  const view = usePoll(`webhook ${id} ${cursor}`, (signal) => readWebhook(id, cursor, signal), isDelivering);
  const secret = useSignal<string | null>(null);
  const found = view.data.value;
  const failure = view.failure.value;
  return (
    <>
      <Heading title={texts.value.webhooks.title}>
        <Seen at={view.seen.value} />
      </Heading>
      <p>
        <a href={href(["webhooks"])}>{texts.value.webhooks.title}</a>
      </p>
      {failure !== undefined && <ProblemNote failure={failure} again={view.refresh} />}
      {found === undefined && failure === undefined && <Skeleton rows={4} />}
      {found !== undefined && (
        <>
          <h2 class="break">{found.webhook.url}</h2>
          <Bar webhook={found.webhook} onChanged={view.refresh} onSecret={(text) => (secret.value = text)} />
          {secret.value !== null && <Secret secret={secret.value} onClose={() => (secret.value = null)} />}
          <Facts webhook={found.webhook} />
          <Deliveries webhook={id} page={found.deliveries} cursor={cursor} onChanged={view.refresh} />
        </>
      )}
    </>
  );
}

function Bar(props: { webhook: Webhook; onChanged: () => void; onSecret: (text: string) => void }) {
  const { webhook, onChanged, onSecret } = props;
  const { webhooks } = texts.value;
  const asked = useSignal<Asked>(null);
  const failure = useSignal<Failure | undefined>(undefined);
  const hours = useSignal(24);
  const key = useRef(crypto.randomUUID());
  const close = () => {
    asked.value = null;
  };
  const atOnce = async (work: () => Promise<void>, said: string) => {
    try {
      await work();
      failure.value = undefined;
      notify(said);
      onChanged();
    } catch (thrown) {
      failure.value = asFailure(thrown);
    }
  };
  const rotate = async () => {
    onSecret((await rotateSecret(webhook.id, key.current)).secret);
    key.current = crypto.randomUUID();
    onChanged();
  };
  const replay = async () => {
    notify(webhooks.replayed(await replayWebhook(webhook.id, new Date(Date.now() - hours.value * HOUR))));
    onChanged();
  };
  const remove = async () => {
    await deleteWebhook(webhook.id);
    notify(webhooks.removed);
    go(href(["webhooks"]));
  };
  return (
    <>
      <div class="row bar">
        <WebhookBadge webhook={webhook} />
        {!webhook.enabled && (
          <button
            type="button"
            class="primary"
            onClick={() => void atOnce(() => enableWebhook(webhook.id), webhooks.enabled)}
          >
            {webhooks.enable}
          </button>
        )}
        <button type="button" onClick={() => void atOnce(() => testWebhook(webhook.id), webhooks.tested)}>
          {webhooks.test}
        </button>
        {webhook.enabled && (
          <button type="button" onClick={() => (asked.value = "replay")}>
            {webhooks.replay}
          </button>
        )}
        <button type="button" onClick={() => (asked.value = "rotate")}>
          {webhooks.rotate}
        </button>
        <button type="button" class="danger-quiet" onClick={() => (asked.value = "remove")}>
          {webhooks.remove}
        </button>
        <CopyAs
          call={{ method: "GET", path: `/v1/webhooks/${webhook.id}` }}
          command={`shopwright webhook show ${webhook.id}`}
        />
      </div>
      {failure.value !== undefined && <ProblemNote failure={failure.value} />}
      {asked.value === "rotate" && (
        <Ask
          title={webhooks.rotateAsk}
          says={webhooks.rotateSays}
          go={webhooks.rotate}
          work={rotate}
          onClose={close}
        />
      )}
      {asked.value === "replay" && (
        <Ask title={webhooks.replayAsk} says={webhooks.replaySays} go={webhooks.replay} work={replay} onClose={close}>
          <Field label={webhooks.replaySince}>
            {(wiring) => (
              <select
                {...wiring}
                value={String(hours.value)}
                onChange={(event) => (hours.value = Number(typedIn(event)))}
              >
                {SINCE.map((each) => (
                  <option key={each} value={String(each)}>
                    {each < 24 ? webhooks.hours(each) : webhooks.days(each / 24)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </Ask>
      )}
      {asked.value === "remove" && (
        <Ask
          title={webhooks.removeAsk}
          says={webhooks.removeSays}
          go={webhooks.remove}
          work={remove}
          onClose={close}
          danger
        />
      )}
    </>
  );
}

function Facts({ webhook }: { webhook: Webhook }) {
  const { webhooks } = texts.value;
  const { description, disabledAt, disabledReason, failingSince, secretRotatedAt } = webhook;
  return (
    <section class="card">
      <dl class="facts">
        {description !== null && (
          <Fact name={webhooks.description}>
            <span class="break">{description}</span>
          </Fact>
        )}
        <Fact name={webhooks.events}>
          <span class="break">{webhook.events.join(" ")}</span>
        </Fact>
        <Fact name={webhooks.owner}>
          <span class="break">{webhook.owner ?? webhooks.all}</span>
        </Fact>
        <Fact name={webhooks.created}>
          <Ago at={webhook.createdAt} />
        </Fact>
        {secretRotatedAt !== null && (
          <Fact name={webhooks.rotated}>
            <When at={secretRotatedAt} />
          </Fact>
        )}
        {failingSince !== null && (
          <Fact name={webhooks.failing}>
            <When at={failingSince} />
          </Fact>
        )}
        {disabledAt !== null && (
          <Fact name={webhooks.disabled}>
            <span>
              <When at={disabledAt} /> {disabledReason !== null && webhooks.reasons[disabledReason]}
            </span>
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
