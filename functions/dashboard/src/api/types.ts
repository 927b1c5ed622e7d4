// The API's own types, by short names.

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Power = Schemas["Power"];
export type NewStore = Schemas["NewStore"];
export type Store = Schemas["Store"];
export type Suspension = Schemas["Suspension"];
export type Versions = Schemas["Versions"];
export type Status = Schemas["Status"];
export type StoreFailure = NonNullable<Schemas["Store"]["failure"]>;
export type Event = Schemas["Event"];
export type Operation = Schemas["Operation"];
export type StoreHealth = Schemas["StoreHealth"];
export type HealthStatus = Schemas["HealthStatus"];
export type Attention = Schemas["Attention"];
export type AttentionCause = Schemas["AttentionCause"];
export type Summary = Schemas["Summary"];
export type LogExcerpt = Schemas["LogExcerpt"];
export type Component = Schemas["Component"];
export type AuditEntry = Schemas["AuditEntry"];
export type Token = Schemas["Token"];
export type IssuedToken = Schemas["IssuedToken"];
export type Problem = Schemas["Problem"];
export type FieldError = Schemas["FieldError"];

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
