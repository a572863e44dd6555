/** What the deployment's parameters say where a tenant chose nothing. */
import * as logger from 'firebase-functions/logger';
import { DEFAULT_SETTINGS } from '../config.ts';
import { tenantSettings } from '../contract/tenant.ts';
import type { TenantSettings } from '../contract/types.ts';
import { OperationError } from '../errors.ts';
import { dedupe, defaultTtlSeconds, receiptHours, retentionDays } from '../params.ts';

/** A parameter, and how it becomes a setting. */
interface Source<T> {
  readonly param: { readonly name: string; value(): string };
  readonly read: (text: string) => unknown;
  readonly schema: {
    safeParse(value: unknown): { readonly data?: T | undefined; readonly success: boolean };
  };
}

/**
 * The settings of a tenant that chose none. A parameter that is not set, or empty, is the default one.
 * @throws OperationError (`internal`, reason `invalid-configuration`) if a parameter is out of range; the log
 *   names it
 */
export function settingsOfDeployment(): TenantSettings {
  return {
    defaultTtlSeconds: setting(
      { param: defaultTtlSeconds, read: secondsOrNever, schema: tenantSettings.defaultTtlSeconds },
      DEFAULT_SETTINGS.defaultTtlSeconds,
    ),
    dedupe: setting(
      { param: dedupe, read: (text) => text, schema: tenantSettings.dedupe },
      DEFAULT_SETTINGS.dedupe,
    ),
    retentionDays: setting(
      { param: retentionDays, read: wholeNumber, schema: tenantSettings.retentionDays },
      DEFAULT_SETTINGS.retentionDays,
    ),
    receiptHours: setting(
      { param: receiptHours, read: wholeNumber, schema: tenantSettings.receiptHours },
      DEFAULT_SETTINGS.receiptHours,
    ),
  };
}

function setting<T>({ param, read, schema }: Source<T>, byDefault: T): T {
  const text = param.value().trim();
  if (text === '') return byDefault;
  const { success, data } = schema.safeParse(read(text));
  if (success && data !== undefined) return data;
  logger.error('a parameter of the deployment is out of range', { parameter: param.name });
  throw new OperationError('internal', 'The service is not configured correctly.', {
    reason: 'invalid-configuration',
  });
}

/** Digits alone: `Number` also takes white space, exponents and hexadecimal. */
function wholeNumber(text: string): number {
  return /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
}

function secondsOrNever(text: string): number | null {
  const seconds = wholeNumber(text);
  return seconds === 0 ? null : seconds;
}
