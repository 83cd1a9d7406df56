/** Finds what is wrong with a value from a file: the path to it, "" for the value itself; undefined where all is right. */
export type Check = (value: unknown) => string | undefined;

export const that =
	(holds: (value: unknown) => boolean): Check =>
	(value) =>
		holds(value) ? undefined : "";

export const isNumber: Check = that((value) => typeof value === "number");
export const isCount: Check = that((value) => Number.isSafeInteger(value) && (value as number) >= 0);
export const isFlag: Check = that((value) => typeof value === "boolean");
export const isText: Check = that((value) => typeof value === "string");
export const isFloats: Check = that((value) => value instanceof Float32Array);

export const optional =
	(check: Check): Check =>
	(value) =>
		value === undefined ? undefined : check(value);

export const record =
	(fields: Readonly<Record<string, Check>>): Check =>
	(value) => {
		if (typeof value !== "object" || value === null || Array.isArray(value)) return "";
		return first(Object.entries(fields).map(([key, check]) => [key, check, (value as Record<string, unknown>)[key]]));
	};

export const list =
	(check: Check, least = 0): Check =>
	(value) =>
		Array.isArray(value) && value.length >= least ? first(value.map((item, index) => [`${index}`, check, item])) : "";

export const mapOf =
	(check: Check): Check =>
	(value) =>
		value instanceof Map ? first([...value].map(([key, item]) => [key, check, item])) : "";

function first(fields: readonly (readonly [string, Check, unknown])[]): string | undefined {
	for (const [key, check, value] of fields) {
		const wrong = check(value);
		if (wrong !== undefined) return wrong === "" ? key : `${key}.${wrong}`;
	}
	return undefined;
}
