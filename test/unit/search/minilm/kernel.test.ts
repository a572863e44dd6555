import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compiledKernel } from '../../../../functions/src/search/minilm/compiled-kernel.ts';
import { WEIGHT_LIMIT } from '../../../../functions/src/search/minilm/model.ts';
import { activationLimit } from '../../../../functions/src/search/minilm/runner.ts';
import { KERNEL_FILE, kernelModule } from '../../../../tools/minilm-kernel.ts';

/** The number that a half stands for. */
function halfValue(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

describe('the kernel', () => {
  it('is what its source assembles to', async () => {
    assert.equal(readFileSync(KERNEL_FILE, 'utf8').replaceAll('\r\n', '\n'), await kernelModule());
  });

  it('turns every finite half into the float of the same value', async () => {
    const { kernel, memory } = await compiledKernel(65_536 * 6);
    const halves = new Uint16Array(memory, 0, 65_536).map((_, bits) => bits);
    const finite = [...halves].filter((bits) => ((bits >> 10) & 31) < 31);
    new Uint16Array(memory).set(finite);
    kernel.widen(0, 131_072, finite.length);
    assert.deepEqual([...new Float32Array(memory, 131_072, finite.length)], finite.map(halfValue));
  });

  for (const [k, m] of [
    [384, 1536],
    [1536, 384],
  ] as const) {
    it(`sums ${k} products of the largest numbers without overflow`, async () => {
      const { kernel, memory } = await compiledKernel(16_000_000);
      const [from, work, weights, scales, bias] = [0, 2_000_000, 3_000_000, 5_000_000, 5_100_000];
      const [x, whole, xScales, to] = [6_000_000, 7_000_000, 8_000_000, 9_000_000];
      // The odd rows are -1 throughout, the others 1; so are the tokens.
      const halves = new Uint16Array(memory, from, k * m);
      for (let at = 0; at < halves.length; at += 1) halves[at] = Math.floor(at / k) % 2 ? 0xbc00 : 0x3c00;
      const floats = new Float32Array(memory, x, 4 * k);
      for (let at = 0; at < floats.length; at += 1) floats[at] = Math.floor(at / k) % 2 ? -2 : 2;
      kernel.pack(from, weights, scales, k, m, work, WEIGHT_LIMIT);
      kernel.quantize(x, 4, k, whole, xScales, activationLimit(k));
      kernel.matmul(whole, xScales, weights, scales, bias, to, 4, k, m);
      for (const [at, value] of new Float32Array(memory, to, 4 * m).entries()) {
        const expected = ((Math.floor(at / m) + at) % 2 ? -2 : 2) * k;
        assert.ok(Math.abs(value - expected) < 0.01, `${at}: ${value}`);
      }
    });
  }

  it('computes GELU by erf', async () => {
    const { kernel, memory } = await compiledKernel(65_536);
    const known = [-20, -3, -1, -0.5, 0, 0.5, 1, 3, 20, 0.001, -6, 6];
    const values = new Float32Array(memory, 0, known.length);
    values.set(known);
    kernel.gelu(0, known.length);
    const expected = [
      ...[0, -0.00404969, -0.15865525, -0.15426877, 0, 0.34573123, 0.84134475, 2.99595031, 20],
      ...[0.0005004, 0, 6],
    ];
    for (const [at, value] of values.entries()) {
      assert.ok(Math.abs(value - expected[at]!) < 1e-6, `${known[at]}: ${value}`);
    }
  });

  it('norms a row to a mean of 0 and a variance of 1, then scales and shifts it', async () => {
    const { kernel, memory } = await compiledKernel(65_536);
    const row = (index: number) => new Float32Array(memory, index * 1_536, 384);
    for (let at = 0; at < 384; at += 1) {
      row(0)[at] = Math.sin(at) * 5;
      row(1)[at] = at / 100;
      row(2)[at] = 2;
      row(3)[at] = 3;
    }
    kernel.layer_norm(0, 1_536, 3_072, 4_608, 6_144, 1);
    const out = [...row(4)];
    const mean = out.reduce((sum, value) => sum + value, 0) / 384;
    assert.ok(Math.abs(mean - 3) < 1e-5);
    assert.ok(Math.abs(out.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 384 - 4) < 1e-4);
  });

  for (const n of [1, 3, 4, 7]) {
    it(`attends to ${n} tokens and to nothing beyond them`, async () => {
      const { kernel, memory } = await compiledKernel(400_000);
      const qkv = new Float32Array(memory, 0, 8 * 1_152).map((_, at) => Math.sin(at * 1.7) * 2);
      new Float32Array(memory).set(qkv);
      new Float32Array(memory, n * 4_608, (8 - n) * 1_152).fill(Number.NaN);
      kernel.attention(0, n, 40_000, 50_000);
      const out = new Float32Array(memory, 50_000, n * 384);
      for (let token = 0; token < n; token += 1) {
        for (let head = 0; head < 12; head += 1) {
          const part = (row: number, of: number, at: number) => qkv[row * 1_152 + of * 384 + head * 32 + at]!;
          const range = Array.from({ length: 32 }, (_, at) => at);
          const powers = Array.from({ length: n }, (_, key) =>
            Math.exp(
              range.reduce((sum, at) => sum + part(token, 0, at) * part(key, 1, at), 0) / Math.sqrt(32),
            ),
          );
          const total = powers.reduce((sum, power) => sum + power, 0);
          for (const at of range) {
            const expected = powers.reduce((sum, power, key) => sum + power * part(key, 2, at), 0) / total;
            assert.ok(Math.abs(out[token * 384 + head * 32 + at]! - expected) < 1e-4);
          }
        }
      }
    });
  }
});
