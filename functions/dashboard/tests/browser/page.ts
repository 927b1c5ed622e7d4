// A real browser on the real page. What the browser complains of on the way fails the test.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { ADMIN, API } from "./stack.ts";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where the browser is. */
export function browserPath(): string {
  const path = process.env.CHROMIUM ?? CANDIDATES.find(existsSync);
  if (path === undefined)
    throw new Error("there is no Chromium: `apt-get install chromium`, or name one in CHROMIUM");
  return path;
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

export interface Options {
  language?: "en-GB" | "de-DE";
  theme?: "light" | "dark";
  width?: number;
  height?: number;
  axe?: boolean;
}

/** What a browser has complained of: reports of the policy, faults of scripts, requests to somewhere else. */
export interface Complaints {
  policy: string[];
  faults: string[];
  foreign: string[];
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  complaints: Complaints;
  /** Each address that was asked for. */
  requested: string[];
}

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export async function visit(browser: Browser, options: Options = {}): Promise<Visit> {
  const context = await browser.newContext({
    locale: options.language ?? "en-GB",
    colorScheme: options.theme ?? "light",
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    reducedMotion: "reduce",
  });
  const complaints: Complaints = { policy: [], faults: [], foreign: [] };
  const requested: string[] = [];
  await context.exposeFunction("reportPolicy", (text: string) => complaints.policy.push(text));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const { reportPolicy } = globalThis as unknown as { reportPolicy: (text: string) => void };
      reportPolicy(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  if (options.axe) await context.addInitScript({ path: AXE });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.faults.push(String(error)));
  page.on("request", (request) => {
    requested.push(request.url());
    if (!request.url().startsWith(API) && !request.url().startsWith("blob:")) complaints.foreign.push(request.url());
  });
  return { page, context, complaints, requested };
}

/** Goes to a screen as somebody who is signed in. */
export async function signedIn(
  browser: Browser,
  to = "/",
  options: Options & { token?: string } = {},
): Promise<Visit> {
  const visited = await visit(browser, options);
  await visited.page.goto(`${API}/#token=${options.token ?? ADMIN}&to=${encodeURIComponent(to)}`);
  await visited.page.getByRole("navigation").waitFor();
  return visited;
}

/** What axe finds wrong with the page as it is now, by WCAG 2.2 AA. */
export async function findings(page: Page): Promise<string[]> {
  const results = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: (root: Document, options: object) => Promise<AxeResults> };
    };
    return axe.run(document, {
      runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
    });
  });
  // A run that looked at nothing would find nothing.
  if (results.passes.length < 10) throw new Error(`axe has looked at too little: ${results.passes.length} rules`);
  return results.violations.map((violation) => {
    const places = violation.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`).join("\n");
    return `${violation.id}: ${violation.help}\n${places}`;
  });
}
