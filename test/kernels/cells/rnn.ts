import type { Family } from "./place.ts";
import { hiddenBackOf, hiddenOf, inputOf, packBack, packForward, productsOf, walkBackOf, walkOf } from "./place.ts";

/** rnn tanh, rnn relu. */
export const rnn: Family = {
	forward(engine, placed) {
		const { batch, gates } = placed;
		const walk = { ...walkOf(placed), ...inputOf(engine, placed), ...hiddenOf(placed), gates };
		engine.call("rnnForward", {
			...walk,
			relu: +(batch.cell === "rnn relu"),
			Wh: packForward(engine, placed, placed.Wh),
		});
	},

	backward(engine, placed, arrived, dz) {
		engine.call("rnnBackward", {
			...{ ...walkBackOf(engine, placed, arrived, dz), ...hiddenBackOf(placed, arrived) },
			...(placed.omega ?? { dBack: 0, terms: 0 }),
			relu: +(placed.batch.cell === "rnn relu"),
			Wh: packBack(engine, placed, "Wh panels", placed.Wh, 1),
		});
	},

	gradients(engine, placed, dz) {
		const { batch, descriptor, P, omega } = placed;
		const { H } = batch;
		const { run, past, none } = productsOf(engine, placed, dz);
		const dWh = engine.zeros("dWh", H * H);
		const db = engine.zeros("db", H);
		run({ ...past, dy: dz, blocks: 1, dU: dWh, db });
		if (omega) {
			const [sum, terms] = [engine.zeros("sum", H * H), engine.zeros("count", 2)];
			run({ blocks: 1, ...none, past: omega.dBack, ldPast: 4 * P, pastColumns: H, dy: dz, dU: sum, db: 0 });
			engine.call("countTerms", { packing: descriptor, terms: omega.terms, count: terms });
			engine.call("addOmega", { omega: batch.omega ?? 0, sum, count: terms, rows: H, columns: H, dU: dWh });
		}
		return { dWh: dWh.f32, db: db.f32 };
	},
};
