import { type LayerPass, type NamedValues, runCell, valuesOf } from "./cells.ts";
import { denseBackward, denseForward } from "./dense.ts";
import { embeddingBackward, embeddingForward } from "./embedding.ts";
import { asGradients } from "./gradients.ts";
import { lastStepBackward, lastStepForward } from "./lastStep.ts";
import { isCell, type Layer } from "./layers.ts";
import { crossEntropy, type LossName, meanSquaredError } from "./losses.ts";
import { add, at, concat, type Matrix, matrix, rowsOf, stack } from "./matrix.ts";

/** Ragged rows: ids `[batch][steps]`, or values `[batch][steps][features]`. */
export type RaggedInputs = readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];

/** Nested by row, step (unless the model ends in its last step) and, for values, output. */
export type RaggedTargets =
	| readonly number[]
	| readonly (readonly number[])[]
	| readonly (readonly (readonly number[])[])[];

/** Nested by row and, unless the model ends in its last step, step. */
export type RaggedWeights = readonly number[] | readonly (readonly number[])[];

export interface RaggedBatch {
	readonly inputs: RaggedInputs;
	readonly targets: RaggedTargets;
	readonly weights?: RaggedWeights | undefined;
}

export interface ModelGradients {
	/** Of each row, [steps, outputSize] or [1, outputSize]. */
	readonly outputs: readonly Matrix[];
	readonly loss: number;
	/** Of every parameter, in its order. */
	readonly gradients: ReadonlyMap<string, Float64Array>;
	/** Of each row's input: values, or embedded ids. */
	readonly dInputs: readonly Matrix[];
}

/** The outputs of each row, [steps, outputSize] or [1, outputSize]; parameters are flat, named as the package names
 * them. */
export function modelOutputs(layers: readonly Layer[], parameters: NamedValues, inputs: RaggedInputs): Matrix[] {
	return inputs.map((x) => runRow(layers, parameters, x).output);
}

/** Loss and gradients of a ragged batch, row by row: the loss is a mean over all rows' live steps. */
export function modelGradients(
	layers: readonly Layer[],
	parameters: NamedValues,
	batch: RaggedBatch,
	lossName: LossName,
): ModelGradients {
	const lossOf = lossName === "crossEntropy" ? crossEntropy : meanSquaredError;
	const passes = batch.inputs.map((x) => runRow(layers, parameters, x));
	const outputs = passes.map((pass) => pass.output);
	const { loss, dOutputs } = lossOf(
		stack(outputs.flatMap(rowsOf)),
		flatten(batch.targets),
		batch.weights && flatten(batch.weights),
	);
	const gradients = new Map(Array.from(parameters, ([name, values]) => [name, new Float64Array(values.length)]));
	let n = 0;
	const dInputs = passes.map((pass) => {
		const dOutput = stack(rowsOf(dOutputs).slice(n, n + pass.output.rows));
		n += pass.output.rows;
		return pass.backward(dOutput, gradients);
	});
	return { outputs, loss, gradients, dInputs };
}

function flatten(nested: RaggedTargets): number[] {
	return (nested as readonly unknown[]).flat(2) as number[];
}

function runRow(
	layers: readonly Layer[],
	parameters: NamedValues,
	input: readonly (number | readonly number[])[],
): LayerPass {
	const passes: LayerPass[] = [];
	let x = matrix(0, 0);
	layers.forEach((layer, index) => {
		if (index === 0 && layer.type !== "embedding") x = stack(input as readonly (readonly number[])[]);
		const pass =
			layer.type === "embedding"
				? runEmbedding(layer, parameters, index, input as readonly number[])
				: runLayer(layer, layers[index - 1], parameters, index, x);
		passes.push(pass);
		x = pass.output;
	});
	return {
		output: x,
		backward: (dOutput, gradients) => passes.reduceRight((dx, pass) => pass.backward(dx, gradients), dOutput),
	};
}

function runEmbedding(
	{ vocabSize, embeddingSize }: Layer & { type: "embedding" },
	parameters: NamedValues,
	index: number,
	ids: readonly number[],
): LayerPass {
	const W = (values: NamedValues) => matrix(vocabSize, embeddingSize, valuesOf(values, `${index}.weight`));
	return {
		output: embeddingForward(W(parameters), ids),
		backward: (dy, gradients) => {
			embeddingBackward(ids, dy, W(gradients));
			return dy;
		},
	};
}

function runLayer(
	layer: Exclude<Layer, { type: "embedding" }>,
	before: Layer | undefined,
	parameters: NamedValues,
	index: number,
	x: Matrix,
): LayerPass {
	if (isCell(layer)) return runCell(layer, parameters, `${index}.`, x, false);
	switch (layer.type) {
		case "bidirectional": {
			const forward = runCell(layer.layer, parameters, `${index}.forward.`, x, false);
			const backward = runCell(layer.layer, parameters, `${index}.backward.`, x, true);
			return beside(forward, backward);
		}
		case "lastStep": {
			const backwardSize = before?.type === "bidirectional" ? before.layer.hiddenSize : 0;
			return {
				output: lastStepForward(x, backwardSize),
				backward: (dy) => lastStepBackward(x.rows, dy, backwardSize),
			};
		}
		case "dense": {
			const tensors = (values: NamedValues) => ({
				W: matrix(layer.outputSize, x.columns, valuesOf(values, `${index}.weight`)),
				b: valuesOf(values, `${index}.bias`),
			});
			return {
				output: denseForward(tensors(parameters), x),
				backward: (dy, gradients) => denseBackward(tensors(parameters), x, dy, asGradients(tensors(gradients))),
			};
		}
	}
}

/** Two directions over one input: y[t] = [forward[t] | backward[t]]. */
function beside(forward: LayerPass, backward: LayerPass): LayerPass {
	const H = forward.output.columns;
	const left = rowsOf(forward.output);
	const right = rowsOf(backward.output);
	return {
		output: stack(left.map((half, t) => concat(half, at(right, t)))),
		backward: (dy, gradients) => {
			const half = (from: number) => stack(rowsOf(dy).map((dyt) => dyt.slice(from, from + H)));
			const dxForward = forward.backward(half(0), gradients);
			const dxBackward = backward.backward(half(H), gradients);
			return matrix(dxForward.rows, dxForward.columns, add(dxForward.values, dxBackward.values));
		},
	};
}
