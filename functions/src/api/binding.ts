/**
 * From a callable to an operation: sign-in, body, schema, run, errors. The only place that touches a
 * request; no operation knows of HTTP.
 */
import {
  type CallableFunction,
  type CallableRequest,
  type HttpsFunction,
  onCall,
} from 'firebase-functions/v2/https';
import { DEFAULTS } from '../config.ts';
import { parseRequest } from '../contract/parse.ts';
import { isId } from '../contract/primitives.ts';
import type { OperationName, Operations } from '../contract/types.ts';
import { OperationError, permissionDenied, type ValidationError } from '../errors.ts';
import { embedderSecrets, enforceAppCheck, region } from '../params.ts';
import { inspectBody } from './body-guard.ts';
import { toHttpsError } from './https-error.ts';
import type { Caller, Operation } from './operation.ts';

/** Resources of a function. The embedder takes 75 MB at its peak (measured), Node and gRPC the rest. */
const RESOURCES = { memory: '1GiB', concurrency: 20, timeoutSeconds: 70 } as const;

const OPTIONS = { ...RESOURCES, region, secrets: embedderSecrets };

/** What was wrong with a body that firebase-functions was not given to decode. */
const refused = new WeakMap<object, ValidationError>();

/**
 * Makes the callable of an operation, whose code is loaded with its first call.
 * @param name the name on the wire
 */
export function callable<N extends OperationName>(
  name: N,
  load: () => Promise<Operation<N>>,
): CallableFunction<Operations[N]['request'], Promise<Operations[N]['response']>> {
  const answer = onCall(OPTIONS, async (request: CallableRequest, response) => {
    try {
      const caller = identify(request);
      const refusal = refused.get(request.rawRequest);
      if (refusal !== undefined) throw refusal;
      const { schema, run } = await load();
      const now = Date.now();
      const deadline = now + DEFAULTS.DEADLINE_MS;
      const call = { actor: caller.uid, now, deadline, ...(response && { signal: response.signal }) };
      // `operation()` holds each schema against the request type of its operation.
      return await run(parseRequest(schema, request.data) as Operations[N]['request'], caller, call);
    } catch (error) {
      throw toHttpsError(error, name.replace('-', '.'));
    }
  });
  return guard(answer);
}

/**
 * The caller, as the verified token says. A uid that cannot be an id can be no member of any tenant.
 * @throws OperationError `unauthenticated`, `permission-denied`
 */
function identify(request: CallableRequest): Caller {
  // A token that could be decoded but names nobody is no sign-in, although the type says that it has a uid.
  const uid: unknown = request.auth?.uid;
  if (request.auth === undefined || typeof uid !== 'string' || uid === '') {
    throw unauthenticated('not-signed-in', 'Sign in first.');
  }
  if (enforceAppCheck.value() && request.app === undefined) {
    throw unauthenticated('app-check', 'This call needs a valid App Check token.');
  }
  if (!isId(uid)) throw permissionDenied();
  return { uid, claims: request.auth.token };
}

/** Puts the body guard before the function that firebase-functions made, and keeps all else of it. */
function guard<T, R>(inner: CallableFunction<T, R>): CallableFunction<T, R> {
  const handler = (...[request, response]: Parameters<HttpsFunction>) => {
    if (request.method === 'POST') {
      const flaw = inspectBody(request.body, request.rawBody?.length ?? 0);
      if (flaw !== null) {
        refused.set(request, flaw);
        // The answer still goes the common way: CORS, token, log. Only the payload goes nowhere.
        request.body = { data: null };
      }
    }
    return inner(request, response);
  };
  const { name, length, ...properties } = Object.getOwnPropertyDescriptors(inner);
  // It has every property of the inner one now, which the type of `defineProperties` cannot say.
  return Object.defineProperties(handler, properties) as CallableFunction<T, R>;
}

function unauthenticated(reason: string, message: string): OperationError {
  return new OperationError('unauthenticated', message, { reason });
}
