import { Capacity } from "../capacity.ts";
import { type Plan, planProgram } from "../plan.ts";
import type { Program } from "../program.ts";
import { computations } from "./checkpoints.ts";
import { mostRows } from "./parts.ts";
import { isWalk } from "./schedule.ts";
import { scheduleSegments } from "./segments.ts";
import { scheduleWalks } from "./walks.ts";

/** Plans a program such that its workspace has at most `limit` bytes: everything is kept where that fits; else gates are computed
 * again from kept states; else states too, part by part, in the parts and with the kept states that need the fewest
 * computations. Without a limit everything is kept that the way back needs.
 * @returns The plan, or where none fits the least that one needs. */
export function planWithin(
	program: Program,
	capacity: Capacity,
	limit = Number.POSITIVE_INFINITY,
): Plan | { readonly least: number } {
	const size = capacity.of(program.axis);
	const rows = mostRows(size);
	if (program.phases.backward.length === 0)
		return planProgram(program, capacity, size.total > rows && hasWalks(program) ? scheduleWalks(program, rows) : undefined);
	const plain = planProgram(program, capacity);
	if (plain.bytes <= limit || !hasWalks(program)) return plain.bytes <= limit ? plain : { least: plain.bytes };
	const walks = planProgram(program, capacity, scheduleWalks(program, rows));
	if (walks.bytes <= limit) return walks;
	return bestSegments(program, capacity, limit) ?? { least: leastOf(program, capacity, Math.min(plain.bytes, walks.bytes)) };
}

function hasWalks({ phases }: Program): boolean {
	return phases.forward.some(isWalk);
}

/** Of the plans in segments that fit, that with the fewest computations, and of those the smallest. */
function bestSegments(program: Program, capacity: Capacity, limit: number): Plan | undefined {
	const size = capacity.of(program.axis);
	let best: { readonly plan: Plan; readonly cost: number } | undefined;
	for (let blocks = 1; blocks === 1 || mostRows(size, blocks / 2) < size.total; blocks *= 2) {
		const parts = countParts(size, blocks);
		const one = planSegments(program, capacity, blocks, 1);
		if (one === undefined) return undefined;
		if (one.bytes > limit) break;
		const slots = Math.min(parts, 1 + Math.floor((limit - one.bytes) / (one.kept?.bytes as number)));
		const cost = computations(parts, slots) / parts;
		if (best !== undefined && cost >= best.cost) continue;
		const plan = planSegments(program, capacity, blocks, fewestSlots(parts, slots)) as Plan;
		best = { plan, cost };
	}
	return best?.plan;
}

function planSegments(program: Program, capacity: Capacity, blocks: number, slots: number): Plan | undefined {
	const schedule = scheduleSegments(program, mostRows(capacity.of(program.axis), blocks), slots);
	return schedule && planProgram(program, capacity, schedule);
}

/** How few slots need no more computations than `slots`. */
function fewestSlots(parts: number, slots: number): number {
	let fewest = slots;
	while (fewest > 1 && computations(parts, fewest - 1) === computations(parts, slots)) fewest--;
	return fewest;
}

/** Into how many parts of `blocks` blocks a batch of full capacity is cut. */
function countParts({ batchSize, total }: { readonly batchSize: number; readonly total: number }, blocks: number): number {
	const block = Math.max(1, Math.floor(mostRows({ batchSize }) / batchSize)) * batchSize;
	const inPart = Math.max(1, Math.floor(mostRows({ batchSize }, blocks) / block)) * block;
	return Math.ceil(total / inPart);
}

function leastOf(program: Program, capacity: Capacity, otherwise: number): number {
	const { batchSize, steps, total } = capacity.of(program.axis);
	const segments = planSegments(program, new Capacity({ batchSize, steps, total }), 1, 1);
	return Math.min(otherwise, segments?.bytes ?? otherwise);
}
