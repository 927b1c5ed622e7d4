// Copies something, and says so on the button itself and to those who hear the page.

import { useSignal } from "@preact/signals";
import { asCurl, type Call } from "../api/copy-as.ts";
import { texts } from "../i18n/catalogue.ts";
import { notify } from "../state/notices.ts";
import { Icon } from "./icon.tsx";

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  notify(texts.value.copied);
}

/** Copies `text`, which `what` names. */
export function Copy({ text, what }: { text: string; what: string }) {
  const failed = useSignal(false);
  const onClick = () => {
    copy(text).catch(() => {
      failed.value = true;
    });
  };
  // Where a browser does not let a page copy, the text is there to be marked.
  if (failed.value) return <input class="to-copy" readOnly value={text} aria-label={what} onFocus={selectAll} />;
  const label = texts.value.copyOf(what);
  return (
    <button type="button" class="plain square" onClick={onClick} aria-label={label} title={label}>
      <Icon name="copy" />
    </button>
  );
}

function selectAll(event: globalThis.Event) {
  (event.currentTarget as HTMLInputElement).select();
}

/** A line for a shell that does what is shown. */
export function CopyCommand({ command }: { command: string }) {
  return <Line text={command} label={texts.value.asCommand} />;
}

/** The two lines for a shell that do what is shown. */
export function CopyAs({ call, command }: { call: Call; command?: string | undefined }) {
  return (
    <span class="copy-as">
      <Line text={asCurl(call, location.origin)} label={texts.value.asCurl} />
      {command !== undefined && <CopyCommand command={command} />}
    </span>
  );
}

function Line({ text, label }: { text: string; label: string }) {
  return (
    <button type="button" class="plain" title={text} onClick={() => void copy(text).catch(() => notify(text, true))}>
      <Icon name="copy" />
      {label}
    </button>
  );
}
