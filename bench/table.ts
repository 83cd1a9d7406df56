// npm run bench:table: the tables of README.md, from bench/results/.
import { existsSync, readFileSync } from "node:fs";
import { percent, time } from "./lib/print.ts";
import type { Results } from "./lib/results.ts";
import { nameOf, reach, type Shape } from "./lib/shapes.ts";
import type { Estimate } from "./lib/statistics.ts";
import type { StepFigure } from "./parts/step.ts";
import type { StreamFigure } from "./parts/stream.ts";

interface PeerFigure {
	readonly shape: Shape;
	readonly peer: string;
	readonly ratio: Estimate;
}

const step = results("step");
if (step) {
	const { fast, portable } = step.figures as Record<string, StepFigure[]>;
	console.log(`Training step, ${origin(step)}. Share of the hardware's rate:\n`);
	const rows = reach.map(({ shape }) => [
		nameOf(shape),
		...(["lstm", "gru", "rnn"] as const).flatMap((cell) =>
			[fast, portable].map((figures) => {
				const figure = figures?.find((one) => one.cell === cell && nameOf(one.shape) === nameOf(shape));
				if (figure === undefined) return "-";
				const { milliseconds, share } = figure;
				return `${time(milliseconds)}, ${percent(share.median)}`;
			}),
		),
	]);
	const heads = ["LSTM", "GRU", "RNN"].flatMap((cell) => [`${cell} fast`, `${cell} portable`]);
	print(["batch x steps, input -> hidden", ...heads], rows);
}

const peers = results("peers");
if (peers) {
	const figures = Object.values(peers.figures).flat() as PeerFigure[];
	const names = [...new Set(figures.map(({ peer }) => peer))];
	console.log(`\nTheir time over ours, the same LSTM step, one thread, ${origin(peers)}:\n`);
	const rows = reach.map(({ shape }) => [
		nameOf(shape),
		...names.map((name) => {
			const figure = figures.find((one) => one.peer === name && nameOf(one.shape) === nameOf(shape));
			if (figure === undefined) return "-";
			const { median, low, high } = figure.ratio;
			return `${short(median)} (${short(low)} to ${short(high)})`;
		}),
	]);
	print(["batch x steps, input -> hidden", ...names], rows);
}

const stream = results("stream");
if (stream) {
	console.log(`\nStreaming, LSTM and dense(10), ${origin(stream)}:\n`);
	const figures = stream.figures as Record<string, StreamFigure[]>;
	const rows = Object.entries(figures).flatMap(([engine, found]) =>
		found.map(({ shape, push, predict }) => [
			`${shape.inputSize} -> ${shape.hiddenSize}, ${engine}`,
			`${push.median.toFixed(2)} µs`,
			`${predict.median.toFixed(1)} µs`,
		]),
	);
	print(["input -> hidden", "`stream.push`", "`predict`, 20 steps"], rows);
}

function results(part: string): Results | undefined {
	const file = `bench/results/${part}.json`;
	if (!existsSync(file)) return undefined;
	return JSON.parse(readFileSync(file, "utf8"));
}

function origin({ cpu, node }: Results): string {
	return `${cpu}, Node.js ${node}`;
}

function short(ratio: number): string {
	return ratio < 9.95 ? ratio.toFixed(1) : ratio.toFixed(0);
}

function print(head: readonly string[], rows: readonly string[][]): void {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	console.log(line(head));
	console.log(line(head.map((_, at) => (at === 0 ? "---" : "---:"))));
	for (const row of rows) console.log(line(row));
}
