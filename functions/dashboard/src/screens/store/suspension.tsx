// Since when a store is suspended, and why, in the words of who did it.

import type { Suspension } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Icon } from "../../parts/icon.tsx";
import { Ago } from "../../parts/time.tsx";

export function SuspensionPanel({ suspension }: { suspension: Suspension }) {
  const { suspension: words } = texts.value;
  return (
    <section class="card failure">
      <h2>
        <Icon name="missing" />
        {words.title}
      </h2>
      <p class="break sentence">{suspension.reason}</p>
      <p class="small">
        {words.since} <Ago at={suspension.since} /> · {words.says}
      </p>
    </section>
  );
}
