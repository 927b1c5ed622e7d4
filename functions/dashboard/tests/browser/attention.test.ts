// What needs attention: why, what helps, and that nobody is told of it for a while.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, signedIn } from "./page.ts";
import {
  API,
  call,
  create,
  eventually,
  freshName,
  idOf,
  kubectl,
  ownerToken,
  ready,
  remove,
  type Stored,
  until,
} from "./stack.ts";

interface Entry {
  store: string;
  cause: string;
  why: string;
  muted: { until: string; reason: string } | null;
}

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
});

const entries = async (id: string, query = "") =>
  (await call<{ items: Entry[] }>("GET", `/v1/attention?limit=100${query}`)).items.filter(
    ({ store }) => store === id,
  );

const untilCause = (id: string, cause: string) =>
  eventually(
    () => entries(id),
    (found) => found.some((entry) => entry.cause === cause),
  );

describe("a store that is down", () => {
  const name = freshName("Down");
  const id = idOf(name);

  beforeAll(async () => {
    await ready(name);
    kubectl("-n", `store-${id}`, "scale", "deployment", "wordpress", "--replicas=0");
    await untilCause(id, "down");
  });

  afterAll(() => remove(id));

  it("says why in the API's sentence, offers the one thing that helps, and tells what came of it", async () => {
    const { page, context, complaints } = await signedIn(browser);
    const row = page.locator(".attention li", { hasText: name });
    const [entry] = await entries(id);
    await row.getByText(entry?.why ?? "nothing").waitFor();
    await row.getByText("Cause: Down").waitFor();
    expect(await row.getByRole("button").allTextContents()).toEqual(["Restart", "Mute"]);
    await row.getByRole("button", { name: "Restart" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Restart" }).click();
    await dialog.waitFor({ state: "detached" });
    // What is scaled to none can't be restarted: that needs somebody too.
    await until(id, "Ready");
    await untilCause(id, "operation_failed");
    await page.getByRole("button", { name: /changed: refresh/ }).click({ timeout: 30_000 });
    const failed = row.filter({ hasText: "Operation failed" });
    await failed.waitFor();
    expect(await failed.getByRole("link", { name: "Logs" }).count()).toBe(1);
    expect(complaints).toEqual({ policy: [], faults: [], foreign: [] });
    await context.close();
  });

  it("is muted until a time for a reason, which is audited, and is heard again", async () => {
    const { page, context, complaints } = await signedIn(browser);
    const row = page.locator(".attention li", { hasText: name }).filter({ hasText: "Cause: Down" });
    await row.getByRole("button", { name: "Mute" }).click();
    const dialog = page.getByRole("dialog", { name: `Mute ${name}` });
    await dialog.getByRole("button", { name: "Mute" }).click();
    expect(await dialog.getByLabel("Reason").evaluate((field: HTMLInputElement) => field.validity.valueMissing)).toBe(
      true,
    );
    await dialog.getByLabel("For").selectOption("24");
    await dialog.getByLabel("Reason").fill(`<b>we know</b> $(date) 'so'`);
    await dialog.getByRole("button", { name: "Copy as shopwright" }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain(`shopwright mute ${id} --until 20`);
    expect(copied).toContain(`--reason '<b>we know</b> $(date) '\\''so'\\'''`);
    await dialog.getByRole("button", { name: "Mute" }).click();
    await dialog.waitFor({ state: "detached" });
    await row.getByText("No longer listed").waitFor();
    expect(await entries(id)).toEqual([]);

    await page.getByRole("link", { name: "Show what is muted" }).click();
    await row.getByText("<b>we know</b> $(date) 'so'").waitFor();
    expect(await row.locator("b").count()).toBe(0);
    await row.getByText("Muted until").waitFor();
    await page.reload();
    await row.getByRole("button", { name: "Unmute" }).click();
    await page.getByText(`${name} is heard again.`).first().waitFor();
    await row.getByRole("button", { name: "Mute" }).waitFor();
    const audit = await call<{ items: { action: string }[] }>("GET", `/v1/audit?store=${id}&limit=2`);
    expect(audit.items.map(({ action }) => action)).toEqual(["store.unmute", "store.mute"]);
    expect(complaints).toEqual({ policy: [], faults: [], foreign: [] });
    await context.close();
  });

  it("that is muted until a time that was typed says what is wrong with it at the field", async () => {
    const { page, context } = await signedIn(browser);
    const row = page.locator(".attention li", { hasText: name }).filter({ hasText: "Cause: Down" });
    await row.getByRole("button", { name: "Mute" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("For").selectOption("at");
    await dialog.getByLabel("Time").fill("2020-01-01T10:00");
    await dialog.getByLabel("Reason").fill("known");
    await dialog.getByRole("button", { name: "Mute" }).click();
    await dialog.getByText("must be to come").waitFor();
    expect(await dialog.locator("[aria-invalid=true]").getAttribute("type")).toBe("datetime-local");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Mute");
    await context.close();
  });

  it("keeps its place while one looks, and is gone when asked for, once it is well", async () => {
    const { page, context } = await signedIn(browser);
    const row = page.locator(".attention li", { hasText: name }).filter({ hasText: "Cause: Down" });
    await row.waitFor();
    kubectl("-n", `store-${id}`, "scale", "deployment", "wordpress", "--replicas=1");
    await eventually(
      () => entries(id),
      (found) => found.every((entry) => entry.cause !== "down"),
    );
    const over = page.locator(".attention li.over", { hasText: name });
    await over.getByText("No longer listed").waitFor({ timeout: 30_000 });
    expect(await over.getByRole("button").count()).toBe(0);
    await page.getByRole("button", { name: /changed: refresh/ }).click();
    await over.waitFor({ state: "detached" });
    await context.close();
  });
});

describe("where nothing needs attention", () => {
  let store: Stored;
  let token: string;

  beforeAll(async () => {
    token = (await ownerToken("eve@example.com")).token;
    store = await create(freshName("Well"), token);
    await until(store.id, "Ready");
    await eventually(
      () => call<{ isHealthCurrent: boolean }>("GET", "/v1/summary"),
      (summary) => summary.isHealthCurrent,
    );
  });

  afterAll(() => remove(store.id));

  it("says so with how many stores there are, and when they were seen", async () => {
    const { page, context } = await signedIn(browser, "/", { token });
    await page.getByText("Nothing needs attention.").waitFor();
    await page.getByText(/^1 store, all healthy, seen (now|\d+ seconds? ago)\.$/).waitFor();
    await context.close();
  });

  it("says that nobody has looked for a while, where that is so", async () => {
    const { page, context } = await signedIn(browser, "/stores", { token });
    await page.route("**/v1/summary", async (route) => {
      // Without the tag of what the page has: that would be answered with nothing.
      const { "if-none-match": _, ...headers } = route.request().headers();
      const answer = await route.fetch({ headers });
      const body = (await answer.json()) as { health: object };
      const observedAt = new Date(Date.now() - 600_000).toISOString();
      const health = { ...body.health, healthy: 0, unknown: 1 };
      await route.fulfill({ response: answer, json: { ...body, isHealthCurrent: false, observedAt, health } });
    });
    await page.goto(`${API}/#/`);
    await page.getByText("Health of 1 store").waitFor();
    await page
      .getByText("No runner has looked at the stores for too long; the last look was 10 minutes ago.")
      .waitFor();
    await context.close();
  });
});
