import { describe, expect, it } from "vitest";
import type { Event, Operation } from "../../src/api/types.ts";
import { fits, join, type OperationEntry, type Run } from "../../src/timeline/join.ts";
import { lanes } from "../../src/timeline/lanes.ts";

let number = 0;

/** An event `at` so many milliseconds after the start. */
function event(at: number, kind: Event["kind"], rest: Partial<Event> = {}): Event {
  number += 1;
  return { id: `e${number}`, at: new Date(at).toISOString(), kind, message: `${kind} at ${at}`, ...rest };
}

const step = (at: number, kind: Event["kind"], name: NonNullable<Event["step"]>) => event(at, kind, { step: name });

describe("joining the timeline", () => {
  it("shows an upgrade that was left half done as the operation that it was", () => {
    const told = event(40, "operation_failed", { operation: "o" });
    const entries = join([told, step(40, "step_failed", "upgrade_shop")], [], false);
    expect(entries.map((entry) => entry.kind)).toEqual(["operation"]);
  });

  it("joins the start and the end of a step to one bar, in the order of the steps", () => {
    const [run] = join(
      [
        step(0, "step_started", "create_namespace"),
        step(10, "step_completed", "create_namespace"),
        step(10, "step_started", "create_quota"),
        step(30, "step_completed", "create_quota"),
        event(35, "store_ready"),
      ],
      [],
      false,
    ) as [Run];
    expect(run).toMatchObject({ kind: "run", start: 0, end: 35, outcome: "done", purpose: "provisioning" });
    expect(run.bars.map((bar) => [bar.name, bar.start, bar.end, bar.outcome])).toEqual([
      ["create_namespace", 0, 10, "done"],
      ["create_quota", 10, 30, "done"],
    ]);
    expect(run.notes.map((note) => note.kind)).toEqual(["store_ready"]);
  });

  it("leaves a step open that runs, as long as the store is being made", () => {
    const events = [step(0, "step_started", "wait_mysql")];
    expect(join(events, [], true)).toMatchObject([
      { outcome: "running", end: undefined, bars: [{ end: undefined }] },
    ]);
    expect(join(events, [], false)).toMatchObject([{ outcome: "abandoned", bars: [{ outcome: "abandoned" }] }]);
  });

  it("nests what is told of a step in it, and begins a new run where another runner took over", () => {
    const entries = join(
      [
        step(0, "step_started", "deploy_mysql"),
        step(5, "step_retrying", "deploy_mysql"),
        event(50, "resumed"),
        step(60, "step_started", "create_namespace"),
      ],
      [],
      true,
    ) as [Run, Run];
    expect(entries).toHaveLength(2);
    const [second, first] = entries;
    expect(first.bars[0]?.notes.map((note) => note.kind)).toEqual(["step_retrying"]);
    expect(first).toMatchObject({ outcome: "abandoned", end: 50 });
    expect(second).toMatchObject({ start: 50, outcome: "running" });
    expect(second.notes.map((note) => note.kind)).toEqual(["resumed"]);
    expect(fits(first, "troubles") && fits(second, "troubles")).toBe(true);
  });

  it("ends the run of a step that failed, and of one that a deletion stops", () => {
    const [deletion, failed] = join(
      [
        step(0, "step_started", "wait_mysql"),
        step(9, "step_failed", "wait_mysql"),
        step(20, "step_started", "delete_namespace"),
        step(30, "step_completed", "delete_namespace"),
        event(31, "store_deleted"),
      ],
      [],
      false,
    );
    expect(failed).toMatchObject({ outcome: "failed", end: 9, bars: [{ outcome: "failed" }] });
    expect(deletion).toMatchObject({ purpose: "deletion", outcome: "done", end: 31 });
    const stopped = join(
      [step(0, "step_started", "wait_mysql"), step(7, "step_started", "delete_namespace")],
      [],
      true,
    );
    expect(stopped).toMatchObject([
      { purpose: "deletion", outcome: "running" },
      { purpose: "provisioning", outcome: "abandoned", end: 7 },
    ]);
  });

  it("tells a clean-up after a failure from a deletion", () => {
    const entries = join(
      [
        step(0, "step_started", "wait_mysql"),
        step(9, "step_failed", "wait_mysql"),
        step(10, "step_started", "delete_namespace"),
        step(12, "step_completed", "delete_namespace"),
        step(50, "step_started", "delete_namespace"),
        step(60, "step_completed", "delete_namespace"),
        event(61, "store_deleted"),
      ],
      [],
      false,
    ) as Run[];
    expect(entries.map((run) => [run.purpose, run.outcome, run.end])).toEqual([
      ["deletion", "done", 61],
      ["cleanup", "done", 12],
      ["provisioning", "failed", 9],
    ]);
  });

  it("finds the start of a step that is not on the page by how long it took", () => {
    const end = event(100, "step_completed", { step: "wait_mysql", durationMs: 60 });
    expect(join([end], [], true)).toMatchObject([{ bars: [{ start: 40, end: 100, outcome: "done" }] }]);
  });

  it("makes one entry of an operation, and says who asked for what", () => {
    const of = { operation: "o1" };
    const known = { id: "o1", action: "restart", requestedBy: "ada" } as Operation;
    const [entry] = join(
      [
        event(0, "operation_requested", of),
        event(1, "operation_started", of),
        event(2, "operation_waiting", of),
        event(3, "operation_unguarded", of),
        event(4, "operation_retrying", of),
        event(9, "operation_succeeded", of),
      ],
      [known],
      false,
    ) as [OperationEntry];
    expect(entry).toMatchObject({ kind: "operation", name: "restart", by: "ada", start: 0, end: 9, outcome: "done" });
    expect(entry.notes).toHaveLength(3);
    expect(entry.message).toBe("operation_succeeded at 9");
  });

  it("shows the newest first, whatever kind it is, and a kind that it does not know", () => {
    const unknown = event(40, "store_ready");
    const later = { ...unknown, kind: "power_changed" as Event["kind"] };
    const entries = join(
      [step(0, "step_started", "create_namespace"), event(1, "store_ready"), event(20, "health_changed"), later],
      [],
      false,
    );
    expect(entries.map((entry) => entry.start)).toEqual([40, 20, 0]);
  });
});

describe("the lanes of a run", () => {
  it("puts all bars on one scale, each wide enough to be seen", () => {
    const [run] = join(
      [
        step(0, "step_started", "create_namespace"),
        step(1, "step_completed", "create_namespace"),
        step(1000, "step_started", "wait_mysql"),
        step(2000, "step_completed", "wait_mysql"),
      ],
      [],
      false,
    ) as [Run];
    const [first, second] = lanes(run, 5000);
    expect(first).toMatchObject({ left: 0, width: 1 });
    expect(second).toMatchObject({ left: 50, width: 50 });
  });

  it("never leaves its track", () => {
    const [run] = join([step(0, "step_started", "wait_mysql")], [], true) as [Run];
    for (const now of [-100, 0, 10, 1e9]) {
      for (const { left, width } of lanes(run, now)) {
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(100);
      }
    }
  });
});
