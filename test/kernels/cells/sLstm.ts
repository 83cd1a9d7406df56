// sLstm, with one head or several.

import type { Engine, Region } from "../harness.ts";
import { type Family, inputOf, norms, type Placed, productsOf, walkBackOf, walkOf } from "./place.ts";
import { headCount, headSize } from "./stabilised.ts";

export { initialOf } from "./stabilised.ts";

function memoryOf({ descriptor, P, c, n, m }: Placed) {
	const at = (state: Region | undefined) => (state as Region).at(descriptor.packing.batchSize * P);
	return { c: at(c), n: at(n), m: at(m) };
}

export const sLstm: Family = {
	forward(engine, placed) {
		const { batch, P, Wh, gates } = placed;
		const [heads, size] = [headCount(batch), headSize(batch)];
		const shape =
			heads === 1
				? { blocks: 4, rows: size, stride: P, depth: size }
				: { blocks: 4 * heads, rows: size, stride: Math.ceil(size / 8) * 8, depth: size };
		const walk = { ...walkOf(placed), ...inputOf(engine, placed), ...memoryOf(placed), gates };
		engine.call("sLstmForward", { ...walk, heads, Wh: engine.transposed("Whᵀ panels", Wh, shape) });
	},

	backward(engine, placed, arrived, dz) {
		const { batch, P, Wh, gates } = placed;
		const { dc, dn, dm } = arrived;
		const { m: _, ...memory } = memoryOf(placed);
		const heads = headCount(batch);
		const panels =
			heads === 1
				? engine.plain("Wh panels", Wh, { blocks: 4, rows: batch.H, stride: P, depth: batch.H })
				: inBlocks(engine, Wh, 4 * heads, headSize(batch));
		const walk = { ...walkBackOf(engine, placed, arrived, dz), cellNorms: norms(engine, placed, "cellNorms") };
		engine.call("sLstmBackward", { ...walk, ...memory, gates, dc, dn, dm, heads, Wh: panels });
	},

	/** The first product adds up the gradient of the bias too. */
	gradients(engine, placed, dz) {
		const { batch, descriptor, P, h } = placed;
		const [heads, size] = [headCount(batch), headSize(batch)];
		const { run, past, none } = productsOf(engine, placed, dz);
		const dWh = engine.zeros("dWh", 4 * batch.H * size);
		const db = engine.zeros("db", 4 * batch.H);
		if (heads === 1) run({ ...past, dy: dz, blocks: 4, dU: dWh, db });
		else {
			run({ ...none, dy: dz, blocks: 4, db });
			for (let block = 0; block < 4 * heads; block++) {
				const unit = (block % heads) * size;
				run({
					...{ ...past, past: h.at(descriptor.packing.batchSize * P + unit), pastColumns: size },
					...{ dy: dz.at(Math.floor(block / heads) * P + unit), blocks: 1, rows: size, stride: size },
					...{ dU: dWh.at(block * size * size), db: 0 },
				});
			}
		}
		return { dWh: dWh.f32, db: db.f32 };
	},
};

function inBlocks(engine: Engine, source: Region, blocks: number, size: number): Region {
	const panels = engine.zeros("Wh panels", blocks * Math.ceil(size / 8) * size * 8);
	engine.call("packBlocks", { source, blocks, rows: size, columns: size, panels });
	return panels;
}
