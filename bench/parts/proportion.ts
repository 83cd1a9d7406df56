// Cost in proportion to work: unequal lengths, long sequences, sizes that no tile divides. LSTM.
import type { EngineName } from "bptt";
import type { Part } from "../lib/part.ts";
import { percent } from "../lib/print.ts";
import { nameOf, type Shape, shapeFrom, usefulOperations } from "../lib/shapes.ts";
import { type Estimate, median } from "../lib/statistics.ts";
import { type TaskOptions, taskOf } from "../lib/task.ts";
import { inTurn, ratio, sampler } from "../lib/timing.ts";

const part: Part = {
	async measure({ engine, quick }) {
		const duration = quick ? 500 : 3000;
		const shape = shapeFrom("32x50x64x128");
		const lengths = await against(
			await stepOf(shape, engine, { lengths: halved(shape) }),
			await stepOf(shape, engine),
			duration,
		);
		console.log(
			`${engine}: lengths that average half take ${lengths.median.toFixed(3)} of the full time (reach: 0.58)`,
		);

		const long = [];
		for (const rest of ["8xTx16x32", "16xTx32x64"]) {
			const shapes = [1000, 50].map((T) => shapeFrom(rest.replace("T", `${T}`)));
			const found = await longCost(shapes, engine, duration);
			long.push({ shape: shapes[0], ratio: found });
			console.log(
				`${engine}, ${nameOf(shapes[0])}: an operation costs ${found.toFixed(3)} of one at T = 50 (reach: 1.1)`,
			);
		}
		const hidden = await sweep(
			range(60, 70).map((H) => ({
				...shapeFrom("32x20x64x64"),
				hiddenSize: H,
			})),
			engine,
			quick,
		);
		report(`${engine}: hidden 60 to 70`, hidden, "hiddenSize");
		const batch = await sweep(
			range(1, 33).map((B) => ({ ...shapeFrom("32x20x32x64"), batchSize: B })),
			engine,
			quick,
		);
		report(`${engine}: batch 1 to 33`, batch, "batchSize");
		return { lengths, long, hidden, batch };
	},
};
export default part;

/** Cost of an operation of a long sequence over that of a short one. */
async function longCost([long, short]: readonly Shape[], engine: EngineName, duration: number) {
	const { median } = await against(await stepOf(long, engine), await stepOf(short, engine), duration);
	const work = (shape: Shape) => usefulOperations("lstm", shape);
	return (median * work(short)) / work(long);
}

/** Lengths from one step to all of them: on average half. */
function halved({ batchSize, steps }: Shape): number[] {
	return range(0, batchSize - 1).map((row) => Math.round(1 + (row * (steps - 1)) / (batchSize - 1)));
}

async function stepOf(shape: Shape, engine: EngineName, options?: TaskOptions) {
	const { trainer, batch } = await taskOf("lstm", shape, engine, options);
	return sampler(() => trainer.step(batch), 1, 200);
}

async function against(a: () => number, b: () => number, duration: number): Promise<Estimate> {
	const [as, bs] = inTurn([a, b], duration);
	return ratio(as, bs);
}

interface Swept {
	readonly shape: Shape;
	/** Of one useful operation, in picoseconds. */
	readonly cost: number;
	/** Cost over the mean of its neighbours' costs. */
	readonly overNeighbours: number;
}

/** Cost of an operation at each shape, all shapes in turn. */
async function sweep(shapes: readonly Shape[], engine: EngineName, quick: boolean): Promise<Swept[]> {
	const steps = [];
	for (const shape of shapes) {
		const { trainer, batch } = await taskOf("lstm", shape, engine);
		steps.push(await sampler(() => trainer.step(batch), 0.5, quick ? 50 : 200));
	}
	const samples = inTurn(steps, quick ? 2000 : 15_000, 7);
	const costs = samples.map((times, at) => (median(times) / usefulOperations("lstm", shapes[at])) * 1e9);
	return shapes.map((shape, at) => {
		const near = [costs[at - 1], costs[at + 1]].filter((x) => x !== undefined);
		const mean = near.reduce((sum, x) => sum + x, 0) / near.length;
		return { shape, cost: costs[at], overNeighbours: costs[at] / mean };
	});
}

function report(title: string, swept: readonly Swept[], axis: "hiddenSize" | "batchSize"): void {
	const worst = swept.reduce((a, b) => (b.overNeighbours > a.overNeighbours ? b : a));
	console.log(
		`${title}: at worst ${percent(worst.overNeighbours - 1)} above its neighbours, at ${worst.shape[axis]} (reach: 10 %)`,
	);
	console.log(`  ps per operation: ${swept.map(({ shape, cost }) => `${shape[axis]}: ${cost.toFixed(1)}`).join(", ")}`);
}

function range(first: number, last: number): number[] {
	return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
