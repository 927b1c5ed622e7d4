// Who can use the page: by the keys alone, in two languages, in both themes, on a narrow screen, and by whoever hears it.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findings, launch, signedIn, visit } from "./page.ts";
import { API, create, freshName, idOf, kubectl, ready, remove, type Stored, until } from "./stack.ts";

let browser: Browser;
let store: Stored;
let broken: Stored;

beforeAll(async () => {
  browser = await launch();
  store = await ready(freshName("Reach"));
  const name = freshName("Broken");
  kubectl("create", "namespace", `store-${idOf(name)}`);
  await create(name);
  broken = await until(idOf(name), "Failed");
});

afterAll(async () => {
  await browser.close();
  await remove(store.id);
  await remove(broken.id);
  kubectl("delete", "namespace", `store-${broken.id}`, "--wait=false");
});

const screens = (): [string, (page: Page) => Promise<unknown>][] => [
  ["/", (page) => page.locator(".attention li").first().waitFor()],
  ["/stores", (page) => page.locator("tbody tr").first().waitFor()],
  ["/?muted=true", (page) => page.locator(".attention li").first().waitFor()],
  ["/stores?status=Deleting&prefix=zz", (page) => page.locator(".empty").waitFor()],
  [`/stores/${store.id}`, (page) => page.locator(".lanes").first().waitFor()],
  [`/stores/${broken.id}`, (page) => page.locator(".failure").waitFor()],
  ["/stores/no-such-store", (page) => page.locator(".note").waitFor()],
  [
    `/stores/${store.id}/logs`,
    async (page) => {
      await page.locator("form button[type=submit]").click();
      await page.locator("div.log li").first().waitFor({ timeout: 30_000 });
    },
  ],
  ["/create", (page) => page.locator("form").waitFor()],
  ["/audit", (page) => page.locator("tbody tr").first().waitFor()],
  ["/tokens", (page) => page.locator("tbody tr").first().waitFor()],
  ["/nowhere/at/all", (page) => page.locator(".empty").waitFor()],
];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  it("axe finds nothing on any screen, nor in any dialog", { timeout: 240_000 }, async () => {
    const { page, context } = await signedIn(browser, "/", { theme, axe: true });
    for (const [to, shown] of screens()) {
      await page.goto(`${API}/#${to}`);
      await shown(page);
      expect(await findings(page), to).toEqual([]);
    }
    await page.goto(`${API}/#/stores/${store.id}`);
    for (const name of ["Restart", "Reveal credentials", "Reset password", "Delete"]) {
      await page.getByRole("button", { name }).click();
      await page.getByRole("dialog").waitFor();
      expect(await findings(page), name).toEqual([]);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await page.goto(`${API}/#/`);
    await page.getByRole("button", { name: "Mute" }).first().click();
    await page.getByRole("dialog").waitFor();
    expect(await findings(page), "mute").toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    expect(await findings(page), "palette").toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    expect(await findings(page), "keys").toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Settings" }).click();
    expect(await findings(page), "settings").toEqual([]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await findings(page), "sign-in").toEqual([]);
    await context.close();
  });
});

describe("on a screen of 320 px", () => {
  it("nothing is wider than the screen", { timeout: 120_000 }, async () => {
    const { page, context } = await signedIn(browser, "/", { width: 320, height: 640 });
    for (const [to, shown] of screens()) {
      await page.goto(`${API}/#${to}`);
      await shown(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), to).toBeLessThanOrEqual(320);
    }
    await context.close();
  });
});

describe("in German", () => {
  it("follows the browser, says everything in German, and can be switched", async () => {
    const { page, context } = await signedIn(browser, "/stores", { language: "de-DE" });
    await page.getByRole("heading", { name: "Shops", level: 1 }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
    await page.getByRole("link", { name: store.name }).waitFor();
    await page.getByRole("button", { name: "Einstellungen" }).click();
    await page.getByLabel("Sprache").selectOption("en");
    await page.getByRole("heading", { name: "Stores", level: 1 }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Stores", level: 1 }).waitFor();
    await context.close();
  });
});

describe("by the keys alone", () => {
  it("one signs in, finds a store, restarts it, and comes back", async () => {
    const { page, context } = await visit(browser);
    await page.goto(API);
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    // The button of the provider may come before the field.
    const isInField = () => page.evaluate(() => document.activeElement?.matches("input") ?? false);
    for (let tabs = 0; tabs < 3 && !(await isInField()); tabs += 1) await page.keyboard.press("Tab");
    await page.keyboard.insertText(process.env.ADMIN_TOKEN ?? "");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Needs attention" }).waitFor();

    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.getByRole("link", { name: store.name }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(store.id);
    await page.getByText("1 store on this page").waitFor();
    await page.keyboard.press("Tab");
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press("j");
    expect(await focused()).toBe(store.name);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: store.name, level: 1 }).waitFor();

    await page.keyboard.press("Control+k");
    await page.keyboard.type("Restart");
    await page.getByRole("option", { name: `Restart: ${store.id}` }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("What").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Restart" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page
      .locator(".timeline article", { hasText: "Restart" })
      .locator(".mark.done")
      .waitFor({ timeout: 60_000 });

    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.getByRole("heading", { name: "Needs attention" }).waitFor();
    expect(await focused()).toBe("Needs attention");
    await context.close();
  });

  it("the focus stays where it is while the page is read again", async () => {
    const { page, context } = await signedIn(browser, `/stores/${store.id}`);
    await page.getByRole("button", { name: "Delete" }).focus();
    const read = page.waitForResponse((answer) => answer.url().endsWith(`/v1/stores/${store.id}`), {
      timeout: 30_000,
    });
    await read;
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Delete");
    await context.close();
  });
});

describe("while nobody looks", () => {
  /** Longer than a view at rest waits, in milliseconds. */
  const LONGER = 17_000;

  it("nothing is asked, and what is paused goes on when somebody wants it", async () => {
    const { page, context, requested } = await signedIn(browser, "/stores");
    await page.getByText(/^Seen/).waitFor();
    await page.getByRole("button", { name: "Pause live updates" }).click();
    const before = requested.length;
    await new Promise((resolve) => setTimeout(resolve, LONGER));
    expect(requested.length).toBe(before);
    const read = page.waitForRequest((request) => request.url().includes("/v1/stores?"));
    await page.getByRole("button", { name: "Resume live updates" }).first().click();
    await read;
    await context.close();
  });

  it("a tab that is hidden asks nothing, and asks at once when it is seen again", async () => {
    const { page, context, requested } = await signedIn(browser, "/stores");
    await page.getByText(/^Seen/).waitFor();
    // Without a window, the browser takes no tab for hidden: the page is told so.
    const tell = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
        document.dispatchEvent(new globalThis.Event("visibilitychange"));
      }, hidden);
    await tell(true);
    const before = requested.length;
    await new Promise((resolve) => setTimeout(resolve, LONGER));
    expect(requested.length).toBe(before);
    const read = page.waitForRequest((request) => request.url().includes("/v1/stores?"), { timeout: 3000 });
    await tell(false);
    await read;
    await context.close();
  });
});
