import { describe, expect, it } from "vitest";
import { duration, exact, relative } from "../../src/time/format.ts";

const NOW = Date.parse("2026-11-25T08:15:30.000Z");
const secondsBefore = (seconds: number) => NOW - seconds * 1000;

describe("how long ago", () => {
  it.each([
    [0, "now"],
    [8, "8 seconds ago"],
    [59, "59 seconds ago"],
    [60, "1 minute ago"],
    [119, "1 minute ago"],
    [3600, "1 hour ago"],
    [86_399, "23 hours ago"],
    [86_400, "yesterday"],
    [44 * 86_400, "44 days ago"],
    [400 * 86_400, "last year"],
  ])("%i seconds is %s, and never more than it was", (seconds, text) => {
    expect(relative(secondsBefore(seconds), NOW, "en")).toBe(text);
  });

  it("has the language and its plurals", () => {
    expect(relative(secondsBefore(1), NOW, "de")).toBe("vor 1 Sekunde");
    expect(relative(secondsBefore(8), NOW, "de")).toBe("vor 8 Sekunden");
    expect(relative(secondsBefore(-90), NOW, "en")).toBe("in 1 minute");
  });
});

describe("how long it took", () => {
  it.each([
    [-5, "0 ms"],
    [9.4, "9 ms"],
    [999, "999 ms"],
    [1330, "1.3 s"],
    [59_949, "59.9 s"],
    [59_960, "1 min 0 s"],
    [125_000, "2 min 5 s"],
    [3_840_000, "1 h 4 min"],
  ])("%d milliseconds are %s", (milliseconds, text) => {
    expect(duration(milliseconds, "en")).toBe(text);
  });

  it("has the language's decimal sign", () => {
    expect(duration(1330, "de")).toBe("1,3 s");
  });
});

it("names the zone of an exact time", () => {
  expect(exact(NOW, "en")).toMatch(/2026.*(UTC|GMT|[A-Z]{3,4})/);
});
