// What an optimizer keeps of each parameter, to be looked at.

import { sizeOf } from "../compile/network.ts";
import { OptionError } from "../errors.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import { checkChoice, show } from "../options.ts";
import type { Runtime } from "../run/runtime.ts";

/** Checks the name of something that an optimizer keeps. */
export function checkSlot(where: string, { slots }: Optimizer, name: string): void {
	if (slots.length === 0) throw new OptionError(`${where}: the optimizer keeps nothing, got ${show(name)}.`);
	checkChoice(where, "name", name, slots);
}

/** A slot as a copy for each parameter; zeros where nothing is kept yet. */
export function readSlot(
	{ network, layout }: Runtime,
	slot: Float32Array | undefined,
): ReadonlyMap<string, Float32Array> {
	const copies = network.parameters.map(({ name, shape }): [string, Float32Array] => {
		const begin = (layout.offsets.get(name) as number) / 4;
		const size = sizeOf(shape);
		return [name, slot?.slice(begin, begin + size) ?? new Float32Array(size)];
	});
	return new Map(copies);
}
