// Which lines of which log, as the address has it, the API takes it, and the command.

import { askFor } from "../api/actions.ts";
import { unanswered } from "../api/failure.ts";
import { followOperation } from "../api/reads.ts";
import type { Component, LogExcerpt } from "../api/types.ts";

export interface LogQuery {
  component: Component;
  tail: number;
  /** How many minutes back; 0 for any time. */
  minutes: number;
  previous: boolean;
  /** The time of a line to point at, or nothing. */
  line: string;
}

const COMPONENTS: Component[] = ["wordpress", "mysql", "setup"];
const MOST = 2000;

export function queryOf(given: URLSearchParams): LogQuery {
  const whole = (name: string) => {
    const value = Number(given.get(name));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  return {
    component: COMPONENTS.find((each) => each === given.get("component")) ?? "wordpress",
    tail: Math.min(whole("tail") ?? 200, MOST),
    minutes: whole("minutes") ?? 0,
    previous: given.get("previous") === "1",
    line: given.get("line") ?? "",
  };
}

/** What is sent, at the time `now`. */
export function bodyOf({ component, tail, minutes, previous }: LogQuery, now: number): object {
  const since = minutes > 0 ? { since: new Date(now - minutes * 60_000).toISOString() } : {};
  return { component, tail, ...since, ...(previous && { previous }) };
}

/** The same as a command. */
export function commandFor(id: string, { component, tail, minutes, previous }: LogQuery): string {
  const since = minutes > 0 ? ` --since ${minutes}m` : "";
  return `shopwright logs ${id} ${component} --tail ${tail}${since}${previous ? " --previous" : ""}`;
}

/** Asks the store for these lines, and waits until it has answered. */
export async function readLog(id: string, query: LogQuery, signal: AbortSignal): Promise<LogExcerpt> {
  const asked = await askFor(id, "logs", bodyOf(query, Date.now()));
  const { answer, failure } = await followOperation(id, asked.id, signal);
  if (answer !== null && "log" in answer) return answer.log;
  throw unanswered(failure?.message);
}
