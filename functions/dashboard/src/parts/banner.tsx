// Says that the API does not answer, and when it is asked again.

import { texts } from "../i18n/catalogue.ts";
import { trouble } from "../state/connection.ts";
import { dismiss, notices } from "../state/notices.ts";
import { language, live } from "../state/preferences.ts";
import { now } from "../time/clock.ts";
import { relative } from "../time/format.ts";
import { Icon } from "./icon.tsx";
import { explained } from "./problem.tsx";

export function Banner() {
  const current = trouble.value;
  const { connection, header, again } = texts.value;
  if (current === null) {
    if (live.value) return null;
    return (
      <aside class="banner quiet" aria-label={connection.title}>
        <Icon name="pause" />
        <p>{header.paused}</p>
        <button type="button" onClick={() => (live.value = true)}>
          {header.resume}
        </button>
      </aside>
    );
  }
  const seconds = Math.max(0, Math.ceil((current.next - now.value) / 1000));
  return (
    <aside class="banner bad" aria-label={connection.title}>
      <Icon name="warning" />
      <p>
        <span role="alert">{explained(current.failure) ?? current.failure.message}</span>{" "}
        {live.value && connection.next(seconds)}{" "}
        {current.seen !== undefined && connection.stale(relative(current.seen, now.value, language.value))}
      </p>
      <button type="button" onClick={current.again}>
        {again}
      </button>
    </aside>
  );
}

/** What was done, for a while; read out by a polite region that is always there. */
export function Notices() {
  return (
    <aside class="notices" aria-label={texts.value.notices}>
      <div role="status" class="unseen">
        {notices.value.at(-1)?.text}
      </div>
      {notices.value.map((notice) => (
        <div key={notice.id} class={notice.bad ? "notice bad" : "notice"}>
          <span>{notice.text}</span>
          <button
            type="button"
            class="plain square"
            onClick={() => dismiss(notice.id)}
            aria-label={texts.value.close}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </aside>
  );
}
