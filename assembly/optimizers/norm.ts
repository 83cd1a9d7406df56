import { NORM_BLOCK } from "../../src/engine/blocking";

/** Σ g² of each block of NORM_BLOCK vectors, in float64: float32 would overflow at |g| = 1.8e19 and lose what is below 1e-19.
 * A sum is not finite if any g in it is not.
 *
 * reads   g, `vectors` vectors of four
 * writes  squares [blocks] f64
 * cut     blocks */
export function squareSums(g: usize, vectors: i32, squares: usize, blocks: i32, begin: i32, end: i32): void {
	for (let block = begin; block < min(end, blocks); block++) {
		const first = block * NORM_BLOCK;
		const count = min(vectors - first, NORM_BLOCK);
		store<f64>(squares + ((<usize>block) << 3), squareSum(g + ((<usize>first) << 4), count));
	}
}

export function squareSum(g: usize, vectors: i32): f64 {
	let low = f64x2.splat(0);
	let high = f64x2.splat(0);
	for (; vectors > 0; vectors--, g += 16) {
		const x = v128.load(g);
		const a = f64x2.promote_low_f32x4(x);
		const b = f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
		low = f64x2.add(low, f64x2.mul(a, a));
		high = f64x2.add(high, f64x2.mul(b, b));
	}
	const sum = f64x2.add(low, high);
	return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** The operands of clipNorm. */
@unmanaged
export class ClipNorm {
	squares: usize;
	blocks: i32;
	/** The largest norm that is left as it is; Infinity for no clipping. */
	most: f64;
	norm: usize;
	scale: usize;
}

/** The norm of a gradient, and the factor that clips it, as torch.nn.utils.clip_grad_norm_.
 *
 *   norm = √Σ squares     scale = min(1, most / (norm + 1e-6))
 *
 * reads   squares [blocks] f64
 * writes  norm f64   scale f32 */
export function clipNorm(c: ClipNorm): void {
	let sum: f64 = 0;
	for (let block: usize = 0; block < <usize>c.blocks; block++) sum += load<f64>(c.squares + (block << 3));
	const norm = sqrt<f64>(sum);
	store<f64>(c.norm, norm);
	store<f32>(c.scale, <f32>min<f64>(1, c.most / (norm + 1e-6)));
}
