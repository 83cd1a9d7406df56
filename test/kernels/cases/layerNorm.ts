// Rows normalised by the engine, and the gradients, compared with float64.

import { type LayerNormParameters, layerNormBackward, layerNormForward } from "../../reference/layerNorm.ts";
import { type Matrix, matrix } from "../../reference/matrix.ts";
import { expectClose, expectSame, randomFloats, strided, unstrided } from "../compare.ts";
import type { Engine, Region } from "../harness.ts";

export interface LayerNormCase {
	readonly lengths: readonly number[];
	readonly size: number;
	/** Whether dx has the gradient of another reader. */
	readonly adds?: boolean;
	/** Added to every value: a mean far from 0. */
	readonly offset?: number;
}

interface Placed {
	readonly x: Matrix;
	readonly dy: Matrix;
	readonly parameters: LayerNormParameters;
	readonly stride: number;
	readonly stats: Region;
	readonly y: Region;
	/** Operands that the kernels share. */
	readonly shared: ReturnType<typeof sharedOperands>;
	readonly weight: Region;
}

/** Rows of whole vectors, with NaN past the size where a kernel reads them. */
function sharedOperands(engine: Engine, x: Matrix, size: number, lengths: readonly number[]) {
	const stride = Math.ceil(size / 4) * 4;
	const packing = engine.packing(lengths);
	return { packing, x: engine.floats("x", strided(x.values, size, stride)), ldx: 4 * stride, size };
}

/** Places a case and runs the way forward. */
function forward(engine: Engine, { lengths, size, offset = 0 }: LayerNormCase): Placed {
	const floats = randomFloats(size * 100 + lengths.length);
	const rows = lengths.reduce((sum, length) => sum + length, 0);
	const stride = Math.ceil(size / 4) * 4;
	const x = matrix(
		rows,
		size,
		floats(rows * size).map((value) => Math.fround(value + offset)),
	);
	const dy = matrix(rows, size, floats(rows * size));
	const parameters = { weight: floats(size), bias: floats(size) };
	const shared = sharedOperands(engine, x, size, lengths);
	const [weight, bias] = (["weight", "bias"] as const).map((name) =>
		engine.floats(name, strided(parameters[name], size, stride)),
	) as [Region, Region];
	const y = engine.floats("y", rows * stride);
	const stats = engine.floats("stats", 2 * rows);
	engine.call("layerNormForward", { ...shared, epsilon: 1e-5, weight, bias, y, ldy: 4 * stride, stats });
	return { x, dy, parameters, stride, stats, y, shared, weight };
}

function checkForward(engine: Engine, given: LayerNormCase): void {
	const { x, parameters, stride, y } = forward(engine, given);
	const { size } = given;
	const expected = layerNormForward(parameters, x).values;
	expectClose(unstrided(y.f32, size, stride), expected, `y of ${JSON.stringify(given)}`, 0.1);
	expectPadding(y, given, stride);
}

function expectPadding({ f32, name }: Region, { size }: LayerNormCase, stride: number): void {
	const padding = unstrided(f32, stride - size, stride, size);
	expectSame(padding, new Float32Array(padding.length), `what pads ${name}`);
}

function checkBackward(engine: Engine, given: LayerNormCase): void {
	const { size, adds = false } = given;
	const { x, dy, parameters, stride, stats, shared, weight } = forward(engine, given);
	const before = randomFloats(size)(x.values.length);
	const dx = engine.floats("dx", adds ? strided(before, size, stride) : x.rows * stride);
	const gradients = { dweight: new Float64Array(size), dbias: new Float64Array(size) };
	const share = layerNormBackward(parameters, x, dy, gradients).values;
	const dyRegion = engine.floats("dy", strided(dy.values, size, stride));
	engine.call("layerNormBackward", {
		...{ ...shared, dy: dyRegion, lddy: 4 * stride, stats, weight },
		...{ adds: +adds, dx, lddx: 4 * stride },
	});
	const expected = adds ? share.map((value, j) => value + (before[j] as number)) : share;
	// Of two features that are nearly equal almost all cancels, and what is left is multiplied by up to 316.
	expectClose(unstrided(dx.f32, size, stride), expected, `dx of ${JSON.stringify(given)}`, size <= 2 ? 5 : 1);
	expectPadding(dx, given, stride);
}

function checkGradient(engine: Engine, given: LayerNormCase): void {
	const { size } = given;
	const { x, dy, parameters, stride, stats, shared } = forward(engine, given);
	const floats = randomFloats(size);
	const gradients = { dweight: floats(size), dbias: floats(size) };
	const [dWeight, dBias] = [engine.floats("dWeight", gradients.dweight), engine.floats("dBias", gradients.dbias)];
	layerNormBackward(parameters, x, dy, gradients);
	const dyRegion = engine.floats("dy", strided(dy.values, size, stride));
	engine.call("layerNormGradient", { ...shared, dy: dyRegion, lddy: 4 * stride, stats, dWeight, dBias });
	expectClose(dWeight.f32, gradients.dweight, `dWeight of ${JSON.stringify(given)}`, 0.1);
	expectClose(dBias.f32, gradients.dbias, `dBias of ${JSON.stringify(given)}`, 0.1);
}

/** A check of each kernel of layerNorm. */
export const layerNorms = {
	layerNormForward: checkForward,
	layerNormBackward: checkBackward,
	layerNormGradient: checkGradient,
};
