import type { Kernels } from "../engine/kernels.ts";
import { addressOf, type Plan, resolve } from "../plan/plan.ts";
import type { Address, Buffer, Call, Capacity, Program } from "../plan/program.ts";
import type { ParameterLayout, Storage } from "./storage.ts";

type Run = () => void;

/** A program in its place, ready to run. */
export interface Job {
	readonly program: Program;
	readonly capacity: Capacity;
	readonly calls: readonly Run[];
	readonly packs: Readonly<Record<"forward" | "backward", readonly Run[]>>;
	address(place: Buffer | Address): number;
}

/** Binds the calls of a plan to the engine's kernels, and their operands to addresses: of what outlives a call in
 * `storage`, of all else in the workspace behind it. */
export function bindPlan(
	{ program, capacity, offsets }: Plan,
	kernels: Kernels,
	storage: Storage,
	layout: ParameterLayout,
): Job {
	const begin = (buffer: Buffer): number => {
		const { space, name } = buffer;
		if (space === "work") return storage.end + (offsets.get(buffer) as number);
		if (space === "packed") return storage.packed.get(name) as number;
		return storage[space] + (layout.offsets.get(name) as number);
	};
	const bind = (call: Call): Run => {
		const { kernel, args } = resolve(call, capacity, begin);
		const run = kernels[kernel];
		return () => run(...args);
	};
	const packsFor = (use: "forward" | "backward") => program.packs.filter((pack) => pack.use === use).map(bind);
	return {
		program,
		capacity,
		calls: program.calls.map(bind),
		packs: { forward: packsFor("forward"), backward: packsFor("backward") },
		address: (place) => ("space" in place ? begin(place) : addressOf(place, capacity, begin)),
	};
}
