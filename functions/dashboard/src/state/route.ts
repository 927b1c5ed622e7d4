// Where somebody is. All of it stands in the address, behind `#`, so that a view can be sent and the server sees
// nothing of it.

import { signal } from "@preact/signals";

export interface Route {
  /** The segments, decoded. */
  path: string[];
  query: URLSearchParams;
}

/** The route that a fragment names. */
export function parseRoute(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#/, "").split(/\?(.*)/s);
  const segments = path.split("/").filter((segment) => segment !== "");
  return { path: segments.map(decoded), query: new URLSearchParams(query) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The fragment of a route: `#/stores/my-shop?x=y`. Empty values are left out. */
export function href(path: string[], query: Record<string, string | undefined> = {}): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const search = new URLSearchParams(pairs).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

export const route = signal<Route>(parseRoute(""));

/** Goes there, as a link does. */
export function go(to: string): void {
  location.hash = to;
}

/** Goes there without a step in the history. */
export function replace(to: string): void {
  history.replaceState(null, "", to);
  route.value = parseRoute(location.hash);
}

/** Follows the address; gives the token that came with it, which is out of the address by then. */
export function followAddress(): string | undefined {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const token = location.hash.startsWith("#token=") ? parameters.get("token") : null;
  if (token !== null) history.replaceState(null, "", `#${parameters.get("to") ?? "/"}`);
  const follow = () => {
    route.value = parseRoute(location.hash);
  };
  addEventListener("hashchange", follow);
  follow();
  return token ?? undefined;
}
