// A call that was not answered as asked, and why.

import type { FieldError, Problem } from "./types.ts";

export class Failure extends Error {
  /** The status of the answer; 0 where there was none. */
  readonly status: number;
  readonly problem: Problem | undefined;
  /** In how many seconds to call again, where the API says so. */
  readonly retryAfter: number | undefined;
  /** When it was, in milliseconds since 1970. */
  readonly at = Date.now();

  constructor(status: number, problem: Problem | undefined, retryAfter: number | undefined) {
    super(problem?.detail ?? `HTTP ${status}`);
    this.name = "Failure";
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** The last part of the problem's type: `name-taken`. */
  get kind(): string {
    return this.problem?.type.split(":").at(-1) ?? "";
  }

  /** Whether it may well go another time. */
  get passes(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429 || this.status === 408;
  }

  /** What is wrong with the member `name` of the body. */
  of(name: string): FieldError | undefined {
    return this.problem?.errors?.find((error) => error.pointer === `/${name}`);
  }
}

/** The failure that an answer with an error has. */
export function failureOf(response: Response, body: unknown): Failure {
  const after = Number(response.headers.get("retry-after"));
  const isProblem = typeof body === "object" && body !== null && "detail" in body;
  return new Failure(response.status, isProblem ? (body as Problem) : undefined, after > 0 ? after : undefined);
}

/** Whatever was thrown, as a failure: what is none is a fetch that got no answer. */
export function asFailure(thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : new Failure(0, undefined, undefined);
}

/** The failure of an operation that was asked something and did not answer: why, in its own words. */
export function unanswered(message: string | undefined): Failure {
  const detail = message ?? "The answer is not kept any more.";
  return new Failure(409, { type: "", title: "", status: 409, detail, requestId: "" }, undefined);
}
