// Do the searches find what all paths together say, and the alignments the likeliest of them?
import { describe, expect, it } from "vitest";
import { align, transcribe } from "../../src/index.ts";
import { collapsed, labellings, likeliestPath } from "../reference/ctc.ts";
import { type Matrix, row } from "../reference/matrix.ts";
import { random, randomMatrix } from "../reference/random.ts";

function logitsOf(seed: number, T: number, C: number): Matrix {
	const x = randomMatrix(random(seed), T, C);
	return { ...x, values: x.values.map((value) => Math.fround(3 * value)) };
}

const predicted = (...rows: readonly Matrix[]) => {
	const steps = Math.max(...rows.map((x) => x.rows));
	const [{ columns }] = rows as [Matrix];
	const outputs = new Float32Array(rows.length * steps * columns);
	for (const [index, { values }] of rows.entries()) outputs.set(values, index * steps * columns);
	return { outputs, shape: [rows.length, steps, columns], lengths: rows.map((x) => x.rows) };
};

const bestOf = (x: Matrix, blank: number, weigh = (_ids: readonly number[]) => 0) =>
	[...labellings(x, blank)]
		.map(([key, probability]) => {
			const ids = key === "" ? [] : key.split(",").map(Number);
			return { ids, score: Math.log(probability) + weigh(ids) };
		})
		.filter(({ score }) => score > -Infinity)
		.sort((a, b) => b.score - a.score);

describe("transcribe", () => {
	it("takes the likeliest symbol of each step, merges repeats and drops blanks", () => {
		for (const blank of [0, 2]) {
			const x = logitsOf(blank + 3, 12, 4);
			const path = Array.from({ length: 12 }, (_, t) => row(x, t).indexOf(Math.max(...row(x, t))));
			const [{ ids, steps, others }] = transcribe(predicted(x), { blank });
			expect(ids).toEqual(collapsed(path, blank));
			expect(others).toEqual([]);
			for (const [index, [from, to]] of steps.entries())
				expect(path.slice(from, to + 1)).toEqual(Array(to - from + 1).fill(ids[index]));
		}
	});

	it("with a wide beam gives every labelling its whole probability, best first", () => {
		for (const seed of [1, 2, 3, 4]) {
			const x = logitsOf(seed, 5, 3);
			const [{ ids, score, others }] = transcribe(predicted(x), { beamSize: 10_000 });
			const expected = bestOf(x, 0);
			const found = [{ ids, score }, ...others];
			expect(found.map((each) => each.ids)).toEqual(expected.map((each) => each.ids));
			for (const [index, each] of found.entries()) expect(each.score).toBeCloseTo(expected[index].score, 9);
		}
	});

	it("finds the likeliest labelling with a beam of 8, where greedy reading often does not", () => {
		let missed = 0;
		for (let seed = 1; seed <= 20; seed++) {
			const x = logitsOf(seed, 6, 3);
			const [best] = bestOf(x, 0);
			expect(transcribe(predicted(x), { beamSize: 8 })[0].ids).toEqual(best.ids);
			if (transcribe(predicted(x))[0].ids.join() !== best.ids.join()) missed++;
		}
		expect(missed).toBeGreaterThan(2);
	});

	it("weighs a language and the number of labels", () => {
		const language = (ids: readonly number[], id: number) => (ids.at(-1) === id ? -Infinity : -id);
		const weigh = (ids: readonly number[]) =>
			ids.reduce((sum, id, j) => sum + 0.7 * language(ids.slice(0, j), id) + 0.3, 0);
		const x = logitsOf(9, 6, 3);
		const options = { beamSize: 10_000, languageModel: language, languageWeight: 0.7, labelBonus: 0.3 };
		const [{ ids, score, others }] = transcribe(predicted(x), options);
		const expected = bestOf(x, 0, weigh);
		expect([ids, ...others.map((each) => each.ids)]).toEqual(expected.map((each) => each.ids));
		expect(score).toBeCloseTo(expected[0].score, 9);
	});

	it("asks a language model once for each labelling", () => {
		const asked = new Set<string>();
		transcribe(predicted(logitsOf(5, 8, 4)), {
			beamSize: 6,
			languageModel(ids, id) {
				const key = [...ids, id].join();
				expect(asked.has(key)).toBe(false);
				asked.add(key);
				return 0;
			},
		});
		expect(asked.size).toBeGreaterThan(10);
	});

	it("allows words of a lexicon only, with a separator or without", () => {
		for (const separator of [undefined, 3]) {
			const words = [[1, 2], [2], [2, 1, 1]];
			const between = separator === undefined ? "" : `,${separator}`;
			const word = "(1,2|2|2,1,1)";
			const allowed = new RegExp(`^(${word}(${between},${word})*)?$`);
			for (const seed of [1, 2, 3]) {
				const x = logitsOf(seed, 6, 4);
				const expected = bestOf(x, 0).filter(({ ids }) => allowed.test(ids.join()));
				const [{ ids, others }] = transcribe(predicted(x), { beamSize: 10_000, lexicon: words, separator });
				expect([ids, ...others.map((each) => each.ids)]).toEqual(expected.map((each) => each.ids));
			}
		}
	});

	it("reads each row by itself, no further than it is long", () => {
		const rows = [logitsOf(1, 7, 3), logitsOf(2, 3, 3), logitsOf(3, 1, 3)];
		for (const beamSize of [1, 5])
			expect(transcribe(predicted(...rows), { beamSize })).toEqual(
				rows.flatMap((x) => transcribe(predicted(x), { beamSize })),
			);
	});

	it("leaves out unlikely symbols", () => {
		const x = logitsOf(4, 20, 6);
		const [all] = transcribe(predicted(x), { beamSize: 20 });
		const [some] = transcribe(predicted(x), { beamSize: 20, leastProbability: 1e-3 });
		expect(some.ids).toEqual(all.ids);
		expect(some.score).toBeCloseTo(all.score, 1);
	});

	const x = predicted(logitsOf(1, 4, 3));
	it.each([
		[{ beamSize: 0 }, '"beamSize" must be an integer from 1 to 10000, got 0.'],
		[{ beamSize: 1_000_000 }, '"beamSize" must be an integer from 1 to 10000, got 1000000.'],
		[{ blank: 3 }, '"blank" must be an integer from 0 to 2, got 3.'],
		[{ separator: 1 }, '"separator" stands between words of a lexicon. Give one.'],
		[{ lexicon: [] }, '"lexicon" must have a word, got none.'],
		[{ lexicon: [[1], [0]] }, "lexicon[1][0] is 0, the blank, which stands for no label. Leave it out."],
		[{ lexicon: [[1, 3]] }, "lexicon[0][1] is 3, but the model has 3 outputs (ids run from 0 to 2)."],
		[{ languageWeight: 1 }, '"languageWeight" is of a "languageModel". Give one, or leave it out.'],
		[
			{ beamSize: 2, languageModel: () => Number.NaN },
			"languageModel must return a number below Infinity, got NaN for 1.",
		],
		[
			{
				beamSize: 2,
				languageModel() {
					throw new Error("no such word");
				},
			},
			"languageModel threw at ids [] and 1: no such word",
		],
	])("%o: %s", (options, expected) => {
		expect(() => transcribe(x, options)).toThrow(`transcribe: ${expected}`);
	});

	it("a prediction without steps, or of another length, is a sentence", () => {
		expect(() => transcribe({ outputs: new Float32Array(6), shape: [2, 3] })).toThrow(
			"transcribe: it takes outputs at every step, of [batchSize, steps, symbols], as model.predict gives them; got",
		);
		expect(() => transcribe({ ...x, outputs: x.outputs.subarray(1) })).toThrow("are 11 numbers.");
		expect(() => transcribe({ ...x, lengths: [5] })).toThrow("lengths[0] must be an integer from 1 to 4, got 5.");
		const outputs = x.outputs.slice();
		outputs[4] = Number.NaN;
		expect(() => transcribe({ ...x, outputs })).toThrow("outputs[0, 1, 1] must be finite, got NaN.");
	});
});

describe("align", () => {
	it("follows the likeliest of all paths that say the labels", () => {
		for (const labels of [[], [1], [2, 1], [1, 1], [2, 2, 1], [1, 2, 1, 2]])
			for (const seed of [1, 2, 3]) {
				const x = logitsOf(seed, 6, 3);
				const { path, score } = likeliestPath(x, labels);
				const [found] = align(predicted(x), [labels]);
				expect(found.score).toBeCloseTo(score, 9);
				const said = new Array(6).fill(0);
				for (const { id, from, to } of found.labels) said.fill(id, from, to + 1);
				expect(said).toEqual(path);
				expect(found.labels.map(({ id }) => id)).toEqual(labels);
			}
	});

	it("its scores are those of the steps", () => {
		const x = logitsOf(1, 6, 3);
		const [{ labels, score }] = align(predicted(x), [[2, 1]]);
		const said = labels.reduce((sum, { from, to, logProbability }) => sum + (to - from + 1) * logProbability, 0);
		expect(said).toBeGreaterThan(score);
		for (const { logProbability } of labels) expect(logProbability).toBeLessThan(0);
	});

	it("labels that do not fit, or are none, are sentences", () => {
		const x = predicted(logitsOf(1, 4, 3), logitsOf(2, 3, 3));
		expect(() => align(x, [[1], [1, 1, 2]])).toThrow(
			"align: targets[1] has 3 labels, 1 of them repeats, so it needs at least 4 steps, but lengths[1] is 3.",
		);
		expect(() => align(x, [[1], [1, 0]])).toThrow("align: targets[1][1] is 0, the blank, which stands for no label.");
		expect(() => align(x, [[1]])).toThrow("align: targets must have one list for each of the 2 rows, got 1.");
		expect(() => align(x, [[1], 7 as never])).toThrow("align: targets[1] must be a list of ids, got 7.");
	});
});
