// Are softmax and argmax what they are said to be, row by row, whatever the numbers?

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argmax, BpttError, softmax } from "../../src/index.ts";

const rows = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5 })).chain(([size, count]) => {
	const [minLength, maxLength] = [size * count, size * count];
	const output = fc.float({ min: -200, max: 200, noNaN: true });
	return fc.record({ size: fc.constant(size), outputs: fc.array(output, { minLength, maxLength }) });
});

describe("softmax", () => {
	it("is exp(y / temperature) over its sum in each row", () => {
		fc.assert(
			fc.property(rows, fc.constantFrom(0.5, 1, 3), ({ size, outputs }, temperature) => {
				const probabilities = softmax(Float32Array.from(outputs), size, temperature);
				for (let row = 0; row < outputs.length; row += size) {
					const scaled = outputs.slice(row, row + size).map((y) => Math.fround(y) / temperature);
					const most = Math.max(...scaled);
					const sum = scaled.reduce((all, y) => all + Math.exp(y - most), 0);
					scaled.forEach((y, j) => {
						expect(probabilities[row + j]).toBeCloseTo(Math.exp(y - most) / sum, 6);
					});
				}
			}),
		);
	});

	it("does not overflow, takes what is impossible, and one row where no size is given", () => {
		expect([...softmax([3e38, 0])]).toEqual([1, 0]);
		expect([...softmax([Math.log(3), 0, Number.NEGATIVE_INFINITY])].map((p) => +p.toFixed(6))).toEqual([0.75, 0.25, 0]);
		expect([...softmax([0, 0, 5, 5], 2)]).toEqual([0.5, 0.5, 0.5, 0.5]);
	});
});

describe("argmax", () => {
	it("is the first of the largest in each row", () => {
		expect([...argmax([1, 3, 3, -5, -7, -6], 3)]).toEqual([1, 0]);
		expect([...argmax(new Float32Array([0, 2, 1]))]).toEqual([1]);
		expect([...argmax([-Infinity, -Infinity], 2)]).toEqual([0]);
	});
});

it.each([
	["softmax: outputs[3] must be a number below Infinity, got NaN.", () => softmax([0, 0, 0, Number.NaN], 2)],
	["softmax: outputs[1] must be a number below Infinity, got Infinity.", () => softmax([0, Infinity])],
	[
		"softmax: outputs[2] and all others of its row are -Infinity. One must be finite.",
		() => softmax([0, 0, -Infinity, -Infinity], 2),
	],
	["softmax: outputs must hold rows of 5 numbers, got 12 in all.", () => softmax(new Float32Array(12), 5)],
	["softmax: outputs must hold a row, got none.", () => softmax([])],
	["softmax: outputs must be an array of numbers, got undefined.", () => softmax(undefined as never)],
	['softmax: "size" must be a positive integer, got 0.', () => softmax([1], 0)],
	['softmax: "temperature" must be a finite number above 0, got 0.', () => softmax([1], 1, 0)],
	["argmax: outputs[0] must be a number below Infinity, got NaN.", () => argmax([Number.NaN, 1])],
	["argmax: outputs must hold rows of 2 numbers, got 3 in all.", () => argmax([1, 2, 3], 2)],
])("%s", (message, call) => {
	try {
		call();
	} catch (error) {
		expect(error).toBeInstanceOf(BpttError);
		expect((error as Error).message).toBe(message);
		return;
	}
	expect.unreachable();
});
