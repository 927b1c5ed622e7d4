import { describe, expect, it } from "vitest";
import { asCurl, quoted } from "../../src/api/copy-as.ts";
import { de } from "../../src/i18n/de.ts";
import { en } from "../../src/i18n/en.ts";
import { bodyOf, commandFor, queryOf } from "../../src/logs/query.ts";
import { parted } from "../../src/logs/search.ts";

/** All texts of a catalogue by their place; a function is called with ones and with threes. */
function leaves(value: unknown, place = ""): [string, string][] {
  if (typeof value === "string") return [[place, value]];
  if (typeof value === "function") {
    const call = (n: unknown) => String((value as (...given: unknown[]) => unknown)(n, n));
    return [
      [`${place}(1)`, call(1)],
      [`${place}(3)`, call(3)],
    ];
  }
  return Object.entries(value as object).flatMap(([key, inner]) => leaves(inner, `${place}.${key}`));
}

describe("the catalogues", () => {
  it("have the same places, and a text at each", () => {
    const [english, german] = [leaves(en), leaves(de)];
    expect(german.map(([place]) => place)).toEqual(english.map(([place]) => place));
    for (const [place, text] of [...english, ...german]) {
      if (!place.startsWith(".tokens.own") && !/\.timeline\.|seen|since/.test(place))
        expect(text, place).not.toBe("");
    }
  });

  it("count one and more", () => {
    expect([en.logs.found(1), en.logs.found(3)]).toEqual(["1 line", "3 lines"]);
    expect([de.logs.found(1), de.logs.found(3)]).toEqual(["1 Zeile", "3 Zeilen"]);
  });
});

describe("lines for a shell", () => {
  it("are one word each, whatever stands in them, and never have the token", () => {
    expect(quoted("my-shop")).toBe("my-shop");
    expect(quoted("it's; $(date)")).toBe(`'it'\\''s; $(date)'`);
    const line = asCurl({ method: "POST", path: "/v1/stores", body: { name: "Ada's" } }, "https://a.example");
    expect(line).toBe(
      `curl -X POST https://a.example/v1/stores -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json' -d '{"name":"Ada'\\''s"}'`,
    );
    expect(asCurl({ method: "GET", path: "/v1/stores?a=1&b=2" }, "https://a.example")).toContain(
      "'https://a.example/v1/stores?a=1&b=2'",
    );
  });
});

describe("a log's query", () => {
  it("is what the address says, as far as that makes sense", () => {
    const query = queryOf(new URLSearchParams("component=mysql&tail=50&minutes=15&previous=1"));
    expect(query).toEqual({ component: "mysql", tail: 50, minutes: 15, previous: true, line: "" });
    expect(queryOf(new URLSearchParams("component=x&tail=-1&minutes=a"))).toMatchObject({
      component: "wordpress",
      tail: 200,
      minutes: 0,
    });
    expect(queryOf(new URLSearchParams("tail=99999")).tail).toBe(2000);
    expect(bodyOf(query, 900_000)).toEqual({
      component: "mysql",
      tail: 50,
      since: "1970-01-01T00:00:00.000Z",
      previous: true,
    });
    expect(commandFor("a", query)).toBe("shopwright logs a mysql --tail 50 --since 15m --previous");
  });

  it("finds a text in whatever case, and loses nothing of the line", () => {
    expect(parted("An error, ERROR", "error").filter((part) => part.found)).toHaveLength(2);
    for (const sought of ["", "x", "<b>", "İ"]) {
      const line = "<b>İx</b> x";
      expect(
        parted(line, sought)
          .map((part) => part.text)
          .join(""),
      ).toBe(line);
    }
  });
});
