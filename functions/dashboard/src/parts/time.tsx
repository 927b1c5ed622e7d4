// A time as people say it; the exact one shows on hover, and on focus, and is what is copied.

import { texts } from "../i18n/catalogue.ts";
import { language } from "../state/preferences.ts";
import { now } from "../time/clock.ts";
import { exact, relative } from "../time/format.ts";

export function Ago({ at }: { at: string | number }) {
  const time = typeof at === "string" ? Date.parse(at) : at;
  const iso = new Date(time).toISOString();
  // A machine whose clock is behind the API's sees no future.
  const shown = relative(Math.min(time, now.value), now.value, language.value);
  return (
    <time dateTime={iso} title={`${exact(time, language.value)} (${iso})`}>
      {shown}
    </time>
  );
}

/** A time that may be to come. */
export function When({ at }: { at: string }) {
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={at}>
      {exact(time, language.value)}
    </time>
  );
}

export function Seen({ at }: { at: number | undefined }) {
  if (at === undefined) return null;
  return <p class="seen">{texts.value.seen(relative(at, Math.max(now.value, at), language.value))}</p>;
}
