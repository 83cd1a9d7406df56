// Runs a cell's kernels over a batch as its layer does.

import { concat } from "../reference/matrix.ts";
import {
	type CellBatch,
	type CellName,
	type CellResult,
	type ParameterGradients,
	parameterNames,
} from "./cells/batch.ts";
import { indRnn, minimal } from "./cells/elementwise.ts";
import { gru } from "./cells/gru.ts";
import { isNormed, isStabilised, layouts } from "./cells/layout.ts";
import { lstm, lstmVariant } from "./cells/lstm.ts";
import { arrive, type Family, lastOf, place, placesOf, stateOf } from "./cells/place.ts";
import { rnn } from "./cells/rnn.ts";
import { initialOf, sLstm } from "./cells/sLstm.ts";
import { range } from "./compare.ts";
import type { Engine, Region } from "./harness.ts";

export * from "./cells/batch.ts";
export { isStabilised } from "./cells/layout.ts";
export { textbook } from "./cells/textbook.ts";

function familyOf(cell: CellName): Family {
	if (isStabilised(cell)) return sLstm;
	if (cell.startsWith("rnn")) return rnn;
	if (cell.startsWith("indRnn")) return indRnn;
	if (cell.startsWith("min")) return minimal;
	if (cell.startsWith("gru")) return gru;
	return cell === "lstm" ? lstm : lstmVariant;
}

/** The kernels, forward and backward. */
export function runCell(engine: Engine, batch: CellBatch): CellResult {
	const placed = place(engine, batch);
	const { descriptor, P, blocks, gates, h, c, n, m } = placed;
	const { packing } = descriptor;
	const dz = batch.apart || isNormed(batch.cell) ? engine.floats("dz", gates.length) : gates;
	const { H } = batch;
	const { order } = layouts[batch.cell];
	const places = placesOf(descriptor);
	const initialWords = (region: Region | undefined) => region?.i32.slice(0, packing.batchSize * P).join();
	const initial = [h, c, n, m].map(initialWords);
	const family = familyOf(batch.cell);
	family.forward(engine, placed);
	const arrived = arrive(engine, placed);
	family.backward(engine, placed, arrived, dz);
	if ([h, c, n, m].map(initialWords).join("|") !== initial.join("|"))
		throw new Error(`${batch.cell} changed its initial states`);

	const vector = (region: Region, from: number) => region.f32.subarray(from, from + H);
	const rows = batch.rows.map((given, index) => {
		const steps = range(0, given.x.rows - 1);
		const state = (region: Region | undefined, t = lastOf(batch, given)) => stateOf(placed, region, index, t);
		const initialGradient = (region: Region) => concat(vector(region, places.rank(index) * P));
		const gradients = {
			dc0: c ? initialGradient(arrived.dc) : [],
			dn0: n ? initialGradient(arrived.dn) : [],
			dm0: m ? initialGradient(arrived.dm) : [],
		};
		return {
			h: concat(...steps.map((t) => state(h, t))),
			hFinal: state(h),
			dx: concat(
				...steps.flatMap((t) => order.map((block) => vector(dz, (places.step(index, t) * blocks + block) * P))),
			),
			dh0: initialGradient(arrived.dh),
			...(isStabilised(batch.cell)
				? initialOf(given, { c: state(c), n: state(n), m: state(m) }, gradients)
				: { ...gradients, cFinal: state(c), nFinal: [] }),
		};
	});
	const none = Object.fromEntries(parameterNames.map((name) => [name, []])) as unknown as ParameterGradients;
	return { rows, ...none, ...family.gradients(engine, placed, dz) };
}
