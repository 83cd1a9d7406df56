import { ShapeError } from "../errors.ts";
import { checkInteger, checkKeys } from "../options.ts";
import type { TargetScale, UnscaleOptions } from "../sequences.ts";
import { countTo } from "./rows.ts";
import type { Scaler } from "./scaler.ts";

/** The scale of targets that are columns of scaled series.
 * @param scalers Of each series.
 * @param size How many rows there are.
 * @param columns Numbers of the features that are predicted. Default: all.
 * @param seriesOf Which series a row is of. */
export function scaledBy(
	scalers: readonly Scaler[],
	size: number,
	columns: readonly number[] | undefined,
	seriesOf: (row: number) => number = () => 0,
): TargetScale {
	const isShared = scalers.every((scaler) => scaler === scalers[0]);
	const map = (where: string, method: "inverse" | "inverseSpread", values: Float32Array, options: UnscaleOptions) => {
		checkKeys(where, options, ["rows", "levels"]);
		const how = { columns, levels: options.levels };
		if (isShared) return (scalers[0] as Scaler)[method](values, how);
		const rows = options.rows ?? countTo(size);
		const share = values.length / rows.length;
		if (!Number.isInteger(share))
			throw new ShapeError(`${where}: values must be equal shares of ${rows.length} rows, got ${values.length}.`);
		const out = new Float32Array(values.length);
		for (let i = 0; i < rows.length; i++) {
			const row = checkInteger(where, `rows[${i}]`, rows[i], { least: 0, most: size - 1 });
			const scaler = scalers[seriesOf(row)] as Scaler;
			out.set(scaler[method](values.subarray(i * share, (i + 1) * share), how), i * share);
		}
		return out;
	};
	return {
		unscaled: (values, options = {}) => map("targetScale.unscaled", "inverse", values, options),
		unscaledSpread: (values, options = {}) => map("targetScale.unscaledSpread", "inverseSpread", values, options),
	};
}
