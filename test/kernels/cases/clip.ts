// Gradients of one parameter clipped by the engine, compared with float64.

import { clipAdaptively, clipByParameterNorm } from "../../reference/clip.ts";
import { at } from "../../reference/matrix.ts";
import { expectClose, expectSame, randomFloats } from "../compare.ts";
import type { Engine } from "../harness.ts";

export interface Units {
	/** Rows of a matrix. */
	readonly units: number;
	/** Values of a row. */
	readonly size: number;
}

/** Of some units: gradients that are as large as the weights, much smaller, and zero; weights of zero. */
const GRADIENTS = [1, 0.001, 1, 0, 300];
const WEIGHTS = [1, 1, 0, 1, 1, 1e-5];

const scaled = (values: Float64Array, size: number, scales: readonly number[]) =>
	values.map((value, index) => Math.fround(value * at(scales, Math.floor(index / size) % scales.length)));

export function runAdaptive(engine: Engine, units: Units, weights: Float64Array, gradient: Float64Array, most: number) {
	const p = engine.floats("p", weights);
	const g = engine.floats("g", gradient);
	engine.call("clipAdaptive", { p, g, ...units, most });
	return g.f32;
}

export function checkAdaptive(engine: Engine, units: Units, most = 0.25): void {
	const { size } = units;
	const count = units.units * size;
	const floats = randomFloats(count);
	const weights = scaled(floats(count), size, WEIGHTS);
	const gradient = scaled(floats(count), size, GRADIENTS);
	const actual = runAdaptive(engine, units, weights, gradient, most);
	const expected = gradient.slice();
	clipAdaptively(expected, weights, size, most);
	for (let unit = 0; unit < count; unit += size) {
		const [own, wanted, before] = [actual, expected, gradient].map((all) => all.subarray(unit, unit + size));
		const what = `unit ${unit / size} of [${units.units}, ${size}]`;
		if (before.every((value, index) => value === wanted[index])) expectSame(own, before, `${what}, left alone`);
		else expectClose(own, wanted, what);
	}
}

export function runParameterNorm(engine: Engine, gradient: ArrayLike<number>, most: number): Float32Array {
	const g = engine.floats("g", gradient);
	engine.call("clipParameterNorm", { g, size: gradient.length, most });
	return g.f32;
}

export function checkParameterNorm(engine: Engine, size: number, most: number): void {
	const gradient = randomFloats(size)(size);
	const actual = runParameterNorm(engine, gradient, most);
	const expected = gradient.slice();
	clipByParameterNorm([expected], most);
	const isLeft = expected.every((value, index) => value === gradient[index]);
	if (isLeft) expectSame(actual, gradient, `${size} values left alone`);
	else expectClose(actual, expected, `${size} values to a norm of ${most}`);
}
