// Do texts become ids and windows, and back, with nothing lost and nothing scored twice?
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextData } from "../../src/data/text.ts";
import type { Dataset } from "../../src/sequences.ts";

/** Any text, of any planes, lone surrogates included. */
const texts = fc.string({ unit: "binary", minLength: 1, maxLength: 60 });
const sizes = fc.integer({ min: 1, max: 12 });

/** What each window reads and predicts. */
function pairsOf(
	data: Dataset<"ids", "ids">,
	options: { batchSize: number; seed?: number },
): { inputs: number[]; targets: number[] }[] {
	const pairs: { inputs: number[]; targets: number[] }[] = [];
	for (const batch of data.batches(options)) {
		const { steps = 0, lengths } = batch;
		const [inputs, targets] = [batch.inputs, batch.targets] as Uint8Array[];
		for (let row = 0; row < (batch.batchSize ?? 0); row++) {
			const start = row * steps;
			const end = start + (lengths?.[row] ?? steps);
			pairs.push({
				inputs: Array.from((inputs as Uint8Array).subarray(start, end)),
				targets: Array.from((targets as Uint8Array).subarray(start, end)),
			});
		}
	}
	return pairs;
}

describe("TextData.from", () => {
	it("numbers the characters by code point", () => {
		const data = TextData.from("b😀a\uffff");
		expect(data.vocabulary).toEqual(["a", "b", "\uffff", "😀"]);
		expect(data.vocabSize).toBe(4);
		expect(data.ids).toEqual(new Uint8Array([1, 3, 0, 2]));
	});

	it("keeps the order of a given vocabulary, string or array", () => {
		for (const vocabulary of ["cab", ["c", "a", "b"]]) {
			const data = TextData.from("abc", { vocabulary });
			expect(data.vocabulary).toEqual(["c", "a", "b"]);
			expect([...data.ids]).toEqual([1, 2, 0]);
		}
	});

	it("takes the vocabulary of another text, even for no text", () => {
		const { vocabulary } = TextData.from("hello");
		const data = TextData.from("", { vocabulary });
		expect(data.ids.length).toBe(0);
		expect(data.decode(data.encode("hole"))).toBe("hole");
	});

	it("takes the narrowest array that holds the ids", () => {
		const different = (count: number) =>
			Array.from({ length: count }, (_, i) => String.fromCodePoint(i < 0xd800 ? i : i + 0x800)).join("");
		expect(TextData.from(different(256)).ids).toBeInstanceOf(Uint8Array);
		expect(TextData.from(different(257)).ids).toBeInstanceOf(Uint16Array);
		expect(TextData.from(different(65536)).ids).toBeInstanceOf(Uint16Array);
		expect(TextData.from(different(65537)).ids).toBeInstanceOf(Int32Array);
	});

	it("gives ids that decode to the text", () => {
		fc.assert(
			fc.property(texts, (text) => {
				const data = TextData.from(text);
				expect(data.decode(data.ids)).toBe(text);
				expect(data.encode(text)).toEqual(data.ids);
				expect(data.ids.length).toBe([...text].length);
				expect(Math.max(...data.ids)).toBe(data.vocabSize - 1);
			}),
		);
	});
});

describe("TextData.split", () => {
	it("cuts consecutive parts of one vocabulary", () => {
		const text = "abcdefghijklmnopqrst";
		const data = TextData.from(text);
		const [train, valid, test] = data.split([0.9, 0.05, 0.05]);
		expect(train.decode(train.ids)).toBe(text.slice(0, 18));
		expect(valid.decode(valid.ids)).toBe("s");
		expect(test.decode(test.ids)).toBe("t");
		expect(test.vocabulary).toEqual(data.vocabulary);
	});

	it("loses nothing, whatever the fractions", () => {
		const shares = fc.array(fc.integer({ min: 1, max: 9 }), {
			minLength: 1,
			maxLength: 6,
		});
		fc.assert(
			fc.property(shares, (weights) => {
				const data = TextData.from("abcdefghij".repeat(10));
				const total = weights.reduce((a, b) => a + b);
				const parts = data.split(weights.map((weight) => weight / total));
				const ids = parts.flatMap((part) => [...part.ids]);
				expect(ids).toEqual([...data.ids]);
			}),
		);
	});
});

describe("TextData.windows", () => {
	it("predicts the next characters, the rest in a shorter last window", () => {
		const data = TextData.from("abcdefgh");
		expect(pairsOf(data.windows({ steps: 3 }), { batchSize: 2 })).toEqual([
			{ inputs: [0, 1, 2], targets: [1, 2, 3] },
			{ inputs: [3, 4, 5], targets: [4, 5, 6] },
			{ inputs: [6], targets: [7] },
		]);
	});

	it("scores every character but the first exactly once", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 2, max: 80 }),
				sizes,
				sizes,
				fc.option(fc.maxSafeNat(), { nil: undefined }),
				(length, steps, batchSize, seed) => {
					const data = TextData.from(Array.from({ length }, (_, i) => String.fromCodePoint(i)).join(""));
					const pairs = pairsOf(data.windows({ steps }), {
						batchSize,
						...(seed === undefined ? {} : { seed }),
					});
					const targets = pairs.flatMap((pair) => pair.targets);
					expect(targets.sort((a, b) => a - b)).toEqual(Array.from({ length: length - 1 }, (_, i) => i + 1));
					for (const pair of pairs) expect(pair.inputs).toEqual(pair.targets.map((id) => id - 1));
				},
			),
		);
	});

	it("steps by the stride, and stops once the end is reached", () => {
		fc.assert(
			fc.property(fc.integer({ min: 2, max: 60 }), sizes, sizes, (length, steps, stride) => {
				const data = TextData.from("ab".repeat(30).slice(0, length));
				const windows = data.windows({ steps, stride });
				const pairs = pairsOf(windows, { batchSize: 7 });
				expect(pairs.length).toBe(windows.size);
				pairs.forEach(({ inputs, targets }, i) => {
					const start = i * stride;
					const end = Math.min(start + steps, length - 1);
					expect(inputs).toEqual([...data.ids.subarray(start, end)]);
					expect(targets).toEqual([...data.ids.subarray(start + 1, end + 1)]);
					expect(inputs.length).toBeGreaterThan(0);
					if (i < pairs.length - 1) expect(end).toBeLessThan(length - 1);
				});
				const next = pairs.length * stride;
				const reached = next - stride + steps >= length - 1;
				expect(reached || next >= length - 1).toBe(true);
			}),
		);
	});

	it("copies nothing where windows lie side by side", () => {
		const data = TextData.from("abcdefghi");
		const [batch] = [...data.windows({ steps: 4 }).batches({ batchSize: 2 })];
		expect(batch?.inputs.buffer).toBe(data.ids.buffer);
		expect(batch).toEqual({
			inputs: new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]),
			targets: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
			batchSize: 2,
			steps: 4,
		});
	});

	it("pads rows that are shorter than the batch", () => {
		const data = TextData.from("bcdefgh");
		const [batch] = [...data.windows({ steps: 4 }).batches({ batchSize: 2 })];
		expect(batch).toEqual({
			inputs: new Uint8Array([0, 1, 2, 3, 4, 5, 0, 0]),
			targets: new Uint8Array([1, 2, 3, 4, 5, 6, 0, 0]),
			batchSize: 2,
			steps: 4,
			lengths: new Int32Array([4, 2]),
		});
	});
});
