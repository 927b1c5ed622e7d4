import { describe, expect, it } from "vitest";
import { pause } from "../../src/api/pace.ts";
import { href, parseRoute } from "../../src/state/route.ts";
import { tokenId } from "../../src/state/session.ts";

describe("an address", () => {
  it("is read as it was written, whatever stands in it", () => {
    const to = href(["stores", "a/b?c#d%"], { status: "Ready", owner: "ada & bob", cursor: undefined, find: "" });
    expect(to).not.toContain("cursor");
    const { path, query } = parseRoute(to);
    expect(path).toEqual(["stores", "a/b?c#d%"]);
    expect([...query]).toEqual([
      ["status", "Ready"],
      ["owner", "ada & bob"],
    ]);
  });

  it("that is none leads to the first screen, and one that is damaged to no fault", () => {
    for (const none of ["", "#", "#/", "#//"]) expect(parseRoute(none).path).toEqual([]);
    expect(parseRoute("#/stores/%zz").path).toEqual(["stores", "%zz"]);
  });
});

describe("the pace of a view", () => {
  it("is quick while something runs and slow at rest", () => {
    expect(pause(true, 0, undefined)).toBe(1000);
    expect(pause(false, 0, undefined)).toBe(15_000);
  });

  it("slows down with each failure, to a minute, and never asks before the API wants to be asked", () => {
    const after = [1, 2, 3, 4, 5, 6, 7, 20].map((failures) => pause(true, failures, undefined));
    expect(after).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(pause(false, 1, 30)).toBe(30_000);
    expect(pause(false, 9, 5)).toBe(60_000);
  });
});

it("knows the public part of a token of this API, and of no other", () => {
  expect(tokenId(`swt_0123456789abcdef_${"0".repeat(64)}`)).toBe("0123456789abcdef");
  expect(tokenId("eyJhbGciOi.x.y")).toBeNull();
});
