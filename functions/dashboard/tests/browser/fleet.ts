// Many stores at once, put straight into the table: to make them would take longer than to test with them. They are
// hibernated, so that no sweep looks for them in the cluster.

import { call, freshName, ready, remove } from "./stack.ts";

type Attribute = { S: string } | { N: string } | { M: Record<string, Attribute> };
type Item = Record<string, Attribute>;

const WRITTEN_AT_ONCE = 25;

/** Calls DynamoDB Local, which takes any signature. */
async function dynamo<T>(operation: string, body: unknown): Promise<T> {
  const { AWS_ENDPOINT_URL_DYNAMODB: address } = process.env;
  if (address === undefined) throw new Error("AWS_ENDPOINT_URL_DYNAMODB is not set: run this by `make`");
  const credential = "Credential=local/20260101/us-east-1/dynamodb/aws4_request";
  const answer = await fetch(address, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "x-amz-date": "20260101T000000Z",
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const table = () => process.env.TABLE_NAME ?? "";

async function write(requests: unknown[]): Promise<void> {
  for (let from = 0; from < requests.length; from += WRITTEN_AT_ONCE) {
    let left: Record<string, unknown[]> = { [table()]: requests.slice(from, from + WRITTEN_AT_ONCE) };
    while (Object.keys(left).length > 0) {
      const answer = await dynamo<{ UnprocessedItems: Record<string, unknown[]> }>("BatchWriteItem", {
        RequestItems: left,
      });
      left = answer.UnprocessedItems;
    }
  }
}

export interface Fleet {
  /** The ids, the newest first. */
  ids: string[];
  remove: () => Promise<void>;
}

/** Adds stores of these names, the last of which is the newest. */
export async function addFleet(names: string[]): Promise<Fleet> {
  const { id } = await ready(freshName("Pattern"));
  const key = { pk: { S: `STORE#${id}` }, sk: { S: "STORE" } };
  const { Item: pattern } = await dynamo<{ Item: Item }>("GetItem", { TableName: table(), Key: key });
  await remove(id);
  const { uid: _, audit: __, ...rest } = pattern;
  const start = Date.now() - names.length * 60_000;
  const items = names.map((name, place) => {
    const own = name.toLowerCase().replaceAll(" ", "-");
    const at = new Date(start + place * 60_000).toISOString();
    return {
      ...rest,
      pk: { S: `STORE#${own}` },
      id: { S: own },
      uid: { S: crypto.randomUUID() },
      name: { S: name },
      url: { S: `http://${own}.store.example` },
      created: { S: at },
      updated: { S: at },
      since: { S: at },
      power: { S: "Hibernated" },
    } as Item;
  });
  await write(items.map((item) => ({ PutRequest: { Item: item } })));
  const first = items.at(-1)?.id as { S: string };
  await call("GET", `/v1/stores/${first.S}`);
  return {
    ids: items.map((item) => (item.id as { S: string }).S).reverse(),
    remove: () => write(items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }))),
  };
}

export const fleetNames = (count: number, word: string) =>
  Array.from({ length: count }, (_, place) => `${word} ${String(place).padStart(4, "0")}`);
