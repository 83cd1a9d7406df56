import { reluSlope, tanhSlope } from "./activations.ts";
import { timeOrder } from "./direction.ts";
import { add, addOuter, at, type Matrix, map, matrix, mul, row, timesTransposed, type Vector } from "./matrix.ts";
import type { RnnPass } from "./rnn.ts";

/** What Omega takes for constant at a step of one row: δ = ∂L/∂h[t], and dz[t] = δ ⊙ f'(z[t]). */
export interface OmegaTerm {
	readonly delta: Vector;
	readonly dz: Vector;
}

/** The least ‖δ‖ that has a term. */
const LEAST = 1e-20;

const norm = (v: Vector) => Math.hypot(...v);

/** The terms of one row: of each step with a state before it, but none of the first step unless an initial state was given.
 * dh [T, H] is the gradient from above at every step, dhFinal what arrives at the final state besides. */
export function omegaTerms(
	Wh: Matrix,
	pass: RnnPass,
	dh: Matrix,
	{ dhFinal = new Float64Array(Wh.columns), isGiven }: { readonly dhFinal?: Vector; readonly isGiven: boolean },
): OmegaTerm[] {
	const slope = pass.activation === "tanh" ? tanhSlope : reluSlope;
	const order = timeOrder(pass.steps.length, !pass.reverse);
	let dhNext = dhFinal;
	const all = order.map((t): OmegaTerm => {
		const delta = add(row(dh, t), dhNext);
		const dz = mul(delta, slope(at(pass.steps, t).h));
		dhNext = timesTransposed(Wh, dz);
		return { delta, dz };
	});
	return (isGiven ? all : all.slice(0, -1)).filter(({ delta }) => norm(delta) >= LEAST);
}

/** Omega of one layer (Pascanu, Mikolov & Bengio 2013), over the terms of all rows and steps, each of them constant.
 *   Ω = mean of (‖Whᵀ·dz‖/‖δ‖ - 1)² */
export function omega(Wh: Matrix, terms: readonly OmegaTerm[]): number {
	const sum = terms.reduce((all, { delta, dz }) => all + (norm(timesTransposed(Wh, dz)) / norm(delta) - 1) ** 2, 0);
	return terms.length > 0 ? sum / terms.length : 0;
}

/** Its derivative, 0 where Whᵀ·dz is.
 *   dWh = mean of dz·dBackᵀ   dBack = 2(‖back‖/‖δ‖ - 1)/(‖back‖·‖δ‖)·back   back = Whᵀ·dz */
export function omegaGradient(Wh: Matrix, terms: readonly OmegaTerm[]): Matrix {
	const dWh = matrix(Wh.rows, Wh.columns);
	for (const { delta, dz } of terms) {
		const back = timesTransposed(Wh, dz);
		const [length, arrived] = [norm(back), norm(delta)];
		if (length === 0) continue;
		const factor = (2 * (length / arrived - 1)) / (length * arrived) / terms.length;
		addOuter(
			dWh,
			dz,
			map(back, (value) => factor * value),
		);
	}
	return dWh;
}
