// The same LSTM step in plain JavaScript (bench/peers/pure-js): equal losses first, then its time over ours.
import type { Part } from "../lib/part.ts";
import { columns, time } from "../lib/print.ts";
import { CLASSES, CLIP_NORM, LEARNING_RATE, nameOf, reach, type Shape } from "../lib/shapes.ts";
import { type Estimate, median } from "../lib/statistics.ts";
import { taskOf } from "../lib/task.ts";
import { inTurn, ratio, sampler } from "../lib/timing.ts";
import { pureLstm } from "../peers/pure-js/lstm.ts";
import { initialWeights } from "../peers/task.ts";

interface Figure {
	readonly shape: Shape;
	/** Median milliseconds in plain JavaScript. */
	readonly milliseconds: number;
	/** Over ours. */
	readonly ratio: Estimate;
	/** Largest relative difference of a loss, over five steps. */
	readonly difference: number;
}

const part: Part = {
	async measure({ engine, quick, shape: only }) {
		const figures: Figure[] = [];
		for (const { shape } of quick ? reach.slice(0, 4) : reach) {
			if (only && nameOf(only) !== nameOf(shape)) continue;
			const { model, trainer, batch } = await taskOf("lstm", shape, engine);
			const sizes = {
				...shape,
				classes: CLASSES,
				learningRate: LEARNING_RATE,
				clipNorm: CLIP_NORM,
			};
			const step = pureLstm(sizes, initialWeights(model));
			const inputs = batch.inputs as Float32Array;
			const targets = batch.targets as Int32Array;
			let difference = 0;
			for (let i = 0; i < 5; i++) {
				const loss = step(inputs, targets);
				const change = Math.abs(trainer.step(batch) / loss - 1);
				difference = Math.max(difference, change);
			}
			if (!(difference < 1e-3)) throw new Error(`${nameOf(shape)}: losses differ by ${difference}.`);
			const [plain, ours] = inTurn(
				[await sampler(() => step(inputs, targets), 1, 200), await sampler(() => trainer.step(batch), 1, 200)],
				quick ? 500 : 5000,
				quick ? 3 : 10,
			);
			figures.push({
				shape,
				milliseconds: median(plain),
				ratio: ratio(plain, ours),
				difference,
			});
		}
		console.log(`plain JavaScript against ${engine}:`);
		console.log(
			columns([
				["LSTM", "its step", "over ours", "95 % interval", "losses within"],
				...figures.map(({ shape, milliseconds, ratio, difference }) => [
					nameOf(shape),
					time(milliseconds),
					ratio.median.toFixed(1),
					`${ratio.low.toFixed(1)} to ${ratio.high.toFixed(1)}`,
					difference.toExponential(0),
				]),
			]),
		);
		return figures;
	},
};
export default part;
