// A labelled field, with what helps and what is wrong tied to it.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
}

export function Field(props: {
  label: string;
  help?: string | undefined;
  wrong?: string | undefined;
  /** Whether `wrong` is the API's own sentence, which is English. */
  wrongInEnglish?: boolean;
  children: (wiring: Wiring) => ComponentChildren;
}) {
  const { label, help, wrong, wrongInEnglish = false, children } = props;
  const id = useId();
  const described = [help && `${id}-help`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": wrong ? "true" : undefined })}
      {help && (
        <p id={`${id}-help`} class="small">
          {help}
        </p>
      )}
      {wrong && (
        <p id={`${id}-wrong`} class="wrong" lang={wrongInEnglish ? "en" : undefined}>
          {wrong}
        </p>
      )}
    </div>
  );
}

/** The value that was typed or chosen. */
export function typedIn(event: globalThis.Event): string {
  return (event.currentTarget as HTMLInputElement | HTMLSelectElement).value;
}

export function isChecked(event: globalThis.Event): boolean {
  return (event.currentTarget as HTMLInputElement).checked;
}
