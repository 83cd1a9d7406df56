// The textbook over the rows of a batch, one by one.

import { type CellRun, type CellTensors, everyCell, firstColumns } from "../../reference/everyCell.ts";
import { add, type Matrix, matrix, type Vector } from "../../reference/matrix.ts";
import { omegaGradient, omegaTerms } from "../../reference/omega.ts";
import { type Activation, rnnForward } from "../../reference/rnn.ts";
import type { CellBatch, CellResult } from "./batch.ts";
import { hasPeepholes, isStabilised, peepholesOf } from "./layout.ts";
import { arrivalsOf, asStabilised, asUnstabilised, headSize } from "./stabilised.ts";

/** The textbook: the input's weights are the identity, so that the gradient of x is that of the gates. */
export function textbook(batch: CellBatch): CellResult {
	const { cell, reverse, rows, Wh, bn, u, p, normX, normH, normC, normCBias } = batch;
	const identity = matrix(Wh.rows, Wh.rows);
	for (let j = 0; j < Wh.rows; j++) identity.values[j * Wh.rows + j] = 1;
	const b = new Float64Array(Wh.rows);
	const runs = rows.map((given) => {
		const { x, h0, c0, n0, dy, dhFinal, dcFinal } = given;
		const states = isStabilised(cell) ? asUnstabilised(given) : { c0, n0 };
		const norms = { normX, normH, normC, normCBias };
		const tensors: CellTensors = { Wx: identity, Wh, u, p, b, bn, x, h0, ...states, ...norms };
		const run: CellRun = everyCell[cell].run(tensors, reverse);
		const finals = isStabilised(cell) ? arrivalsOf(given, run.cFinal, run.nFinal) : { dcFinal };
		return { run, given: states, gradients: run.backward(dy, { dhFinal, ...finals }) };
	});
	const valuesOf = (tensor: Matrix | Vector | undefined): Vector =>
		tensor instanceof Float64Array ? tensor : (tensor?.values ?? new Float64Array());
	const sumOf = (name: string): Vector =>
		runs.map(({ gradients }) => valuesOf(gradients[name])).reduce((a, c) => add(a, c));
	const sum = sumOf("dWh");
	const dWh = isStabilised(cell) ? firstColumns(matrix(Wh.rows, batch.H, sum), headSize(batch)).values : sum;
	return {
		rows: runs.map(({ run, given, gradients }) => ({
			h: run.h.values,
			hFinal: run.hFinal,
			dx: valuesOf(gradients.dx),
			dh0: valuesOf(gradients.dh0),
			...(isStabilised(cell)
				? asStabilised(run, given, gradients)
				: { ...NO_MEMORY, cFinal: valuesOf(run.cFinal), dc0: valuesOf(gradients.dc0) }),
		})),
		dWh: batch.omega === undefined ? dWh : add(dWh, omegaOf(batch, batch.omega, identity, b)),
		du: sumOf("du"),
		dp: hasPeepholes(cell) ? sumOf("dp").slice(0, peepholesOf(cell).length * batch.H) : [],
		db: sumOf("db"),
		dbn: sumOf("dbn"),
		dnormX: sumOf("dnormX"),
		dnormH: sumOf("dnormH"),
		dnormC: sumOf("dnormC"),
		dnormCBias: sumOf("dnormCBias"),
	};
}

const NO_MEMORY = { nFinal: [], dn0: [], dm0: [] };

/** The textbook's gradient of Omega, times its weight. */
function omegaOf(
	{ cell, reverse, rows, Wh, stateful = true }: CellBatch,
	weight: number,
	Wx: Matrix,
	b: Vector,
): Vector {
	const activation = cell.slice("rnn ".length) as Activation;
	const terms = rows.flatMap(({ x, h0, dy, dhFinal }) => {
		const pass = rnnForward({ Wx, Wh, b }, x, h0, { activation, reverse });
		return omegaTerms(Wh, pass, dy, { dhFinal, isGiven: stateful });
	});
	return omegaGradient(Wh, terms).values.map((value) => weight * value);
}
