// What is shown or done, as a line for a shell. The token is named and never written out.

export interface Call {
  method: string;
  path: string;
  body?: unknown;
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The call by curl. */
export function asCurl({ method, path, body }: Call, origin: string): string {
  const verb = method === "GET" ? "" : ` -X ${method}`;
  const data = body === undefined ? "" : ` -H 'Content-Type: application/json' -d ${quoted(JSON.stringify(body))}`;
  return `curl${verb} ${quoted(origin + path)} -H "Authorization: Bearer $ADMIN_TOKEN"${data}`;
}
