// Kernels alone, by Benchmark.js: those of a training step that may run twice in a row, since they read what they do not
// write. The recurrences overwrite their gates; the profile times them in their place.
import Benchmark from "benchmark";
import { lossOf } from "../../src/losses/index.ts";
import { Capacity } from "../../src/plan/capacity.ts";
import { PHASES } from "../../src/plan/program.ts";
import type { Part } from "../lib/part.ts";
import { columns, percent } from "../lib/print.ts";
import { nameOf, shapeFrom } from "../lib/shapes.ts";
import { taskOf } from "../lib/task.ts";
import { runtimeBehind } from "../lib/watch.ts";

const AGAIN = ["project", "projectBack", "weightGradient"];

const part: Part = {
	async measure({ engine, quick, cell = "lstm", shape: given }) {
		const shape = given ?? shapeFrom("32x50x64x128");
		const { model, trainer, batch } = await taskOf(cell, shape, engine);
		trainer.step(batch);
		const purpose = { kind: "train", loss: lossOf("", trainer.loss), rule: trainer.optimizer } as const;
		const { job, packing } = runtimeBehind(model).feed("", purpose, batch);
		const options = { maxTime: quick ? 0.2 : 2, minSamples: 5 };
		const capacity = new Capacity(packing);
		const calls = PHASES.flatMap((phase) =>
			job.program.phases[phase].map((call, index) => ({ call, run: job.phases[phase][index] })),
		);
		const figures = calls.flatMap(({ call, run }) => {
			const { layer, kernel, equation } = call;
			if (!AGAIN.includes(kernel)) return [];
			const benchmark = new Benchmark(kernel, run, options);
			const { stats, error } = benchmark.run();
			if (error) throw error;
			const operations = call.cost.operations(capacity);
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
