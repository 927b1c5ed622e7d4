// Pictures of the main screens, in both themes and on three widths: `make screenshots`.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, it } from "vitest";
import { launch, signedIn, visit } from "../browser/page.ts";
import { API, call, create, idOf, kubectl, leaveLog, ready, remove, type Stored, until } from "../browser/stack.ts";

const FOLDER = join(import.meta.dirname, "../../screenshots");
const WIDTHS = [1440, 768, 360];
const NAMES = [
  "Bakery on the Corner",
  "My Test Shop",
  "A Shop With a Name as Long as a Name May Be Here",
  "North Sea Books",
];

let browser: Browser;
let stores: Stored[];
let broken: Stored;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  browser = await launch();
  stores = [];
  for (const name of NAMES) stores.push(await ready(name));
  kubectl("create", "namespace", `store-${idOf("Coffee and Tea")}`);
  await create("Coffee and Tea");
  broken = await until(idOf("Coffee and Tea"), "Failed");
  const shop = idOf("My Test Shop");
  await call("POST", `/v1/stores/${shop}/actions/restart`, { target: "all" });
  await until(shop, "Ready");
  const paths = ["/", "/shop/", "/product/sample/", "/cart/", "/checkout/", "/wp-admin/admin-ajax.php"];
  const lines = Array.from(
    { length: 40 },
    (_, n) => `10.1.0.${n} - - "GET ${paths[n % paths.length]} HTTP/1.1" 200 ${4000 + 37 * n}`,
  );
  await leaveLog(shop, [
    ...lines,
    'PHP Warning: Undefined array key "total" in /var/www/html/wp-content/plugins/x.php on line 12',
  ]);
});

afterAll(async () => {
  await browser.close();
  for (const store of [...stores, broken]) await remove(store.id);
  kubectl("delete", "namespace", `store-${broken.id}`, "--wait=false");
});

const screens = (): [string, string, string][] => [
  ["attention", "/", ".attention li"],
  ["stores", "/stores", "tbody tr"],
  ["store", `/stores/${idOf("My Test Shop")}`, '.axes .badge:has-text("Healthy")'],
  ["failed", `/stores/${broken.id}`, ".failure"],
  ["logs", `/stores/${idOf("My Test Shop")}/logs`, "form"],
  ["create", "/create", "form"],
  ["audit", "/audit", "tbody tr"],
  ["tokens", "/tokens", "tbody tr"],
];

it.each(["light", "dark"] as const)("in the %s theme", { timeout: 300_000 }, async (theme) => {
  for (const width of WIDTHS) {
    const height = width === 360 ? 740 : 900;
    const { page, context } = await signedIn(browser, "/", { theme, width, height });
    for (const [name, to, shown] of screens()) {
      await page.goto(`${API}/#${to}`);
      await page.locator(shown).first().waitFor({ timeout: 60_000 });
      if (name === "logs") {
        await page.locator("form button[type=submit]").click();
        await page.locator("div.log li").first().waitFor({ timeout: 30_000 });
      }
      if (name === "create") await page.locator("input").first().fill("Bakery on the Corner 2");
      await page.screenshot({ path: join(FOLDER, `${name}-${width}-${theme}.png`), fullPage: name !== "logs" });
    }
    await page.goto(`${API}/#/stores/${idOf("My Test Shop")}`);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.screenshot({ path: join(FOLDER, `delete-${width}-${theme}.png`) });
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("option").nth(3).waitFor();
    await page.screenshot({ path: join(FOLDER, `palette-${width}-${theme}.png`) });
    await context.close();
    const guest = await visit(browser, { theme, width, height });
    await guest.page.goto(API);
    await guest.page.screenshot({ path: join(FOLDER, `sign-in-${width}-${theme}.png`) });
    await guest.context.close();
  }
});
