// Finds out what a token is good for. The API has no call that says who calls, so an admin's own is asked for.

import { type Session, tokenId } from "../state/session.ts";
import { api } from "./client.ts";
import { asFailure, failureOf } from "./failure.ts";

/** The session that `token` begins; throws a `Failure`, with 401 where the API does not know it. */
export async function signInWith(token: string): Promise<Session> {
  const headers = { authorization: `Bearer ${token}` };
  const id = tokenId(token);
  if (id !== null) {
    const shown = await api.GET("/v1/tokens/{id}", { params: { path: { id } }, headers }).catch(rethrown);
    if (shown.response.status === 403) return { token, role: "owner", name: null, tokenId: id };
    if (shown.data === undefined) throw failureOf(shown.response, shown.error);
    return { token, role: "admin", name: shown.data.principal, tokenId: id };
  }
  const listed = await api.GET("/v1/tokens", { params: { query: { limit: 1 } }, headers }).catch(rethrown);
  if (listed.response.status === 403) return { token, role: "owner", name: null, tokenId: null };
  if (!listed.response.ok) throw failureOf(listed.response, listed.error);
  return { token, role: "admin", name: null, tokenId: null };
}

function rethrown(thrown: unknown): never {
  throw asFailure(thrown);
}
