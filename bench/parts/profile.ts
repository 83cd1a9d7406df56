// Where a training step spends its time: every kernel call of Trainer.step, timed in its place.
import type { EngineName } from "bptt";
import type { Part } from "../lib/part.ts";
import { columns, percent, time } from "../lib/print.ts";
import {
	type CellName,
	nameOf,
	type Shape,
	shapeFrom,
	usefulOperations,
} from "../lib/shapes.ts";
import { median } from "../lib/statistics.ts";
import { taskOf } from "../lib/task.ts";
import { Watch, type WatchedCall } from "../lib/watch.ts";

const part: Part = {
	async measure({ engines, quick, cell = "lstm", shape }) {
		const chosen = shape ?? shapeFrom("32x50x64x128");
		const figures = [];
		for (const engine of engines)
			figures.push(await profile(cell, chosen, engine, quick ? 500 : 3000));
		return figures;
	},
};
export default part;

async function profile(
	cell: CellName,
	shape: Shape,
	engine: EngineName,
	milliseconds: number,
) {
	const task = await taskOf(cell, shape, engine);
	const watch = new Watch(task);
	const { trainer, batch } = task;
	const stepsFor = (duration: number) => {
		const end = performance.now() + duration;
		const all: number[] = [];
		const outside: number[] = [];
		while (performance.now() < end || all.length < 5) {
			const begin = performance.now();
			trainer.step(batch);
			const elapsed = performance.now() - begin;
			all.push(elapsed);
			outside.push(elapsed - watch.next());
		}
		return { whole: median(all), javascript: median(outside) };
	};
	stepsFor(500);
	await new Promise((resume) => setTimeout(resume, 50));
	watch.clear();
	const { whole, javascript } = stepsFor(milliseconds);
	const calls = watch.calls();
	const useful = usefulOperations(cell, shape) / whole / 1e6;
	console.log(
		`\n${cell} ${nameOf(shape)}, ${engine}: ${time(whole)} a step, ${useful.toFixed(1)} useful GFLOP/s`,
	);
	console.log(table(calls, javascript, whole));
	return { cell, shape, engine, whole, javascript, calls };
}

function table(
	calls: readonly WatchedCall[],
	javascript: number,
	whole: number,
): string {
	const rows = calls.map(
		({ layer, kernel, equation, operations, milliseconds }) => [
			layer,
			kernel,
			time(milliseconds),
			percent(milliseconds / whole),
			operations ? (operations / 1e6).toFixed(2) : "",
			operations ? (operations / milliseconds / 1e6).toFixed(1) : "",
			equation,
		],
	);
	return columns([
		["layer", "kernel", "time", "share", "MFLOP", "GFLOP/s", "equation"],
		...rows,
		[
			"",
			"JavaScript",
			time(javascript),
			percent(javascript / whole),
			"",
			"",
			"inputs, targets, tables",
		],
	]);
}
