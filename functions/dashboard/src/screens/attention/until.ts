// Until when something is muted: for some hours, or until a time that somebody types.

/** After how many hours a mute can end, without a time being typed. */
export const PRESETS = [1, 4, 24, 7 * 24] as const;

/** A time as a field of the browser has it: in the reader's zone, to the minute. */
export function localTime(at: number): string {
  const zone = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - zone).toISOString().slice(0, 16);
}

/** The end of what was chosen: hours from now, or the time that was typed. What is no time is sent as it is. */
export function muteEnd(chosen: string, typed: string, now: number): string {
  const end = chosen === "at" ? Date.parse(typed) : now + Number(chosen) * 3_600_000;
  // To the minute, so that the same choice is the same request.
  return Number.isNaN(end) ? typed : new Date(Math.ceil(end / 60_000) * 60_000).toISOString();
}
