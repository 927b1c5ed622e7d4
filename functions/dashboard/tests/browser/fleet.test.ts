// A list of many stores: pages, filters in the address, search over all of it, counts, and what travels while nothing
// changes.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addFleet, type Fleet, fleetNames } from "./fleet.ts";
import { launch, signedIn } from "./page.ts";
import { API, call, eventually } from "./stack.ts";

const MANY = 300;
const RARE = ["Rare and Old", "Rare and New"];
const stamp = Date.now().toString(36);

let browser: Browser;
let fleet: Fleet;

beforeAll(async () => {
  browser = await launch();
  // One of those that are looked for is the oldest of all, so it is on the last page.
  fleet = await addFleet([`${RARE[0]} ${stamp}`, ...fleetNames(MANY, `Fleet ${stamp}`), `${RARE[1]} ${stamp}`]);
});

afterAll(async () => {
  await fleet.remove();
  await browser.close();
});

describe("a list of 300 stores", () => {
  it("finds by the beginning of an id what is on any page, and the address shows the same to others", async () => {
    const { page, context } = await signedIn(browser, "/stores");
    await page.locator("tbody tr").nth(40).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("Rare an");
    await page.getByText("2 stores on this page").waitFor();
    const found = await page.locator("tbody .title a").allTextContents();
    expect(found).toEqual([`${RARE[1]} ${stamp}`, `${RARE[0]} ${stamp}`]);
    expect(await page.evaluate(() => document.activeElement?.matches("[data-search]"))).toBe(true);
    expect(page.url()).toBe(`${API}/#/stores?prefix=rare-an`);
    const other = await signedIn(browser, "/stores?prefix=rare-an");
    await other.page.getByText("2 stores on this page").waitFor();
    await other.context.close();
    await page.keyboard.type("zz");
    await page.getByText("No store fits these filters.").waitFor();
    await page.getByRole("link", { name: "Clear filters" }).first().click();
    await page.locator("tbody tr").nth(40).waitFor();
    expect(await page.locator("[data-search]").inputValue()).toBe("");
    await context.close();
  });

  it("has each store once on its pages", { timeout: 180_000 }, async () => {
    const { page, context } = await signedIn(browser, `/stores?prefix=fleet-${stamp}`);
    const seen = new Set<string>();
    for (let turned = 0; turned < 12; turned += 1) {
      await page.locator("tbody tr").first().waitFor();
      const ids = await page.locator("tbody .title .small").allTextContents();
      for (const id of ids) {
        expect(seen.has(id), id).toBe(false);
        seen.add(id);
      }
      const older = page.getByRole("link", { name: "Older" });
      if ((await older.count()) === 0) break;
      await older.click();
      if (turned === 0) {
        // The address of a page alone shows the same to somebody else.
        await page.getByRole("link", { name: "Newest" }).waitFor();
        const { hash } = new URL(page.url());
        expect(hash).toContain(`prefix=fleet-${stamp}&cursor=`);
        const [other, own] = [await signedIn(browser, hash.slice(1)), page.locator("tbody .title .small")];
        await page.waitForFunction((before) => {
          const shown = document.querySelector("tbody .title .small")?.textContent;
          return shown !== undefined && shown !== before;
        }, ids[0]);
        const first = (await own.first().textContent()) ?? "";
        await other.page.getByText(first, { exact: true }).waitFor();
        await other.context.close();
      }
      // The page that comes has none of those.
      await page.waitForFunction((before) => {
        const first = document.querySelector("tbody .title .small")?.textContent;
        return first !== undefined && first !== before;
      }, ids[0]);
    }
    expect(seen.size).toBe(MANY);
    await context.close();
  });

  it("is filtered by power and health, and its counts lead to what they count", async () => {
    // A runner counts with each of its looks.
    await eventually(
      () => call<{ power: { hibernated: number } }>("GET", "/v1/summary"),
      ({ power }) => power.hibernated >= MANY,
    );
    const { page, context } = await signedIn(browser, "/stores");
    const counts = page.getByRole("group", { name: "How many there are" });
    await counts.getByRole("link", { name: /Hibernated/ }).click();
    await page.getByLabel("Power").waitFor();
    expect(page.url()).toBe(`${API}/#/stores?power=Hibernated`);
    expect(await page.getByLabel("Power").inputValue()).toBe("Hibernated");
    await page.locator("tbody tr").nth(40).waitFor();
    await page.getByLabel("Health").selectOption("Down");
    await page.getByText("No store fits these filters.").waitFor();
    expect(page.url()).toBe(`${API}/#/stores?health=Down&power=Hibernated`);
    await context.close();
  });

  it("is found from anywhere by the palette, however old it is", async () => {
    const { page, context } = await signedIn(browser, "/");
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.type("rare and old");
    await page.getByRole("option", { name: `${RARE[0]} ${stamp}` }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `${RARE[0]} ${stamp}`, level: 1 }).waitFor();
    await context.close();
  });

  it("does not travel again while nothing changes", async () => {
    const { page, context } = await signedIn(browser, `/stores?prefix=fleet-${stamp}`);
    await page.locator("tbody tr").nth(40).waitFor();
    const again = await page.waitForResponse((answer) => answer.url().includes("/v1/stores?"), { timeout: 30_000 });
    expect(again.status()).toBe(304);
    await page.waitForResponse((answer) => answer.url().includes("/v1/stores?"), { timeout: 30_000 });
    expect(await page.locator("tbody tr").count()).toBe(50);
    expect(await page.getByRole("button", { name: /changed: refresh/ }).count()).toBe(0);
    // What is kept for that is in memory only.
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(kept).not.toContain("Fleet ");
    await context.close();
  });
});
