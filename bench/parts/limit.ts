// Time of a training step against the memory that it may take: LSTM, a thousand steps, a loss at the last.
import { Trainer } from "bptt";
import type { Part } from "../lib/part.ts";
import { columns } from "../lib/print.ts";
import { nameOf, shapeFrom } from "../lib/shapes.ts";
import { taskOf } from "../lib/task.ts";
import { inTurn, ratio, sampler } from "../lib/timing.ts";

const SHARES = [0.5, 0.25, 0.1, 0.05, 0.03];

const part: Part = {
	async measure({ engine, quick }) {
		const shape = shapeFrom("16x1000x64x128");
		const { batchSize, steps } = shape;
		const { model, trainer, batch } = await taskOf("lstm", shape, engine);
		const sizes = { batchSize, steps, loss: "crossEntropy" } as const;
		const { workspaceBytes } = model.explain(sizes);
		const points = SHARES.map((share) => {
			const memoryLimit = Math.round(share * workspaceBytes);
			const { loss, optimizer } = trainer;
			return { memoryLimit, trainer: new Trainer(model, { loss, optimizer, memoryLimit }) };
		});
		const runs = [];
		for (const one of [trainer, ...points.map((point) => point.trainer)])
			runs.push(await sampler(() => one.gradients(batch), 1, 200));
		const [whole, ...limited] = inTurn(runs, quick ? 3000 : 20_000, 5);
		const curve = points.map(({ memoryLimit }, at) => {
			const explained = model.explain({ ...sizes, memoryLimit });
			const { kept, extraOperations, operations } = explained;
			const { median } = ratio(limited[at], whole);
			return {
				bytes: explained.workspaceBytes,
				share: explained.workspaceBytes / workspaceBytes,
				extra: extraOperations / operations,
				time: median,
				kept,
			};
		});
		console.log(`${engine}, ${nameOf(shape)}: everything kept takes ${(workspaceBytes / 2 ** 20).toFixed(1)} MiB`);
		console.log(
			columns([
				["share", "MiB", "more operations", "time", "kept"],
				...curve.map(({ share, bytes, extra, time, kept }) => [
					`${(100 * share).toFixed(1)} %`,
					(bytes / 2 ** 20).toFixed(2),
					`${(100 * extra).toFixed(0)} %`,
					`${time.toFixed(3)}`,
					kept,
				]),
			]),
		);
		return { shape, workspaceBytes, curve };
	},
};
export default part;
