import { termsOf } from "./activationRegularization.ts";
import type { NamedValues } from "./cells.ts";
import type { Layer } from "./layers.ts";
import { crossEntropy, type LossName, meanSquaredError } from "./losses.ts";
import { type Matrix, matrix, rowsOf, stack } from "./matrix.ts";
import { type Context, everyStep, flowOf, type LayerPass, runEmbedding, runLayer } from "./pass.ts";

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
	/** On activations: their gradients join those of the loss. */
	readonly penalty: number;
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

/** Loss and gradients of a ragged batch, row by row: the loss is a mean over all rows' live steps.
 * @param drawing What dropout layers drop in training; without it nothing. */
export function modelGradients(
	layers: readonly Layer[],
	parameters: NamedValues,
	batch: RaggedBatch,
	lossName: LossName,
	drawing?: { readonly seed: number; readonly update: number },
): ModelGradients {
	const lossOf = lossName === "crossEntropy" ? crossEntropy : meanSquaredError;
	const lengths = batch.inputs.map(({ length }) => length);
	const passes = batch.inputs.map((x, row) =>
		runRow(layers, parameters, x, {
			penalized: { terms: termsOf(lengths), sum: 0 },
			drawing: drawing && { ...drawing, row, site: 0 },
		}),
	);
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
	const penalty = passes.reduce((sum, pass) => sum + pass.penalty, 0);
	return { outputs, loss, penalty, gradients, dInputs };
}

function flatten(nested: RaggedTargets): number[] {
	return (nested as readonly unknown[]).flat(2) as number[];
}

/** A row's output, and the way back to its input. */
interface RowPass {
	readonly output: Matrix;
	readonly penalty: number;
	backward(dOutput: Matrix, gradients: NamedValues): Matrix;
}

function runRow(
	layers: readonly Layer[],
	parameters: NamedValues,
	input: readonly (number | readonly number[])[],
	context: Context = {},
): RowPass {
	const passes: LayerPass[] = [];
	let x = flowOf(matrix(1, 0));
	layers.forEach((layer, index) => {
		if (index === 0 && layer.type !== "embedding") x = flowOf(stack(input as readonly (readonly number[])[]));
		const pass =
			layer.type === "embedding"
				? runEmbedding(layer, parameters, `${index}.`, input as readonly number[], context)
				: runLayer(layer, parameters, `${index}.`, x, context);
		passes.push(pass);
		x = pass;
	});
	return {
		output: x.output,
		penalty: context.penalized?.sum ?? 0,
		backward: (dOutput, gradients) =>
			passes.reduceRight((dx, pass) => pass.backward(dx, gradients), everyStep(dOutput)).output,
	};
}
