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
