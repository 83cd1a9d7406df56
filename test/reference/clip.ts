import type { Vector } from "./matrix.ts";

/** torch.nn.utils.clip_grad_norm_: scales all gradients together, in place; returns the norm before.
 *   norm = sqrt(Σ g²)   g *= min(1, clipNorm / (norm + 1e-6)) */
export function clipByNorm(gradients: Iterable<Vector>, clipNorm: number): number {
	const all = [...gradients];
	const norm = Math.hypot(...all.map((g) => Math.hypot(...g)));
	const scale = Math.min(1, clipNorm / (norm + 1e-6));
	for (const g of all) g.set(g.map((v) => v * scale));
	return norm;
}

/** torch.nn.utils.clip_grad_value_: g = min(max(g, -clipValue), clipValue), in place. */
export function clipByValue(gradients: Iterable<Vector>, clipValue: number): void {
	for (const g of gradients) g.set(g.map((v) => Math.min(Math.max(v, -clipValue), clipValue)));
}

/** torch.nn.utils.clip_grad_norm_ of each parameter alone, in place. */
export function clipByParameterNorm(gradients: Iterable<Vector>, clipParameterNorm: number): void {
	for (const g of gradients) clipByNorm([g], clipParameterNorm);
}

/** Adaptive gradient clipping of one parameter (Brock et al. 2021), in place: rows of `size` values are units.
 *   g_i *= λ·max(‖W_i‖, 1e-3) / ‖g_i‖   where ‖g_i‖ > λ·max(‖W_i‖, 1e-3) */
export function clipAdaptively(g: Vector, W: Vector, size: number, lambda: number): void {
	for (let first = 0; first < g.length; first += size) {
		const unit = g.subarray(first, first + size);
		const limit = lambda * Math.max(Math.hypot(...W.subarray(first, first + size)), 1e-3);
		const norm = Math.hypot(...unit);
		if (norm > limit) unit.set(unit.map((v) => (v * limit) / norm));
	}
}

/** Limits of clipping, each if it is there. */
export interface Clipping {
	readonly clipAdaptive?: number | undefined;
	readonly clipParameterNorm?: number | undefined;
	readonly clipNorm?: number | undefined;
	readonly clipValue?: number | undefined;
}

/** A parameter to be clipped: values, gradient, shape. */
export interface Clipped {
	readonly values: Vector;
	readonly gradient: Vector;
	readonly shape: readonly number[];
}

/** Clips gradients in place in every way that is asked for, in the order of {@link Clipping}; a matrix has a unit for each
 * row, a vector is one. Returns the norm of all gradients before. */
export function clipAll(parameters: readonly Clipped[], limits: Clipping): number {
	const gradients = parameters.map(({ gradient }) => gradient);
	const norm = clipByNorm(gradients, Infinity);
	const { clipAdaptive, clipParameterNorm, clipNorm, clipValue } = limits;
	if (clipAdaptive !== undefined)
		for (const { values, gradient, shape } of parameters)
			clipAdaptively(gradient, values, shape.at(-1) as number, clipAdaptive);
	if (clipParameterNorm !== undefined) clipByParameterNorm(gradients, clipParameterNorm);
	if (clipNorm !== undefined) clipByNorm(gradients, clipNorm);
	if (clipValue !== undefined) clipByValue(gradients, clipValue);
	return norm;
}
