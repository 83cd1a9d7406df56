// Cells whose recursion is elementwise.

import { everyCell } from "../../reference/everyCell.ts";
import type { Engine, Region } from "../harness.ts";
import { type Family, inputOf, type Placed, productsOf, walkBackOf, walkOf } from "./place.ts";

export const indRnn: Family = {
	forward(engine, placed) {
		const walk = { ...walkOf(placed), ...inputOf(engine, placed), gates: placed.gates };
		engine.call("indRnnForward", { ...walk, relu: isRelu(placed), u: placed.u });
	},

	backward(engine, placed, arrived, dz) {
		const walk = walkBackOf(engine, placed, arrived, dz);
		engine.call("indRnnBackward", { ...walk, relu: isRelu(placed), u: placed.u });
	},

	gradients(engine, placed, dz) {
		const { batch, P } = placed;
		const du = engine.zeros("du", batch.H);
		const gradients = biasGradient(engine, placed, dz);
		const rows = { dz, lddz: 4 * P, ldh: 4 * P, blocks: 1, after: 0 };
		engine.call("elementwiseGradient", { ...walkOf(placed), ...rows, du });
		return { ...gradients, du: du.f32 };
	},
};

function isRelu({ batch }: Placed): number {
	return +batch.cell.endsWith("relu");
}

/** minGru, minLstm. */
export const minimal: Family = {
	forward(engine, placed) {
		const kernel = placed.batch.cell === "minGru" ? "minGruForward" : "minLstmForward";
		engine.call(kernel, { ...walkOf(placed), ...inputOf(engine, placed), gates: placed.gates });
	},

	backward(engine, placed, arrived, dz) {
		const kernel = placed.batch.cell === "minGru" ? "minGruBackward" : "minLstmBackward";
		engine.call(kernel, { ...walkBackOf(engine, placed, arrived, dz), gates: placed.gates });
	},

	gradients: biasGradient,
};

function biasGradient(engine: Engine, placed: Placed, dz: Region) {
	const { cell, H } = placed.batch;
	const { run, none } = productsOf(engine, placed, dz);
	const db = engine.zeros("db", everyCell[cell].gates * H);
	run({ ...none, dy: dz, blocks: placed.blocks, db });
	return { db: db.f32 };
}
