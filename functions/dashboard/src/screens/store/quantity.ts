// Quantities as Kubernetes writes them (`500m`, `2Gi`): only to see how much of one another is.

const SUFFIXES: Record<string, number> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity stands for; none where it is no quantity. */
export function number(quantity: string): number | undefined {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)$/.exec(quantity);
  const factor = SUFFIXES[match?.[2] ?? "?"];
  const value = Number(match?.[1]);
  return factor === undefined || Number.isNaN(value) ? undefined : value * factor;
}

/** Which part of `hard` is used; none where that can't be said. */
export function share(used: string, hard: string): number | undefined {
  const [part, whole] = [number(used), number(hard)];
  return part === undefined || whole === undefined || whole <= 0 ? undefined : Math.min(part / whole, 1);
}
