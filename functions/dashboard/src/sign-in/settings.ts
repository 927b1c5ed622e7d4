// How one signs in to this deployment, as its function says.

export interface Provider {
  issuer: string;
  clientId: string;
}

/** The OpenID provider of this deployment; none where people bring a token. */
export async function readProvider(signal: AbortSignal): Promise<Provider | undefined> {
  const response = await fetch("/settings.json", { signal });
  if (!response.ok) throw new Error(`settings.json: ${response.status}`);
  const { provider } = (await response.json()) as { provider: Provider | null };
  return provider ?? undefined;
}
