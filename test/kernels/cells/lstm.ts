import { everyCell } from "../../reference/everyCell.ts";
import type { Region } from "../harness.ts";
import { isCoupled, isHard, isNormed, layouts, peepholesOf } from "./layout.ts";
import {
	type Family,
	hiddenBackOf,
	hiddenOf,
	inOrder,
	inputOf,
	norms,
	type Placed,
	packBack,
	packForward,
	productsOf,
	walkBackOf,
	walkOf,
} from "./place.ts";

export const lstm: Family = {
	forward(engine, placed) {
		const walk = { ...walkOf(placed), ...inputOf(engine, placed), gates: placed.gates, c: cellOf(placed) };
		engine.call("lstmForward", { ...walk, Wh: packForward(engine, placed, placed.Wh) });
	},

	backward(engine, placed, arrived, dz) {
		engine.call("lstmBackward", {
			...walkBackOf(engine, placed, arrived, dz),
			...{ gates: placed.gates, c: cellOf(placed), dc: arrived.dc, cellNorms: norms(engine, placed, "cellNorms") },
			Wh: packBack(engine, placed, "Wh panels", placed.Wh, 4),
		});
	},

	gradients(engine, placed, dz) {
		const { H } = placed.batch;
		const { run, past } = productsOf(engine, placed, dz);
		const dWh = engine.zeros("dWh", 4 * H * H);
		const db = engine.zeros("db", 4 * H);
		run({ ...past, dy: dz, blocks: 4, dU: dWh, db });
		return { dWh: dWh.f32, db: db.f32 };
	},
};

/** With peepholes, coupled gates, hard sigmoids or layer norms. */
export const lstmVariant: Family = {
	forward(engine, placed) {
		const walk = { ...walkOf(placed), ...inputOf(engine, placed), gates: placed.gates, c: cellOf(placed) };
		const hidden = { ...hiddenOf(placed), fresh: cellOf(placed), uc: 1, updatesC: 0 };
		const Wh = packForward(engine, placed, inOrder(engine, "Wh forward", placed));
		engine.call("lstmVariantForward", { ...walk, ...hidden, Wh, ...variantOf(placed) });
	},

	backward(engine, placed, arrived, dz) {
		const Wh = inOrder(engine, "Wh back", placed);
		engine.call("lstmVariantBackward", {
			...{ ...walkBackOf(engine, placed, arrived, dz), ...hiddenBackOf(placed, arrived), kept: 0, updatesC: 0 },
			...{ gates: placed.gates, c: cellOf(placed), dc: arrived.dc, cellNorms: norms(engine, placed, "cellNorms") },
			...variantOf(placed),
			Wh: packBack(engine, placed, "Wh panels", Wh, everyCell[placed.batch.cell].gates),
		});
	},

	gradients(engine, placed, dz) {
		const { batch, P, blocks, gates } = placed;
		const { cell, H } = batch;
		const { order, first } = layouts[cell];
		const { run, past, none, block: at } = productsOf(engine, placed, dz);
		const dWh = engine.zeros("dWh", order.length * H * H);
		const db = engine.zeros("db", order.length * H);
		const dp = engine.zeros("dp", peepholesOf(cell).length * H);
		const elementwise = (block: number, by: object, du: Region | { readonly region: Region }) =>
			engine.call("elementwiseGradient", {
				...{ ...walkOf(placed), dz: at(block), lddz: 4 * blocks * P, ldh: 4 * P, blocks: 1, after: 1, du },
				...by,
			} as never);
		for (const [block, gate] of order.entries()) {
			const [dU, bias] = [dWh.at(block * H * H), db.at(block * H)];
			if (isNormed(cell)) {
				run({ ...past, blocks: 1, dy: at(4 + gate), dU, db: 0 });
				run({ ...none, blocks: 1, dy: at(first + gate), db: bias });
			} else run({ ...past, blocks: 1, dy: at(gate), dU, db: bias });
		}
		// Gates f, o and i; o sees the cell after the step.
		for (const [index, block] of peepholesOf(cell).entries()) {
			const by = { h: cellOf(placed), after: +(index === 1) };
			elementwise(first + (index === 0 ? 0 : index + 1), by, dp.at(block * H));
		}
		const found = { dWh: dWh.f32, db: db.f32, dp: dp.f32 };
		if (!isNormed(cell)) return found;
		const [dnormX, dnormH] = ["dnormX", "dnormH"].map((name) => engine.zeros(name, order.length * H)) as [
			Region,
			Region,
		];
		const [dnormC, dnormCBias] = ["dnormC", "dnormCBias"].map((name) => engine.zeros(name, H)) as [Region, Region];
		const u = (block: number) => ({ h: gates.at(block * P), ldh: 4 * blocks * P });
		for (const [block, gate] of order.entries()) {
			elementwise(first + gate, u(gate), dnormX.at(block * H));
			elementwise(first + gate, u(4 + gate), dnormH.at(block * H));
		}
		elementwise(12, u(12), dnormC);
		run({ ...none, blocks: 1, dy: at(12), db: dnormCBias });
		return { ...found, dnormX: dnormX.f32, dnormH: dnormH.f32, dnormC: dnormC.f32, dnormCBias: dnormCBias.f32 };
	},
};

function cellOf({ c, descriptor, P }: Placed) {
	return (c as Region).at(descriptor.packing.batchSize * P);
}

/** What makes an lstm another one. */
function variantOf({ batch: { cell }, p, gains, scales }: Placed) {
	const norms = { gains: gains ?? 0, scales: scales ?? 0 };
	return { peepholes: p ?? 0, coupled: +isCoupled(cell), hard: isHard(cell), ...norms };
}
