// Signs in by OpenID Connect: the authorization code with PKCE. What it needs on the way is kept in this tab, and the
// token that comes of it only in memory. It is loaded only where it is used.

import { InMemoryWebStorage, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { Provider } from "./settings.ts";

function manager({ issuer, clientId }: Provider): UserManager {
  return new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: `${location.origin}/`,
    scope: "openid",
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    automaticSilentRenew: false,
    monitorSession: false,
    loadUserInfo: false,
  });
}

/** Goes to the provider, and comes back to this screen. */
export async function leave(provider: Provider): Promise<void> {
  await manager(provider).signinRedirect({ state: location.hash });
}

/** What one comes back with. */
export interface Return {
  token: string;
  /** Where one was before. */
  fragment: string;
}

/** Makes a token of the code in the address. */
export async function comeBack(provider: Provider): Promise<Return> {
  const user = await manager(provider).signinCallback(location.href);
  if (user === undefined) throw new Error("the provider has sent no one back");
  return { token: user.access_token, fragment: typeof user.state === "string" ? user.state : "" };
}
