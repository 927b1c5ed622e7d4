// What people do with webhooks in the page, with a receiver on this machine.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findings, launch, signedIn } from "./page.ts";
import { API, call, eventually, ownerToken } from "./stack.ts";

interface Hook {
  id: string;
  url: string;
  enabled: boolean;
}

let browser: Browser;
let receiver: Server;
let answer = 204;
let received: { id: string; signature: string; body: string }[] = [];
let url: string;
let owner: { id: string; token: string };

beforeAll(async () => {
  browser = await launch();
  owner = await ownerToken(`hooks-${Date.now().toString(36)}`);
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      const header = (name: string) => String(request.headers[name]);
      received.push({ id: header("webhook-id"), signature: header("webhook-signature"), body });
      response.writeHead(answer).end(answer === 204 ? undefined : "<b>not now</b>");
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});

afterAll(async () => {
  for (const { id } of await hooks()) {
    await fetch(`${API}/v1/webhooks/${id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${owner.token}` },
    });
  }
  await call("DELETE", `/v1/tokens/${owner.id}`);
  receiver.close();
  await browser.close();
});

beforeEach(() => {
  answer = 204;
  received = [];
});

const hooks = async () => (await call<{ items: Hook[] }>("GET", "/v1/webhooks", undefined, owner.token)).items;

const make = (to = url) =>
  call<Hook>("POST", "/v1/webhooks", { url: to, events: ["store.*"], description: "Chat" }, owner.token);

const open = (to: string, options = {}) => signedIn(browser, to, { token: owner.token, ...options });

const delivery = (page: Page) => page.locator(".operations > li").first();

describe("a webhook", () => {
  it("is made, shows its secret once, is tried out, and goes", async () => {
    const { page, context, complaints } = await open("/webhooks");
    await page.getByLabel("URL").fill(url);
    await page.getByLabel("Events").fill("store.ready, operation.*");
    await page.getByLabel("What it is for").fill("Orders");
    await page.getByRole("button", { name: "Create a webhook" }).click();
    const secret = page.locator("code.secret");
    await secret.waitFor();
    expect(await secret.textContent()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    await page.getByRole("button", { name: "Close" }).click();
    await secret.waitFor({ state: "detached" });

    await page.getByRole("link", { name: url }).first().click();
    await page.getByText("operation.* store.ready").waitFor();
    await page.getByRole("button", { name: "Test" }).click();
    await delivery(page).getByText("delivered").waitFor({ timeout: 30_000 });
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(["webhook.test"]);
    await delivery(page).locator("summary").click();
    await delivery(page)
      .getByText(received[0]?.id ?? "")
      .waitFor();
    await delivery(page).getByText("204").waitFor();

    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("There are no webhooks.").waitFor();
    expect(await hooks()).toEqual([]);
    expect(complaints).toEqual({ policy: [], faults: [], foreign: [] });
    await context.close();
  });

  it("that can't be is refused at its field", async () => {
    const { page, context } = await open("/webhooks");
    await page.getByLabel("URL").fill("ftp://example.com/");
    await page.getByLabel("Events").fill("store.sold");
    await page.getByRole("button", { name: "Create a webhook" }).click();
    await page.locator(".field", { hasText: "Events" }).locator(".wrong").waitFor();
    expect(await page.getByLabel("Events").getAttribute("aria-invalid")).toBe("true");
    await page.getByLabel("Events").fill("store.*");
    await page.getByRole("button", { name: "Create a webhook" }).click();
    await page.locator(".field", { hasText: "URL" }).locator(".wrong").waitFor();
    expect(await page.getByLabel("URL").getAttribute("aria-invalid")).toBe("true");
    await context.close();
  });

  it("that does not take what it is told shows why, and is tried again when somebody wants it", async () => {
    answer = 503;
    const { id } = await make();
    const { page, context } = await open(`/webhooks/${id}`);
    await page.getByRole("button", { name: "Test" }).click();
    await delivery(page).getByText("given up").waitFor({ timeout: 30_000 });
    await page.getByText("failing").first().waitFor();
    await delivery(page).locator("summary").click();
    // What a stranger has answered is text, whatever it looks like.
    await delivery(page).getByText("<b>not now</b>").waitFor();
    answer = 204;
    await delivery(page).getByRole("button", { name: "Try again" }).click();
    await delivery(page).getByText("delivered").waitFor({ timeout: 30_000 });
    await delivery(page).getByText("2 tries").waitFor();
    expect(new Set(received.map((each) => each.id)).size).toBe(1);
    await call("DELETE", `/v1/webhooks/${id}`, undefined, owner.token).catch(() => undefined);
    await context.close();
  });

  it("gets another secret, and both sign", async () => {
    const { id } = await make();
    const { page, context } = await open(`/webhooks/${id}`);
    await page.getByRole("button", { name: "Rotate secret" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate secret" }).click();
    await page.locator("code.secret").waitFor();
    await page.getByText("Present secret since").waitFor();
    await page.getByRole("button", { name: "Test" }).click();
    await delivery(page).getByText("delivered").waitFor({ timeout: 30_000 });
    expect(received[0]?.signature).toMatch(/^v1,\S+ v1,\S+$/);
    await context.close();
  });

  it("that was gone is enabled, and told again of what it missed", async () => {
    answer = 410;
    const { id } = await make();
    const { page, context } = await open(`/webhooks/${id}`);
    await page.getByRole("button", { name: "Test" }).click();
    await eventually(
      async () => (await hooks()).find((hook) => hook.id === id)?.enabled,
      (enabled) => enabled === false,
    );
    answer = 204;
    await page.getByRole("button", { name: "Enable" }).click({ timeout: 30_000 });
    await page.getByRole("button", { name: "Replay" }).click();
    await page.getByLabel("Since").selectOption({ label: "6 hours ago" });
    await page.getByRole("dialog").getByRole("button", { name: "Replay" }).click();
    await page.locator(".notice", { hasText: "0 events are on the way again." }).waitFor();
    await context.close();
  });
});

describe("whoever it is", () => {
  it.each(["light", "dark"] as const)("axe finds nothing in the %s theme", { timeout: 120_000 }, async (theme) => {
    const { id } = await make();
    const { page, context } = await open("/webhooks", { theme, axe: true });
    await page.locator("tbody tr").first().waitFor();
    expect(await findings(page), "list").toEqual([]);
    await page.goto(`${API}/#/webhooks/${id}`);
    await page.getByRole("button", { name: "Test" }).click();
    await delivery(page).getByText("delivered").waitFor({ timeout: 30_000 });
    await delivery(page).locator("summary").click();
    await page.locator(".notice").waitFor({ state: "detached" });
    expect(await findings(page), "page").toEqual([]);
    for (const name of ["Rotate secret", "Replay", "Delete"]) {
      await page.getByRole("button", { name }).click();
      await page.getByRole("dialog").waitFor();
      expect(await findings(page), name).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await context.close();
  });

  it("nothing is wider than a screen of 320 px", async () => {
    const { id } = await make(`${url}/${"long".repeat(60)}`);
    const { page, context } = await open("/webhooks", { width: 320, height: 640 });
    await page.locator("tbody tr").first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await page.goto(`${API}/#/webhooks/${id}`);
    await page.getByRole("button", { name: "Test" }).click();
    await delivery(page).getByText("delivered").waitFor({ timeout: 30_000 });
    await delivery(page).locator("summary").click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
    await context.close();
  });

  it("it is said in German too", async () => {
    const { page, context } = await open("/webhooks", { language: "de-DE" });
    await page.getByRole("button", { name: "Webhook anlegen" }).waitFor();
    await context.close();
  });

  it("others do not see it", async () => {
    const { id } = await make();
    const other = await ownerToken(`other-${Date.now().toString(36)}`);
    const { page, context } = await signedIn(browser, `/webhooks/${id}`, { token: other.token });
    await page.locator(".note").waitFor();
    await page.goto(`${API}/#/webhooks`);
    await page.getByText("There are no webhooks.").waitFor();
    await call("DELETE", `/v1/tokens/${other.id}`);
    await context.close();
  });
});
