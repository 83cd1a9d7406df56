// Where a training step spends its time: every kernel call of Trainer.step, timed in its place.
import { lossOf } from "../../src/losses/index.ts";
import { Capacity } from "../../src/plan/capacity.ts";
import { callsOf } from "../../src/plan/program.ts";
import { ceilingOf } from "../lib/ceiling.ts";
import { watch } from "../lib/clock.ts";
import type { Part } from "../lib/part.ts";
import { columns, percent, time } from "../lib/print.ts";
import { nameOf, shapeFrom, usefulOperations } from "../lib/shapes.ts";
import { median } from "../lib/statistics.ts";
import { type Task, taskOf } from "../lib/task.ts";
import { runtimeBehind, Watch, type WatchedCall } from "../lib/watch.ts";

/** What is called besides the program, before it. */
const BEFORE: Readonly<Record<string, string>> = { packSteps: "inputs, step after step" };

const part: Part = {
	async measure({ engine, quick, cell = "lstm", shape: given }) {
		const shape = given ?? shapeFrom("32x50x64x128");
		const task = await taskOf(cell, shape, engine);
		const { trainer, batch } = task;
		const ceiling = ceilingOf(engine);
		const kernels = new Watch(task.model);
		const stepsFor = (duration: number) => {
			const end = performance.now() + duration;
			const all: number[] = [];
			const outside: number[] = [];
			const rates: number[] = [];
			while (performance.now() < end || all.length < 5) {
				const stop = watch();
				trainer.step(batch);
				const elapsed = stop();
				all.push(elapsed);
				outside.push(elapsed - kernels.next());
				if (all.length % 8 === 0) rates.push(ceiling());
			}
			return {
				whole: median(all),
				javascript: median(outside),
				rate: median(rates),
			};
		};
		stepsFor(500);
		await new Promise((resume) => setTimeout(resume, 50));
		kernels.clear();
		const { whole, javascript, rate } = stepsFor(quick ? 500 : 3000);
		const calls = explained(task, kernels.calls());
		const useful = usefulOperations(cell, shape) / whole / 1e6;
		console.log(
			`\n${cell} ${nameOf(shape)}, ${engine}: ${time(whole)} a step, ${useful.toFixed(1)} useful GFLOP/s, ${percent(useful / rate)} of the ceiling (${rate.toFixed(1)})`,
		);
		console.log(table(calls, javascript, whole));
		return { cell, shape, whole, javascript, rate, calls };
	},
};
export default part;

interface ExplainedCall extends WatchedCall {
	readonly layer: string;
	readonly equation: string;
	/** Multiplications and additions; 0 where nobody counts them. */
	readonly operations: number;
}

/** The calls with what the program says of them. */
function explained({ model, trainer, batch }: Task, watched: readonly WatchedCall[]): ExplainedCall[] {
	const purpose = { kind: "train", loss: lossOf("", trainer.loss), rule: trainer.optimizer } as const;
	const { job, packing } = runtimeBehind(model).feed("", purpose, batch);
	const capacity = new Capacity(packing);
	const planned = callsOf(job.program);
	const first = watched.findIndex(({ kernel }) => !(kernel in BEFORE));
	return watched.map((call, index) => {
		const plan = planned[index - first];
		if (plan?.kernel !== call.kernel) {
			const equation = BEFORE[call.kernel] ?? "";
			return { ...call, layer: "", equation, operations: 0 };
		}
		const { layer, equation } = plan;
		return {
			...call,
			layer,
			equation,
			operations: plan.cost.operations(capacity),
		};
	});
}

function table(calls: readonly ExplainedCall[], javascript: number, whole: number): string {
	const rows = calls.map(({ layer, kernel, equation, operations, milliseconds }) => [
		layer,
		kernel,
		time(milliseconds),
		percent(milliseconds / whole),
		operations ? (operations / 1e6).toFixed(2) : "",
		operations ? (operations / milliseconds / 1e6).toFixed(1) : "",
		equation,
	]);
	return columns([
		["layer", "kernel", "time", "share", "MFLOP", "GFLOP/s", "equation"],
		...rows,
		["", "JavaScript", time(javascript), percent(javascript / whole), "", "", "inputs, targets, packing"],
	]);
}
