// Gradients that vanish on their way back must not cost more: 16 x 400, 32 -> 64, the loss on the last step only against
// a loss on every step; and 5,000 updates with a gradient of zero.
import { Adam, dense, type EngineName, Model, type Optimizer, RMSprop, SGD, Trainer } from "bptt";
import type { Part } from "../lib/part.ts";
import { cells, shapeFrom } from "../lib/shapes.ts";
import { median } from "../lib/statistics.ts";
import { taskOf, uniforms } from "../lib/task.ts";
import { inTurn, ratio, sampler } from "../lib/timing.ts";

const part: Part = {
	async measure({ engine, quick }) {
		const vanishing = [];
		for (const cell of cells) {
			const last = await taskOf(cell, LONG, engine);
			const every = await taskOf(cell, LONG, engine, { everyStep: true });
			const [lasts, everys] = inTurn(
				[
					await sampler(() => last.trainer.step(last.batch), 1, 200),
					await sampler(() => every.trainer.step(every.batch), 1, 200),
				],
				quick ? 800 : 4000,
			);
			const found = ratio(lasts, everys);
			console.log(
				`${engine}, ${cell}: loss on the last step ${found.median.toFixed(2)} times the loss on every step (reach: 1.05)`,
			);
			vanishing.push({ cell, ratio: found, milliseconds: median(lasts) });
		}
		const idle = [];
		for (const [name, optimizer] of Object.entries(optimizers)) {
			const found = await idleUpdates(optimizer, engine);
			console.log(
				`${engine}, ${name}: the last 100 of 5,000 updates without gradient ${found.toFixed(2)} times the first 100`,
			);
			idle.push({ optimizer: name, ratio: found });
		}
		return { vanishing, idle };
	},
};
export default part;

const LONG = shapeFrom("16x400x32x64");

const learningRate = 1e-3;
const optimizers = {
	Adam: new Adam({ learningRate }),
	RMSprop: new RMSprop({ learningRate, momentum: 0.9, centered: true }),
	SGD: new SGD({ learningRate, momentum: 0.9 }),
};

/** Time of the last 100 of 5,000 updates over that of the first 100. The targets become what the model says and its
 * parameters stay, so that the gradient is zero and the optimizer's averages decay. */
async function idleUpdates(optimizer: Optimizer, engine: EngineName) {
	const [I, O] = [128, 128];
	const model = await Model.create([dense({ inputSize: I, outputSize: O })], {
		seed: 1,
		engine,
	});
	const loss = "meanSquaredError";
	const trainer = new Trainer(model, { loss, optimizer });
	const inputs = uniforms(I, 1);
	const batch = { inputs, batchSize: 1, steps: 1, targets: uniforms(O, 2) };
	for (let i = 0; i < 3000; i++) trainer.step(batch);
	optimizer.learningRate = 0;
	const { outputs } = model.predict(batch);
	const idle = { ...batch, targets: outputs };
	const times: number[] = [];
	for (let i = 0; i < 5000; i++) {
		const begin = performance.now();
		trainer.step(idle);
		times.push(performance.now() - begin);
	}
	if (trainer.gradientNorm !== 0) throw new Error("The gradient is not zero.");
	return median(times.slice(-100)) / median(times.slice(0, 100));
}
