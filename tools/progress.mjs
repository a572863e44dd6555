/**
 * Tells on stderr what is being waited for and how long it took. Stdout is left alone: it belongs to the
 * command that the tools run. Plain JavaScript, because the bootstrap runs before Node 24 is there.
 *
 * @template T
 * @param {string} title what begins, without a full stop
 * @param {() => Promise<T> | T} work runs once
 * @returns {Promise<T>} what `work` returns; what it throws is thrown on
 */
export async function step(title, work) {
  const out = process.stderr;
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  const end = (how) => out.write(`${out.isTTY ? '\r' : ''}  ${how} ${seconds()}\n`);
  out.write(`${title}…\n`);
  const ticking = out.isTTY ? setInterval(() => out.write(`\r  ${seconds()} `), 1000) : undefined;
  try {
    const result = await work();
    end('done in');
    return result;
  } catch (error) {
    end('failed after');
    throw error;
  } finally {
    clearInterval(ticking);
  }
}
