import type { NamedTensor, Tensor } from "./safetensors.ts";

/** Marks of what JSON has not. */
interface Mark {
	/** A Float32Array, a tensor of the file by the name of its place. */
	readonly $tensor?: true;
	/** A Map of strings, as its entries. */
	readonly $map?: readonly (readonly [string, unknown])[];
	/** A number that is not finite. */
	readonly $number?: string;
}

/** Data as JSON has them: arrays of floats leave to `tensors`, named by their place; functions and what is undefined are left out. */
export function plainOf(value: unknown, place: string, tensors: NamedTensor[]): unknown {
	if (value instanceof Float32Array) {
		tensors.push({ name: place, shape: [value.length], data: value });
		return { $tensor: true };
	}
	if (typeof value === "number") return Number.isFinite(value) ? value : { $number: String(value) };
	if (value instanceof Map)
		return { $map: Array.from(value, ([key, item]) => [key, plainOf(item, `${place}.${key}`, tensors)]) };
	if (Array.isArray(value) || value instanceof Float64Array)
		return Array.from(value, (item, index) => plainOf(item, `${place}.${index}`, tensors) ?? null);
	if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [key, plainOf(item, `${place}.${key}`, tensors)]),
	);
}

/** The inverse; a tensor that is missing is undefined. */
export function fromPlain(value: unknown, place: string, tensors: ReadonlyMap<string, Tensor>): unknown {
	if (Array.isArray(value)) return value.map((item, index) => fromPlain(item, `${place}.${index}`, tensors));
	if (typeof value !== "object" || value === null) return value;
	const { $tensor, $map, $number } = value as Mark;
	if ($tensor) return tensors.get(place)?.data;
	if (typeof $number === "string") return Number($number);
	if (Array.isArray($map))
		return new Map($map.map((entry) => [String(entry?.[0]), fromPlain(entry?.[1], `${place}.${entry?.[0]}`, tensors)]));
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [key, fromPlain(item, `${place}.${key}`, tensors)]),
	);
}
