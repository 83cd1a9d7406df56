// Is the textbook's Omega right? Its gradient against central differences in which all but the weights is constant, its
// constants against the gradient of the loss, and its value where that can be told by hand.

import { describe, expect, it } from "vitest";
import { centralDifferences, relativeError } from "./centralDifferences.ts";
import { zeroGradients } from "./gradients.ts";
import { addOuter, at, type Matrix, matrix } from "./matrix.ts";
import { omega, omegaGradient, omegaTerms } from "./omega.ts";
import { random, randomMatrix, randomVector } from "./random.ts";
import { type Activation, rnnBackward, rnnForward } from "./rnn.ts";

const TOLERANCE = 1e-6;
const [T, I, H] = [6, 3, 4];

function passOf(activation: Activation, reverse: boolean, seed: number) {
	const draw = random(seed);
	const p = { Wx: randomMatrix(draw, H, I), Wh: randomMatrix(draw, H, H), b: randomVector(draw, H) };
	const pass = rnnForward(p, randomMatrix(draw, T, I), randomVector(draw, H), { activation, reverse });
	return { p, pass, dh: randomMatrix(draw, T, H), dhFinal: randomVector(draw, H) };
}

describe.each(["tanh", "relu"] as const)("%s", (activation) => {
	describe.each([false, true])("reverse %s", (reverse) => {
		it("has the gradient of its differences, δ, h and slopes being held", () => {
			for (let seed = 1; seed <= 20; seed++) {
				const { p, pass, dh, dhFinal } = passOf(activation, reverse, seed);
				const terms = omegaTerms(p.Wh, pass, dh, { dhFinal, isGiven: seed % 2 === 0 });
				expect(terms.length).toBe(seed % 2 === 0 ? T : T - 1);
				const expected = centralDifferences(() => omega(p.Wh, terms), p.Wh.values, 1e-4);
				expect(relativeError(omegaGradient(p.Wh, terms).values, expected, 0.1)).toBeLessThan(TOLERANCE);
			}
		});

		it("takes for constant what the gradient of the loss is made of", () => {
			const { p, pass, dh, dhFinal } = passOf(activation, reverse, 3);
			const gradients = zeroGradients(p);
			rnnBackward(p, pass, dh, gradients, { dhFinal });
			const dWh = matrix(H, H);
			const order = reverse ? [...pass.steps] : [...pass.steps].reverse();
			for (const [index, { dz }] of omegaTerms(p.Wh, pass, dh, { dhFinal, isGiven: true }).entries())
				addOuter(dWh, dz, at(order, index).hPrev);
			expect(relativeError(dWh.values, gradients.dWh.values)).toBeLessThan(1e-12);
		});
	});
});

describe("of one unit", () => {
	/** A relu that stays open, whose weight is `w`: each step back multiplies by it. */
	function unit(w: number, above: readonly number[]) {
		const one = (value: number): Matrix => matrix(1, 1, [value]);
		const x = matrix(above.length, 1);
		const pass = rnnForward({ Wx: one(1), Wh: one(w), b: Float64Array.of(1) }, x, new Float64Array(1), {
			activation: "relu",
		});
		const Wh = one(w);
		const terms = omegaTerms(Wh, pass, matrix(above.length, 1, above), { isGiven: false });
		return { terms, value: omega(Wh, terms), slope: omegaGradient(Wh, terms).values[0] };
	}

	it("is (w - 1)², for any number of steps", () => {
		for (const T of [2, 3, 9]) {
			const { value, slope, terms } = unit(1.5, [...new Array(T - 1).fill(0), 2]);
			expect(terms.length).toBe(T - 1);
			expect(value).toBeCloseTo(0.25, 12);
			expect(slope).toBeCloseTo(1, 12);
		}
	});

	it("pulls towards 1 from both sides, and not at all there", () => {
		expect(unit(0.25, [0, 0, 1]).slope).toBeCloseTo(-1.5, 12);
		expect(unit(3, [0, 0, 1]).slope).toBeCloseTo(4, 12);
		expect(unit(1, [0, 0, 1]).slope).toBe(0);
	});

	it("has no term at the only step, nor where the gradient has vanished or never was", () => {
		expect(unit(0.5, [3])).toEqual({ terms: [], value: 0, slope: 0 });
		expect(unit(0.5, [0, 0, 0])).toEqual({ terms: [], value: 0, slope: 0 });
		expect(unit(1e-8, [0, 0, 0, 0, 0, 1]).terms.length).toBe(3);
	});
});
