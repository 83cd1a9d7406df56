// Arrays as users hold them: of any realm, which `instanceof` would not know, and perhaps with their memory gone.
import { DataError } from "../errors.ts";
import { show } from "../options.ts";
import type { IdArray, ValueArray } from "../sequences.ts";

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
const readName = Object.getOwnPropertyDescriptor(TypedArray, Symbol.toStringTag)?.get as () => string | undefined;

/** The type of a typed array (`Float32Array`), whatever its realm; undefined if it is none. */
export function typedName(value: unknown): string | undefined {
	return readName.call(value);
}

/** Whether a value is a typed array of numbers: not of bigints, and not a DataView. */
export function isNumbers(value: unknown): value is IdArray | ValueArray {
	const name = typedName(value);
	return name !== undefined && !name.startsWith("Big");
}

/** Whether a value is an array, plain or a typed one of numbers. */
export function isList(value: unknown): value is IdArray | ValueArray | readonly unknown[] {
	return Array.isArray(value) || isNumbers(value);
}

/** Whether an array holds numbers end to end, and not arrays of them. The first entry that is not a hole tells. */
export function isFlat(value: unknown): boolean {
	if (!Array.isArray(value)) return isNumbers(value);
	return typeof value.find((entry) => entry !== undefined && entry !== null) !== "object";
}

/** Zeros in a typed array of the same type, but of no subclass (a Buffer's constructor is not that of its numbers). */
export function zerosLike<A extends IdArray | ValueArray>(array: A, size: number): A {
	const types = globalThis as unknown as Record<string, new (size: number) => A>;
	return new types[typedName(array) as string](size);
}

/** Whether a value is a Map, whatever its realm. */
export function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
	try {
		Map.prototype.has.call(value, undefined);
		return true;
	} catch {
		return false;
	}
}

/** Whether a value is a number that is finite in float32. */
export function isFinite32(value: unknown): value is number {
	return typeof value === "number" && Number.isFinite(Math.fround(value));
}

/** Checks that an array still has its memory: without, it would pass for an empty one. */
export function checkMemory(where: string, name: string, value: unknown): void {
	if (!isNumbers(value) || value.length > 0) return;
	try {
		value.keys();
	} catch {
		throw new DataError(
			`${where}: the memory of ${name} is gone: its ArrayBuffer was transferred or has shrunk. Transfer a copy of it: array.slice().`,
		);
	}
}

/** What came in place of an array of numbers, as the end of a sentence. */
export function got(value: unknown): string {
	const isBig = typedName(value)?.startsWith("Big");
	return `got ${show(value)}.${isBig ? " Make its bigints numbers: Int32Array.from(array, Number)." : ""}`;
}
