import type { Builder } from "../plan/builder.ts";
import { parametersCost } from "../plan/cost.ts";
import { at, type Buffer } from "../plan/program.ts";
import { layoutOf } from "./layout.ts";
import { type Network, sizeOf } from "./network.ts";

/** The ways to clip each parameter's gradient by itself, in the order in which they follow each other: the kernels that do
 * it, each with a setting of the same name, its limit. */
export const parameterClips = ["clipAdaptive", "clipParameterNorm"] as const;

export type ParameterClip = (typeof parameterClips)[number];

/** Writes the calls that clip the gradient of each parameter by itself. Returns the clipped gradients, which are a copy. */
export function writeClips(
	builder: Builder,
	network: Network,
	gradients: Buffer,
	clips: readonly ParameterClip[],
): Buffer {
	const { offsets, bytes } = layoutOf(network);
	const clipped = builder.work("clipped gradients", () => bytes);
	builder.call(
		"copy",
		{ source: gradients, target: clipped },
		{ equation: "clipped = g", cost: parametersCost(bytes / 4), count: bytes / 16 },
	);
	for (const { name, shape } of network.parameters) {
		const size = sizeOf(shape);
		const units = shape.length > 1 ? (shape[0] as number) : 1;
		const g = at(clipped, offsets.get(name));
		if (clips.includes("clipAdaptive"))
			builder.call(
				"clipAdaptive",
				{ p: builder.parameter(name), g, units, size: size / units, most: { setting: "clipAdaptive" } },
				{
					equation: `each unit's d${name} *= min(1, clipAdaptive·max(‖p‖, 1e-3) / ‖g‖)`,
					cost: parametersCost(size, 5),
				},
			);
		if (clips.includes("clipParameterNorm"))
			builder.call(
				"clipParameterNorm",
				{ g, size, most: { setting: "clipParameterNorm" } },
				{ equation: `d${name} *= min(1, clipParameterNorm / (‖g‖ + 1e-6))`, cost: parametersCost(size, 3) },
			);
	}
	return clipped;
}
