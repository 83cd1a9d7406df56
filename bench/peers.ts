// npm run bench:peers -- [--quick] [--only pytorch,jax-js] [--shape 32x50x64x128] [--engine portable]
// One training step (LSTM, last step, dense(10), cross-entropy, clipping, Adam) here and in every peer: the same task,
// the same initial weights, equal losses over five steps, then samples in turn.
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { node, runsFast, version } from "./lib/node.ts";
import { columns, time } from "./lib/print.ts";
import { saveResults } from "./lib/results.ts";
import { nameOf, reach, type Shape, shapeFrom } from "./lib/shapes.ts";
import { type Estimate, median } from "./lib/statistics.ts";
import { ratio } from "./lib/timing.ts";
import { findPython, nodePeer, type PeerProcess, pythonPeer } from "./peers/process.ts";
import { writeTask } from "./peers/task.ts";

const { values } = parseArgs({
	options: {
		quick: { type: "boolean", default: false },
		only: { type: "string" },
		shape: { type: "string" },
		engine: { type: "string", default: runsFast ? "fast" : "portable" },
	},
});

const python = findPython();
const FILE = "build/peer-task.json";
const own = () => nodePeer(node, "bptt", values.engine, FILE);
const peers: Readonly<Record<string, (() => PeerProcess) | undefined>> = {
	pytorch: python ? () => pythonPeer(python, FILE) : undefined,
	"jax-js": () => nodePeer(node, "jax-js", "wasm", FILE),
	"tfjs-wasm": () => nodePeer(node, "tfjs", "wasm", FILE),
	"tfjs-cpu": () => nodePeer(node, "tfjs", "cpu", FILE),
	"pure-js": () => nodePeer(node, "pure-js", "", FILE),
	"brain.js": () => nodePeer(node, "brain", "", FILE),
};
/** Does other work: its time for one sequence stands against ours for a whole batch, as a footnote. */
const OTHER_WORK = "brain.js";
const chosen = values.only?.split(",") ?? Object.keys(peers);

interface PeerFigure {
	readonly shape: Shape;
	readonly peer: string;
	/** Median milliseconds of a step. */
	readonly milliseconds: number;
	/** Of its first step, with whatever it compiles. */
	readonly first: number;
	/** Its time over ours. */
	readonly ratio: Estimate;
	/** Largest difference of a loss from ours, relative, over five steps; undefined where the work is not the same. */
	readonly difference: number | undefined;
}

/** Losses that differ by more than rounding are not the same work. */
const TOLERANCE = 1e-3;

mkdirSync("build", { recursive: true });
const figures: PeerFigure[] = [];
const shapes = values.shape ? [shapeFrom(values.shape)] : reach.map(({ shape }) => shape);
for (const shape of shapes) {
	await writeTask(shape, FILE);
	console.log(`\n${nameOf(shape)}`);
	for (const name of chosen) {
		const start = peers[name];
		if (start === undefined) console.log(`  ${name}: not on this machine`);
		else await compare(name, start(), shape);
	}
}
console.log(`\n${table()}`);
if (!values.only && !values.shape) saveResults("peers", version(node), { [values.engine]: figures }, values.quick);

async function compare(name: string, peer: PeerProcess, shape: Shape) {
	const ours = own();
	try {
		const [mine, theirs] = [await ours.opened(), await peer.opened()];
		if (mine === undefined || theirs === undefined) {
			console.log(`  ${name}: did not run`);
			return;
		}
		const difference = Math.max(...mine.losses.map((loss, step) => Math.abs(theirs.losses[step] / loss - 1)));
		if (name !== OTHER_WORK)
			console.log(
				`  ${name}: losses ${theirs.losses.map((loss) => loss.toFixed(5)).join(" ")}, ours ${mine.losses.map((loss) => loss.toFixed(5)).join(" ")}`,
			);
		if (name !== OTHER_WORK && !(difference < TOLERANCE)) {
			console.log(`  ${name}: NOT EQUAL WORK, not timed`);
			return;
		}
		const found = await inTurn(ours, peer);
		console.log(`  ${name}: ${time(found.milliseconds)}, ${found.ratio.median.toPrecision(3)} times ours`);
		figures.push({
			shape,
			peer: name,
			first: theirs.first,
			difference: name === OTHER_WORK ? undefined : difference,
			...found,
		});
	} finally {
		ours.end();
		peer.end();
	}
}

/** Samples of both in turn, the first in each round drawn by its number. */
async function inTurn(ours: PeerProcess, peer: PeerProcess) {
	const long = values.quick ? 20 : 50;
	const [a, b]: number[][] = [[], []];
	await ours.sample(300);
	await peer.sample(300);
	const end = performance.now() + (values.quick ? 1000 : 10_000);
	for (let round = 0; round < 5 || performance.now() < end; round++) {
		if (round >= 2 && performance.now() > end + (values.quick ? 2_000 : 30_000)) break;
		if (round % 2) a.push(await ours.sample(long));
		b.push(await peer.sample(long));
		if (round % 2 === 0) a.push(await ours.sample(long));
	}
	return { milliseconds: median(b), ratio: ratio(b, a) };
}

function table(): string {
	return columns([
		["shape", "peer", "its step", "its first step", "over ours", "95 % interval", "losses within"],
		...figures.map(({ shape, peer, milliseconds, first, ratio, difference }) => [
			nameOf(shape),
			peer,
			time(milliseconds),
			time(first),
			ratio.median.toPrecision(3),
			`${ratio.low.toPrecision(3)} to ${ratio.high.toPrecision(3)}`,
			difference?.toExponential(0) ?? "other work",
		]),
	]);
}
