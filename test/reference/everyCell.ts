import { type Gradients, zeroGradients } from "./gradients.ts";
import { gruBackward, gruForward } from "./gru.ts";
import { gruResetBeforeBackward, gruResetBeforeForward } from "./gruResetBefore.ts";
import { indRnnBackward, indRnnForward } from "./indRnn.ts";
import { lstmBackward, lstmForward } from "./lstm.ts";
import { type LstmVariant, lstmVariantBackward, lstmVariantForward } from "./lstmVariant.ts";
import { type Matrix, matrix, row, rowsOf, stack, type Vector } from "./matrix.ts";
import { minGruBackward, minGruForward } from "./minGru.ts";
import { minLstmBackward, minLstmForward } from "./minLstm.ts";
import { randomMatrix, randomVector } from "./random.ts";
import { type Activation, rnnBackward, rnnForward } from "./rnn.ts";
import { sLstmBackward, sLstmForward } from "./sLstm.ts";

/** Everything that goes into a cell; each takes what it knows. */
export interface CellTensors {
	readonly Wx: Matrix;
	readonly Wh: Matrix;
	/** Of an indRnn, in place of Wh. */
	readonly u: Vector;
	/** Peepholes of an lstm, [3H]; coupled it takes the first 2H. */
	readonly p: Vector;
	readonly b: Vector;
	readonly bn: Vector;
	/** Gains of layer norms: as b, as b, and of c [H]; and the shift of c. */
	readonly normX: Vector;
	readonly normH: Vector;
	readonly normC: Vector;
	readonly normCBias: Vector;
	readonly x: Matrix;
	readonly h0: Vector;
	readonly c0: Vector;
	/** Of an sLstm, positive. */
	readonly n0: Vector;
}

export interface FinalGradients {
	readonly dhFinal?: Vector;
	readonly dcFinal?: Vector;
	readonly dnFinal?: Vector;
}

export type CellGradients = Readonly<Record<string, Matrix | Vector>>;

export interface CellStates {
	/** [T, H], in time order. */
	readonly h: Matrix;
	readonly hFinal: Vector;
	readonly cFinal?: Vector;
	readonly nFinal?: Vector;
}

export interface CellRun extends CellStates {
	/** Every gradient, named `d` and what it belongs to. */
	backward(dh: Matrix, finals: FinalGradients): CellGradients;
}

export interface Cell {
	/** Rows of the weights, over H. */
	readonly gates: number;
	run(tensors: CellTensors, reverse: boolean): CellRun;
}

function runOf<P extends object, Pass extends CellStates>(
	p: P,
	pass: Pass,
	backward: (p: P, pass: Pass, dh: Matrix, gradients: Gradients<P>, finals: FinalGradients) => CellGradients,
): CellRun {
	const statesBackward = (dh: Matrix, finals: FinalGradients) => {
		const gradients = zeroGradients(p);
		const inputs = backward(p, pass, dh, gradients, finals);
		return { ...inputs, ...(gradients as CellGradients) };
	};
	return Object.assign({ backward: statesBackward }, pass);
}

function rnn(activation: Activation): Cell {
	return {
		gates: 1,
		run({ Wx, Wh, b, x, h0 }, reverse) {
			const p = { Wx, Wh, b };
			const pass = rnnForward(p, x, h0, { activation, reverse });
			return runOf(p, pass, rnnBackward);
		},
	};
}

function indRnn(activation: Activation): Cell {
	return {
		gates: 1,
		run({ Wx, u, b, x, h0 }, reverse) {
			const p = { Wx, u, b };
			const pass = indRnnForward(p, x, h0, { activation, reverse });
			return runOf(p, pass, indRnnBackward);
		},
	};
}

function lstmVariant(variant: LstmVariant, peepholes: boolean, norm = false): Cell {
	return {
		gates: variant.coupled ? 3 : 4,
		run({ Wx, Wh, p, b, x, h0, c0, normX, normH, normC, normCBias }, reverse) {
			const seen = p.slice(0, (variant.coupled ? 2 : 3) * Wh.columns);
			const norms = norm ? { normX, normH, normC, normCBias } : {};
			const parameters = { Wx, Wh, b, p: peepholes ? seen : seen.fill(0), ...norms };
			const pass = lstmVariantForward(parameters, x, h0, c0, { ...variant, reverse });
			const made = runOf(parameters, pass, (...given) => lstmVariantBackward(...given, variant));
			const backward = (dh: Matrix, finals: FinalGradients) => {
				const gradients = made.backward(dh, finals);
				// Of what is not used the gradient is zero.
				const dp = new Float64Array(p.length);
				if (peepholes) dp.set(gradients.dp as Vector);
				return { ...gradients, dp };
			};
			return { ...made, backward };
		},
	};
}

/** How many heads an sLstm of H units has here: as few as can be, but more than one. */
export function headsOf(H: number): number {
	for (let heads = 2; heads < H; heads++) if (H % heads === 0) return heads;
	return H;
}

/** The first columns of a matrix. */
export function firstColumns(A: Matrix, count: number): Matrix {
	return stack(rowsOf(A).map((values) => values.subarray(0, count)));
}

/** An sLstm; with several heads it takes the first H/heads columns of Wh. */
function sLstm(hasHeads: boolean): Cell {
	return {
		gates: 4,
		run({ Wx, Wh, b, x, h0, c0, n0 }, reverse) {
			const H = Wh.columns;
			const p = { Wx, Wh: firstColumns(Wh, hasHeads ? H / headsOf(H) : H), b };
			const made = runOf(p, sLstmForward(p, x, h0, c0, n0, { reverse }), sLstmBackward);
			const backward = (dh: Matrix, finals: FinalGradients) => {
				const gradients = made.backward(dh, finals);
				// Of what is not used the gradient is zero.
				const dWh = matrix(Wh.rows, H);
				for (const [r, values] of rowsOf(gradients.dWh as Matrix).entries()) row(dWh, r).set(values);
				return { ...gradients, dWh };
			};
			return { ...made, backward };
		},
	};
}

function gru(hard: boolean, norm = false): Cell {
	return {
		gates: 3,
		run({ Wx, Wh, b, bn, x, h0, normX, normH }, reverse) {
			const p = { Wx, Wh, b, bn, ...(norm && { normX, normH }) };
			return runOf(p, gruForward(p, x, h0, { reverse, hard }), gruBackward);
		},
	};
}

function gruResetBefore(hard: boolean, norm = false): Cell {
	return {
		gates: 3,
		run({ Wx, Wh, b, x, h0, normX, normH }, reverse) {
			const p = { Wx, Wh, b, ...(norm && { normX, normH }) };
			const pass = gruResetBeforeForward(p, x, h0, { reverse, hard });
			return runOf(p, pass, gruResetBeforeBackward);
		},
	};
}

/** The cells behind one face, so that a test can ask the same of all. */
export const everyCell = {
	"rnn tanh": rnn("tanh"),
	"rnn relu": rnn("relu"),
	lstm: {
		gates: 4,
		run({ Wx, Wh, b, x, h0, c0 }, reverse) {
			const p = { Wx, Wh, b };
			return runOf(p, lstmForward(p, x, h0, c0, { reverse }), lstmBackward);
		},
	},
	"lstm peepholes": lstmVariant({}, true),
	"lstm coupled": lstmVariant({ coupled: true }, false),
	"lstm hard": lstmVariant({ hard: true }, false),
	"lstm all": lstmVariant({ coupled: true, hard: true }, true),
	"lstm norm": lstmVariant({}, false, true),
	"lstm norm all": lstmVariant({ coupled: true, hard: true }, true, true),
	gru: gru(false),
	"gru hard": gru(true),
	"gru norm": gru(false, true),
	"gru reset-before": gruResetBefore(false),
	"gru reset-before hard": gruResetBefore(true),
	"gru reset-before norm hard": gruResetBefore(true, true),
	"indRnn relu": indRnn("relu"),
	"indRnn tanh": indRnn("tanh"),
	minGru: {
		gates: 2,
		run({ Wx, b, x, h0 }, reverse) {
			const p = { Wx, b };
			return runOf(p, minGruForward(p, x, h0, { reverse }), minGruBackward);
		},
	},
	minLstm: {
		gates: 3,
		run({ Wx, b, x, h0 }, reverse) {
			const p = { Wx, b };
			return runOf(p, minLstmForward(p, x, h0, { reverse }), minLstmBackward);
		},
	},
	sLstm: sLstm(false),
	"sLstm heads": sLstm(true),
} satisfies Record<string, Cell>;

export function randomTensors(draw: () => number, { gates }: Cell, T: number, I: number, H: number): CellTensors {
	return {
		Wx: randomMatrix(draw, gates * H, I),
		Wh: randomMatrix(draw, gates * H, H),
		u: randomVector(draw, H),
		p: randomVector(draw, 3 * H),
		b: randomVector(draw, gates * H),
		bn: randomVector(draw, H),
		normX: randomVector(draw, gates * H),
		normH: randomVector(draw, gates * H),
		normC: randomVector(draw, H),
		normCBias: randomVector(draw, H),
		x: randomMatrix(draw, T, I),
		h0: randomVector(draw, H),
		c0: randomVector(draw, H),
		n0: randomVector(draw, H).map((value) => Math.abs(value) + 0.2),
	};
}
