import assert from 'node:assert/strict';
import { directoryOf } from '../../../functions/src/api/admission.ts';
import { settingsOfDeployment } from '../../../functions/src/api/deployment-settings.ts';
import { DEFAULT_SETTINGS, LIMITS } from '../../../functions/src/config.ts';
import { OperationError } from '../../../functions/src/errors.ts';
import { logged } from '../../support/logged.ts';

const NAMES = [
  'FIREMEMORY_DEFAULT_TTL_SECONDS',
  'FIREMEMORY_DEDUPE',
  'FIREMEMORY_RETENTION_DAYS',
  'FIREMEMORY_RECEIPT_HOURS',
] as const;

/** The settings in an environment of these values, and what is written to the log meanwhile. */
function withEnvironment<T>(values: readonly string[], work: () => T): { result: T; logged: string } {
  for (const [place, name] of NAMES.entries()) process.env[name] = values[place] ?? '';
  try {
    return logged(work);
  } finally {
    for (const name of NAMES) delete process.env[name];
  }
}

describe('the settings of a deployment', () => {
  it('are the default ones where no parameter is set', () => {
    assert.deepEqual(settingsOfDeployment(), DEFAULT_SETTINGS);
    assert.deepEqual(withEnvironment([], settingsOfDeployment).result, DEFAULT_SETTINGS);
  });

  it('are what the parameters say, up to their limits', () => {
    const { MAX_TTL_SECONDS, MAX_RETENTION_DAYS, MAX_RECEIPT_HOURS } = LIMITS;
    const most = [String(MAX_TTL_SECONDS), 'off', String(MAX_RETENTION_DAYS), String(MAX_RECEIPT_HOURS)];
    assert.deepEqual(withEnvironment(most, settingsOfDeployment).result, {
      defaultTtlSeconds: MAX_TTL_SECONDS,
      dedupe: 'off',
      retentionDays: MAX_RETENTION_DAYS,
      receiptHours: MAX_RECEIPT_HOURS,
    });
    assert.deepEqual(withEnvironment(['0', 'exact', '1', '24'], settingsOfDeployment).result, {
      defaultTtlSeconds: null,
      dedupe: 'exact',
      retentionDays: 1,
      receiptHours: 24,
    });
  });

  const WRONG: Readonly<Record<(typeof NAMES)[number], readonly string[]>> = {
    FIREMEMORY_DEFAULT_TTL_SECONDS: ['-1', '1.5', 'never', String(LIMITS.MAX_TTL_SECONDS + 1), '1e3', '0x10'],
    FIREMEMORY_DEDUPE: ['on', 'EXACT', 'true'],
    FIREMEMORY_RETENTION_DAYS: ['0', '-1', '3651', '30 days', '1.5', 'soon'],
    FIREMEMORY_RECEIPT_HOURS: ['0', '23', '721', 'NaN', '24h'],
  };
  for (const [place, name] of NAMES.entries()) {
    it(`fail where ${name} is out of range, and the log says which it is`, () => {
      for (const wrong of WRONG[name]) {
        const values = NAMES.map((_, n) => (n === place ? wrong : ''));
        const { result, logged } = withEnvironment(values, () => {
          try {
            return settingsOfDeployment();
          } catch (error) {
            return error;
          }
        });
        assert.ok(result instanceof OperationError, wrong);
        assert.deepEqual([result.code, result.details.reason], ['internal', 'invalid-configuration']);
        assert.ok(!result.message.includes(name), 'a client learns nothing of it');
        assert.ok(logged.includes(name), logged);
      }
    });
  }

  it('fail every call of a tenant, before it reads anything', () => {
    assert.ok(directoryOf('acme'));
    assert.throws(
      () => withEnvironment(['soon'], () => directoryOf('acme')),
      (error) => error instanceof OperationError && error.details.reason === 'invalid-configuration',
    );
  });
});
