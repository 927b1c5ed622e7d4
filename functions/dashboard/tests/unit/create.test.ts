import { describe, expect, it } from "vitest";
import { bodyOf, commandOf } from "../../src/api/new-store.ts";

describe("a new store", () => {
  const empty = { name: " My Shop ", adminEmail: " a@example.com", locale: "", country: " ", currency: "" };

  it("asks for no more than was typed", () => {
    expect(bodyOf(empty)).toEqual({ name: "My Shop", adminEmail: "a@example.com" });
    const german = bodyOf({ ...empty, locale: "de_DE", country: "ch ", currency: "chf" });
    expect(german).toEqual({ ...bodyOf(empty), locale: "de_DE", country: "CH", currency: "CHF" });
  });

  it("is the same line for a shell", () => {
    expect(commandOf(bodyOf(empty))).toBe("shopwright create 'My Shop' --email a@example.com --follow");
    expect(commandOf(bodyOf({ ...empty, locale: "de_DE", currency: "EUR" }))).toBe(
      "shopwright create 'My Shop' --email a@example.com --locale de_DE --currency EUR --follow",
    );
  });
});
