// Rows of a gated recurrent unit: how long they are, and their way back. All is inlined (scripts/inline-lanes.mjs), the latter once for
// each `hard`, so that no loop has to ask for it. Rows of gates and of dz are ldg apart.

import { gateSlope4, tanhSlope4 } from "../activations";
import { bytes, flushed, fma } from "../lanes";

/** Blocks of a row of gates, and the block where its gates begin. */
export function blocksOf(gains: usize): i32 {
	return gains ? 10 : 4;
}

export function firstGate(gains: usize): i32 {
	return gains ? 6 : 0;
}

/** Reset after the product: dz of n, r, z and q, and dh⊙z in dh. */
export function slopesThroughReset(
	hard: bool,
	count: i32,
	ldh: bytes,
	ldg: bytes,
	gates: usize,
	hBefore: usize,
	dy: usize,
	dz: usize,
	dh: usize,
): void {
	for (; count > 0; count--, gates += ldg - ldh, dz += ldg - ldh) {
		for (const end = gates + ldh; gates < end; gates += 16, dz += 16) {
			const n = v128.load(gates);
			const r = v128.load(gates + ldh);
			const z = v128.load(gates + ldh * 2);
			const q = v128.load(gates + ldh * 3);
			const d = flushed(f32x4.add(v128.load(dy), v128.load(dh)));
			const kept = f32x4.mul(d, z);
			const dn = f32x4.mul(f32x4.sub(d, kept), tanhSlope4(n));
			v128.store(dz, dn);
			v128.store(dz + ldh, f32x4.mul(f32x4.mul(dn, q), gateSlope4(hard, r)));
			v128.store(dz + ldh * 2, f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(hBefore), n)), gateSlope4(hard, z)));
			v128.store(dz + ldh * 3, f32x4.mul(dn, r));
			v128.store(dh, kept);
			hBefore += 16;
			dy += 16;
			dh += 16;
		}
	}
}

/** Reset before the product: dz of n and z, and dh⊙z in dh. */
export function candidateSlope(
	hard: bool,
	count: i32,
	ldh: bytes,
	ldg: bytes,
	gates: usize,
	hBefore: usize,
	dy: usize,
	dz: usize,
	dh: usize,
): void {
	for (; count > 0; count--, gates += ldg - ldh, dz += ldg - ldh) {
		for (const end = gates + ldh; gates < end; gates += 16, dz += 16) {
			const n = v128.load(gates);
			const z = v128.load(gates + ldh * 2);
			const d = flushed(f32x4.add(v128.load(dy), v128.load(dh)));
			const kept = f32x4.mul(d, z);
			v128.store(dz, f32x4.mul(f32x4.sub(d, kept), tanhSlope4(n)));
			v128.store(dz + ldh * 2, f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(hBefore), n)), gateSlope4(hard, z)));
			v128.store(dh, kept);
			hBefore += 16;
			dy += 16;
			dh += 16;
		}
	}
}

/** Reset before the product: dz of r from dq, the reset state, and dq⊙r in dh. */
export function resetSlope(
	hard: bool,
	count: i32,
	ldh: bytes,
	ldg: bytes,
	gates: usize,
	hBefore: usize,
	dq: usize,
	dz: usize,
	dh: usize,
): void {
	for (; count > 0; count--, gates += ldg - ldh, dz += ldg - ldh) {
		for (const end = gates + ldh; gates < end; gates += 16, dz += 16) {
			const r = v128.load(gates + ldh);
			const d = v128.load(dq);
			v128.store(dz + ldh, f32x4.mul(f32x4.mul(d, v128.load(hBefore)), gateSlope4(hard, r)));
			v128.store(dz + ldh * 3, v128.load(gates + ldh * 3));
			v128.store(dh, fma(d, r, v128.load(dh)));
			hBefore += 16;
			dq += 16;
			dh += 16;
		}
	}
}
