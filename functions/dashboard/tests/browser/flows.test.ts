// What people do, from the first sign-in to the end of a store.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, signedIn, type Visit, visit } from "./page.ts";
import {
  ADMIN,
  API,
  call,
  create,
  eventually,
  freshName,
  idOf,
  kubectl,
  leaveLog,
  ownerToken,
  password,
  ready,
  remove,
  type Stored,
  until,
} from "./stack.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
});

function assertQuiet({ complaints }: Visit): void {
  expect(complaints).toEqual({ policy: [], faults: [], foreign: [] });
}

describe("signing in", () => {
  it("takes a token from the address at once, keeps it out of every address, and forgets it at the end", async () => {
    const visited = await signedIn(browser);
    const { page, context, requested } = visited;
    expect(page.url()).toBe(`${API}/#/`);
    expect(requested.filter((url) => url.includes("swt_"))).toEqual([]);
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("swt_");
    // Nor is it in what one can go back to.
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
    await page.reload();
    await page.getByRole("navigation").waitFor();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain("swt_");
    assertQuiet(visited);
    await context.close();
  });

  it("says what is wrong with a token, and lets one try again", async () => {
    const visited = await visit(browser);
    const { page, context } = visited;
    await page.goto(API);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("Enter a token.").waitFor();
    await page.getByLabel("Token").fill(`swt_0123456789abcdef_${"0".repeat(64)}`);
    await page.keyboard.press("Enter");
    await page.getByText("The API does not know this token").waitFor();
    await page.getByLabel("Token").fill(ADMIN);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Needs attention" }).waitFor();
    assertQuiet(visited);
    await context.close();
  });

  it("is ended by the API's 401, and goes on where one was", async () => {
    const owner = await ownerToken("ended@example.com");
    const visited = await signedIn(browser, "/create", { token: owner.token });
    const { page, context } = visited;
    await page.getByLabel("Name").fill("Half Typed");
    await call("DELETE", `/v1/tokens/${owner.id}`);
    // A revocation counts within 30 s.
    await eventually(
      () => fetch(`${API}/v1/stores`, { headers: { authorization: `Bearer ${owner.token}` } }),
      (answer) => answer.status === 401,
    );
    await page.getByLabel("Administrator's e-mail address").fill("owner@example.com");
    // There are two instances, and each remembers for itself.
    await eventually(
      async () => {
        const button = page.getByRole("button", { name: "Create", exact: true });
        if (await button.isVisible()) await button.click();
        return page.getByText("You were signed out").isVisible();
      },
      (isOut) => isOut || page.url().includes("/stores/"),
    );
    await page.getByLabel("Token").fill(ADMIN);
    await page.keyboard.press("Enter");
    await page.getByRole("navigation").waitFor();
    expect(page.url()).toBe(`${API}/#/create`);
    expect(await page.getByLabel("Name").inputValue()).toBe("Half Typed");
    await context.close();
  });
});

describe("the life of a store", () => {
  // Each kind of character that a name may have.
  const name = freshName("Life-Long sHOP 9");
  const id = idOf(name);
  let visited: Visit;

  beforeAll(async () => {
    visited = await signedIn(browser, "/create");
  });

  afterAll(async () => {
    assertQuiet(visited);
    await visited.context.close();
    await remove(id);
  });

  it("begins with a form that says what is wrong at each field, and ends Ready before one's eyes", async () => {
    const { page } = visited;
    await page.getByLabel("Name").fill("-");
    await page.getByLabel("Administrator's e-mail address").fill("nobody");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.locator("[aria-invalid=true]").nth(1).waitFor();
    expect(await page.locator(".wrong").count()).toBe(2);

    await page.getByLabel("Name").fill(name);
    await page.getByText(id, { exact: true }).waitFor();
    await page.getByLabel("Administrator's e-mail address").fill("owner@example.com");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    await page.locator(".axes .badge.good", { hasText: "Ready" }).waitFor({ timeout: 60_000 });
    const lanes = page.locator(".lanes > li");
    expect(await lanes.count()).toBe(10);
    expect(await page.locator(".lanes > li.done").count()).toBe(10);
    // It is read again at the slower pace only after this, and is healthy once a runner has looked.
    await page.locator(".axes .badge", { hasText: "Healthy" }).waitFor({ timeout: 60_000 });
  });

  it("is restarted, and the operation is in the timeline with who asked", async () => {
    const { page } = visited;
    await page.getByRole("button", { name: "Restart" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("What").selectOption("wordpress");
    await dialog.getByRole("button", { name: "Restart" }).click();
    await dialog.waitFor({ state: "detached" });
    const entry = page.locator(".timeline article", { hasText: "Restart" });
    await entry.locator(".mark.done").waitFor({ timeout: 60_000 });
    await entry.getByText("by admin").waitFor();
  });

  it("is hibernated and resumed, and says of itself which", async () => {
    const { page } = visited;
    for (const [action, power] of [
      ["Hibernate", "Hibernated"],
      ["Resume", "Running"],
    ] as const) {
      await page.getByRole("button", { name: action }).click();
      await page.getByRole("dialog").getByRole("button", { name: action }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.locator(".axes .badge", { hasText: `Power: ${power}` }).waitFor({ timeout: 60_000 });
      await until(id, "Ready");
    }
    // It is not asked again until it is at rest.
    await page.getByRole("button", { name: "Reset password" }).waitFor({ timeout: 30_000 });
  });

  it("says why it is not upgraded that runs what new stores get", async () => {
    const { page } = visited;
    await page.getByRole("button", { name: "Upgrade" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Visitors are kept out for some minutes.").waitFor();
    await dialog.getByRole("button", { name: "Upgrade" }).click();
    await dialog.getByText("The shop runs that image already.").waitFor({ timeout: 60_000 });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
  });

  it("is suspended with a reason, which its page shows until that ends", async () => {
    const { page } = visited;
    await page.getByRole("button", { name: "Suspend" }).click();
    const dialog = page.getByRole("dialog");
    const suspend = dialog.getByRole("button", { name: "Suspend" });
    expect(await suspend.isDisabled()).toBe(true);
    await dialog.getByLabel("Reason").fill("It sells <b>what</b> nobody may sell.");
    await suspend.click();
    await dialog.waitFor({ state: "detached" });
    await page.locator(".axes .badge", { hasText: "Suspended" }).waitFor();
    await page.getByText("It sells <b>what</b> nobody may sell.", { exact: true }).waitFor();
    // The list finds it by that, and what it finds stands in the address.
    await page.getByRole("link", { name: "Stores", exact: true }).click();
    await page.getByLabel("Suspension").selectOption("true");
    const found = page.getByRole("link", { name, exact: true });
    await found.waitFor();
    expect(page.url()).toContain("suspended=true");
    await page.getByLabel("Suspension").selectOption("false");
    await found.waitFor({ state: "detached" });
    await page.getByLabel("Suspension").selectOption("true");
    await found.click();
    await page.getByRole("button", { name: "End suspension" }).click({ timeout: 60_000 });
    await dialog.getByRole("button", { name: "End suspension" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.locator(".axes .badge", { hasText: "Suspended" }).waitFor({ state: "detached", timeout: 60_000 });
    // It is not asked again until it is at rest.
    await page.getByRole("button", { name: "Suspend" }).waitFor({ timeout: 60_000 });
  });

  it("reveals what its Secret has, for as long as one looks, and nowhere else", async () => {
    const { page } = visited;
    await page.getByRole("button", { name: "Reset password" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Reset password" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await until(id, "Ready");
    await page.getByRole("button", { name: "Reveal credentials" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.locator(".secret").count()).toBe(0);
    await dialog.getByRole("button", { name: "Reveal", exact: true }).click();
    await dialog.locator(".secret").nth(1).waitFor({ timeout: 30_000 });
    const shown = await dialog.locator(".secret").allTextContents();
    expect(shown).toEqual(["admin", password(id)]);
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...sessionStorage }, { ...localStorage }, location.href]),
    );
    expect(kept).not.toContain(shown[1]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await page.content()).not.toContain(shown[1]);
    // The focus is back where it was.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Reveal credentials");
  });

  it("shows its log as text, whatever stands in it, and links to a line", async () => {
    const { page } = visited;
    const hostile = `<img src=x onerror="document.title='taken over'"> <script>alert(1)</script> \u001b[31mred`;
    await leaveLog(id, ["one", hostile, "the last line"]);
    await page.getByRole("link", { name: "Logs" }).click();
    await page.getByRole("button", { name: "Read" }).click();
    await page.getByText("the last line").waitFor({ timeout: 30_000 });
    expect(await page.locator("div.log li .text").nth(1).textContent()).toBe(hostile);
    expect(await page.locator("div.log img, div.log script").count()).toBe(0);
    expect(await page.title()).toContain("Logs");
    await page.keyboard.press("/");
    await page.keyboard.type("LAST");
    expect(await page.locator("mark").allTextContents()).toEqual(["last"]);
    await page.getByLabel("Search in these lines").fill("");
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    expect((await saved).suggestedFilename()).toBe(`${id}-wordpress.log`);
    await page.getByRole("link", { name: "Line 2" }).click();
    await page.locator("li.pointed", { hasText: "<script>" }).waitFor();
    await page.reload();
    await page.locator("li.pointed", { hasText: "<script>" }).waitFor({ timeout: 30_000 });
  });

  it("is deleted only by its name, and what is kept of it is still shown", async () => {
    const { page } = visited;
    await page.goto(`${API}/#/stores/${id}`);
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    const button = dialog.getByRole("button", { name: "Delete" });
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByLabel(`Type ${id} to confirm`).fill(`${id}x`);
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByLabel(`Type ${id} to confirm`).fill(id);
    await button.click();
    await page.getByText("This store is gone.").waitFor({ timeout: 60_000 });
    await page.getByRole("heading", { name: "Deletion" }).waitFor();
  });
});

describe("a store that fails", () => {
  it("needs attention, says why in the API's words, and is mended by a retry", async () => {
    const name = freshName("Broken");
    const id = idOf(name);
    // Somebody else's namespace is in its place.
    kubectl("create", "namespace", `store-${id}`);
    await create(name);
    await until(id, "Failed");
    const visited = await signedIn(browser);
    const { page, context } = visited;
    const row = page.locator(".attention li", { hasText: name });
    await row.waitFor();
    await row.getByRole("button", { name: "Retry" }).waitFor();
    const told = (await call<{ failure: { message: string } }>("GET", `/v1/stores/${id}`)).failure.message;
    await row.getByText(told).waitFor();
    await row.getByRole("link", { name }).click();
    await page.getByRole("heading", { name: "Failed at: Namespace" }).waitFor();
    await page.getByText("namespace_conflict").waitFor();
    kubectl("delete", "namespace", `store-${id}`, "--wait");
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
    await page.locator(".axes .badge.good", { hasText: "Ready" }).waitFor({ timeout: 60_000 });
    const runs = await page.locator(".timeline .run h3").allTextContents();
    expect(runs).toEqual(["Provisioning", "Clean-up", "Provisioning"]);
    assertQuiet(visited);
    await context.close();
    await remove(id);
  });

  it("is told as text, whatever stands in its failure", async () => {
    const store = await ready(freshName("Hostile"));
    const visited = await visit(browser);
    const { page, context } = visited;
    const hostile = `<img src=x onerror="document.title='taken over'"><b>bold</b> javascript:alert(1)`;
    await page.route(`**/v1/stores/${store.id}`, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as object;
      const failure = {
        step: "wait_mysql",
        code: "crash_loop",
        message: hostile,
        at: new Date().toISOString(),
        cleanup: { state: "failed", message: hostile },
        log: { pod: hostile, container: "mysql", lines: [{ text: hostile }], truncated: true },
      };
      await route.fulfill({
        response: answer,
        json: { ...body, status: "Failed", url: "javascript:alert(1)", failure },
      });
    });
    await page.goto(`${API}/#token=${ADMIN}&to=/stores/${store.id}`);
    await page.locator(".failure").waitFor();
    expect(await page.locator(".failure .sentence").textContent()).toBe(hostile);
    expect(await page.locator("pre.log").textContent()).toBe(hostile);
    expect(await page.locator(".failure img, .failure b").count()).toBe(0);
    expect(await page.locator("a[href^='javascript']").count()).toBe(0);
    assertQuiet(visited);
    await context.close();
    await remove(store.id);
  });
});

describe("an owner", () => {
  it("sees their own stores and no others, and is not offered what only admins may do", async () => {
    const owner = await ownerToken("ada@example.com");
    const [own, other] = [freshName("Adas"), freshName("Others")];
    await create(own, owner.token);
    await create(other);
    const visited = await signedIn(browser, "/stores", { token: owner.token });
    const { page, context } = visited;
    await page.getByRole("link", { name: own }).waitFor();
    expect(await page.getByRole("link", { name: other }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "Tokens" }).count()).toBe(0);
    expect(await page.getByLabel("Owner").count()).toBe(0);
    await page.goto(`${API}/#/tokens`);
    await page.getByRole("heading", { name: "There is nothing here." }).waitFor();
    await page.goto(`${API}/#/stores/${idOf(other)}`);
    await page.getByText("There is no such store").waitFor();
    assertQuiet(visited);
    await context.close();
    await Promise.all([own, other].map((name) => until(idOf(name), "Ready").then((store) => remove(store.id))));
  });
});

describe("the list of stores", () => {
  const names = ["One", "Two", "Three"].map((word) => freshName(word));
  let stores: Stored[];

  beforeAll(async () => {
    stores = await Promise.all(names.map((name) => ready(name)));
  });

  afterAll(async () => {
    await Promise.all(stores.map((store) => remove(store.id)));
  });

  it("keeps rows where they are while others come, and tells how many", async () => {
    const visited = await signedIn(browser, "/stores");
    const { page, context } = visited;
    await page.getByRole("link", { name: names[0] ?? "" }).waitFor();
    const before = await page.locator("tbody .title a").allTextContents();
    const late = freshName("Late");
    await create(late);
    // At rest it looks every 15 s.
    await page.getByRole("button", { name: /^\d+ changed: refresh$/ }).waitFor({ timeout: 30_000 });
    expect(await page.locator("tbody .title a").allTextContents()).toEqual(before);
    await page.getByRole("button", { name: /changed: refresh/ }).click();
    await page.getByRole("link", { name: late }).waitFor();
    await until(idOf(late), "Ready");
    await remove(idOf(late));
    assertQuiet(visited);
    await context.close();
  });

  it("does one thing to several stores, with a result for each", async () => {
    const visited = await signedIn(browser, "/stores");
    const { page, context } = visited;
    for (const name of names.slice(0, 2)) await page.getByLabel(`Mark ${name}`).check();
    await page.getByRole("group", { name: "2 marked" }).getByRole("button", { name: "Restart" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Restart" }).click();
    await dialog.getByText("taken").nth(1).waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await Promise.all(stores.map((store) => until(store.id, "Ready")));
    assertQuiet(visited);
    await context.close();
  });
});

describe("trouble on the way", () => {
  it("is told in a banner that tries again, and what was seen stays", async () => {
    const visited = await signedIn(browser, "/stores");
    const { page, context } = visited;
    await page.getByText(/Seen/).waitFor();
    await page.route("**/v1/stores?*", (route) =>
      route.fulfill({
        status: 503,
        headers: { "retry-after": "3" },
        contentType: "application/problem+json",
        body: "{}",
      }),
    );
    await page.getByRole("button", { name: "Pause live updates" }).click();
    await page.getByRole("button", { name: "Resume live updates" }).first().click();
    await page.getByText("The API answers 503").waitFor();
    await page.getByText(/Trying again in \d s/).waitFor();
    await page.unroute("**/v1/stores?*");
    await page.getByText("The API answers 503").waitFor({ state: "detached", timeout: 15_000 });
    await page.route("**/v1/stores?*", (route) => route.abort());
    await page.getByRole("button", { name: "Pause live updates" }).click();
    await page.getByRole("button", { name: "Resume live updates" }).first().click();
    await page.getByText("The API can't be reached.").waitFor();
    await page.unroute("**/v1/stores?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("The API can't be reached.").waitFor({ state: "detached" });
    assertQuiet(visited);
    await context.close();
  });

  it("that cuts a create off makes no second store, not even after the page is loaded again", async () => {
    const name = freshName("Once");
    const visited = await signedIn(browser, "/create");
    const { page, context } = visited;
    const keys: (string | undefined)[] = [];
    let answers = 0;
    await page.route("**/v1/stores", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      const answer = await route.fetch();
      answers += 1;
      // The first time the store is made, and its answer is lost.
      if (answers === 1) await route.abort();
      else await route.fulfill({ response: answer });
    });
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Administrator's e-mail address").fill("owner@example.com");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByText("The API can't be reached.").waitFor();
    await page.reload();
    expect(await page.getByLabel("Name").inputValue()).toBe(name);
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
    assertQuiet(visited);
    await context.close();
    await until(idOf(name), "Ready");
    await remove(idOf(name));
  });

  it("counts down where the API wants to be asked later", async () => {
    const store = await ready(freshName("Limited"));
    const visited = await signedIn(browser, `/stores/${store.id}`);
    const { page, context } = visited;
    const problem = {
      type: "urn:shopwright:problem:rate-limited",
      title: "Too many calls",
      status: 429,
      detail: "Only 10 changes a minute are taken from one address.",
      requestId: "r-1",
    };
    await page.route("**/actions/restart", (route) =>
      route.fulfill({
        status: 429,
        headers: { "retry-after": "40" },
        contentType: "application/problem+json",
        json: problem,
      }),
    );
    await page.getByRole("button", { name: "Restart" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Restart" }).click();
    await page.getByText("Too many calls came from your address.").waitFor();
    await page.getByText(problem.detail).waitFor();
    await page.getByText(/Possible again in (39|38|37) s/).waitFor();
    assertQuiet(visited);
    await context.close();
    await remove(store.id);
  });

  it("says what has changed where somebody else was quicker", async () => {
    const store = await ready(freshName("Raced"));
    const visited = await signedIn(browser, `/stores/${store.id}`);
    const { page, context } = visited;
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/Type/).fill(store.id);
    // In another tab.
    await call("POST", `/v1/stores/${store.id}/actions/restart`, { target: "wordpress" });
    await dialog.getByRole("button", { name: "Delete" }).click();
    await dialog.getByText("It has changed since you looked at it").waitFor();
    expect((await until(store.id, "Ready")).status).toBe("Ready");
    assertQuiet(visited);
    await context.close();
    await remove(store.id);
  });
});
