// Are peepholes, coupled gates, hard sigmoids and both resets what ONNX Runtime computes?

import { describe, expect, it } from "vitest";
import { bidirectional, Model } from "../../src/index.ts";
import { engines } from "../engines.ts";
import { onnxCases } from "../fixtures/fixtures.ts";
import { cellOf } from "../models.ts";

/** Outputs and states lie between -1 and 1, but for cells, which are not much larger; both sides are float32. */
const TOLERANCE = 2e-6;

function expectClose(actual: ArrayLike<number> | undefined, expected: readonly number[], what: string): void {
	expect(actual?.length, what).toBe(expected.length);
	const errors = expected.map((value, j) => Math.abs((actual?.[j] ?? Number.NaN) - value));
	expect(Math.max(...errors), what).toBeLessThan(TOLERANCE);
}

const named = (values: Readonly<Record<string, readonly (readonly number[])[]>>) =>
	new Map(Object.entries(values).map(([name, rows]) => [`0.${name}`, Float32Array.from(rows.flat())]));

describe.each(engines)("%s", (engine) => {
	it.each(onnxCases())("$name", async ({ layer, both, parameters, inputs, initialState, outputs, finalState }) => {
		const cell = cellOf(layer, { inputSize: 3 });
		const model = (await Model.create([both ? bidirectional(cell) : cell], { engine })) as Model<"values">;
		expect([...model.parameters.keys()].sort()).toEqual(
			Object.keys(parameters)
				.map((name) => `0.${name}`)
				.sort(),
		);
		for (const [name, values] of Object.entries(parameters)) model.parameters.get(`0.${name}`)?.write(values);
		const predicted = model.predict({ inputs, ...(initialState && { initialState: named(initialState) }) });
		const [, steps, width] = predicted.shape as [number, number, number];
		for (const [row, expected] of outputs.entries()) {
			const begin = row * steps * width;
			expectClose(predicted.outputs.subarray(begin, begin + expected.length * width), expected.flat(), `row ${row}`);
		}
		for (const [name, values] of named(finalState)) expectClose(predicted.finalState.get(name), [...values], name);
	});
});

it("the fixtures hold every option, both directions, unequal lengths and initial states", () => {
	const cases = onnxCases();
	const text = JSON.stringify(cases.map(({ layer }) => layer));
	for (const word of ["peepholes", "coupledGates", "hardSigmoid", "after", "before"]) expect(text).toContain(word);
	expect(cases.some(({ both }) => both) && cases.some(({ initialState }) => initialState)).toBe(true);
	for (const { inputs } of cases) expect(new Set(inputs.map((steps) => steps.length)).size).toBeGreaterThan(2);
});
