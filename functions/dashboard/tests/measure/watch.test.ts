// What it costs to watch a list of 1,000 stores: `make bench-dashboard`. Beside the page as it is, one that sends no
// entity tags, as the baseline.

import type { Browser, CDPSession } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addFleet, type Fleet, fleetNames } from "../browser/fleet.ts";
import { launch, visit } from "../browser/page.ts";
import { ADMIN, API } from "../browser/stack.ts";

const STORES = Number(process.env.STORES || 1000);
const MINUTES = Number(process.env.MINUTES || 10);

let browser: Browser;
let fleet: Fleet;

beforeAll(async () => {
  browser = await launch();
  fleet = await addFleet(fleetNames(STORES, "Watched"));
});

afterAll(async () => {
  await browser.close();
  await fleet.remove();
});

interface Tally {
  requests: number;
  unchanged: number;
  bytes: number;
}

/** Counts what comes for the page, head and body, by path. */
async function count(session: CDPSession): Promise<Map<string, Tally>> {
  const tallies = new Map<string, Tally>();
  const paths = new Map<string, string>();
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const path = new URL(response.url).pathname;
    paths.set(requestId, path);
    const tally = tallies.get(path) ?? { requests: 0, unchanged: 0, bytes: 0 };
    tally.requests += 1;
    if (response.status === 304) tally.unchanged += 1;
    tallies.set(path, tally);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const tally = tallies.get(paths.get(requestId) ?? "");
    if (tally !== undefined) tally.bytes += encodedDataLength;
  });
  return tallies;
}

async function watch(tagged: boolean): Promise<Map<string, Tally>> {
  const { page, context } = await visit(browser);
  if (!tagged) {
    await page.route("**/v1/**", (route) => {
      const { "if-none-match": _, ...headers } = route.request().headers();
      return route.continue({ headers });
    });
  }
  const tallies = await count(await context.newCDPSession(page));
  await page.goto(`${API}/#token=${ADMIN}&to=/stores`);
  await page.locator("tbody tr").nth(49).waitFor();
  await new Promise((resolve) => setTimeout(resolve, MINUTES * 60_000));
  await context.close();
  return tallies;
}

it(`${MINUTES} minutes of watching ${STORES} stores`, { timeout: (MINUTES + 3) * 60_000 }, async () => {
  const [as, without] = await Promise.all([watch(true), watch(false)]);
  const rows = [...as].filter(([path]) => path.startsWith("/v1/"));
  const kilobytes = (bytes: number | undefined) => `${((bytes ?? 0) / 1000).toFixed(1)} KB`;
  for (const [path, { requests, unchanged, bytes }] of rows) {
    const before = without.get(path);
    process.stdout.write(
      `${path}: ${requests} requests, ${unchanged} of them 304, ${kilobytes(bytes)}; ` +
        `without tags ${before?.requests} requests, ${kilobytes(before?.bytes)}\n`,
    );
  }
  const page = [...as].filter(([path]) => !path.startsWith("/v1/")).reduce((sum, [, { bytes }]) => sum + bytes, 0);
  process.stdout.write(`the page itself: ${kilobytes(page)}\n`);
  const list = as.get("/v1/stores");
  expect(list?.unchanged).toBeGreaterThan(0);
  expect(list?.bytes).toBeLessThan(without.get("/v1/stores")?.bytes ?? 0);
});
