// Layer norms of a gated recurrent unit, for both resets: of x·Wxᵀ and of h·Uᵀ, r and z together and n by itself, as in the supplement of
// Ba et al. 2016.
//
// A row is [x·Wxᵀ: n, r, z | h·Uᵀ: r, z, n | gates: n, r, z, q], gains are [γx: n, r, z | γh: r, z, n | b: n, r, z | bq], and scales are
// those of [x: n | x: r, z | h: r, z | h: n]. Functions take `count` rows, of which the first stands `now` bytes into the state.

import { bytes, padded } from "../lanes";
import { gained, normalizeBlocks, throughGain } from "./cellNorm";

/** n = LN(x)⊙γx + b, and r and z the same and LN(h)⊙γh. */
export function normalizeGates(count: i32, H: i32, now: bytes, gates: usize, gains: usize, scales: usize): void {
	const ldh = (<usize>padded(H)) << 2;
	let row = gates + now * 10;
	scales += (now / ldh) << 4;
	for (; count > 0; count--, row += ldh * 10, scales += 16) {
		const h = row + ldh * 3;
		const n = row + ldh * 6;
		const r = n + ldh;
		normalizeBlocks(row, 1, H, scales);
		normalizeBlocks(row + ldh, 2, H, scales + 4);
		normalizeBlocks(h, 2, H, scales + 8);
		gained(row, gains, gains + ldh * 6, n, ldh * 3);
		gained(h, gains + ldh * 3, r, r, ldh * 2);
	}
}

/** q = LN(h·Unᵀ)⊙γh + bq. */
export function normalizeReset(count: i32, H: i32, now: bytes, gates: usize, gains: usize, scales: usize): void {
	const ldh = (<usize>padded(H)) << 2;
	let row = gates + now * 10;
	scales += (now / ldh) << 4;
	for (; count > 0; count--, row += ldh * 10, scales += 16) {
		normalizeBlocks(row + ldh * 5, 1, H, scales + 12);
		gained(row + ldh * 5, gains + ldh * 5, gains + ldh * 9, row + ldh * 9, ldh);
	}
}

/** n += LN(q·Unᵀ)⊙γh. */
export function normalizeCandidate(count: i32, H: i32, now: bytes, gates: usize, gains: usize, scales: usize): void {
	const ldh = (<usize>padded(H)) << 2;
	let row = gates + now * 10;
	scales += (now / ldh) << 4;
	for (; count > 0; count--, row += ldh * 10, scales += 16) {
		const n = row + ldh * 6;
		normalizeBlocks(row + ldh * 5, 1, H, scales + 12);
		gained(row + ldh * 5, gains + ldh * 5, n, n, ldh);
	}
}

/** The gradient of x·Wxᵀ, and of r and z of h·Uᵀ, from that of n, r and z. */
export function throughGates(
	count: i32,
	H: i32,
	now: bytes,
	gates: usize,
	gains: usize,
	scales: usize,
	dz: usize,
): void {
	const ldh = (<usize>padded(H)) << 2;
	let row = gates + now * 10;
	scales += (now / ldh) << 4;
	dz += now * 10;
	for (; count > 0; count--, row += ldh * 10, dz += ldh * 10, scales += 16) {
		const h = ldh * 3;
		const r = dz + ldh * 7;
		throughGain(dz + ldh * 6, gains, row, scales, 1, H, 0, dz);
		throughGain(r, gains + ldh, row + ldh, scales + 4, 2, H, 0, dz + ldh);
		throughGain(r, gains + h, row + h, scales + 8, 2, H, 0, dz + h);
	}
}

/** The gradient of n of h·Uᵀ from that of LN(h)⊙γh, which lies `from` bytes into a row: that of q, or reset before that of n. */
export function throughCandidate(
	count: i32,
	H: i32,
	now: bytes,
	gates: usize,
	gains: usize,
	scales: usize,
	dz: usize,
	from: bytes,
): void {
	const ldh = (<usize>padded(H)) << 2;
	let row = gates + now * 10;
	scales += (now / ldh) << 4;
	dz += now * 10;
	const h = ldh * 5;
	for (; count > 0; count--, row += ldh * 10, dz += ldh * 10, scales += 16)
		throughGain(dz + from, gains + h, row + h, scales + 12, 1, H, 0, dz + h);
}
