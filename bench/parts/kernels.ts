// Kernels alone, by Benchmark.js: those of a training step that may run twice in a row, since they read what they do not
// write. The recurrences overwrite their gates; the profile times them in their place.
import Benchmark from "benchmark";
import type { Part } from "../lib/part.ts";
import { columns, percent } from "../lib/print.ts";
import { nameOf, shapeFrom } from "../lib/shapes.ts";
import { taskOf } from "../lib/task.ts";
import { runtimeBehind } from "../lib/watch.ts";

const AGAIN = ["project", "weightGradient"];

const part: Part = {
	async measure({ engine, quick, cell = "lstm", shape: given }) {
		const shape = given ?? shapeFrom("32x50x64x128");
		const { model, trainer, batch } = await taskOf(cell, shape, engine);
		trainer.step(batch);
		const purpose = { kind: "train", loss: trainer.loss } as const;
		const { job, packing } = runtimeBehind(model).feed("", purpose, batch);
		const options = { maxTime: quick ? 0.2 : 2, minSamples: 5 };
		const figures = job.program.calls.flatMap((call, index) => {
			const { layer, kernel, equation } = call;
			if (!AGAIN.includes(kernel)) return [];
			const benchmark = new Benchmark(kernel, job.calls[index], options);
			const { stats, error } = benchmark.run();
			if (error) throw error;
			const operations = call.cost.operations(packing);
			const rate = operations / stats.mean / 1e9;
			return [{ layer, kernel, equation, seconds: stats.mean, rate, rme: stats.rme }];
		});
		console.log(`${cell} ${nameOf(shape)}, ${engine}`);
		console.log(
			columns([
				["layer", "kernel", "µs", "±", "GFLOP/s", "equation"],
				...figures.map(({ layer, kernel, equation, seconds, rate, rme }) => [
					layer,
					kernel,
					(seconds * 1e6).toPrecision(3),
					percent(rme / 100),
					rate.toFixed(1),
					equation,
				]),
			]),
		);
		return figures;
	},
};
export default part;
