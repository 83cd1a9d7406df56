import { denseBackward, denseForward } from "./dense.ts";
import { asGradients } from "./gradients.ts";
import { lastStepBackward, lastStepForward } from "./lastStep.ts";
import { meanSquaredError } from "./losses.ts";
import { add, at, concat, type Matrix, matrix, rowsOf, stack, type Vector } from "./matrix.ts";
import { type OmegaTerm, omegaGradient, omegaTerms } from "./omega.ts";
import { type Activation, type RnnParameters, type RnnPass, rnnBackward, rnnForward } from "./rnn.ts";

/** A network of simple recurrent layers, one or both ways, and a dense one, with the mean squared error. */
export interface RnnStack {
	readonly cells: readonly { readonly activation: Activation; readonly hiddenSize: number; readonly both: boolean }[];
	/** Whether only each row's last step counts. */
	readonly last: boolean;
}

type Values = ReadonlyMap<string, Vector>;

interface Walked {
	readonly prefix: string;
	readonly p: RnnParameters;
	readonly pass: RnnPass;
}

/** The loss of rows, its gradients, and with them Omega's times `weight`. `states` are the initial ones, by name and row; without them
 * rows begin with zeros, and the first step of each has no term. */
export function rnnStackGradients(
	{ cells, last }: RnnStack,
	values: Values,
	{ inputs, targets }: { readonly inputs: readonly Matrix[]; readonly targets: readonly number[] },
	weight: number,
	states?: ReadonlyMap<string, readonly Vector[]>,
): { readonly loss: number; readonly gradients: ReadonlyMap<string, Vector> } {
	const gradients = new Map(Array.from(values, ([name, own]) => [name, new Float64Array(own.length)]));
	const terms = new Map<string, OmegaTerm[]>();
	const passes = inputs.map((x, row) => forward(cells, values, x, (name) => states?.get(name)?.[row]));
	const behind = cells.at(-1)?.both ? (cells.at(-1)?.hiddenSize ?? 0) : 0;
	const features = passes.map(({ y }) => (last ? lastStepForward(y, behind) : y));
	const denseOf = (from: Values) => {
		const [W, b] = [valuesAt(from, `${cells.length + +last}.weight`), valuesAt(from, `${cells.length + +last}.bias`)];
		return { W: matrix(b.length, W.length / b.length, W), b };
	};
	const outputs = features.map((x) => denseForward(denseOf(values), x));
	const { loss, dOutputs } = meanSquaredError(stack(outputs.flatMap(rowsOf)), targets);
	let n = 0;
	for (const [row, { walked, y }] of passes.entries()) {
		const { rows } = at(outputs, row);
		const dOutput = stack(rowsOf(dOutputs).slice(n, n + rows));
		n += rows;
		const dx = denseBackward(denseOf(values), at(features, row), dOutput, asGradients(denseOf(gradients)));
		let dy = last ? lastStepBackward(y.rows, dx, behind) : dx;
		for (const ways of [...walked].reverse()) dy = backward(ways, dy, gradients, terms, states !== undefined);
	}
	for (const [prefix, all] of terms) {
		const own = valuesAt(gradients, `${prefix}weight_hh`);
		const H = Math.sqrt(own.length);
		const dOmega = omegaGradient(matrix(H, H, valuesAt(values, `${prefix}weight_hh`)), all);
		own.set(own.map((value, j) => value + weight * at(dOmega.values, j)));
	}
	return { loss, gradients };
}

function valuesAt(values: Values, name: string): Vector {
	const found = values.get(name);
	if (found === undefined) throw new RangeError(`no parameter ${name}`);
	return found;
}

function tensors(values: Values, prefix: string): RnnParameters {
	const b = valuesAt(values, `${prefix}bias`);
	const Wx = valuesAt(values, `${prefix}weight_ih`);
	const [H, I] = [b.length, Wx.length / b.length];
	return { Wx: matrix(H, I, Wx), Wh: matrix(H, H, valuesAt(values, `${prefix}weight_hh`)), b };
}

/** One row through all recurrent layers: of each, its walks. */
function forward(
	cells: RnnStack["cells"],
	values: Values,
	x: Matrix,
	stateOf: (name: string) => Vector | undefined,
): { readonly walked: readonly (readonly Walked[])[]; readonly y: Matrix } {
	let y = x;
	const walked = cells.map(({ activation, hiddenSize, both }, index) => {
		const ways = (both ? ["forward.", "backward."] : [""]).map((way): Walked => {
			const prefix = `${index}.${way}`;
			const p = tensors(values, prefix);
			const h0 = stateOf(`${prefix}h`) ?? new Float64Array(hiddenSize);
			return { prefix, p, pass: rnnForward(p, y, h0, { activation, reverse: way === "backward." }) };
		});
		y = stack(rowsOf(y).map((_, t) => concat(...ways.map(({ pass }) => rowsOf(pass.h)[t] as Vector))));
		return ways;
	});
	return { walked, y };
}

/** One row back through a layer: adds to the gradients and the terms, and gives the gradient of the layer's input. */
function backward(
	ways: readonly Walked[],
	dy: Matrix,
	gradients: Values,
	terms: Map<string, OmegaTerm[]>,
	isGiven: boolean,
): Matrix {
	const parts = ways.map(({ prefix, p, pass }, index) => {
		const H = p.Wh.rows;
		const dh = stack(rowsOf(dy).map((row) => row.slice(index * H, (index + 1) * H)));
		terms.set(prefix, [...(terms.get(prefix) ?? []), ...omegaTerms(p.Wh, pass, dh, { isGiven })]);
		return rnnBackward(p, pass, dh, asGradients(tensors(gradients, prefix))).dx;
	});
	const { rows, columns } = at(parts, 0);
	return matrix(
		rows,
		columns,
		parts.map(({ values }) => values).reduce((sum, values) => add(sum, values)),
	);
}
