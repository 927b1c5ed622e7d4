// Where a text stands in a line.

export interface Part {
  text: string;
  found: boolean;
}

/** The line in parts: those that are `sought`, in whatever case, and those between. */
export function parted(line: string, sought: string): Part[] {
  const wanted = sought.toLowerCase();
  // Letters that become more or fewer when their case is changed would move what follows them.
  const lower = line.toLowerCase();
  if (wanted === "" || lower.length !== line.length) return [{ text: line, found: false }];
  const parts: Part[] = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    if (at > from) parts.push({ text: line.slice(from, at), found: false });
    parts.push({ text: line.slice(at, at + wanted.length), found: true });
    from = at + wanted.length;
  }
  if (from < line.length || parts.length === 0) parts.push({ text: line.slice(from), found: false });
  return parts;
}
