// Asks once more before something is done with a webhook.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { asFailure, type Failure } from "../../api/failure.ts";
import { texts } from "../../i18n/catalogue.ts";
import { Dialog } from "../../parts/dialog.tsx";
import { ProblemNote } from "../../parts/problem.tsx";

export function Ask(props: {
  title: string;
  says: string;
  /** What the button says that does it. */
  go: string;
  work: () => Promise<void>;
  onClose: () => void;
  danger?: boolean;
  children?: ComponentChildren;
}) {
  const { title, says, go, work, onClose, danger = false, children } = props;
  const failure = useSignal<Failure | undefined>(undefined);
  const running = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (running.value) return;
    running.value = true;
    try {
      await work();
      onClose();
    } catch (thrown) {
      failure.value = asFailure(thrown);
    }
    running.value = false;
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{says}</p>
        {children}
        {failure.value !== undefined && <ProblemNote failure={failure.value} />}
        <div class="row end">
          <button type="button" onClick={onClose}>
            {texts.value.cancel}
          </button>
          <button type="submit" class={danger ? "danger" : "primary"} disabled={running.value}>
            {go}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
