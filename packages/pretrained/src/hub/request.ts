import { HubError } from "./hub-error.js";
import type { HubRequest } from "./hub-options.js";

/**
 * Asks a hub for something.
 *
 * @returns the response, of status 200, or 206 if `headers` ask for a range
 * @throws HubError that says what the status means; the reason of the signal if that is aborted
 */
export async function request(
  url: string,
  { repository, revision, endpoint, token, signal }: HubRequest,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  try {
    response = await fetch(url, { headers: { ...headers, ...authorization }, signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HubError(`${endpoint} cannot be reached: ${reasonOf(cause)}.`, { temporary: true, cause });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw new HubError(`${sentenceOn(response.status, repository, revision, token)} (${url})`, {
    temporary: response.status === 429 || response.status >= 500,
  });
}

function sentenceOn(status: number, repository: string, revision: string, token: string | undefined): string {
  if (status === 404)
    return `there is no repository ${repository} with a revision "${revision}", or no such file in it.`;
  if (status === 401 || status === 403)
    return token === undefined
      ? `${repository} does not exist, or is not public: then give an access token, \`token\`.`
      : `the access token does not open ${repository}; its licence may have to be accepted on its page first.`;
  if (status === 429) return `${repository}: the hub has had too many requests, try again later.`;
  return `${repository}: the hub answers with status ${status}.`;
}

/** What went wrong: `fetch` says only that it failed, and hides the cause. */
export const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
};
