// Signs in with a token. The address stays as it is, so that one goes on where one was.

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { asFailure, type Failure } from "../api/failure.ts";
import { signInWith } from "../api/sign-in.ts";
import { texts } from "../i18n/catalogue.ts";
import { Field, typedIn } from "../parts/field.tsx";
import { Choices } from "../parts/header.tsx";
import { ProblemNote } from "../parts/problem.tsx";
import { type Provider, readProvider } from "../sign-in/settings.ts";
import { replace } from "../state/route.ts";
import { beginSession, wasEnded } from "../state/session.ts";

const entering = signal(false);
const failure = signal<Failure | undefined>(undefined);
/** Whether the provider could not be reached, or has sent nobody back. */
const refused = signal(false);

/** Signs in, or says on this screen why not. */
export async function enterWith(token: string): Promise<void> {
  entering.value = true;
  failure.value = undefined;
  try {
    beginSession(await signInWith(token));
  } catch (thrown) {
    failure.value = asFailure(thrown);
  }
  entering.value = false;
}

/** Ends the way by the provider, from where one has just come back. */
export async function enterByProvider(): Promise<void> {
  entering.value = true;
  try {
    const provider = await readProvider(new AbortController().signal);
    if (provider === undefined) throw new Error("this deployment has no provider");
    const { comeBack } = await import("../sign-in/openid.ts");
    const { token, fragment } = await comeBack(provider);
    replace(`/${fragment || "#/"}`);
    await enterWith(token);
  } catch {
    // The code in the address is used up, whatever came of it.
    replace("/#/");
    refused.value = true;
  }
  entering.value = false;
}

export function SignIn() {
  const { signIn, app } = texts.value;
  const token = useSignal("");
  const empty = useSignal(false);
  useEffect(() => {
    document.title = `${signIn.title} · ${app}`;
  }, [texts.value]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const typed = token.value.trim();
    empty.value = typed === "";
    if (!empty.value && !entering.value) void enterWith(typed);
  };
  const provider = useSignal<Provider | undefined>(undefined);
  useEffect(() => {
    const reading = new AbortController();
    readProvider(reading.signal)
      .then((found) => {
        provider.value = found;
      })
      .catch(() => {
        // One can still bring a token.
      });
    return () => reading.abort();
  }, []);
  const byProvider = async (chosen: Provider) => {
    entering.value = true;
    refused.value = false;
    try {
      const { leave } = await import("../sign-in/openid.ts");
      await leave(chosen);
    } catch {
      refused.value = true;
      entering.value = false;
    }
  };
  const wrong = failure.value?.status === 401;
  const chosen = provider.value;
  return (
    <main class="sign-in" id="content">
      <form class="card" onSubmit={submit}>
        <h1>
          <svg viewBox="0 0 32 32" aria-hidden="true" class="mark">
            <path d="M5 13h22l-2-6H7zM8 15v10h16V15M13 25v-6h6v6" />
          </svg>
          {app}
        </h1>
        {wasEnded.value && (
          <p class="note warn" role="alert">
            {signIn.ended}
          </p>
        )}
        {refused.value && (
          <p class="note bad" role="alert">
            {signIn.refused}
          </p>
        )}
        {chosen !== undefined && (
          <button type="button" class="primary" disabled={entering.value} onClick={() => void byProvider(chosen)}>
            {signIn.with(new URL(chosen.issuer).host)}
          </button>
        )}
        <Field
          label={signIn.token}
          help={signIn.help}
          wrong={wrong ? signIn.wrong : empty.value ? signIn.empty : undefined}
        >
          {(wiring) => (
            <input
              {...wiring}
              type="password"
              autocomplete="off"
              spellcheck={false}
              value={token.value}
              onInput={(event) => {
                token.value = typedIn(event);
              }}
            />
          )}
        </Field>
        {failure.value !== undefined && !wrong && <ProblemNote failure={failure.value} />}
        <button type="submit" class="primary" disabled={entering.value}>
          {signIn.go}
        </button>
        <p class="small">
          {signIn.where} <code>shopwright token issue --principal root --role admin</code>
        </p>
        <Choices />
      </form>
    </main>
  );
}
