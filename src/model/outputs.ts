import { sizeOf } from "../compile/network.ts";
import { ShapeError } from "../errors.ts";
import type { Feed } from "../run/runtime.ts";

/** Copies the outputs of a batch out of the workspace. `placeOf` says where those of a row's step go, counted in rows of outputs, or -1
 * where they go nowhere; with lastStep every row has one step. */
export function copyOutputs(
	f32: Float32Array,
	{ job, packing }: Pick<Feed, "job" | "packing">,
	outputs: Float32Array,
	placeOf: (row: number, t: number) => number,
): void {
	const { axis, size, stride, address } = job.program.output;
	const begin = job.address(address) / 4;
	const { perStep } = axis;
	const steps = perStep ? packing.steps : 1;
	for (let t = 0; t < steps; t++) {
		const alive = perStep ? packing.alive[t] : packing.batchSize;
		for (let place = 0; place < alive; place++) {
			const to = placeOf(packing.order[place], t) * size;
			if (to < 0) continue;
			const from = begin + ((perStep ? packing.offset[t] : 0) + place) * (stride / 4);
			for (let j = 0; j < size; j++) outputs[to + j] = f32[from + j];
		}
	}
}

/** An array of zeros for outputs. It may be too large, since a user may set `steps` to far more than any row has. */
export function outputArray(sizes: readonly number[]): Float32Array {
	try {
		return new Float32Array(sizeOf(sizes));
	} catch {
		throw new ShapeError(
			`Model.predict: outputs of [${sizes.join(", ")}] are more than an array can hold. Use fewer rows or fewer steps.`,
		);
	}
}
