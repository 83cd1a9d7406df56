import type { Engine, Region } from "../harness.ts";
import { isHard, isNormed, isResetAfter, layouts } from "./layout.ts";
import {
	type Family,
	hiddenBackOf,
	hiddenOf,
	inputOf,
	type Placed,
	packBack,
	packForward,
	padded,
	productsOf,
	walkBackOf,
	walkOf,
} from "./place.ts";

/** With either reset. */
export const gru: Family = {
	forward(engine, placed) {
		const { batch, gates } = placed;
		const { cell, H } = batch;
		const walk = { ...walkOf(placed), ...inputOf(engine, placed), ...hiddenOf(placed), gates, ...variantOf(placed) };
		const U = packForward(engine, placed, placed.Wh);
		const bq = isNormed(cell) ? 0 : engine.floats("bn", padded(batch.bn, H));
		if (isResetAfter(cell)) engine.call("gruForward", { ...walk, U, bq });
		else engine.call("gruBeforeForward", { ...walk, U });
	},

	backward(engine, placed, arrived, dz) {
		const { batch, descriptor, P, gates, Wh } = placed;
		const { cell, H } = batch;
		const hidden = hiddenBackOf(placed, arrived);
		const walk = { ...walkBackOf(engine, placed, arrived, dz), ...hidden, gates, ...variantOf(placed) };
		const pack = (name: string, block: number, blocks: number) =>
			packBack(engine, placed, name, Wh.at(block * H * H), blocks);
		if (isResetAfter(cell)) engine.call("gruBackward", { ...walk, U: pack("U panels", 0, 3) });
		else
			engine.call("gruBeforeBackward", {
				...walk,
				read: 0,
				dq: engine.floats("dq", descriptor.packing.batchSize * P),
				Urz: pack("Urz panels", 0, 2),
				Un: pack("Un panels", 2, 1),
			});
	},

	gradients(engine, placed, dz) {
		const { cell, H } = placed.batch;
		const { first } = layouts[cell];
		const { run, past, none, rows, block } = productsOf(engine, placed, dz);
		const dWh = engine.zeros("dWh", 3 * H * H);
		const db = engine.zeros("db", 3 * H);
		const dbn = isResetAfter(cell) ? engine.zeros("dbn", H) : undefined;
		// What is multiplied by the state: with layer norms, blocks of its own.
		const [rz, n] = isNormed(cell) ? [3, 5] : [1, dbn ? 3 : 0];
		const dUn = dWh.at(2 * H * H);
		run({ ...past, blocks: 2, dy: block(rz), dU: dWh, db: 0 });
		if (dbn) run({ ...past, blocks: 1, dy: block(n), dU: dUn, db: 0 });
		else run({ ...rows(first + 3), blocks: 1, dy: block(n), dU: dUn, db: 0 });
		run({ ...none, blocks: 2, dy: block(first + 1), db });
		run({ ...none, blocks: 1, dy: block(first), db: db.at(2 * H) });
		if (dbn) run({ ...none, blocks: 1, dy: block(first + 3), db: dbn });
		const found = { dWh: dWh.f32, db: db.f32, ...(dbn && { dbn: dbn.f32 }) };
		return isNormed(cell) ? { ...found, ...normGradients(engine, placed, dz) } : found;
	},
};

function normGradients(engine: Engine, placed: Placed, dz: Region) {
	const { batch, P, blocks, gates } = placed;
	const { cell, H } = batch;
	const [dnormX, dnormH] = ["dnormX", "dnormH"].map((name) => engine.zeros(name, 3 * H)) as [Region, Region];
	const add = (of: number, u: number, count: number, target: Region, block: number) =>
		engine.call("elementwiseGradient", {
			...{ ...walkOf(placed), h: gates.at(u * P), ldh: 4 * blocks * P, dz: dz.at(of * P), lddz: 4 * blocks * P },
			...{ blocks: count, after: 1, du: target.at(block * H) },
		});
	add(7, 1, 2, dnormX, 0);
	add(6, 0, 1, dnormX, 2);
	add(7, 3, 2, dnormH, 0);
	add(isResetAfter(cell) ? 9 : 6, 5, 1, dnormH, 2);
	return { dnormX: dnormX.f32, dnormH: dnormH.f32 };
}

/** What makes a gru another one. */
function variantOf({ batch: { cell }, gains, scales }: Placed) {
	return { hard: isHard(cell), gains: gains ?? 0, scales: scales ?? 0 };
}
