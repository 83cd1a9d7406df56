// What an optimizer keeps of each parameter, to be looked at.

import type { ParameterLayout } from "../compile/layout.ts";
import { sizeOf } from "../compile/network.ts";
import { OptionError } from "../errors.ts";
import { checkChoice, show } from "../options.ts";
import type { Runtime } from "../run/runtime.ts";

/** Checks the name of something that is kept of each parameter. */
export function checkSlot(where: string, slots: readonly string[], name: string): void {
	if (slots.length === 0) throw new OptionError(`${where}: the optimizer keeps nothing, got ${show(name)}.`);
	checkChoice(where, "name", name, slots);
}

/** What a region that is laid out as all parameters has from a parameter on. */
export function ofParameter({ offsets }: ParameterLayout, name: string, region: Float32Array): Float32Array {
	return region.subarray((offsets.get(name) as number) / 4);
}

/** A slot as a copy for each parameter; zeros where nothing is kept yet. */
export function readSlot(
	{ network, layout }: Runtime,
	slot: Float32Array | undefined,
): ReadonlyMap<string, Float32Array> {
	const copies = network.parameters.map(({ name, shape }): [string, Float32Array] => {
		const size = sizeOf(shape);
		return [name, slot ? ofParameter(layout, name, slot).slice(0, size) : new Float32Array(size)];
	});
	return new Map(copies);
}
