// Is randomness a pure function of seed, stream and index, well distributed, and the same on every engine?
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { OptionError } from "../../src/errors.ts";
import { Random, threefry } from "../../src/random/random.ts";

const seeds = fc.maxSafeNat();

function draw<T>(count: number, next: () => T): T[] {
	return Array.from({ length: count }, next);
}

/** Pearson's statistic of counts that should all be alike. */
function chiSquare(counts: ArrayLike<number>, total: number): number {
	const expected = total / counts.length;
	let sum = 0;
	for (let i = 0; i < counts.length; i++) sum += ((counts[i] as number) - expected) ** 2 / expected;
	return sum;
}

describe("threefry", () => {
	it("gives the vectors that Random123 publishes (kat_vectors, threefry2x32 20)", () => {
		const words = new Uint32Array(2);
		threefry(0, 0, 0, 0, words);
		expect([...words]).toEqual([0x6b200159, 0x99ba4efe]);
		const ones = 0xffffffff;
		threefry(ones, ones, ones, ones, words);
		expect([...words]).toEqual([0x1cb996fc, 0xbb002be7]);
		threefry(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, words);
		expect([...words]).toEqual([0xc4923a9c, 0x483df7a0]);
	});
});

describe("Random.uint32", () => {
	it("counts through the blocks of its seed and stream", () => {
		fc.assert(
			fc.property(seeds, fc.nat(0xffffffff), (seed, stream) => {
				const words = new Uint32Array(2);
				const random = new Random(seed, stream);
				for (let block = 0; block < 3; block++) {
					threefry(seed >>> 0, Math.floor(seed / 2 ** 32), block, stream, words);
					expect(draw(2, () => random.uint32())).toEqual([...words]);
				}
			}),
		);
	});

	it("differs between seeds that share their low 32 bits, and between streams", () => {
		const first = (seed: number, stream: number) => new Random(seed, stream).uint32();
		const all = [first(1, 0), first(1 + 2 ** 32, 0), first(1, 1)];
		expect(new Set(all).size).toBe(3);
	});
});

describe("Random.uniform", () => {
	it("is exact in float32 between 0 and 1 and never reaches 1", () => {
		fc.assert(
			fc.property(seeds, (seed) => {
				const random = new Random(seed);
				for (const value of draw(50, () => random.uniform())) {
					expect(Math.fround(value)).toBe(value);
					expect(value).toBeGreaterThanOrEqual(0);
					expect(value).toBeLessThan(1);
				}
			}),
		);
	});

	it("stays in [low, high), whatever they are", () => {
		const bound = fc.double({ min: -1e300, max: 1e300, noNaN: true });
		fc.assert(
			fc.property(seeds, bound, bound, (seed, a, b) => {
				fc.pre(a !== b);
				const [low, high] = [Math.min(a, b), Math.max(a, b)];
				const value = new Random(seed).uniform(low, high);
				expect(value >= low && value < high).toBe(true);
			}),
		);
		expect(new Random(1).uniform(2, 2)).toBe(2);
	});

	it("is even", () => {
		const random = new Random(11);
		const counts = new Int32Array(64);
		for (let i = 0; i < 64_000; i++) {
			const bin = Math.floor(random.uniform() * 64);
			counts[bin] = (counts[bin] as number) + 1;
		}
		// 63 degrees of freedom: 103.4 is exceeded once in a thousand times
		expect(chiSquare(counts, 64_000)).toBeLessThan(103.4);
	});
});

describe("Random.normal", () => {
	afterEach(() => {
		vi.restoreAllMocks();
	});

	it("has the moments and the tails of the normal distribution", () => {
		const random = new Random(5);
		const count = 200_000;
		let [sum, squares, cubes, fourths, beyond2] = [0, 0, 0, 0, 0];
		for (let i = 0; i < count; i++) {
			const value = random.normal();
			sum += value;
			squares += value ** 2;
			cubes += value ** 3;
			fourths += value ** 4;
			if (Math.abs(value) > 2) beyond2++;
		}
		// within four standard errors
		expect(Math.abs(sum / count)).toBeLessThan(4 / Math.sqrt(count));
		expect(Math.abs(squares / count - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
		expect(Math.abs(cubes / count)).toBeLessThan(4 * Math.sqrt(15 / count));
		expect(Math.abs(fourths / count - 3)).toBeLessThan(4 * Math.sqrt(96 / count));
		expect(Math.abs(beyond2 / count - 0.0455)).toBeLessThan(0.0019);
	});

	it("uses no function whose last bits an engine may choose", () => {
		const chosen = "log log2 log10 log1p exp expm1 pow sin cos tan atan tanh cbrt hypot";
		for (const name of chosen.split(" ") as "log"[]) {
			vi.spyOn(Math, name).mockImplementation(() => {
				throw new Error(`Math.${name} was called`);
			});
		}
		const random = new Random(1);
		expect(draw(1000, () => random.normal()).every(Number.isFinite)).toBe(true);
	});

	it("gives these bits", () => {
		const random = new Random(7);
		expect(draw(4, () => random.normal())).toEqual(NORMALS);
	});
});

describe("Random.integer", () => {
	it("is even where the modulo of a word would not be", () => {
		// word % n of a 32-bit word would give the lower half of these three quarters twice as often
		const random = new Random(3);
		const n = 3 * 2 ** 30;
		let low = 0;
		for (let i = 0; i < 30_000; i++) if (random.integer(n) < 2 ** 30) low++;
		expect(Math.abs(low - 10_000)).toBeLessThan(4 * Math.sqrt(30_000 * (2 / 9)));
	});

	it("stays below n", () => {
		const sizes = fc.integer({ min: 1, max: 2 ** 32 });
		fc.assert(
			fc.property(seeds, sizes, (seed, n) => {
				const value = new Random(seed).integer(n);
				expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true);
			}),
		);
	});
});

describe("Random.shuffle", () => {
	it("permutes in place", () => {
		fc.assert(
			fc.property(seeds, fc.array(fc.integer()), (seed, array) => {
				const copy = array.slice();
				expect(new Random(seed).shuffle(copy)).toBe(copy);
				expect(copy.sort()).toEqual(array.sort());
			}),
		);
	});

	it("gives every order of four equally often", () => {
		const counts = new Map<string, number>();
		const random = new Random(17);
		for (let i = 0; i < 24_000; i++) {
			const order = random.shuffle(new Uint8Array([0, 1, 2, 3])).join("");
			counts.set(order, (counts.get(order) ?? 0) + 1);
		}
		expect(counts.size).toBe(24);
		// 23 degrees of freedom: 49.7 is exceeded once in a thousand times
		expect(chiSquare([...counts.values()], 24_000)).toBeLessThan(49.7);
	});

	it("gives this order on every machine", () => {
		expect(new Random(3).shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([5, 0, 7, 9, 6, 4, 8, 1, 2, 3]);
	});
});

describe("Random refuses", () => {
	const most = Number.MAX_SAFE_INTEGER;
	it.each<[string, () => unknown]>([
		[`Random: "seed" must be an integer from 0 to ${most}, got -1.`, () => new Random(-1)],
		[`Random: "seed" must be an integer from 0 to ${most}, got 0.5.`, () => new Random(0.5)],
		[`Random: "seed" must be an integer from 0 to ${most}, got 9007199254740992.`, () => new Random(2 ** 53)],
		['Random: "stream" must be an integer from 0 to 4294967295, got 4294967296.', () => new Random(1, 2 ** 32)],
		['Random.integer: "n" must be an integer from 1 to 4294967296, got 0.', () => new Random(1).integer(0)],
		['Random.uniform: "high" must be a finite number at least 2, got 1.', () => new Random(1).uniform(2, 1)],
		['Random.uniform: "low" must be a finite number, got NaN.', () => new Random(1).uniform(Number.NaN)],
	])("%s", (message, call) => {
		expect(call).toThrow(new OptionError(message));
	});
});

const NORMALS = [0.42064911279936146, 0.2422893928030202, 1.1184700524313804, -1.1123536580482338];
