// Two tabs at once, and a page on paper.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, signedIn } from "./page.ts";
import { ADMIN, API, freshName, ready, remove, type Stored, until } from "./stack.ts";

let browser: Browser;
let store: Stored;

beforeAll(async () => {
  browser = await launch();
  store = await ready(freshName("Tabs"));
});

afterAll(async () => {
  await browser.close();
  await remove(store.id);
});

describe("two tabs", () => {
  it("show what was done in the other one, and are signed out each by itself", async () => {
    const { page: one, context } = await signedIn(browser, `/stores/${store.id}`);
    const other = await context.newPage();
    await other.goto(`${API}/#token=${ADMIN}&to=/stores/${store.id}`);
    await other.getByRole("heading", { name: store.name, level: 1 }).waitFor();
    await one.getByRole("button", { name: "Hibernate" }).click();
    await one.getByRole("dialog").getByRole("button", { name: "Hibernate" }).click();
    await other.locator(".axes .badge", { hasText: "Power: Hibernated" }).waitFor({ timeout: 60_000 });
    await until(store.id, "Ready");
    await one.getByRole("button", { name: "Settings" }).click();
    await one.getByRole("button", { name: "Sign out" }).click();
    await one.getByLabel("Token").waitFor();
    await other.reload();
    await other.getByRole("heading", { name: store.name, level: 1 }).waitFor();
    await context.close();
  });
});

describe("on paper", () => {
  it("is what is known, in black on white, without what one can do", async () => {
    const { page, context } = await signedIn(browser, `/stores/${store.id}`, { theme: "dark" });
    await page.locator(".lanes").first().waitFor();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Appearance").selectOption("dark");
    await page.keyboard.press("Escape");
    await page.emulateMedia({ media: "print" });
    expect(await page.getByRole("heading", { name: store.name, level: 1 }).isVisible()).toBe(true);
    expect(await page.locator("header.page").isVisible()).toBe(false);
    expect(await page.locator("button:visible").count()).toBe(0);
    const colour = await page.evaluate(() => getComputedStyle(document.querySelector("h1") as Element).color);
    // Its parts are dark: less than half of what each can be.
    expect(
      colour
        .match(/\d+/g)
        ?.slice(0, 3)
        .every((part) => Number(part) < 128),
    ).toBe(true);
    await context.close();
  });
});
