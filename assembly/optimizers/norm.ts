/** Σ g², in float64: float32 would overflow at |g| = 1.8e19 and lose what is below 1e-19. Not finite if any g is not. */
export function squareSum(g: usize, bytes: usize): f64 {
	let low = f64x2.splat(0);
	let high = f64x2.splat(0);
	for (const end = g + bytes; g < end; g += 16) {
		const x = v128.load(g);
		const a = f64x2.promote_low_f32x4(x);
		const b = f64x2.promote_low_f32x4(v128.shuffle<f64>(x, x, 1, 1));
		low = f64x2.add(low, f64x2.mul(a, a));
		high = f64x2.add(high, f64x2.mul(b, b));
	}
	const sum = f64x2.add(low, high);
	return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
