// How a store is: a sign, a word and a colour each, so that none of them says it alone.

import type { AttentionCause, HealthStatus, Power, Status } from "../api/types.ts";
import { texts } from "../i18n/catalogue.ts";
import { Icon, type IconName } from "./icon.tsx";

type Tone = "good" | "bad" | "warn" | "busy" | "quiet";

interface Look {
  tone: Tone;
  icon: IconName;
}

const STATUS: Record<Status, Look> = {
  Provisioning: { tone: "busy", icon: "running" },
  Ready: { tone: "good", icon: "done" },
  Failed: { tone: "bad", icon: "failed" },
  Deleting: { tone: "busy", icon: "running" },
  Deleted: { tone: "quiet", icon: "removing" },
};

const HEALTH: Record<HealthStatus, Look> = {
  Healthy: { tone: "good", icon: "done" },
  Degraded: { tone: "warn", icon: "warning" },
  Down: { tone: "bad", icon: "failed" },
  Missing: { tone: "bad", icon: "missing" },
  Hibernated: { tone: "quiet", icon: "asleep" },
  Unknown: { tone: "quiet", icon: "unknown" },
};

const POWER: Record<Power, Look> = {
  Running: { tone: "good", icon: "play" },
  Hibernating: { tone: "busy", icon: "running" },
  Hibernated: { tone: "quiet", icon: "asleep" },
  Resuming: { tone: "busy", icon: "running" },
  Upgrading: { tone: "busy", icon: "running" },
};

const CAUSE: Record<AttentionCause, Look> = {
  failed: { tone: "bad", icon: "failed" },
  down: { tone: "bad", icon: "failed" },
  degraded: { tone: "warn", icon: "warning" },
  missing: { tone: "bad", icon: "missing" },
  operation_failed: { tone: "warn", icon: "warning" },
  slow: { tone: "busy", icon: "waiting" },
};

const OUTCOME: Record<string, Look> = {
  Pending: { tone: "busy", icon: "waiting" },
  Running: { tone: "busy", icon: "running" },
  Succeeded: { tone: "good", icon: "done" },
  Failed: { tone: "bad", icon: "failed" },
};

export function Badge({ tone, icon, text, axis }: Look & { text: string; axis?: string }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} spin={icon === "running"} />
      {axis !== undefined && <span class="unseen">{axis}: </span>}
      {text}
    </span>
  );
}

export function StatusBadge({ status }: { status: Status }) {
  return <Badge {...STATUS[status]} text={texts.value.status[status]} axis={texts.value.axis.status} />;
}

export function HealthBadge({ health }: { health: HealthStatus }) {
  return <Badge {...HEALTH[health]} text={texts.value.health[health]} axis={texts.value.axis.health} />;
}

export function PowerBadge({ power }: { power: Power }) {
  return <Badge {...POWER[power]} text={texts.value.power[power]} axis={texts.value.axis.power} />;
}

export function SuspendedBadge() {
  return <Badge tone="warn" icon="missing" text={texts.value.suspension.badge} />;
}

export function CauseBadge({ cause }: { cause: AttentionCause }) {
  const { attention } = texts.value;
  return (
    <Badge
      // A newer API may know more of them.
      {...(CAUSE[cause] ?? { tone: "warn", icon: "unknown" })}
      text={attention.cause[cause] ?? cause}
      axis={attention.axis}
    />
  );
}

export function OutcomeBadge({ status }: { status: string }) {
  return (
    <Badge
      {...(OUTCOME[status] ?? { tone: "quiet", icon: "unknown" })}
      text={texts.value.outcome[status] ?? status}
    />
  );
}
