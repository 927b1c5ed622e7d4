import { describe, expect, it } from "vitest";
import { ACTIONS, canReadLogs, commandOf, isOffered, requestOf } from "../../src/api/actions.ts";
import type { AuditEntry, Store, Summary } from "../../src/api/types.ts";
import { firstBreak } from "../../src/audit/chain.ts";
import { en } from "../../src/i18n/en.ts";
import { localTime, muteEnd } from "../../src/screens/attention/until.ts";
import { wellOf } from "../../src/screens/attention/well.ts";
import { number, share } from "../../src/screens/store/quantity.ts";
import { beginningOf } from "../../src/screens/stores/prefix.ts";
import { rowsOf } from "../../src/state/rows.ts";
import type { Role } from "../../src/state/session.ts";

function store(uid: string, rest: Partial<Store> = {}): Store {
  return {
    uid,
    id: uid,
    name: uid,
    status: "Ready",
    operation: null,
    retries: 0,
    power: "Running",
    suspension: null,
    failure: null,
    ...rest,
  } as Store;
}

describe("the rows of a list", () => {
  const [a, b, c] = [store("a"), store("b"), store("c")];
  const uid = ({ uid: key }: Store) => key;

  it("are all of them at first", () => {
    expect(rowsOf(undefined, [a, b], uid)).toEqual({
      rows: [
        { item: a, gone: false },
        { item: b, gone: false },
      ],
      changed: 0,
    });
  });

  it("keep their places when stores come and go, and count them", () => {
    const failed = store("b", { status: "Failed" });
    const { rows, changed } = rowsOf([a, b], [c, failed], uid);
    expect(rows).toEqual([
      { item: a, gone: true },
      { item: failed, gone: false },
    ]);
    expect(changed).toBe(2);
  });
});

describe("what is looked for", () => {
  it.each([
    ["my-shop", "my-shop"],
    ["  My Te", "my-te"],
    ["My  Test - Shop ", "my-test-shop-"],
    ["#a/b?", "ab"],
    ["---", ""],
    ["x".repeat(60), "x".repeat(50)],
  ])("%s is the beginning of an id: %s", (typed, prefix) => {
    expect(beginningOf(typed)).toBe(prefix);
  });
});

describe("a mute", () => {
  const now = Date.parse("2026-11-29T10:00:30Z");

  it("ends after so many hours, or at the time that was typed, to the minute", () => {
    expect(muteEnd("4", "", now)).toBe("2026-11-29T14:01:00.000Z");
    const typed = localTime(Date.parse("2026-12-01T08:30:00Z"));
    expect(muteEnd("at", typed, now)).toBe("2026-12-01T08:30:00.000Z");
    expect(muteEnd("at", "", now)).toBe("");
  });
});

describe("that nothing needs attention", () => {
  const now = Date.parse("2026-11-29T10:00:08Z");
  const summary = (healthy: number, rest: { power?: object; status?: object; health?: object; total?: number }) =>
    ({
      total: rest.total ?? healthy,
      observedAt: "2026-11-29T10:00:00Z",
      status: { provisioning: 0, ready: healthy, failed: 0, deleting: 0, ...rest.status },
      power: { running: healthy, hibernating: 0, hibernated: 0, resuming: 0, upgrading: 0, ...rest.power },
      health: { healthy, degraded: 0, down: 0, missing: 0, unknown: 0, ...rest.health },
    }) as Summary;

  it("is told with how many stores there are, and when they were seen", () => {
    expect(wellOf(en, summary(12, {}), now, "en")).toBe("12 stores, all healthy, seen 8 seconds ago.");
    expect(wellOf(en, summary(1, {}), now, "en")).toBe("1 store, all healthy, seen 8 seconds ago.");
    const some = summary(9, { total: 12, power: { hibernated: 2 }, status: { provisioning: 1 } });
    expect(wellOf(en, some, now, "en")).toBe(
      "12 stores: 9 Healthy, 2 Hibernated, 1 Provisioning; health seen 8 seconds ago.",
    );
    expect(wellOf(en, { ...summary(2, {}), observedAt: null }, now, "en")).toBe("2 stores, all healthy.");
  });
});

describe("what is offered", () => {
  const offered = (given: Store, role: Role = "owner") => ACTIONS.filter((action) => isOffered(action, given, role));

  it("fits the state of the store", () => {
    expect(offered(store("a"))).toEqual(["restart", "reset-password", "hibernate", "upgrade", "delete"]);
    expect(offered(store("a", { operation: "o" }))).toEqual(["delete"]);
    expect(offered(store("a", { status: "Failed" }))).toEqual(["retry", "delete"]);
    expect(offered(store("a", { status: "Failed", retries: 20 }))).toEqual(["delete"]);
    expect(offered(store("a", { status: "Provisioning" }))).toEqual(["delete"]);
    expect(offered(store("a", { status: "Deleting" }))).toEqual([]);
  });

  it("fits its power", () => {
    expect(offered(store("a", { power: "Hibernated" }))).toEqual(["resume", "delete"]);
    expect(offered(store("a", { power: "Resuming" }))).toEqual(["delete"]);
    expect(canReadLogs(store("a", { power: "Hibernated" }))).toBe(false);
  });

  it("is for admins where it is about a suspension, and fits that", () => {
    const suspended = { suspension: { since: "2026-11-25T12:00:00.000Z", reason: "abuse" } };
    expect(offered(store("a"), "admin")).toContain("suspend");
    expect(offered(store("a", suspended))).toEqual(["restart", "reset-password", "hibernate", "upgrade", "delete"]);
    const ofAdmins = (rest: Partial<Store>) =>
      offered(store("a", rest), "admin").filter((action) => action.endsWith("suspend"));
    expect(ofAdmins(suspended)).toEqual(["unsuspend"]);
    expect(ofAdmins({ power: "Hibernated" })).toEqual(["suspend"]);
    expect(ofAdmins({ operation: "o" })).toEqual([]);
    expect(ofAdmins({ status: "Provisioning" })).toEqual([]);
    const failed = (state: string) => ({ status: "Failed", failure: { cleanup: { state } } }) as Partial<Store>;
    expect(ofAdmins(failed("pending"))).toEqual([]);
    expect(ofAdmins({ ...failed("done"), ...suspended })).toEqual(["unsuspend"]);
  });

  it("is another upgrade where one was left half done, and none of what else has failed", () => {
    const failed = (code: string) =>
      store("a", { status: "Failed", failure: { code, cleanup: { state: "kept" } } } as Partial<Store>);
    expect(offered(failed("upgrade_failed"))).toEqual(["retry", "upgrade", "delete"]);
    expect(offered(failed("crash_loop"))).toEqual(["retry", "delete"]);
    expect(offered({ ...failed("upgrade_failed"), operation: "o" })).toEqual(["delete"]);
    expect(requestOf("upgrade", "a").body).toEqual({});
    expect(commandOf("upgrade", "a")).toBe("shopwright upgrade a --follow");
  });

  it("is asked for with its details, whatever stands in them", () => {
    const details = { reason: 'it\'s "this"' };
    expect(requestOf("suspend", "a", details).body).toEqual(details);
    expect(commandOf("suspend", "a", details)).toBe("shopwright suspend a --reason 'it'\\''s \"this\"' --follow");
  });

  it("waits for a quiet moment, or does not, where somebody says so", () => {
    expect(requestOf("hibernate", "a").body).toBeUndefined();
    expect(requestOf("hibernate", "a", { guard: "none" }).body).toEqual({ guard: "none" });
    expect(requestOf("upgrade", "a", { guard: "orders" }).body).toEqual({ guard: "orders" });
    expect(requestOf("restart", "a", { guard: "none" }).body).toEqual({ target: "all", guard: "none" });
    expect(requestOf("resume", "a", { guard: "none" }).body).toBeUndefined();
    expect(commandOf("restart", "a", { guard: "none" })).toBe(
      "shopwright restart a --target all --guard none --follow",
    );
  });
});

describe("a chain of audit entries", () => {
  const entry = (sequence: number, rest: Partial<AuditEntry> = {}) =>
    ({
      store: "a",
      uid: "u",
      token: null,
      sequence,
      hash: `h${sequence}`,
      previous: `h${sequence - 1}`,
      ...rest,
    }) as AuditEntry;

  it("holds when each names the one before", () => {
    expect(firstBreak([entry(3), entry(2), entry(1)])).toBeUndefined();
    expect(firstBreak([])).toBeUndefined();
  });

  it("breaks where one is missing or another was put in", () => {
    expect(firstBreak([entry(3), entry(1)])).toBe(3);
    expect(firstBreak([entry(3), entry(2, { previous: "x" }), entry(1)])).toBe(2);
  });

  it("is one for each incarnation", () => {
    expect(firstBreak([entry(1, { uid: "v" }), entry(2), entry(1)])).toBeUndefined();
  });
});

describe("quantities", () => {
  it.each([
    ["500m", 0.5],
    ["2Gi", 2147483648],
    ["1e3", 1000],
    ["3", 3],
    ["1.5k", 1500],
  ])("%s is %d", (text, value) => {
    expect(number(text)).toBeCloseTo(value);
  });

  it("says nothing of what is none", () => {
    expect(number("much")).toBeUndefined();
    expect(share("1", "0")).toBeUndefined();
    expect(share("512Mi", "1Gi")).toBe(0.5);
    expect(share("3", "2")).toBe(1);
  });
});
