// Are ids drawn from exactly the distribution that temperature, top-k and top-p leave?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataError, OptionError } from "../../src/errors.ts";
import { type SamplingOptions, sample } from "../../src/generate/sampling.ts";
import { Random } from "../../src/random/random.ts";

const LOGITS = Float32Array.from([0.5, -1, 2, 2, -Infinity, 0, 1.25]);

/** The distribution, by the definitions. */
function expected(logits: Float32Array, { temperature = 1, topK = Infinity, topP = 1 }: SamplingOptions): number[] {
	const order = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
	const weights = Array.from(logits, (logit) => Math.exp(logit / temperature));
	const massOf = (ids: number[]) => ids.reduce((mass, id) => mass + (weights[id] ?? 0), 0);
	let kept = order.slice(0, topK);
	const whole = massOf(kept);
	for (let count = 1; count <= kept.length; count++) {
		if (massOf(kept.slice(0, count)) < topP * whole - 1e-12) continue;
		kept = kept.slice(0, count);
		break;
	}
	const total = massOf(kept);
	return weights.map((weight, id) => (kept.includes(id) ? weight / total : 0));
}

describe("sample draws", () => {
	it.each<[string, SamplingOptions]>([
		["as the model says", {}],
		["cooler", { temperature: 0.5 }],
		["hotter", { temperature: 3 }],
		["from the likeliest k", { topK: 3 }],
		["from the fewest that reach p", { topP: 0.8 }],
		["from k, and of these the fewest that reach p", { topK: 4, topP: 0.85 }],
		["all at once", { temperature: 1.5, topK: 5, topP: 0.9 }],
	])("%s", (_, options) => {
		const probabilities = expected(LOGITS, options);
		const count = 40_000;
		const counts = new Int32Array(LOGITS.length);
		const random = new Random(12);
		for (let i = 0; i < count; i++) {
			const id = sample(LOGITS, random, options);
			counts[id] = (counts[id] ?? 0) + 1;
		}
		let chiSquare = 0;
		probabilities.forEach((p, id) => {
			if (p === 0) expect(counts[id]).toBe(0);
			else chiSquare += ((counts[id] ?? 0) - p * count) ** 2 / (p * count);
		});
		// at most 5 degrees of freedom: 20.5 is exceeded once in a thousand times
		expect(chiSquare).toBeLessThan(20.5);
	});

	it("the same ids for the same seed, these on every machine", () => {
		const random = new Random(1);
		const ids = Array.from({ length: 16 }, () => sample(LOGITS, random));
		expect(ids).toEqual(IDS_OF_SEED_1);
	});

	it("only ids that are allowed, whatever the logits and options", () => {
		const logits = fc
			.array(fc.oneof(fc.float({ noNaN: true, max: Math.fround(3e38) }), fc.constantFrom(0, 1, -Infinity)), {
				minLength: 1,
				maxLength: 12,
			})
			.filter((array) => array.some(Number.isFinite));
		const options = fc.record(
			{
				temperature: fc.double({ min: 0, max: 1e300, noNaN: true }),
				topK: fc.integer({ min: 1, max: 20 }),
				topP: fc.double({ min: 0, max: 1, noNaN: true }),
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(logits, options, fc.maxSafeNat(), (array, given, seed) => {
				const values = Float32Array.from(array);
				const id = sample(values, new Random(seed), given);
				const better = values.filter(
					(value, other) => value > (values[id] ?? 0) || (value === values[id] && other < id),
				).length;
				expect(values[id]).toBeGreaterThan(-Infinity);
				expect(better).toBeLessThan(given.topK ?? Infinity);
				if (given.temperature === 0 || given.topP === 0) expect(better).toBe(0);
			}),
		);
	});
});

describe("sample takes the likeliest, the lowest of equal ones,", () => {
	it.each<[string, SamplingOptions]>([
		["at temperature 0", { temperature: 0 }],
		["at a temperature next to 0, of different ones", { temperature: 5e-324, topK: 1 }],
		["with top-k 1", { topK: 1 }],
		["with top-p 0", { topP: 0 }],
		["with a top-p that it reaches alone", { topP: 0.3 }],
	])("%s", (_, options) => {
		const random = new Random(2);
		for (let i = 0; i < 50; i++) expect(sample(LOGITS, random, options)).toBe(2);
	});

	it("and no random word at temperature 0", () => {
		const random = new Random(9);
		sample(LOGITS, random, { temperature: 0 });
		expect(random.uint32()).toBe(new Random(9).uint32());
	});
});

describe("sample refuses", () => {
	const random = new Random(1);
	const of = (...logits: number[]) => Float32Array.from(logits);
	it.each<[string, new (message: string) => Error, () => unknown]>([
		["sample: logits must be an array of numbers, got null.", DataError, () => sample(null as never, random)],
		['sample: logits must be an array of numbers, got "01".', DataError, () => sample("01" as never, random)],
		[
			"sample: logits[1] must be a number below Infinity, got a BigInt.",
			DataError,
			() => sample([0, 1n] as never, random),
		],
		[
			'sample: "temperature" must be a finite number at least 0, got -1.',
			OptionError,
			() => sample(LOGITS, random, { temperature: -1 }),
		],
		[
			'sample: "topK" must be an integer from 1 to 9007199254740991, got 0.',
			OptionError,
			() => sample(LOGITS, random, { topK: 0 }),
		],
		[
			'sample: "topP" must be a finite number at least 0 and at most 1, got 1.5.',
			OptionError,
			() => sample(LOGITS, random, { topP: 1.5 }),
		],
		[
			'sample: unknown option "topp". Did you mean "topP"?',
			OptionError,
			// @ts-expect-error a misspelt option does not compile
			() => sample(LOGITS, random, { topp: 0.5 }),
		],
		["sample: random must be a Random, got 1.", OptionError, () => sample(LOGITS, 1 as unknown as Random)],
		["sample: logits[1] must be a number below Infinity, got NaN.", DataError, () => sample(of(0, Number.NaN), random)],
		[
			"sample: logits[0] must be a number below Infinity, got Infinity.",
			DataError,
			() => sample(of(Infinity, 0), random, { temperature: 0 }),
		],
		[
			"sample: logits must hold a finite number, got none among 2.",
			DataError,
			() => sample(of(-Infinity, -Infinity), random),
		],
		["sample: logits must hold a finite number, got none among 0.", DataError, () => sample(of(), random)],
	])("%s", (message, Class, call) => {
		expect(call).toThrow(new Class(message));
	});
});

const IDS_OF_SEED_1 = [3, 3, 0, 2, 0, 3, 6, 6, 2, 6, 3, 2, 3, 6, 3, 6];
