// The tokens of the API: who has one, a new one, an end for one. For admins.

import { useSignal } from "@preact/signals";
import { send } from "../api/client.ts";
import { asFailure, type Failure } from "../api/failure.ts";
import { usePoll } from "../api/poll.ts";
import { readTokens } from "../api/reads.ts";
import type { Token } from "../api/types.ts";
import { texts } from "../i18n/catalogue.ts";
import { Badge } from "../parts/badge.tsx";
import { Copy } from "../parts/copy.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty, Skeleton } from "../parts/empty.tsx";
import { Field, typedIn } from "../parts/field.tsx";
import { Heading } from "../parts/heading.tsx";
import { ProblemNote } from "../parts/problem.tsx";
import { Ago, Seen, When } from "../parts/time.tsx";
import { href, route } from "../state/route.ts";
import { session } from "../state/session.ts";
import { now } from "../time/clock.ts";

const DAY = 86_400_000;

export function Tokens() {
  const { tokens, older, first } = texts.value;
  const cursor = route.value.query.get("cursor") ?? undefined;
  const view = usePoll(
    `tokens ${cursor}`,
    (signal) => readTokens(cursor, signal),
    () => false,
  );
  const revoking = useSignal<Token | null>(null);
  const page = view.data.value;
  return (
    <>
      <Heading title={tokens.title}>
        <Seen at={view.seen.value} />
      </Heading>
      <Issue onIssued={view.refresh} />
      {view.failure.value !== undefined && <ProblemNote failure={view.failure.value} again={view.refresh} />}
      {page === undefined && view.failure.value === undefined && <Skeleton rows={4} />}
      {page !== undefined && page.items.length === 0 && <Empty icon="waiting" title={tokens.empty} />}
      {page !== undefined && page.items.length > 0 && (
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">{tokens.principal}</th>
              <th scope="col">{tokens.role}</th>
              <th scope="col">{tokens.id}</th>
              <th scope="col">{tokens.created}</th>
              <th scope="col">{tokens.expires}</th>
              <th scope="col">{tokens.state}</th>
              <th scope="col">
                <span class="unseen">{tokens.revoke}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {page.items.map((token) => (
              <Row key={token.id} token={token} onRevoke={() => (revoking.value = token)} />
            ))}
          </tbody>
        </table>
      )}
      <div class="row">
        {cursor !== undefined && (
          <a class="button" href={href(["tokens"])}>
            {first}
          </a>
        )}
        {page?.nextCursor && (
          <a class="button" href={href(["tokens"], { cursor: page.nextCursor })}>
            {older}
          </a>
        )}
      </div>
      {revoking.value !== null && (
        <Revoke
          token={revoking.value}
          onClose={() => {
            revoking.value = null;
            view.refresh();
          }}
        />
      )}
    </>
  );
}

function Row({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { tokens, role } = texts.value;
  const over = token.expiresAt !== null && token.expiresAt !== undefined && Date.parse(token.expiresAt) <= now.value;
  const own = token.id === session.value?.tokenId;
  const state = token.disabled ? tokens.revoked : over ? tokens.expired : tokens.active;
  return (
    <tr>
      <td data-label={tokens.principal} class="break strong">
        {token.principal}
      </td>
      <td data-label={tokens.role}>{role[token.role]}</td>
      <td data-label={tokens.id}>
        <code>{token.id}</code>
      </td>
      <td data-label={tokens.created}>
        <Ago at={token.createdAt} />
      </td>
      <td data-label={tokens.expires}>{token.expiresAt ? <When at={token.expiresAt} /> : tokens.never}</td>
      <td data-label={tokens.state}>
        <Badge
          tone={token.disabled || over ? "quiet" : "good"}
          icon={token.disabled || over ? "removing" : "done"}
          text={state}
        />
      </td>
      <td>
        {own && <span class="small">{tokens.own}</span>}
        {!own && !token.disabled && (
          <button
            type="button"
            class="danger-quiet"
            onClick={onRevoke}
            aria-label={`${tokens.revoke}: ${token.principal}, ${token.id}`}
          >
            {tokens.revoke}
          </button>
        )}
      </td>
    </tr>
  );
}

function Issue({ onIssued }: { onIssued: () => void }) {
  const { tokens, role: roles } = texts.value;
  const principal = useSignal("");
  const role = useSignal("owner");
  const days = useSignal("");
  const failure = useSignal<Failure | undefined>(undefined);
  const issued = useSignal<string | null>(null);
  const sending = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (sending.value) return;
    sending.value = true;
    const end =
      Number(days.value) > 0 ? { expiresAt: new Date(Date.now() + Number(days.value) * DAY).toISOString() } : {};
    try {
      const sent = await send("POST", "/v1/tokens", {
        body: { principal: principal.value.trim(), role: role.value, ...end },
      });
      issued.value = (sent.body as { token: string }).token;
      failure.value = undefined;
      principal.value = "";
      onIssued();
    } catch (thrown) {
      failure.value = asFailure(thrown);
    }
    sending.value = false;
  };
  const wrong = failure.value?.of("principal")?.detail;
  return (
    <form class="card" onSubmit={(event) => void submit(event)}>
      <h2>{tokens.issue}</h2>
      <div class="filters">
        <Field label={tokens.principal} wrong={wrong} wrongInEnglish>
          {(wiring) => (
            <input
              {...wiring}
              autocomplete="off"
              required
              value={principal.value}
              onInput={(event) => (principal.value = typedIn(event))}
            />
          )}
        </Field>
        <Field label={tokens.role}>
          {(wiring) => (
            <select {...wiring} value={role.value} onChange={(event) => (role.value = typedIn(event))}>
              <option value="owner">{roles.owner}</option>
              <option value="admin">{roles.admin}</option>
            </select>
          )}
        </Field>
        <Field label={tokens.days} wrong={failure.value?.of("expiresAt")?.detail} wrongInEnglish>
          {(wiring) => (
            <input
              {...wiring}
              type="number"
              min="1"
              max="3650"
              value={days.value}
              onInput={(event) => (days.value = typedIn(event))}
            />
          )}
        </Field>
        <button type="submit" class="primary" disabled={sending.value}>
          {tokens.issue}
        </button>
      </div>
      {failure.value !== undefined && wrong === undefined && <ProblemNote failure={failure.value} />}
      {issued.value !== null && (
        <div class="note good" role="status">
          <div>
            <p>{tokens.once}</p>
            <p class="row">
              <code class="break secret">{issued.value}</code>
              <Copy text={issued.value} what={texts.value.signIn.token} />
              <button type="button" onClick={() => (issued.value = null)}>
                {texts.value.close}
              </button>
            </p>
          </div>
        </div>
      )}
    </form>
  );
}

function Revoke({ token, onClose }: { token: Token; onClose: () => void }) {
  const { tokens, cancel } = texts.value;
  const failure = useSignal<Failure | undefined>(undefined);
  const revoke = async () => {
    try {
      await send("DELETE", `/v1/tokens/${token.id}`);
      onClose();
    } catch (thrown) {
      failure.value = asFailure(thrown);
    }
  };
  return (
    <Dialog title={tokens.revokeAsk(token.principal)} onClose={onClose}>
      <p>
        <code>{token.id}</code>
      </p>
      <p>{tokens.revokeSays}</p>
      {failure.value !== undefined && <ProblemNote failure={failure.value} />}
      <div class="row end">
        <button type="button" onClick={onClose}>
          {cancel}
        </button>
        <button type="button" class="danger" onClick={() => void revoke()}>
          {tokens.revoke}
        </button>
      </div>
    </Dialog>
  );
}
