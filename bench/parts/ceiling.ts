// The hardware's rate, and how much of it the engine's product reaches while its operands stay in cache.
import { dense, Model } from "bptt";
import { ceilingOf } from "../lib/ceiling.ts";
import type { Part } from "../lib/part.ts";
import { percent } from "../lib/print.ts";
import { estimate, quantile } from "../lib/statistics.ts";
import { uniforms } from "../lib/task.ts";
import { inTurn, ratio, warmUp } from "../lib/timing.ts";
import { Watch } from "../lib/watch.ts";

/** Rows, columns and depth of the products tried: the best counts. */
const PRODUCTS = [
	[60, 512, 256],
	[60, 128, 128],
	[60, 64, 256],
	[120, 512, 128],
] as const;

const part: Part = {
	async measure({ engine, quick }) {
		const ceiling = ceilingOf(engine);
		const products = [];
		for (const [M, N, K] of PRODUCTS) {
			const model = await Model.create([dense({ inputSize: K, outputSize: N })], { seed: 1, engine });
			const watch = new Watch(model);
			const input = { inputs: uniforms(M * K, 1), batchSize: M, steps: 1 };
			const product = () => {
				model.predict(input);
				const operations = 2 * M * N * K;
				return operations / watch.next() / 1e6;
			};
			await warmUp(product);
			const [rates, ceilings] = inTurn([product, ceiling], quick ? 200 : 2000, 50);
			products.push({ M, N, K, rates, ceilings });
		}
		const all = products.flatMap(({ ceilings }) => ceilings);
		const hardware = { ...estimate(all), best: quantile(all, 0.95) };
		console.log(`${engine}: hardware ${hardware.median.toFixed(1)} GFLOP/s, at best ${hardware.best.toFixed(1)}`);
		const figures = products.map(({ M, N, K, rates, ceilings }) => {
			const share = ratio(rates, ceilings);
			const rate = estimate(rates).median;
			console.log(`  product [${M}, ${K}]·[${K}, ${N}]: ${rate.toFixed(1)} GFLOP/s, ${percent(share.median)}`);
			return { M, N, K, rate, share };
		});
		return { hardware, products: figures };
	},
};
export default part;
