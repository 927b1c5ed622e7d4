// Whether audit entries hang together: each names the digest of the one before it.

import type { AuditEntry } from "../api/types.ts";

/** The number of the first entry, of those about one incarnation, that does not follow the one before it. */
export function firstBreak(entries: readonly AuditEntry[]): number | undefined {
  const last = new Map<string, AuditEntry>();
  for (const entry of [...entries].reverse()) {
    const about = `${entry.store ?? entry.token} ${entry.uid}`;
    const before = last.get(about);
    if (before !== undefined && (entry.previous !== before.hash || entry.sequence !== before.sequence + 1))
      return entry.sequence;
    last.set(about, entry);
  }
  return undefined;
}
