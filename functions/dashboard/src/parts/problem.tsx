// Why something was not done: in the reader's language what kind of thing it is, and the API's own sentence.

import type { Failure } from "../api/failure.ts";
import { texts } from "../i18n/catalogue.ts";
import { now } from "../time/clock.ts";
import { Icon } from "./icon.tsx";

/** What kind of trouble it is, where the page knows more than the API's sentence. */
export function explained(failure: Failure): string | undefined {
  const { failed, connection } = texts.value;
  switch (failure.status) {
    case 0:
      return connection.offline;
    case 403:
      return failed.forbidden;
    case 404:
      return failed.gone;
    case 409:
      return failure.problem?.type ? failed.conflict : undefined;
    case 412:
      return failed.precondition;
    case 429:
      return failure.kind === "rate-limited" ? connection.limited : undefined;
    default:
      return failure.status >= 500 ? connection.server(failure.status) : undefined;
  }
}

/** In how many seconds it may be tried again. */
function secondsLeft({ at, retryAfter }: Failure): number {
  return retryAfter === undefined ? 0 : Math.max(0, Math.ceil(retryAfter - (now.value - at) / 1000));
}

export function ProblemNote({ failure, again }: { failure: Failure; again?: () => void }) {
  const { problem } = failure;
  const first = explained(failure);
  const left = secondsLeft(failure);
  return (
    <div class="note bad" role="alert">
      <Icon name="warning" />
      <div>
        {first !== undefined && <p>{first}</p>}
        {problem !== undefined && <p lang="en">{problem.detail}</p>}
        {problem?.errors?.map((error) => (
          <p lang="en" key={error.pointer ?? error.parameter ?? error.header}>
            {[error.pointer ?? error.parameter ?? error.header, error.detail].filter(Boolean).join(": ")}
          </p>
        ))}
        {failure.retryAfter !== undefined && <p>{texts.value.connection.wait(left)}</p>}
        {problem?.requestId && (
          <p class="small">
            {texts.value.failed.requestId} <code>{problem.requestId}</code>
          </p>
        )}
        {again !== undefined && (
          <button type="button" onClick={again}>
            {texts.value.again}
          </button>
        )}
      </div>
    </div>
  );
}
