import type { Gradients } from "./gradients.ts";
import { addTo, dot, type Matrix, map, mul, row, rowsOf, stack, subtract, type Vector } from "./matrix.ts";

export type LayerNormParameters = {
	/** [size] */
	readonly weight: Vector;
	/** [size] */
	readonly bias: Vector;
};

const EPSILON = 1e-5;

const meanOf = (v: Vector) => v.reduce((sum, value) => sum + value, 0) / v.length;

/** u = (x - mean)·s with s = 1 / √(variance + 1e-5). */
function normalized(x: Vector): { readonly u: Vector; readonly s: number } {
	const mean = meanOf(x);
	const d = map(x, (value) => value - mean);
	const s = 1 / Math.sqrt(meanOf(mul(d, d)) + EPSILON);
	return { u: map(d, (value) => value * s), s };
}

/** Layer normalisation of each row (Ba et al. 2016; torch.nn.LayerNorm), x [T, size] → y [T, size].
 *   y[t] = u[t]⊙weight + bias */
export function layerNormForward({ weight, bias }: LayerNormParameters, x: Matrix): Matrix {
	return stack(rowsOf(x).map((xt) => mul(normalized(xt).u, weight).map((value, j) => value + (bias[j] as number))));
}

/** With g = dy[t]⊙weight:
 *   dx[t] = s·(g - mean(g) - u·mean(g⊙u))   dweight += Σ dy[t]⊙u[t]   dbias += Σ dy[t] */
export function layerNormBackward(
	{ weight }: LayerNormParameters,
	x: Matrix,
	dy: Matrix,
	{ dweight, dbias }: Gradients<LayerNormParameters>,
): Matrix {
	return stack(
		rowsOf(dy).map((dyt, t) => {
			const { u, s } = normalized(row(x, t));
			addTo(dweight, mul(dyt, u));
			addTo(dbias, dyt);
			const g = mul(dyt, weight);
			const slope = dot(g, u) / u.length;
			const rest = subtract(
				g,
				map(u, (value) => value * slope),
			);
			return map(rest, (value) => s * (value - meanOf(g)));
		}),
	);
}
