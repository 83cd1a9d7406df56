import type { Capacity } from "../capacity.ts";
import { type Plan, planProgram } from "../plan.ts";
import type { Program } from "../program.ts";
import { computations } from "./checkpoints.ts";
import { countParts, mostRows } from "./parts.ts";
import { isWalk } from "./schedule.ts";
import { scheduleSegments } from "./segments.ts";
import { scheduleWalks } from "./walks.ts";

/** A plan, and how often it computes what it takes to get from step to step. */
interface Choice {
	readonly plan: Plan;
	readonly computations: number;
}

/** Plans a program such that its workspace has at most `limit` bytes. Where everything fits that the way back needs, it is kept; else
 * the plan is chosen that computes the least again: the gates, or all of the steps in segments. Without a way back, gates
 * are kept for one part only.
 * @returns The plan, or where none fits the least that one needs. */
export function planWithin(
	program: Program,
	capacity: Capacity,
	limit = Number.POSITIVE_INFINITY,
): Plan | { readonly least: number } {
	const size = capacity.of(program.axis);
	const rows = mostRows(size);
	const mayCut = size.total > rows && program.phases.forward.some(isWalk);
	if (program.phases.backward.length === 0)
		return planProgram(program, capacity, mayCut ? scheduleWalks(program, rows) : undefined);
	const plain = planProgram(program, capacity);
	if (plain.bytes <= limit) return plain;
	if (!mayCut) return { least: plain.bytes };
	const walks = inWalks(program, capacity, rows);
	const choices = [...(walks.plan.bytes <= limit ? [walks] : []), ...inSegments(program, capacity, limit)];
	choices.sort((a, b) => a.computations - b.computations || a.plan.bytes - b.plan.bytes);
	if (choices[0] !== undefined) return choices[0].plan;
	const smallest = segments(program, capacity, 1, 1)?.bytes ?? Number.POSITIVE_INFINITY;
	return { least: Math.min(plain.bytes, walks.plan.bytes, smallest) };
}

function inWalks(program: Program, capacity: Capacity, rows: number): Choice {
	const schedule = scheduleWalks(program, rows);
	const isAgain = schedule.loops.some(({ walk }) => walk !== undefined && walk.again.length > 0);
	return { plan: planProgram(program, capacity, schedule), computations: isAgain ? 2 : 1 };
}

/** The plans in segments that fit, of parts of 1, 2, 4, … blocks each with as many kept states as fit and are of use. */
function inSegments(program: Program, capacity: Capacity, limit: number): Choice[] {
	const size = capacity.of(program.axis);
	const choices: Choice[] = [];
	for (let blocks = 1; blocks === 1 || mostRows(size, blocks / 2) < size.total; blocks *= 2) {
		const parts = countParts(size, blocks);
		const one = segments(program, capacity, blocks, 1);
		if (one?.kept === undefined || one.bytes > limit) break;
		const most = Math.min(parts, 1 + Math.floor((limit - one.bytes) / one.kept.bytes));
		const needed = computations(parts, most);
		let slots = most;
		while (slots > 1 && computations(parts, slots - 1) === needed) slots--;
		choices.push({ plan: segments(program, capacity, blocks, slots) as Plan, computations: needed / parts });
	}
	return choices;
}

function segments(program: Program, capacity: Capacity, blocks: number, slots: number): Plan | undefined {
	const schedule = scheduleSegments(program, mostRows(capacity.of(program.axis), blocks), slots);
	return schedule && planProgram(program, capacity, schedule);
}
