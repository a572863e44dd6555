/**
 * Mocha's spec reporter, which also writes its counts to the file that FIREMEMORY_TEST_COUNTS names, for tools/test.ts
 * to add up. CommonJS, since mocha loads a reporter with `require` and takes what the module is.
 */
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // For the tests of the runner itself, whose failures on purpose would read like failures.
    if (options.reporterOptions?.quiet) Mocha.reporters.Base.consoleLog = () => undefined;
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const file = process.env.FIREMEMORY_TEST_COUNTS;
      const { passes, failures, pending } = runner.stats;
      if (file) writeFileSync(file, JSON.stringify({ passes, failures, pending }));
    });
  }
};
