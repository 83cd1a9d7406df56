import { rowName } from "../batch/origin.ts";
import type { Kernels } from "../engine/kernels.ts";
import { OptionError, TrainingError } from "../errors.ts";
import type { Loss } from "../losses/loss.ts";
import { show } from "../options.ts";
import type { Feed, Runtime } from "../run/runtime.ts";

/** What calls `ownLoss` run for a batch: a user's loss, row by row of the span, on copies.
 *
 *   losses[k] = w[k] · loss(y[k], target[k])     dy[k,j] = scale · w[k] · gradient[j], zero past O
 *
 * Rows of weight 0 are left out. Where outputs are not finite, the loss is NaN without being asked.
 * @param skips Whether a loss that is not finite stands as it is, since the step will be skipped. */
export function ownKernel(
	where: string,
	{ engine }: Runtime,
	{ name, targets: kind, outputs: share, row }: Loss,
	feed: Feed,
	skips: boolean,
): Kernels["ownLoss"] {
	let [outputs, gradient] = [new Float32Array(0), new Float32Array(0)];
	let targets: Float32Array | Int32Array = outputs;
	const fail = (k: number, what: string) =>
		new TrainingError(`${where}: loss "${name}" ${what} for ${placeOf(feed, k)}. Nothing was updated.`);
	const call = (k: number): number => {
		let loss: unknown;
		try {
			loss = row?.(outputs, targets, gradient);
		} catch (error) {
			throw fail(k, `threw ${error instanceof Error ? `"${error.message}"` : show(error)}`);
		}
		if (typeof loss !== "number") {
			throw new OptionError(
				`${where}: loss "${name}" must return a number, got ${show(loss)} for ${placeOf(feed, k)}. Nothing was updated.`,
			);
		}
		if (skips) return loss;
		if (!Number.isFinite(loss)) throw fail(k, `returned ${loss}`);
		const wrong = gradient.findIndex((value) => !Number.isFinite(value));
		if (wrong >= 0) throw fail(k, `set gradient[${wrong}] to ${gradient[wrong]}`);
		return loss;
	};
	return (...operands) => {
		const [packing, y, ldy, O, from, ldt, weights, dy, losses] = operands.map((operand) => operand / 4) as number[];
		const { f32, i32, f64 } = engine;
		const size = (O as number) * 4;
		const width = kind === "ids" ? 1 : size / share;
		if (outputs.length !== size) {
			[outputs, gradient] = [new Float32Array(size), new Float32Array(size)];
			targets = kind === "ids" ? new Int32Array(1) : new Float32Array(width);
		}
		const { first, after, scale } = spanAt(i32, f32, packing as number);
		for (let k = first; k < after; k++) {
			const at = (y as number) + k * (ldy as number);
			const to = (dy as number) + k * (ldy as number);
			const target = (from as number) + k * (ldt as number);
			const weight = f32[(weights as number) + k] as number;
			outputs.set(f32.subarray(at, at + size));
			targets.set((kind === "ids" ? i32 : f32).subarray(target, target + width));
			gradient.fill(0);
			const isSound = outputs.every(Number.isFinite);
			const loss = weight === 0 ? 0 : isSound ? call(k) : Number.NaN;
			f64[(losses as number) / 2 + k] = weight * loss;
			f32.fill(0, to, to + (ldy as number));
			const factor = scale * weight;
			if (factor !== 0) for (let j = 0; j < size; j++) f32[to + j] = factor * (gradient[j] as number);
		}
		return 0;
	};
}

/** The packed rows of a packing's span, and the loss scale (assembly/packing.ts). */
function spanAt(i32: Int32Array, f32: Float32Array, packing: number) {
	const [begin, end] = [i32[packing + 5] as number, (i32[packing + 6] as number) - 1];
	const alive = (t: number) => i32[packing + 8 + 2 * t] as number;
	const offset = (t: number) => i32[packing + 9 + 2 * t] as number;
	return { first: offset(begin), after: offset(end) + alive(end), scale: f32[packing + 3] as number };
}

/** What a user calls a row of outputs. */
function placeOf({ job, packing, shape }: Feed, k: number): string {
	const { order, offset } = packing;
	if (!job.program.output.axis.perStep) return `row ${rowName(shape.origin, order[k] as number)}`;
	const t = offset.findLastIndex((begin, step) => step < packing.steps && begin <= k);
	return `step ${t} of row ${rowName(shape.origin, order[k - (offset[t] as number)] as number)}`;
}
