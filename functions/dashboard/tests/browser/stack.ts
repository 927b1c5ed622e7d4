// The local stack, as these tests use it beside the page: the real API, and the real cluster.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: these tests need the local stack, so run them by \`make test-dashboard\``);
  return value;
}

export const API = variable("API_URL");
export const ADMIN = variable("ADMIN_TOKEN");

export interface Stored {
  id: string;
  uid: string;
  name: string;
  status: string;
  operation: string | null;
}

export async function call<T>(method: string, path: string, body?: unknown, token = ADMIN): Promise<T> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const answer = await fetch(API + path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}

/** Asks again and again until it is so; says what it was at last. */
export async function eventually<T>(ask: () => Promise<T>, is: (found: T) => boolean, seconds = 90): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (is(found)) return found;
    if (Date.now() > end) throw new Error(`it did not become so within ${seconds} s: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

let number = 0;

/** A name that no other store has. */
export function freshName(word = "Shop"): string {
  number += 1;
  return `${word} ${Date.now().toString(36)} ${number}`;
}

export const idOf = (name: string) => name.toLowerCase().split(/[ -]+/).join("-");

export function create(name: string, token = ADMIN): Promise<Stored> {
  return call("POST", "/v1/stores", { name, adminEmail: "owner@example.com" }, token);
}

export function until(id: string, status: string): Promise<Stored> {
  return eventually(
    () => call<Stored>("GET", `/v1/stores/${id}`),
    (store) => store.status === status && store.operation === null,
  );
}

export async function ready(name: string, token = ADMIN): Promise<Stored> {
  const { id } = await create(name, token);
  return until(id, "Ready");
}

/** Takes a store away, if it is there. */
export async function remove(id: string): Promise<void> {
  await fetch(`${API}/v1/stores/${id}`, { method: "DELETE", headers: { authorization: `Bearer ${ADMIN}` } });
}

export async function ownerToken(principal: string): Promise<{ id: string; token: string }> {
  return call("POST", "/v1/tokens", { principal, role: "owner" });
}

export function kubectl(...given: string[]): string {
  return execFileSync("kubectl", given, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The administrator's password as the store's Secret has it. */
export function password(id: string): string {
  const data = kubectl(
    "-n",
    `store-${id}`,
    "get",
    "secret",
    "wordpress-credentials",
    "-o",
    "jsonpath={.data.admin-password}",
  );
  return Buffer.from(data, "base64").toString("utf8");
}

/** Has the shop's container leave these lines in its log. */
export async function leaveLog(id: string, lines: string[]): Promise<void> {
  const namespace = `store-${id}`;
  const pod = kubectl("-n", namespace, "get", "pods", "-o", "name").match(/pod\/(wordpress-\S+)/)?.[1];
  if (pod === undefined) throw new Error("the shop has no pod");
  const file = join(variable("CONTAINER_LOGS"), `${pod}.log`);
  const stamped = lines.map(
    (line, place) => `${new Date(Date.now() - (lines.length - place) * 1000).toISOString()} stdout F ${line}\n`,
  );
  writeFileSync(file, stamped.join(""));
  const logs = {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Logs",
    metadata: { name: pod, namespace },
    spec: { logs: [{ containers: ["wordpress"], logsFile: file }] },
  };
  execFileSync("kubectl", ["create", "-f", "-"], { input: JSON.stringify(logs), stdio: ["pipe", "ignore", "pipe"] });
  await eventually(
    async () => kubectl("-n", namespace, "logs", pod, "-c", "wordpress"),
    (text) => text.includes(lines.at(-1) ?? ""),
  );
}
