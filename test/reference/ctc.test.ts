// Is the textbook's CTC the sum over all paths, and its gradient that of its loss?
import { describe, expect, it } from "vitest";
import { centralDifferences, relativeError } from "./centralDifferences.ts";
import { ctc, labellings } from "./ctc.ts";
import { random, randomMatrix } from "./random.ts";

const cases = [
	{ T: 1, C: 2, labels: [] },
	{ T: 1, C: 3, labels: [2] },
	{ T: 4, C: 3, labels: [1, 1] },
	{ T: 5, C: 3, labels: [1, 2, 1] },
	{ T: 5, C: 3, labels: [2, 2, 1] },
	{ T: 6, C: 3, labels: [1] },
	{ T: 6, C: 2, labels: [1, 1, 1] },
	{ T: 5, C: 4, labels: [0, 3, 1], blank: 2 },
];

describe.each(cases)("$labels in $T steps of $C", ({ T, C, labels, blank = 0 }) => {
	const x = randomMatrix(random(T * 10 + C), T, C);

	it("has the probability of all its paths", () => {
		const { loss } = ctc(x, labels, blank);
		expect(Math.exp(-loss)).toBeCloseTo(labellings(x, blank).get(labels.join()) ?? 0, 12);
	});

	it("has the gradient of its loss, whose rows sum to 0", () => {
		const { dx } = ctc(x, labels, blank);
		const expected = centralDifferences(() => ctc(x, labels, blank).loss, x.values);
		if (C > 1 && T > 1) expect(relativeError(dx.values, expected, 1e-7)).toBeLessThan(1e-7);
		for (let t = 0; t < T; t++)
			expect(dx.values.slice(t * C, t * C + C).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
	});
});

it("labels that do not fit have no probability", () => {
	expect(ctc(randomMatrix(random(1), 3, 3), [1, 1, 2]).loss).toBe(Infinity);
});
