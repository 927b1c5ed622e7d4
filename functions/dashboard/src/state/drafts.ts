// What somebody has typed and not sent yet. It survives being signed out, and loading the page again.

const KEY = "shopwright.draft.create";

export interface CreateDraft {
  name: string;
  adminEmail: string;
  /** Codes, each empty where the platform's is meant. */
  locale: string;
  country: string;
  currency: string;
  /** The key under which it is sent: whatever happens on the way, the store is made once. */
  key: string;
}

export const emptyDraft = (): CreateDraft => ({
  name: "",
  adminEmail: "",
  locale: "",
  country: "",
  currency: "",
  key: crypto.randomUUID(),
});

export function readDraft(): CreateDraft {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Partial<CreateDraft> | null;
    // What one of before does not have is empty.
    return { ...emptyDraft(), ...kept };
  } catch {
    return emptyDraft();
  }
}

export function keepDraft(draft: CreateDraft): void {
  sessionStorage.setItem(KEY, JSON.stringify(draft));
}

export function dropDraft(): void {
  sessionStorage.removeItem(KEY);
}
