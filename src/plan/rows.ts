import { valuesCost } from "./cost.ts";
import type { Address, Axis, Buffer, WriteCall } from "./program.ts";

/** Who adds calls to a program. */
interface Caller {
	readonly call: WriteCall;
}

/** Rows of memory, `stride` bytes apart. */
export interface Rows {
	readonly address: Buffer | Address;
	readonly stride: number;
	/** Floats past the values that are set to zero. */
	readonly zeros?: number;
}

/** Sets all rows of a buffer to zero. */
export function zeroRows(builder: Caller, axis: Axis, target: Buffer | Address, stride: number): void {
	const account = { equation: "= 0", cost: valuesCost(axis, stride / 4) };
	builder.call("zeroRows", { packing: axis.packing, target, ldt: stride }, account);
}

/** Copies `size` values of every row, and zeros what pads them in the target, where there is any. */
export function copyRows(
	builder: Caller,
	axis: Axis,
	source: Rows,
	target: Rows,
	size: number,
	equation: string,
): void {
	builder.call(
		"copyRows",
		{
			...{ packing: axis.packing, source: source.address, lds: source.stride, columns: size },
			...{ target: target.address, ldt: target.stride, zeros: target.zeros ?? 0 },
		},
		{ equation, cost: valuesCost(axis, size) },
	);
}

/** Adds `size` values of every row to a target. */
export function addRows(builder: Caller, axis: Axis, source: Rows, target: Rows, size: number, equation: string): void {
	builder.call(
		"addRows",
		{
			...{ packing: axis.packing, source: source.address, lds: source.stride, columns: size },
			...{ target: target.address, ldt: target.stride },
		},
		{ equation, cost: valuesCost(axis, size, 1) },
	);
}
