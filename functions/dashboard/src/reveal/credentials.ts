// Has a store's credentials sealed for a key of this page, and opens them.

import { askFor } from "../api/actions.ts";
import { unanswered } from "../api/failure.ts";
import { followOperation } from "../api/reads.ts";
import type { Operation, Store } from "../api/types.ts";
import { fromBase64url, newKeys, open, publicJwk } from "./hpke.ts";

export interface Credentials {
  user: string;
  password: string;
  /** What may be valid already, where a reset did not come to its end. */
  nextPassword?: string;
}

/** What the seal is bound to, beside the key: this store, this incarnation of it, this operation. */
export function boundTo(store: string, uid: string, operation: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(["shopwright/reveal-credentials/1", store, uid, operation].join("\n"));
}

export async function reveal(store: Store, signal: AbortSignal): Promise<Credentials> {
  const keys = await newKeys();
  const asked = await askFor(store.id, "reveal-credentials", { publicKey: await publicJwk(keys) });
  const answered = await followOperation(store.id, asked.id, signal);
  const sealed = sealedIn(answered);
  const info = boundTo(store.id, store.uid, answered.id);
  const opened = await open(
    keys,
    { enc: fromBase64url(sealed.enc), ciphertext: fromBase64url(sealed.ciphertext) },
    info,
  );
  return JSON.parse(new TextDecoder().decode(opened)) as Credentials;
}

function sealedIn(operation: Operation): { enc: string; ciphertext: string } {
  const { answer, failure } = operation;
  if (answer !== null && "credentials" in answer) return answer.credentials;
  throw unanswered(failure?.message);
}
