import { rowName } from "../batch/origin.ts";
import { leavesOf, sizeOf } from "../compile/network.ts";
import { TrainingError } from "../errors.ts";
import { padded, type State } from "../plan/program.ts";
import type { Part } from "../plan/recompute/parts.ts";
import type { Feed, Runtime } from "../run/runtime.ts";

/** Where training stood before a step. */
export interface Progress {
	readonly updates: number;
	/** Of the last update. */
	readonly loss: number;
	readonly norm: number;
	readonly learningRate: number;
}

/** The error of a step whose loss or gradient norm is not finite. */
export function lost(
	where: string,
	runtime: Runtime,
	{ loss, feed }: { readonly loss: number; readonly feed: Feed },
	norm: number,
	last: Progress,
): TrainingError {
	const what = Number.isFinite(loss) ? `the gradient norm became ${norm}` : `the loss became ${loss}`;
	const before =
		last.updates > 0 ? `last loss ${last.loss.toPrecision(3)}, last gradient norm ${last.norm.toPrecision(3)}, ` : "";
	const began = whereItBegan(runtime, feed, loss);
	const areFinite = runtime.network.parameters.every(({ name, shape }) =>
		runtime.parameter(name, sizeOf(shape)).every(Number.isFinite),
	);
	const advice = areFinite
		? "Lower learningRate, set clipNorm, or scale the data."
		: "The parameters are not finite any more: the update before was too large. Go back to a saved model and lower learningRate.";
	return new TrainingError(
		`${where}: ${what} at update ${last.updates + 1} (${before}learningRate ${last.learningRate}). ${began} Nothing was updated. ${advice}`,
	);
}

/** A sentence that says where in a step, whose loss or gradient is not finite, that began: in the state of a layer and, where it
 * did so there, in a gate; in the outputs or the loss; or on the way back. Computes the states again. */
function whereItBegan(runtime: Runtime, feed: Feed, loss: number): string {
	const { parameters } = runtime.network;
	const layers = leavesOf(runtime.network.layers);
	let began: string | undefined;
	runtime.eachPart(feed, (part) => {
		for (const { label, prefix } of layers) {
			const states = feed.job.program.states.filter(({ name }) => name.startsWith(prefix));
			const [first] = states.flatMap((state) => firstOf(runtime, feed, part, state)).sort((a, b) => a.order - b.order);
			if (first !== undefined) began ??= `It began in ${label}: ${first.what()}.`;
		}
	});
	if (began !== undefined) return began;
	if (!Number.isFinite(loss)) return "It began after the recurrent layers, in the outputs or the loss.";
	const faulty = parameters.filter(({ name, shape }) => !runtime.gradient(name, sizeOf(shape)).every(Number.isFinite));
	const last = layers.find(({ prefix }) => faulty.at(-1)?.name.startsWith(prefix));
	return `The loss is finite: it began on the way back${last ? `, in ${last.label}` : ""}.`;
}

/** The first value of a state that is not finite, in the order in which its layer computes it; none where all are. */
function firstOf(
	{ engine: { f32 } }: Runtime,
	feed: Feed,
	part: Part,
	state: State,
): readonly { readonly order: number; readonly what: () => string }[] {
	const { job, packing, shape } = feed;
	const { name, steps, size, stride, reverse } = state;
	const { from, to, origin } = part;
	const width = stride / 4;
	for (let order = 0; order < to - from; order++) {
		const t = reverse ? to - 1 - order : from + order;
		for (let place = 0; place < packing.alive[t]; place++) {
			const row = packing.offset[t] - origin + place;
			const begin = job.address(steps) / 4 + row * width;
			const value = f32.subarray(begin, begin + size).find((value) => !Number.isFinite(value));
			if (value === undefined) continue;
			const what = () =>
				`${name} of step ${t} of row ${rowName(shape.origin, packing.order[place])} is ${value}${gateOf(f32, feed, state, row)}`;
			return [{ order, what }];
		}
	}
	return [];
}

/** Names the first gate of a row that is not finite; empty where all are, or where they have not been kept. */
function gateOf(f32: Float32Array, { job }: Feed, { name }: State, row: number): string {
	if (job.plan.schedule?.kind === "walks") return "";
	const prefix = name.slice(0, name.lastIndexOf(".") + 1);
	const found = job.program.gates.find((gates) => gates.prefix === prefix);
	if (found === undefined) return "";
	const { address, blocks, places, size } = found;
	const width = padded(size);
	const faulty = Object.entries(places).find(([, { block }]) => {
		const begin = job.address(address) / 4 + (row * blocks + block) * width;
		return !f32.subarray(begin, begin + size).every(Number.isFinite);
	});
	return faulty === undefined ? "" : `, as its gate ${faulty[0]} is`;
}
