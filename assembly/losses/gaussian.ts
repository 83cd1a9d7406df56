import { exp4 } from "../activations";
import { bytes, flushed, onlyFirst, padded } from "../lanes";
import { lossRows, sumLanes } from "./rows";

/** The negative log-likelihood of values, where the outputs of a row are N means μ and then the N logarithms s of variances, for each
 * weighted row, and the gradient of its mean (`scale` is 1 / Σ w), as torch.nn.GaussianNLLLoss of var = e^s, which is kept from
 * nothing (its eps is 0), without the constant.
 *
 *   d = μ[k,j] - target[k,j]     losses[k] = w[k] · Σⱼ ½(s + d²·e^-s)
 *   dμ[k,j] = scale/N · w[k] · d·e^-s     ds[k,j] = scale/N · w[k] · ½(1 - d²·e^-s)
 *
 * Shares of the gradient below 1e-30 are 0.
 *
 * reads   y [total, ldy], 2N values a row   targets [total, ldt], N values a row   weights [total], or 0 for ones
 * writes  dy [total, ldy], zero past 2N; dy may be y   losses [total] f64
 * cut     steps
 * spans   steps
 * @see Nix & Weigend 1994 */
export function gaussian(
	packing: usize,
	y: usize,
	ldy: bytes,
	N: i32,
	targets: usize,
	ldt: bytes,
	weights: usize,
	dy: usize,
	losses: usize,
	begin: i32,
	end: i32,
): void {
	lossRows<i32>(gaussians, 0, packing, y, ldy, N, N, targets, ldt, weights, dy, losses, begin, end);
}

/** Means and variances stand wherever they come to stand, and either gradient may lie over what it is of: so the lanes of the last, partial
 * vectors are read and written one by one. */
function gaussians(y: usize, target: usize, dy: usize, N: i32, factor: f32, _: i32): f32 {
	const f = f32x4.splat(factor);
	const half = f32x4.splat(0.5);
	const one = f32x4.splat(1);
	const width = (<usize>N) << 2;
	let sum = f32x4.splat(0);
	let j: usize = 0;
	for (let left = N; left > 0; left -= 4, j += 16) {
		const s = loadFirst(left, y + width + j);
		const d = f32x4.sub(loadFirst(left, y + j), v128.load(target + j));
		const q = f32x4.mul(d, exp4(f32x4.neg(s)));
		const square = f32x4.mul(d, q);
		const loss = f32x4.mul(half, f32x4.add(s, square));
		const spread = f32x4.mul(half, f32x4.sub(one, square));
		storeFirst(left, dy + j, flushed(f32x4.mul(f, q)));
		storeFirst(left, dy + width + j, flushed(f32x4.mul(f, spread)));
		sum = f32x4.add(sum, left >= 4 ? loss : onlyFirst(left, loss, f32x4.splat(0)));
	}
	for (let p = 2 * N; p < padded(2 * N); p++) store<f32>(dy + ((<usize>p) << 2), 0);
	return sumLanes(sum);
}

/** The first n floats at p, at most four, and zeros. */
function loadFirst(n: i32, p: usize): v128 {
	if (n >= 4) return v128.load(p);
	const x = f32x4.replace_lane(f32x4.splat(0), 0, load<f32>(p));
	if (n === 1) return x;
	const xy = f32x4.replace_lane(x, 1, load<f32>(p, 4));
	return n === 2 ? xy : f32x4.replace_lane(xy, 2, load<f32>(p, 8));
}

/** Stores the first n lanes, at most four. */
function storeFirst(n: i32, p: usize, x: v128): void {
	if (n >= 4) {
		v128.store(p, x);
		return;
	}
	store<f32>(p, f32x4.extract_lane(x, 0));
	if (n > 1) store<f32>(p, f32x4.extract_lane(x, 1), 4);
	if (n > 2) store<f32>(p, f32x4.extract_lane(x, 2), 8);
}
