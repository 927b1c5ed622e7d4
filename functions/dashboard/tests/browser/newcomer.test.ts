// The whole way of somebody who has just come by the link of `make demo`: with the mouse, and then with the keys alone.

import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, signedIn } from "./page.ts";
import { call, freshName, idOf, kubectl, remove, until } from "./stack.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
});

/** What somebody does things with. */
interface Hands {
  press(what: Locator): Promise<void>;
  type(into: Locator, text: string): Promise<void>;
}

const mouse: Hands = {
  press: (what) => what.click(),
  async type(into, text) {
    await into.click();
    await into.page().keyboard.type(text);
  },
};

/** So many stops of the Tab key, at most, from anywhere to anywhere. */
const STOPS = 80;

const keys: Hands = {
  async press(what) {
    await tabTo(what);
    await what.page().keyboard.press("Enter");
  },
  async type(into, text) {
    await tabTo(into);
    await into.page().keyboard.type(text);
  },
};

/** Goes on with Tab until it is there, and nowhere by any other means. */
async function tabTo(what: Locator): Promise<void> {
  await what.waitFor();
  const isThere = () => what.evaluate((element) => element === document.activeElement);
  for (let stops = 0; !(await isThere()); stops += 1) {
    if (stops === STOPS) throw new Error(`Tab does not come to ${what} within ${STOPS} stops`);
    await what.page().keyboard.press("Tab");
  }
}

const button = (within: Page | Locator, name: string) => within.getByRole("button", { name, exact: true });

describe.each([
  { by: "the mouse", hands: mouse },
  { by: "the keys", hands: keys },
])("by $by, a newcomer", ({ by, hands }) => {
  it("makes a store, sees it break, understands why, mends it and deletes it", { timeout: 240_000 }, async () => {
    const name = freshName(by === "the keys" ? "Typed" : "Clicked");
    const id = idOf(name);
    // Something of somebody else is in the place of this store: nobody knows yet.
    kubectl("create", "namespace", `store-${id}`);
    const { page, context, complaints } = await signedIn(browser);
    await page.getByRole("heading", { name: "Needs attention" }).waitFor();

    // Where there are no stores yet, the page has another one.
    await hands.press(page.getByRole("banner").getByRole("link", { name: "Create a store", exact: true }));
    await page.getByRole("heading", { name: "Create a store", level: 1 }).waitFor();
    await hands.type(page.getByLabel("Name"), name);
    await page.getByText(id, { exact: true }).waitFor();
    await hands.type(page.getByLabel("Administrator's e-mail address"), "owner@example.com");
    await hands.press(button(page, "Create"));

    // It is watched, and breaks before one's eyes.
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    await page.getByRole("heading", { name: "Failed at: Namespace" }).waitFor({ timeout: 60_000 });
    const { failure } = await call<{ failure: { message: string } }>("GET", `/v1/stores/${id}`);
    await page.locator(".failure").getByText(failure.message).waitFor();

    // Whoever comes by later is told on the first page, and led back.
    await hands.press(page.getByRole("link", { name: "Needs attention" }));
    await page.locator(".attention li", { hasText: name }).getByText(failure.message).waitFor();
    await hands.press(page.locator(".attention li", { hasText: name }).getByRole("link", { name }));
    await page.getByRole("heading", { name, level: 1 }).waitFor();

    kubectl("delete", "namespace", `store-${id}`, "--wait");
    await hands.press(button(page, "Retry"));
    await hands.press(button(page.getByRole("dialog"), "Retry"));
    await page.locator(".axes .badge.good", { hasText: "Ready" }).waitFor({ timeout: 90_000 });
    await until(id, "Ready");

    await hands.press(button(page, "Delete"));
    const dialog = page.getByRole("dialog");
    await hands.type(dialog.getByLabel(`Type ${id} to confirm`), id);
    await hands.press(button(dialog, "Delete"));
    await page.getByText("This store is gone.").waitFor({ timeout: 90_000 });
    expect(complaints).toEqual({ policy: [], faults: [], foreign: [] });
    await context.close();
    await remove(id);
  });
});
