// What the initializers share.

import { checkKeys, checkNumber } from "../../options.ts";
import type { Random } from "../../random/random.ts";

/** What an initializer fills at a time: a gate's block of a matrix, `[rows, columns]`, or a whole vector, `[rows, 1]`. */
export interface Block {
	readonly values: Float32Array;
	readonly rows: number;
	readonly columns: number;
	/** Of a vector, as in {@link ParameterSpec}. */
	readonly gates: readonly number[];
}

/** How one type of initializer works. */
export interface InitializerType<Name extends string = string, Setting extends string = string> {
	readonly type: Name;
	/** Its one number, if it has one. */
	readonly setting?: Setting;
	readonly least?: number;
	/** What the number is where none is given. */
	readonly otherwise?: number;
	/** Where it has a meaning, if not for every parameter. */
	readonly only?: "matrices" | "gates";
	/** Writes the initial values. */
	fill(block: Block, random: Random, setting: number): void;
}

/** The description that a type of initializer makes of its options: frozen plain data. */
export function describe<Name extends string, Setting extends string = never>(
	{ type, setting, least = -Infinity, otherwise }: InitializerType<Name, Setting>,
	options: { readonly [S in Setting]?: unknown },
): { readonly type: Name } & { readonly [S in Setting]: number } {
	checkKeys(type, options, setting ? [setting] : []);
	const settings = setting && { [setting]: checkNumber(type, setting, options[setting] ?? otherwise, { least }) };
	return Object.freeze({ type, ...settings } as ReturnType<typeof describe<Name, Setting>>);
}
