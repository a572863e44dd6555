/** The `fetch` that is given to the SDKs of hosted models: bounded, and without their errors. */
import { codeOf, RequestFailure } from './request-failure.ts';

/**
 * A `fetch` that reads the whole answer before it returns, so that the signal of the request ends that too.
 * A redirection is a failure: it would take text and key to another address.
 * @param maxBytes bytes of an answer, at most
 * @throws RequestFailure if there is no answer, or one that is too large or no success
 */
export function boundedFetch(maxBytes: number): typeof fetch {
  return async (input, init) => {
    let answer: Response;
    let body: Uint8Array<ArrayBuffer>;
    try {
      answer = await fetch(input, { ...init, redirect: 'manual' });
      body = await read(answer, maxBytes);
    } catch (error) {
      throw error instanceof RequestFailure ? error : new RequestFailure({ code: codeOf(error) });
    }
    const { status, headers } = answer;
    if (!answer.ok) {
      const code = status >= 300 && status < 400 ? 'redirected' : codeIn(body);
      throw new RequestFailure({ status, code, retryAfterMs: retryAfter(headers, Date.now()) });
    }
    return new Response(body, { status, headers: { 'content-type': 'application/json' } });
  };
}

async function read(answer: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RequestFailure({ code: 'answer-too-large' });
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The code in the body of an error as OpenAI (`error.code`, `error.type`) or Google (`error.status`) puts it. */
function codeIn(body: Uint8Array): string | undefined {
  try {
    const { error } = JSON.parse(Buffer.from(body).toString()) as { readonly error?: unknown };
    if (typeof error !== 'object' || error === null) return undefined;
    const { status, code, type } = error as Readonly<Record<string, unknown>>;
    return [status, code, type].find((each) => typeof each === 'string');
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds that `Retry-After` asks for, in seconds or as a date, or `retry-after-ms`; undefined without one.
 * @param now milliseconds since the epoch
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && /^\d+(\.\d+)?$/.test(exact)) return Number(exact);
  const header = headers.get('retry-after')?.trim();
  if (header === undefined || header === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
