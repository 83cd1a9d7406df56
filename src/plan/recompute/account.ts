import type { Plan } from "../plan.ts";
import type { Call } from "../program.ts";
import { computations } from "./checkpoints.ts";
import { countParts, mostRows } from "./parts.ts";

/** What a plan keeps of the way forward for the way back, and the operations with which it computes the rest again. */
export interface Account {
	readonly kept: string;
	readonly extraOperations: number;
}

/** Says so of a plan, for a batch of full capacity. */
export function accountOf({ program, capacity, schedule }: Plan): Account {
	const operations = (calls: readonly Call[]) => calls.reduce((sum, { cost }) => sum + cost.operations(capacity), 0);
	if (schedule === undefined || program.phases.backward.length === 0)
		return { kept: program.phases.backward.length === 0 ? "nothing for a way back" : "everything", extraOperations: 0 };
	if (schedule.kind === "walks") {
		const again = schedule.loops.flatMap(({ walk }) => walk?.again ?? []);
		const what = again.length > 0 ? "states; gates are computed again" : "states";
		return { kept: what, extraOperations: operations(again) };
	}
	const size = capacity.of(program.axis);
	const parts = countParts(size, schedule.rows / mostRows(size));
	const times = computations(parts, schedule.slots) / parts;
	return {
		kept: `states at ${schedule.slots} of ${parts} borders in time; each part between them is computed ${times.toFixed(2)} times`,
		extraOperations: Math.round((times - 1) * operations(schedule.advance)),
	};
}
