// Makes of a heap of events what has happened: runs of steps, each step with its start and its end joined; operations;
// and what stands by itself.

import type { Event, Operation } from "../api/types.ts";

export type Outcome = "running" | "done" | "failed" | "abandoned";

/** Something that took time. */
export interface Bar {
  id: string;
  /** The step, or the operation's action where it is known. */
  name: string;
  start: number;
  /** None while it goes on. */
  end: number | undefined;
  outcome: Outcome;
  message: string;
  /** What was recorded of it in between. */
  notes: Event[];
}

/** What a run is for: the store, its end, or to take away what a failed one has left. */
export type Purpose = "provisioning" | "deletion" | "cleanup";

/** Steps that one runner did one after the other. */
export interface Run {
  kind: "run";
  id: string;
  start: number;
  end: number | undefined;
  purpose: Purpose;
  outcome: Outcome;
  bars: Bar[];
  notes: Event[];
}

export interface OperationEntry extends Bar {
  kind: "operation";
  by: string | undefined;
}

export interface Note {
  kind: "note";
  id: string;
  start: number;
  event: Event;
}

export type Entry = Run | OperationEntry | Note;

const time = (event: Event) => Date.parse(event.at);

/**
 * What has happened, newest first.
 *
 * @param events oldest first, as the API has them
 * @param operations those that are known beside them, which say who asked and for what
 * @param active whether the store is being made or taken away: if not, nothing of it runs any more
 */
export function join(events: readonly Event[], operations: readonly Operation[], active: boolean): Entry[] {
  const joiner = new Joiner(operations);
  for (const event of events) joiner.add(event);
  return joiner.end(active);
}

class Joiner {
  private readonly entries: Entry[] = [];
  private readonly byId = new Map<string, OperationEntry>();
  private readonly known: Map<string, Operation>;
  private run: Run | undefined;
  /** What stands before a run that has not begun yet. */
  private waiting: Event[] = [];
  /** Whether the last run was a provisioning that failed, which is cleaned up after. */
  private failed = false;
  private lastAt = 0;

  constructor(operations: readonly Operation[]) {
    this.known = new Map(operations.map((operation) => [operation.id, operation]));
  }

  add(event: Event): void {
    this.lastAt = time(event);
    switch (event.kind) {
      case "step_started":
        this.begin(event);
        break;
      case "step_completed":
        this.finish(event, "done");
        // Nothing else says that a clean-up has ended.
        if (this.run?.purpose === "cleanup") this.close("done", time(event));
        break;
      case "step_failed":
        // Of an upgrade, which is an operation: that shows why.
        if (event.step === "upgrade_shop") break;
        this.finish(event, "failed");
        this.close("failed", time(event));
        break;
      case "step_retrying":
      case "cluster_warning":
      case "certificate_pending":
      case "volume_retained":
        this.note(event);
        break;
      case "resumed":
        this.close("abandoned", time(event));
        this.waiting.push(event);
        break;
      case "store_ready":
        this.conclude(event, this.run);
        break;
      case "store_deleted":
        this.conclude(event, this.run ?? this.cleanup());
        break;
      case "retry_requested":
        this.close("abandoned", time(event));
        this.single(event);
        break;
      case "operation_requested":
      case "operation_started":
      case "operation_retrying":
      case "operation_waiting":
      case "operation_unguarded":
      case "operation_succeeded":
      case "operation_failed":
        this.operation(event);
        break;
      case "health_changed":
        this.single(event);
        break;
      default:
        // A kind that a later API has.
        this.single(event);
    }
  }

  end(active: boolean): Entry[] {
    if (!active) this.close("abandoned", this.lastAt);
    for (const event of this.waiting) this.single(event);
    // What happened at the same time stays in the order in which it was recorded, turned round.
    return this.entries.reverse().sort((one, other) => other.start - one.start);
  }

  private begin(event: Event): void {
    const removes = event.step === "delete_namespace";
    if (this.run !== undefined && (this.run.purpose !== "provisioning") !== removes)
      this.close("abandoned", time(event));
    if (this.run === undefined) {
      const start = time(this.waiting[0] ?? event);
      const purpose = !removes ? "provisioning" : this.failed ? "cleanup" : "deletion";
      const notes = this.waiting;
      this.run = { kind: "run", id: event.id, start, end: undefined, purpose, outcome: "running", bars: [], notes };
      this.waiting = [];
      this.entries.push(this.run);
    }
    const same = this.running(event.step);
    if (same !== undefined) Object.assign(same, { end: time(event), outcome: "abandoned" });
    this.run.bars.push(bar(event, event.step ?? "", time(event)));
  }

  private finish(event: Event, outcome: Outcome): void {
    const found = this.running(event.step);
    if (found !== undefined) {
      Object.assign(found, { end: time(event), outcome, message: event.message });
      return;
    }
    // Its start is not among these events: how long it took says when that was.
    const start = time(event) - (event.durationMs ?? 0);
    if (this.run === undefined) this.begin({ ...event, at: new Date(start).toISOString() });
    else this.run.bars.push(bar(event, event.step ?? "", start));
    this.finish(event, outcome);
  }

  /** Puts a note where it belongs: to its step, if that is known. */
  private note(event: Event): void {
    const bars = this.run?.bars.filter((each) => each.name === event.step);
    const place = bars?.at(-1)?.notes ?? this.run?.notes;
    if (place === undefined) this.single(event);
    else place.push(event);
  }

  private running(step: Event["step"]): Bar | undefined {
    return this.run?.bars.findLast((each) => each.name === step && each.end === undefined);
  }

  private close(outcome: Outcome, at: number): void {
    if (this.run === undefined) return;
    for (const each of this.run.bars) {
      if (each.end === undefined)
        Object.assign(each, { end: at, outcome: outcome === "done" ? "done" : "abandoned" });
    }
    this.failed = outcome === "failed" && this.run.purpose === "provisioning";
    Object.assign(this.run, { end: at, outcome });
    this.run = undefined;
  }

  /** Ends a run by what says that it has reached its goal. */
  private conclude(event: Event, run: Run | undefined): void {
    if (run === undefined) {
      this.single(event);
      return;
    }
    run.notes.push(event);
    if (event.kind === "store_deleted") run.purpose = "deletion";
    this.run = run;
    this.close("done", time(event));
  }

  /** The clean-up that stands last: it was a deletion, if the store is gone after it. */
  private cleanup(): Run | undefined {
    const last = this.entries.at(-1);
    return last?.kind === "run" && last.purpose === "cleanup" ? last : undefined;
  }

  private single(event: Event): void {
    this.entries.push({ kind: "note", id: event.id, start: time(event), event });
  }

  private operation(event: Event): void {
    const id = event.operation ?? event.id;
    const known = this.known.get(id);
    let entry = this.byId.get(id);
    if (entry === undefined) {
      entry = { kind: "operation", by: known?.requestedBy, ...bar(event, known?.action ?? "", time(event)), id };
      this.byId.set(id, entry);
      this.entries.push(entry);
    }
    if (BETWEEN.has(event.kind)) entry.notes.push(event);
    else entry.message = event.message;
    if (event.kind === "operation_succeeded") Object.assign(entry, { end: time(event), outcome: "done" });
    if (event.kind === "operation_failed") Object.assign(entry, { end: time(event), outcome: "failed" });
  }
}

/** What is recorded of an operation between its request and its end, and stays to be read. */
const BETWEEN = new Set(["operation_retrying", "operation_waiting", "operation_unguarded"]);

function bar(event: Event, name: string, start: number): Bar {
  return { id: event.id, name, start, end: undefined, outcome: "running", message: event.message, notes: [] };
}

export type Filter = "all" | "steps" | "operations" | "health" | "troubles";

/** Whether an entry is of the kind that somebody wants to see. */
export function fits(entry: Entry, filter: Filter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "steps":
      return entry.kind === "run";
    case "operations":
      return entry.kind === "operation" || (entry.kind === "note" && entry.event.kind === "retry_requested");
    case "health":
      return entry.kind === "note" && entry.event.kind === "health_changed";
    case "troubles":
      return isTrouble(entry);
  }
}

const TROUBLE = new Set(["step_retrying", "cluster_warning", "certificate_pending", "resumed"]);

function isTrouble(entry: Entry): boolean {
  const isTroubled = (notes: readonly Event[]) => notes.some((note) => TROUBLE.has(note.kind));
  switch (entry.kind) {
    case "run":
      return (
        entry.outcome === "failed" || isTroubled(entry.notes) || entry.bars.some((each) => each.notes.length > 0)
      );
    case "operation":
      return entry.outcome === "failed" || entry.notes.length > 0;
    case "note":
      return entry.event.kind === "health_changed" && !/ to Healthy\b/.test(entry.event.message);
  }
}
