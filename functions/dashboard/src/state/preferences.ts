// What somebody has chosen for this browser: language, appearance, and whether the page moves by itself. No secret.

import { effect, type Signal, signal } from "@preact/signals";

export type Language = "en" | "de";
export type Theme = "system" | "light" | "dark";

function kept<T extends string>(name: string, allowed: readonly T[], otherwise: T): Signal<T> {
  const key = `shopwright.${name}`;
  let found: string | null = null;
  try {
    found = localStorage.getItem(key);
  } catch {
    // A browser that keeps nothing shows what it would show at first.
  }
  const value = signal<T>(allowed.find((each) => each === found) ?? otherwise);
  let first = true;
  effect(() => {
    const chosen = value.value;
    if (!first) {
      try {
        localStorage.setItem(key, chosen);
      } catch {
        // As above: the choice then holds until the tab is closed.
      }
    }
    first = false;
  });
  return value;
}

const browsers: Language = navigator.languages.find((each) => /^(de|en)\b/.test(each))?.startsWith("de")
  ? "de"
  : "en";

export const language = kept<Language>("language", ["en", "de"], browsers);
export const theme = kept<Theme>("theme", ["system", "light", "dark"], "system");

/** Whether the page is kept up to date by itself (WCAG 2.2, success criterion 2.2.2). */
export const live = signal(true);

/** Has the document look and read as chosen. */
export function followPreferences(): void {
  effect(() => {
    document.documentElement.lang = language.value;
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}
