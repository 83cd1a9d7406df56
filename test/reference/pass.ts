import { endTerms, penalty, penaltyGradient, type Terms } from "./activationRegularization.ts";
import { type CellPass, type NamedValues, runCell, valuesOf } from "./cells.ts";
import { denseBackward, denseForward } from "./dense.ts";
import { dropoutMask, dropped, embeddingMask, weightMask } from "./dropout.ts";
import { embeddingBackward, embeddingForward } from "./embedding.ts";
import { asGradients } from "./gradients.ts";
import { layerNormBackward, layerNormForward } from "./layerNorm.ts";
import { type CellLayer, type Inner, isCell, type Layer } from "./layers.ts";
import { add, addTo, at, concat, type Matrix, map, matrix, mul, row, rowsOf, stack, type Vector } from "./matrix.ts";

/** What a layer gives for one row. */
export interface Flow {
	/** [T, size] */
	readonly output: Matrix;
	/** Which of its features come from a backward direction, whose last step is step 0. */
	readonly reversed: readonly boolean[];
	/** Every feature at its own last step: what lastStep takes. */
	readonly ends: Vector;
}

/** The gradients of both. */
export interface FlowGradient {
	readonly output: Matrix;
	readonly ends: Vector;
}

/** A layer's pass over one row, and the way back: takes the gradients of what it gives, adds to the parameters' gradients and
 * returns those of its input. */
export interface LayerPass extends Flow {
	backward(dy: FlowGradient, gradients: NamedValues): FlowGradient;
}

/** Features whose ends are rows of the output. */
export function flowOf(output: Matrix, reversed: readonly boolean[] = new Array(output.columns).fill(false)): Flow {
	const ends = Float64Array.from(reversed, (isReversed, j) => at(row(output, isReversed ? 0 : output.rows - 1), j));
	return { output, reversed, ends };
}

/** A gradient that comes back to all steps, and to no end besides. */
export function everyStep(output: Matrix): FlowGradient {
	return { output, ends: new Float64Array(output.columns) };
}

/** A pass whose ends are rows of the output: the gradient of the ends adds to that of the rows. */
function passOf(
	output: Matrix,
	backward: (dy: Matrix, gradients: NamedValues) => Matrix,
	reversed?: readonly boolean[],
): LayerPass {
	const flow = flowOf(output, reversed);
	return {
		...flow,
		backward({ output: dy, ends }, gradients) {
			const whole = matrix(dy.rows, dy.columns, dy.values.slice());
			for (const [j, isReversed] of flow.reversed.entries()) {
				const last = row(whole, isReversed ? 0 : dy.rows - 1);
				last[j] = at(last, j) + at(ends, j);
			}
			return everyStep(backward(whole, gradients));
		},
	};
}

/** Runs an embedding over one row of ids. */
export function runEmbedding(
	{ vocabSize, embeddingSize, dropout }: Layer & { type: "embedding" },
	parameters: NamedValues,
	prefix: string,
	ids: readonly number[],
	{ drawing }: Context = {},
): LayerPass {
	const W = (values: NamedValues) => matrix(vocabSize, embeddingSize, valuesOf(values, `${prefix}weight`));
	const mask = drawing && dropout ? embeddingMask({ ...drawing, site: drawing.site++ }, vocabSize, dropout) : undefined;
	const drop = (x: Matrix) => (mask ? stack(rowsOf(x).map((xt, t) => map(xt, (v) => v * at(mask, at(ids, t))))) : x);
	return passOf(drop(embeddingForward(W(parameters), ids)), (dy, gradients) => {
		embeddingBackward(ids, drop(dy), W(gradients));
		return dy;
	});
}

/** How a layer runs. */
export interface Context {
	/** Of a cell: from the last step to the first. */
	readonly reverse?: boolean;
	/** What the means of penalties on activations are over, and the penalties of the row so far; there are none without it. */
	readonly penalized?: { terms: Terms; sum: number } | undefined;
	/** What decides what is dropped; nothing is without it. Each dropout takes the next site. */
	readonly drawing?: { readonly seed: number; readonly update: number; readonly row: number; site: number } | undefined;
}

/** Runs a layer that takes values. `prefix` is what its parameters' names begin with. */
export function runLayer(
	layer: Exclude<Layer, { type: "embedding" }>,
	parameters: NamedValues,
	prefix: string,
	x: Flow,
	context: Context = {},
): LayerPass {
	const { reverse = false } = context;
	if (isCell(layer)) return cellPass(runDropping(layer, parameters, prefix, x.output, context), reverse);
	switch (layer.type) {
		case "bidirectional": {
			const [forward, backward] = (["forward", "backward"] as const).map((direction) => {
				const reverse = direction === "backward";
				// Both take the sites of one count.
				const inner = { reverse, drawing: context.drawing };
				return cellPass(runDropping(layer.layer, parameters, `${prefix}${direction}.`, x.output, inner), reverse);
			}) as [LayerPass, LayerPass];
			if (layer.merge === undefined) return beside(forward, backward);
			return mean(forward, backward, layer.merge === "sum" ? 1 : 0.5);
		}
		case "lastStep":
			return runLastStep(x, context);
		case "residual":
			return runResidual(layer.layers, parameters, prefix, x, context);
		case "dropout":
			return runDropout(layer, x, context);
		case "activationRegularization":
			return runPenalty(layer, x, context);
		case "layerNorm":
			return runLayerNorm(parameters, prefix, x);
		case "dense":
			return runDense(layer, parameters, prefix, x);
	}
}

/** Runs a cell with what is left of its weights of the state before. */
function runDropping(
	cell: CellLayer,
	parameters: NamedValues,
	prefix: string,
	x: Matrix,
	{ reverse = false, drawing }: Context,
): CellPass {
	if (!cell.weightDropout || !drawing) return runCell(cell, parameters, prefix, x, reverse);
	const name = `${prefix}weight_hh`;
	const weights = valuesOf(parameters, name);
	const mask = weightMask({ ...drawing, site: drawing.site++ }, weights.length, cell.weightDropout);
	const { output, backward } = runCell(cell, new Map([...parameters, [name, mul(weights, mask)]]), prefix, x, reverse);
	return {
		output,
		backward(dy, gradients) {
			const sum = new Float64Array(weights.length);
			const dx = backward(dy, new Map([...gradients, [name, sum]]));
			addTo(valuesOf(gradients, name), mul(sum, mask));
			return dx;
		},
	};
}

function cellPass({ output, backward }: CellPass, reverse: boolean): LayerPass {
	return passOf(output, backward, new Array(output.columns).fill(reverse));
}

/** Two directions over one input: y[t] = [forward[t] | backward[t]]. */
function beside(forward: LayerPass, backward: LayerPass): LayerPass {
	const H = forward.output.columns;
	const right = rowsOf(backward.output);
	return {
		output: stack(rowsOf(forward.output).map((half, t) => concat(half, at(right, t)))),
		reversed: [...forward.reversed, ...backward.reversed],
		ends: concat(forward.ends, backward.ends),
		backward: (dy, gradients) => {
			const half = (from: number): FlowGradient => ({
				output: stack(rowsOf(dy.output).map((dyt) => dyt.slice(from, from + H))),
				ends: dy.ends.slice(from, from + H),
			});
			return addFlows(forward.backward(half(0), gradients), backward.backward(half(H), gradients));
		},
	};
}

/** y = scale·(forward + backward), whose ends are the sum of theirs. */
function mean(forward: LayerPass, backward: LayerPass, scale: number): LayerPass {
	const both = scaleFlow(addFlows(forward, backward), scale);
	return {
		...both,
		reversed: forward.reversed,
		backward: (dy, gradients) => {
			const share = scaleFlow(dy, scale);
			return addFlows(forward.backward(share, gradients), backward.backward(share, gradients));
		},
	};
}

function scaleFlow({ output, ends }: FlowGradient, scale: number): FlowGradient {
	const times = (v: Vector) => map(v, (value) => scale * value);
	return { output: matrix(output.rows, output.columns, times(output.values)), ends: times(ends) };
}

export function addFlows(a: FlowGradient, b: FlowGradient): FlowGradient {
	const { rows, columns, values } = a.output;
	return { output: matrix(rows, columns, add(values, b.output.values)), ends: add(a.ends, b.ends) };
}

/** y [1, size] = x at each feature's own last step. */
function runLastStep({ output: x, reversed, ends }: Flow, { penalized }: Context): LayerPass {
	if (penalized) penalized.terms = endTerms(penalized.terms);
	return {
		...{ output: stack([ends]), reversed, ends },
		backward: (dy) => ({ output: matrix(x.rows, x.columns), ends: add(row(dy.output, 0), dy.ends) }),
	};
}

/** y = x + layers(x), whose ends are the sum of theirs. */
function runResidual(
	layers: readonly Inner[],
	parameters: NamedValues,
	prefix: string,
	x: Flow,
	context: Context,
): LayerPass {
	const passes: LayerPass[] = [];
	for (const [index, layer] of layers.entries())
		passes.push(runLayer(layer, parameters, `${prefix}${index}.`, passes.at(-1) ?? x, context));
	const y = passes.at(-1) as LayerPass;
	return {
		...addFlows(x, y),
		reversed: x.reversed.join() === y.reversed.join() ? x.reversed : x.reversed.map(() => false),
		backward: (dy, gradients) =>
			addFlows(
				dy,
				passes.reduceRight((dx, pass) => pass.backward(dx, gradients), dy),
			),
	};
}

function runDropout(
	layer: Layer & { type: "dropout" },
	{ output: x, reversed }: Flow,
	{ drawing }: Context,
): LayerPass {
	if (drawing === undefined) return passOf(x, (dy) => dy, reversed);
	const mask = dropoutMask({ ...drawing, site: drawing.site++ }, x, layer);
	return passOf(dropped(x, mask), (dy) => dropped(dy, mask), reversed);
}

/** y = x, with the gradient of a penalty on it. */
function runPenalty(layer: Layer & { type: "activationRegularization" }, x: Flow, { penalized }: Context): LayerPass {
	if (penalized === undefined) return { ...x, backward: (dy) => dy };
	const { terms } = penalized;
	penalized.sum += penalty(x.output, layer, terms);
	return { ...x, backward: (dy) => addFlows(dy, everyStep(penaltyGradient(x.output, layer, terms))) };
}

function runLayerNorm(parameters: NamedValues, prefix: string, { output: x, reversed }: Flow): LayerPass {
	const tensors = (values: NamedValues) => ({
		weight: valuesOf(values, `${prefix}weight`),
		bias: valuesOf(values, `${prefix}bias`),
	});
	return passOf(
		layerNormForward(tensors(parameters), x),
		(dy, gradients) => layerNormBackward(tensors(parameters), x, dy, asGradients(tensors(gradients))),
		reversed,
	);
}

function runDense(
	{ outputSize, tied }: Layer & { type: "dense" },
	parameters: NamedValues,
	prefix: string,
	{ output: x }: Flow,
): LayerPass {
	const tensors = (values: NamedValues) => ({
		W: matrix(outputSize, x.columns, valuesOf(values, tied ? "0.weight" : `${prefix}weight`)),
		b: valuesOf(values, `${prefix}bias`),
	});
	return passOf(denseForward(tensors(parameters), x), (dy, gradients) =>
		denseBackward(tensors(parameters), x, dy, asGradients(tensors(gradients))),
	);
}
