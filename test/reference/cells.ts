import { asGradients } from "./gradients.ts";
import { gruBackward, gruForward } from "./gru.ts";
import { gruResetBeforeBackward, gruResetBeforeForward } from "./gruResetBefore.ts";
import { indRnnBackward, indRnnForward } from "./indRnn.ts";
import { type CellLayer, widthOf } from "./layers.ts";
import { lstmBackward, lstmForward } from "./lstm.ts";
import { lstmVariantBackward, lstmVariantForward } from "./lstmVariant.ts";
import { type Matrix, matrix, type Vector } from "./matrix.ts";
import { minGruBackward, minGruForward } from "./minGru.ts";
import { minLstmBackward, minLstmForward } from "./minLstm.ts";
import { rnnBackward, rnnForward } from "./rnn.ts";
import { sLstmBackward, sLstmForward } from "./sLstm.ts";

/** Flat values by name: the parameters of a model, or their gradients. */
export type NamedValues = ReadonlyMap<string, Vector>;

/** A cell's output for one row, and the way back: takes the output's gradient, adds to the parameters' gradients and
 * returns the input's gradient. */
export interface CellPass {
	readonly output: Matrix;
	backward(dOutput: Matrix, gradients: NamedValues): Matrix;
}

export function valuesOf(values: NamedValues, name: string): Vector {
	const found = values.get(name);
	if (found === undefined) throw new RangeError(`no parameter ${name}`);
	return found;
}

/** The tensors of a cell's input, as views of the named values. */
function inputTensors(values: NamedValues, prefix: string) {
	const Wx = valuesOf(values, `${prefix}weight_ih`);
	const b = valuesOf(values, `${prefix}bias`);
	return { Wx: matrix(b.length, Wx.length / b.length, Wx), b };
}

function tensors(values: NamedValues, prefix: string, H: number) {
	const input = inputTensors(values, prefix);
	return { ...input, Wh: matrix(input.Wx.rows, H, valuesOf(values, `${prefix}weight_hh`)) };
}

function tensorsWithU(values: NamedValues, prefix: string) {
	return { ...inputTensors(values, prefix), u: valuesOf(values, `${prefix}weight_hh`) };
}

function tensorsWithBn(values: NamedValues, prefix: string, H: number) {
	return {
		...tensors(values, prefix, H),
		bn: valuesOf(values, `${prefix}bias_hn`),
	};
}

/** The gains of layer norms, if a cell has them. */
function gains(values: NamedValues, prefix: string, cell: CellLayer) {
	if (!("layerNorm" in cell)) return {};
	return { normX: valuesOf(values, `${prefix}norm_ih`), normH: valuesOf(values, `${prefix}norm_hh`) };
}

type LstmLayer = CellLayer & { readonly type: "lstm" };

function lstmTensors(values: NamedValues, prefix: string, cell: LstmLayer) {
	const R = widthOf(cell);
	const p = tensors(values, prefix, R);
	return R === cell.hiddenSize ? p : { ...p, Wr: matrix(R, cell.hiddenSize, valuesOf(values, `${prefix}weight_hr`)) };
}

function isVariant(cell: LstmLayer): boolean {
	return ["peepholes", "coupledGates", "gateActivation", "layerNorm"].some((option) => option in cell);
}

function variantTensors(values: NamedValues, prefix: string, cell: LstmLayer) {
	const of = (name: string) => valuesOf(values, `${prefix}${name}`);
	const p = tensors(values, prefix, cell.hiddenSize);
	return {
		...p,
		p: cell.peepholes ? of("peephole") : new Float64Array(p.b.length - cell.hiddenSize),
		...gains(values, prefix, cell),
		...(cell.layerNorm && { normC: of("norm_c"), normCBias: of("norm_c_bias") }),
	};
}

/** Runs a cell over one row from zero states. `prefix` is what its parameters' names begin with. */
export function runCell(
	cell: CellLayer,
	parameters: NamedValues,
	prefix: string,
	x: Matrix,
	reverse: boolean,
): CellPass {
	const H = cell.hiddenSize;
	const zero = new Float64Array(H);
	if (cell.type === "rnn") {
		const p = tensors(parameters, prefix, H);
		const { activation } = cell;
		const pass = rnnForward(p, x, zero, { activation, reverse });
		return {
			output: pass.h,
			backward: (dh, gradients) => rnnBackward(p, pass, dh, asGradients(tensors(gradients, prefix, H))).dx,
		};
	}
	if (cell.type === "lstm" && isVariant(cell)) {
		const variant = { coupled: "coupledGates" in cell, hard: "gateActivation" in cell, reverse };
		const p = variantTensors(parameters, prefix, cell);
		const pass = lstmVariantForward(p, x, zero, zero, variant);
		return {
			output: pass.h,
			backward: (dh, gradients) => {
				const to = asGradients(variantTensors(gradients, prefix, cell));
				return lstmVariantBackward(p, pass, dh, to, {}, variant).dx;
			},
		};
	}
	if (cell.type === "lstm") {
		const p = lstmTensors(parameters, prefix, cell);
		const pass = lstmForward(p, x, new Float64Array(widthOf(cell)), zero, { reverse });
		return {
			output: pass.h,
			backward: (dh, gradients) => lstmBackward(p, pass, dh, asGradients(lstmTensors(gradients, prefix, cell))).dx,
		};
	}
	if (cell.type === "indRnn") {
		const p = tensorsWithU(parameters, prefix);
		const { activation } = cell;
		const pass = indRnnForward(p, x, zero, { activation, reverse });
		return {
			output: pass.h,
			backward: (dh, gradients) => indRnnBackward(p, pass, dh, asGradients(tensorsWithU(gradients, prefix))).dx,
		};
	}
	if (cell.type === "minGru") {
		const p = inputTensors(parameters, prefix);
		const pass = minGruForward(p, x, zero, { reverse });
		return {
			output: pass.h,
			backward: (dh, gradients) => minGruBackward(p, pass, dh, asGradients(inputTensors(gradients, prefix))).dx,
		};
	}
	if (cell.type === "minLstm") {
		const p = inputTensors(parameters, prefix);
		const pass = minLstmForward(p, x, zero, { reverse });
		return {
			output: pass.h,
			backward: (dh, gradients) => minLstmBackward(p, pass, dh, asGradients(inputTensors(gradients, prefix))).dx,
		};
	}
	if (cell.type === "sLstm") {
		const size = H / cell.heads;
		const p = tensors(parameters, prefix, size);
		const pass = sLstmForward(p, x, zero, zero, zero, { reverse });
		return {
			output: pass.h,
			backward: (dh, gradients) => sLstmBackward(p, pass, dh, asGradients(tensors(gradients, prefix, size))).dx,
		};
	}
	const hard = "gateActivation" in cell;
	if (cell.reset === "before") {
		const of = (values: NamedValues) => ({ ...tensors(values, prefix, H), ...gains(values, prefix, cell) });
		const p = of(parameters);
		const pass = gruResetBeforeForward(p, x, zero, { reverse, hard });
		return {
			output: pass.h,
			backward: (dh, gradients) => gruResetBeforeBackward(p, pass, dh, asGradients(of(gradients))).dx,
		};
	}
	const of = (values: NamedValues) => ({ ...tensorsWithBn(values, prefix, H), ...gains(values, prefix, cell) });
	const p = of(parameters);
	const pass = gruForward(p, x, zero, { reverse, hard });
	return {
		output: pass.h,
		backward: (dh, gradients) => gruBackward(p, pass, dh, asGradients(of(gradients))).dx,
	};
}
