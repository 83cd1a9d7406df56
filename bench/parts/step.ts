// A training step (forward, loss, backward, clipping, Adam, dense(10) on the last step) as a share of the hardware's rate.
import type { EngineName } from "bptt";
import { ceilingOf } from "../lib/ceiling.ts";
import type { Part } from "../lib/part.ts";
import { columns, percent, time } from "../lib/print.ts";
import { type CellName, cells, nameOf, reach, type Shape, usefulOperations } from "../lib/shapes.ts";
import { type Estimate, estimate, median } from "../lib/statistics.ts";
import { taskOf } from "../lib/task.ts";
import { sampler } from "../lib/timing.ts";

export interface StepFigure {
	readonly cell: CellName;
	readonly shape: Shape;
	/** Median milliseconds. */
	readonly milliseconds: number;
	/** Useful operations per second over the ceiling's, sampled just before and after. */
	readonly share: Estimate;
	readonly reach: number;
}

const part: Part = {
	async measure({ engine, quick, cell, shape }) {
		const figures: StepFigure[] = [];
		for (const row of reach) {
			if (shape && nameOf(shape) !== nameOf(row.shape)) continue;
			for (const name of cells) {
				if (cell && cell !== name) continue;
				const found = await share(name, row.shape, engine, quick);
				figures.push({
					cell: name,
					shape: row.shape,
					...found,
					reach: row.share[name],
				});
			}
		}
		console.log(`${engine}:`);
		console.log(table(figures));
		return figures;
	},
};
export default part;

async function share(cell: CellName, shape: Shape, engine: EngineName, quick: boolean) {
	const { trainer, batch } = await taskOf(cell, shape, engine);
	const ceiling = ceilingOf(engine);
	const step = await sampler(() => trainer.step(batch), 1, quick ? 200 : 500);
	const operations = usefulOperations(cell, shape);
	const times: number[] = [];
	const shares: number[] = [];
	let before = ceiling();
	const end = performance.now() + (quick ? 400 : 3000);
	while (performance.now() < end || times.length < 15) {
		const milliseconds = step();
		const after = ceiling();
		times.push(milliseconds);
		shares.push(operations / milliseconds / 1e6 / ((before + after) / 2));
		before = after;
	}
	return { milliseconds: median(times), share: estimate(shares) };
}

function table(figures: readonly StepFigure[]): string {
	return columns([
		["cell", "shape", "time", "share", "95 % interval", "reach", "of reach"],
		...figures.map(({ cell, shape, milliseconds, share, reach }) => [
			cell,
			nameOf(shape),
			time(milliseconds),
			percent(share.median),
			`${percent(share.low)} to ${percent(share.high)}`,
			percent(reach),
			percent(share.median / reach),
		]),
	]);
}
