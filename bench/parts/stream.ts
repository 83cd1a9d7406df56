// Latency: one step of a stream, and a short sequence alone. LSTM, then dense(10).
import { ceilingOf } from "../lib/ceiling.ts";
import type { Part } from "../lib/part.ts";
import { columns } from "../lib/print.ts";
import { type Shape, shapeFrom } from "../lib/shapes.ts";
import { type Estimate, estimate } from "../lib/statistics.ts";
import { taskOf } from "../lib/task.ts";
import { inTurn, sampler } from "../lib/timing.ts";

/** Shapes with the most microseconds that a push may take. */
const SHAPES = [
	["1x20x8x32", 2],
	["1x20x64x128", 12],
] as const;

export interface StreamFigure {
	readonly shape: Shape;
	/** Microseconds. */
	readonly push: Estimate;
	readonly pushReach: number;
	/** Microseconds of a sequence of 20 steps. */
	readonly predict: Estimate;
	/** Microseconds that the products of a push take at the hardware's rate. */
	readonly products: number;
}

const part: Part = {
	async measure({ engine, quick }) {
		const figures: StreamFigure[] = [];
		for (const [text, pushReach] of SHAPES) {
			const shape = shapeFrom(text);
			const { model, batch } = await taskOf("lstm", shape, engine);
			// A model of its own for each: the two would take the workspace from each other.
			const other = await taskOf("lstm", shape, engine);
			const stream = other.model.stream();
			const step = new Float32Array(shape.inputSize).fill(0.5);
			const [pushes, predictions] = inTurn(
				[await sampler(() => stream.push(step), 1), await sampler(() => model.predict(batch), 1)],
				quick ? 300 : 3000,
			);
			const { inputSize: I, hiddenSize: H } = shape;
			const rate = estimate(Array.from({ length: 20 }, ceilingOf(engine)));
			figures.push({
				shape,
				push: estimate(pushes.map((milliseconds) => milliseconds * 1e3)),
				pushReach,
				predict: estimate(predictions.map((time) => time * 1e3)),
				products: (2 * 4 * H * (I + H)) / rate.median / 1e3,
			});
		}
		console.log(`${engine}: microseconds`);
		console.log(table(figures));
		return figures;
	},
};
export default part;

function table(figures: readonly StreamFigure[]): string {
	return columns([
		["LSTM", "push", "reach", "its products at the ceiling", "predict, 20"],
		...figures.map(({ shape, push, pushReach, predict, products }) => [
			`${shape.inputSize} -> ${shape.hiddenSize}`,
			push.median.toFixed(2),
			String(pushReach),
			products.toFixed(2),
			predict.median.toFixed(1),
		]),
	]);
}
