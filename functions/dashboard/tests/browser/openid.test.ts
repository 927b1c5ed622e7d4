// Signing in by a real OpenID provider, up to the token that is sent: the local stack checks no web tokens.

import { createServer, type Server } from "node:http";
import Provider from "oidc-provider";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, visit } from "./page.ts";
import { API } from "./stack.ts";

/** What the function was told: the Makefile sets it for the stack that these tests run on. */
const ISSUER = process.env.SIGN_IN_ISSUER ?? "";
const CLIENT = process.env.SIGN_IN_CLIENT_ID ?? "";

let browser: Browser;
let server: Server;

beforeAll(async () => {
  const provider = new Provider(ISSUER, {
    clients: [
      {
        client_id: CLIENT,
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: [`${API}/`],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    clientBasedCORS: (_context: unknown, origin: string) => origin === API,
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
  });
  server = createServer(provider.callback());
  const { hostname, port } = new URL(ISSUER);
  await new Promise<void>((resolve) => server.listen(Number(port), hostname, resolve));
  browser = await launch();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

describe("signing in by OpenID Connect", () => {
  it("goes to the provider with PKCE, comes back where one was, and sends the provider's token to the API alone", async () => {
    const { page, context, complaints } = await visit(browser);
    const sent: (string | null)[] = [];
    page.on("request", async (request) => {
      if (request.url().startsWith(`${API}/v1/`)) sent.push(await request.headerValue("authorization"));
    });
    await page.goto(`${API}/#/stores?status=Failed`);
    const authorization = page.waitForRequest((request) => request.url().startsWith(`${ISSUER}/auth?`));
    await page.getByRole("button", { name: `Sign in with ${new URL(ISSUER).host}` }).click();
    const asked = new URL((await authorization).url()).searchParams;
    expect(asked.get("code_challenge_method")).toBe("S256");
    expect(asked.get("response_type")).toBe("code");
    const exchanged = page.waitForResponse((answer) => answer.url() === `${ISSUER}/token`);
    await page.getByPlaceholder("Enter any login").fill("ada");
    await page.getByPlaceholder("and password").fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    const token = ((await (await exchanged).json()) as { access_token: string }).access_token;
    // The local API knows no web tokens, and says so.
    await page.getByText("The API does not know this token").waitFor();
    expect(new Set(sent)).toEqual(new Set([`Bearer ${token}`]));
    expect(page.url()).toBe(`${API}/#/stores?status=Failed`);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(kept).not.toContain(token);
    expect(complaints.policy).toEqual([]);
    expect(complaints.faults).toEqual([]);
    await context.close();
  });

  it("says so where one is not let in, and a token still does", async () => {
    const { page, context } = await visit(browser);
    await page.goto(`${API}/?error=access_denied&state=unknown`);
    await page.getByText("The identity provider has not signed you in").waitFor();
    expect(page.url()).toBe(`${API}/#/`);
    await page.getByLabel("Token").fill(process.env.ADMIN_TOKEN ?? "");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Needs attention" }).waitFor();
    await context.close();
  });
});
