// Who is signed in. The token is in this tab's memory and in its sessionStorage, and nowhere else.

import { signal } from "@preact/signals";

export type Role = "admin" | "owner";

export interface Session {
  token: string;
  role: Role;
  /** Whom the token stands for, where that is known. */
  name: string | null;
  /** The token's public part, where it has one. */
  tokenId: string | null;
}

const KEY = "shopwright.session";

export const session = signal<Session | null>(null);

/** Whether the API has ended the session, rather than the person. */
export const wasEnded = signal(false);

/** Takes up the session of this tab before it was loaded again. */
export function restoreSession(): void {
  const kept = sessionStorage.getItem(KEY);
  if (kept === null) return;
  try {
    session.value = JSON.parse(kept) as Session;
  } catch {
    sessionStorage.removeItem(KEY);
  }
}

export function beginSession(begun: Session): void {
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  wasEnded.value = false;
  session.value = begun;
}

/** Ends it. What one was doing stays in the address and in the drafts. */
export function endSession(byApi: boolean): void {
  sessionStorage.removeItem(KEY);
  wasEnded.value = byApi;
  session.value = null;
}

/** The public part of a token of this API: `swt_<id>_<secret>`. */
export function tokenId(token: string): string | null {
  return /^swt_([0-9a-f]{16})_/.exec(token)?.[1] ?? null;
}
