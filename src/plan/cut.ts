import { type KernelName, kernels } from "../engine/kernels.ts";
import { type Axis, bufferOf, type Cut, type Operand } from "./program.ts";

/** What a call may be cut along, as its kernel says; undefined where it can't be cut.
 * @param axes Those that the call's packing may be of.
 * @param count How many things it is cut along, where neither its packing nor an operand says so. */
export function cutOf(
	kernel: KernelName,
	operands: Readonly<Record<string, Operand>>,
	axes: Readonly<Record<"steps" | "sequences", Axis>>,
	count: number | undefined,
): Cut | undefined {
	const along = kernels[kernel].cut;
	if (along === undefined) return undefined;
	if (along === "sequences" || along === "steps") {
		const packing = bufferOf(operands.packing as Operand);
		const axis = packing === axes.sequences.packing ? axes.sequences : axes.steps;
		const field = along === "sequences" ? "batchSize" : "total";
		return { along, size: (capacity) => capacity.of(axis)[field] };
	}
	const size = operands[along] ?? count;
	if (typeof size !== "number") throw new Error(`internal: ${kernel} is cut along ${along}, which nobody counts.`);
	return { along, size: () => size };
}
