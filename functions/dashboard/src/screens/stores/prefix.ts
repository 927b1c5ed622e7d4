// What somebody types who looks for a store, as the beginning of an id: `My Te` is `my-te`.

/** How long the beginning of an id can be. */
const LONGEST = 50;

export function beginningOf(typed: string): string {
  const slug = typed
    .trimStart()
    .toLowerCase()
    .replace(/[\s-]+/g, "-")
    .replace(/[^a-z0-9-]/g, "")
    .replace(/^-+/, "");
  return slug.slice(0, LONGEST);
}
