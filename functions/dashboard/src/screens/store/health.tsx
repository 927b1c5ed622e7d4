// How a store does in the cluster: its pods, its volumes, and how much of its quota it uses.

import type { Store, StoreHealth } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Badge, HealthBadge } from "../../parts/badge.tsx";
import { Ago } from "../../parts/time.tsx";
import { share } from "./quantity.ts";

export function HealthPanel({ store, health }: { store: Store; health: StoreHealth | undefined }) {
  const { healthPanel: words } = texts.value;
  return (
    <section class="card">
      <div class="heading">
        <h2>{words.title}</h2>
        {health !== undefined && <HealthBadge health={health.status} />}
      </div>
      {store.status !== "Ready" && <p class="small">{words.notReady}</p>}
      {health !== undefined && <Observed health={health} />}
    </section>
  );
}

function Observed({ health }: { health: StoreHealth }) {
  const { healthPanel: words, seen } = texts.value;
  const { omitted } = health;
  const left = omitted ? omitted.pods + omitted.volumes + omitted.quota : 0;
  if (!health.observedAt) return <p class="small">{words.never}</p>;
  return (
    <>
      {health.reasons.map((reason) => (
        <p key={reason} class="break" lang="en">
          {reason}
        </p>
      ))}
      <p class="small">
        {seen("")}
        <Ago at={health.observedAt} />
        {health.since && (
          <>
            {" · "}
            {words.since("")}
            <Ago at={health.since} />
          </>
        )}
      </p>
      {health.mail && (health.mail.failed > 0 || health.mail.failure) && (
        <p class="break">
          {words.mails(health.mail.failed)}
          {health.mail.failure && <span lang="en">{`: ${health.mail.failure}`}</span>}
        </p>
      )}
      <Pods health={health} />
      <Volumes health={health} />
      <Quota health={health} />
      {left > 0 && <p class="small">{words.omitted(left)}</p>}
    </>
  );
}

function Pods({ health }: { health: StoreHealth }) {
  const { healthPanel: words } = texts.value;
  if (health.pods.length === 0) return null;
  return (
    <>
      <h3>{words.pods}</h3>
      <ul class="parts">
        {health.pods.map((pod) => (
          <li key={pod.name}>
            <Badge
              tone={pod.ready ? "good" : pod.leaving ? "quiet" : "bad"}
              icon={pod.ready ? "done" : pod.leaving ? "removing" : "failed"}
              text={pod.leaving ? words.leaving : pod.ready ? words.ready : words.notReadyPod}
            />
            <span class="break">
              <code>{pod.name}</code>{" "}
              <span class="small">
                {[
                  pod.reason,
                  pod.restarts > 0 ? words.restarts(pod.restarts) : undefined,
                  pod.lastExit ? `${words.lastExit(pod.lastExit.exitCode)} ${pod.lastExit.reason ?? ""}` : undefined,
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Volumes({ health }: { health: StoreHealth }) {
  const { healthPanel: words } = texts.value;
  if (health.volumes.length === 0) return null;
  return (
    <>
      <h3>{words.volumes}</h3>
      <ul class="parts">
        {health.volumes.map((volume) => (
          <li key={volume.name}>
            <Badge
              tone={volume.phase === "Bound" ? "good" : "warn"}
              icon={volume.phase === "Bound" ? "done" : "warning"}
              text={volume.phase}
            />
            <span class="break">
              <code>{volume.name}</code> <span class="small">{volume.size}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Quota({ health }: { health: StoreHealth }) {
  const { healthPanel: words } = texts.value;
  if (health.quota.length === 0) return null;
  return (
    <>
      <h3>{words.quota}</h3>
      <ul class="gauges">
        {health.quota.map(({ resource, used, hard }) => {
          const part = used === undefined || used === null ? undefined : share(used, hard);
          return (
            <li key={resource}>
              <span class="break">{resource}</span>
              <span class="small">
                {used === undefined || used === null ? words.uncounted : words.used(used, hard)}
              </span>
              {part !== undefined && <meter min={0} max={1} high={0.9} value={part} aria-label={resource} />}
            </li>
          );
        })}
      </ul>
    </>
  );
}
