// One store: how it is, what it does now, what has happened, and what can be done.

import { canReadLogs } from "../../api/actions.ts";
import { usePoll } from "../../api/poll.ts";
import { readStore, type StoreView, viewIsBusy } from "../../api/reads.ts";
import type { Store, Versions } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { HealthBadge, PowerBadge, StatusBadge, SuspendedBadge } from "../../parts/badge.tsx";
import { ActionButton } from "../../parts/confirm.tsx";
import { Copy, CopyAs } from "../../parts/copy.tsx";
import { Empty, Skeleton } from "../../parts/empty.tsx";
import { Heading } from "../../parts/heading.tsx";
import { ProblemNote } from "../../parts/problem.tsx";
import { Ago, Seen } from "../../parts/time.tsx";
import { href } from "../../state/route.ts";
import { Visit } from "../stores/list.tsx";
import { FailurePanel } from "./failure.tsx";
import { HealthPanel } from "./health.tsx";
import { Operations } from "./operations.tsx";
import { Reveal } from "./reveal.tsx";
import { SuspensionPanel } from "./suspension.tsx";
import { Timeline } from "./timeline.tsx";
import { StoreTrail } from "./trail.tsx";

export function StorePage({ id }: { id: string }) {
  const view = usePoll<StoreView>(`store ${id}`, (signal, before) => readStore(id, signal, before), viewIsBusy);
  const found = view.data.value;
  const store = found?.store;
  return (
    <>
      <Heading title={store?.name ?? id}>
        {found !== undefined && store !== undefined && <Axes view={found} store={store} />}
        <Seen at={view.seen.value} />
      </Heading>
      {view.failure.value !== undefined && <ProblemNote failure={view.failure.value} again={view.refresh} />}
      {found === undefined && view.failure.value === undefined && <Skeleton rows={8} />}
      {found !== undefined && store === undefined && <Gone view={found} />}
      {found !== undefined && store !== undefined && <Living view={found} store={store} />}
    </>
  );
}

function Axes({ view, store }: { view: StoreView; store: Store }) {
  return (
    <p class="axes" role="status">
      <StatusBadge status={store.status} />
      {store.status === "Ready" && view.health !== undefined && <HealthBadge health={view.health.status} />}
      {store.power && <PowerBadge power={store.power} />}
      {store.suspension !== null && <SuspendedBadge />}
    </p>
  );
}

function Living({ view, store }: { view: StoreView; store: Store }) {
  const { store: words, action } = texts.value;
  const { progress } = store;
  return (
    <>
      <div class="row actions" role="group" aria-label={words.actions}>
        <ActionButton action="retry" store={store} etag={view.etag} primary />
        <ActionButton action="restart" store={store} etag={view.etag} />
        <ActionButton action="hibernate" store={store} etag={view.etag} />
        <ActionButton action="resume" store={store} etag={view.etag} primary />
        <ActionButton action="unsuspend" store={store} etag={view.etag} primary />
        <Reveal store={store} />
        {canReadLogs(store) && (
          <a class="button" href={href(["stores", store.id, "logs"])}>
            {action.logs.name}
          </a>
        )}
        <ActionButton action="reset-password" store={store} etag={view.etag} />
        <ActionButton action="upgrade" store={store} etag={view.etag} />
        <ActionButton action="suspend" store={store} etag={view.etag} />
        <ActionButton action="delete" store={store} etag={store.status === "Provisioning" ? undefined : view.etag} />
        <CopyAs call={{ method: "GET", path: `/v1/stores/${store.id}` }} command={`shopwright show ${store.id}`} />
      </div>
      {progress && store.status === "Provisioning" && (
        <div class="progress">
          <progress max={progress.total} value={progress.completed} aria-label={texts.value.status.Provisioning} />
          <span class="small">{words.progress(progress.completed, progress.total)}</span>
        </div>
      )}
      {store.suspension !== null && <SuspensionPanel suspension={store.suspension} />}
      {store.failure !== null && <FailurePanel failure={store.failure} />}
      <div class="columns">
        <div>
          <Timeline view={view} />
        </div>
        <div>
          <Facts store={store} />
          <HealthPanel store={store} health={view.health} />
          <Operations operations={view.operations} />
          <StoreTrail id={store.id} version={view.etag} />
        </div>
      </div>
    </>
  );
}

function Gone({ view }: { view: StoreView }) {
  const { store: words } = texts.value;
  return (
    <>
      <Empty icon="removing" title={words.gone}>
        <p>{words.goneTimeline}</p>
      </Empty>
      <Timeline view={view} />
      <Operations operations={view.operations} />
    </>
  );
}

function Facts({ store }: { store: Store }) {
  const { store: words } = texts.value;
  return (
    <section class="card">
      <h2>{words.overview}</h2>
      <dl class="facts">
        {store.url !== null && (
          <Fact name={words.address} copy={store.url}>
            <Visit url={store.url} />
          </Fact>
        )}
        {store.release !== null && (
          <Fact name={words.image} copy={store.release.store}>
            <code>{store.release.store}</code>
          </Fact>
        )}
        {store.release?.versions != null && <Fact name={words.versions}>{versionsOf(store.release.versions)}</Fact>}
        {store.release !== null && (
          <Fact name={words.databaseImage} copy={store.release.database}>
            <code>{store.release.database}</code>
          </Fact>
        )}
        <Fact name={words.owner}>{store.owner}</Fact>
        <Fact name={words.email} copy={store.adminEmail}>
          {store.adminEmail}
        </Fact>
        {[store.locale, store.country, store.currency].some((code) => code !== null) && (
          <Fact name={words.market}>
            {[store.locale, store.country, store.currency].filter((code) => code !== null).join(" · ")}
          </Fact>
        )}
        <Fact name={words.namespace} copy={store.namespace}>
          <code>{store.namespace}</code>
        </Fact>
        <Fact name={words.uid} copy={store.uid}>
          <code>{store.uid}</code>
        </Fact>
        <Fact name={words.created}>
          <Ago at={store.createdAt} />
        </Fact>
        <Fact name={words.updated}>
          <Ago at={store.updatedAt} />
        </Fact>
        {store.retries > 0 && <Fact name={words.retries}>{store.retries}</Fact>}
      </dl>
    </section>
  );
}

function versionsOf({ wordpress, woocommerce }: Versions): string {
  const shop = woocommerce == null ? [] : [`WooCommerce ${woocommerce}`];
  return [`WordPress ${wordpress}`, ...shop].join(", ");
}

function Fact({ name, copy, children }: { name: string; copy?: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="break">{children}</span>
        {copy !== undefined && <Copy text={copy} what={name} />}
      </dd>
    </div>
  );
}
