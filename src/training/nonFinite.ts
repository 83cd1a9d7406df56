import { rowName } from "../batch/origin.ts";
import { sizeOf } from "../compile/network.ts";
import type { State } from "../plan/program.ts";
import type { Part } from "../plan/recompute/parts.ts";
import type { Feed, Runtime } from "../run/runtime.ts";

/** A sentence that says where in a step, whose loss or gradient is not finite, that began: in the state of a layer, in the outputs
 * or the loss, or on the way back. */
export function whereItBegan(runtime: Runtime, feed: Feed, loss: number): string {
	const { parameters, layers } = runtime.network;
	let began: string | undefined;
	runtime.eachPart(feed, (part) => {
		for (const [index, { label }] of layers.entries()) {
			const states = feed.job.program.states.filter(({ name }) => name.startsWith(`${index}.`));
			const [first] = states.flatMap((state) => firstOf(runtime, feed, part, state)).sort((a, b) => a.order - b.order);
			if (first !== undefined) began ??= `It began in ${label}: ${first.what}.`;
		}
	});
	if (began !== undefined) return began;
	if (!Number.isFinite(loss)) return "It began after the recurrent layers, in the outputs or the loss.";
	const faulty = parameters.filter(({ name, shape }) => !runtime.gradient(name, sizeOf(shape)).every(Number.isFinite));
	const last = Number(faulty.at(-1)?.name.split(".")[0]);
	return `The loss is finite: it began on the way back${Number.isNaN(last) ? "" : `, in ${layers[last]?.label}`}.`;
}

/** The first value of a state that is not finite, in the order in which its layer computes it; none where all are. */
function firstOf(
	{ engine: { f32 } }: Runtime,
	{ job, packing, shape }: Feed,
	{ from, to, origin }: Part,
	{ name, steps, size, stride, reverse }: State,
): readonly { readonly order: number; readonly what: string }[] {
	const width = stride / 4;
	for (let order = 0; order < to - from; order++) {
		const t = reverse ? to - 1 - order : from + order;
		for (let place = 0; place < packing.alive[t]; place++) {
			const begin = job.address(steps) / 4 + (packing.offset[t] - origin + place) * width;
			const value = f32.subarray(begin, begin + size).find((value) => !Number.isFinite(value));
			if (value === undefined) continue;
			const row = rowName(shape.origin, packing.order[place]);
			return [{ order, what: `${name} of step ${t} of row ${row} is ${value}` }];
		}
	}
	return [];
}
