// Why a store failed: what, in which step, what became of its namespace, and the last lines of the log.

import type { StoreFailure } from "../../api/types.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Icon } from "../../parts/icon.tsx";
import { Ago } from "../../parts/time.tsx";

export function FailurePanel({ failure }: { failure: StoreFailure }) {
  const { failure: words, step } = texts.value;
  const { cleanup, log } = failure;
  return (
    <section class="card failure">
      <h2>
        <Icon name="failed" />
        {words.title(step[failure.step] ?? failure.step)}
      </h2>
      <p class="break sentence" lang="en">
        {failure.message}
      </p>
      <p class="small">
        {words.code} <code>{failure.code}</code> · <Ago at={failure.at} /> · {words.cleanup[cleanup.state]}{" "}
        {cleanup.state === "failed" && <span lang="en">{cleanup.message}</span>}
      </p>
      {log && log.lines.length > 0 && (
        <details open>
          <summary>{words.log(`${log.pod}/${log.container}`)}</summary>
          {log.truncated && <p class="small">{words.truncated}</p>}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keys */}
          <pre class="log" tabIndex={0} lang="en">
            {log.lines.map((line) => line.text).join("\n")}
          </pre>
        </details>
      )}
    </section>
  );
}
