// The simple recurrent network: Elman 1990; as torch.nn.RNN, with tanh or relu.

import { tanhRow, tanhSlope4 } from "../activations";
import { flushed, padded } from "../lanes";
import { addProduct, product } from "../product/product";
import { BackwardStep, ForwardStep, walkBackward, walkForward } from "./walk";

/** RNN over all steps:   h[t] = tanh(x[t]·Wxᵀ + b + h[t-1]·Whᵀ), or relu.
 *
 * reads   x [total, ldx bytes]   Wx, Wh packed transposed, [I, P], [H, P]   bx [P] = b   h0 [B, P]
 * writes  h [total, P]   z [total, P], for rnnBackward to write into
 * cost    2 · total · H · (I + H) operations */
export function rnnForward(
	sequence: usize,
	reverse: i32,
	relu: i32,
	x: usize,
	ldx: usize,
	I: i32,
	Wx: usize,
	bx: usize,
	H: i32,
	z: usize,
	h0: usize,
	h: usize,
	Wh: usize,
): void {
	const step: ForwardStep = relu ? reluForward : tanhForward;
	walkForward(step, sequence, reverse, x, ldx, I, Wx, bx, H, 1, 1, z, h0, 0, h, 0, Wh, 0);
}

/** Its gradient through time:   dh[t] = dy[t] + dz[t+1]·Wh   dz[t] = dh[t]⊙(1 - h²), or where h > 0.
 *
 * reads   h of rnnForward   dy [total, P], or with lddy 0 [B, P]   dh [B, P] = gradient of the final state   Wh packed, [P, H]
 * writes  z = dz   dh = gradient of the initial state, if one was given */
export function rnnBackward(
	sequence: usize,
	reverse: i32,
	relu: i32,
	H: i32,
	z: usize,
	h: usize,
	dy: usize,
	lddy: usize,
	dh: usize,
	Wh: usize,
): void {
	const step: BackwardStep = relu ? reluBackward : tanhBackward;
	walkBackward(step, sequence, reverse, H, 1, z, 0, 0, h, 0, dy, lddy, dh, 0, Wh, 0);
}

function tanhForward(
	count: i32,
	H: i32,
	depth: i32,
	z: usize,
	hBefore: usize,
	_cBefore: usize,
	h: usize,
	_c: usize,
	Wh: usize,
	_b: usize,
): void {
	const bytes = recurrentProduct(count, H, depth, z, hBefore, Wh);
	tanhRow(z, h, <i32>(bytes >> 2));
}

function reluForward(
	count: i32,
	H: i32,
	depth: i32,
	z: usize,
	hBefore: usize,
	_cBefore: usize,
	h: usize,
	_c: usize,
	Wh: usize,
	_b: usize,
): void {
	const bytes = recurrentProduct(count, H, depth, z, hBefore, Wh);
	const zero = f32x4.splat(0);
	for (const end = h + bytes; h < end; h += 16, z += 16) v128.store(h, f32x4.pmax(v128.load(z), zero));
}

/** z += h[t-1]·Whᵀ; tells how many bytes of z there are. */
function recurrentProduct(count: i32, H: i32, depth: i32, z: usize, hBefore: usize, Wh: usize): usize {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	addProduct(count, P, depth, hBefore, ldh, Wh, z, ldh);
	return <usize>count * ldh;
}

function tanhBackward(
	count: i32,
	H: i32,
	wanted: i32,
	z: usize,
	_hBefore: usize,
	_cBefore: usize,
	h: usize,
	_c: usize,
	dy: usize,
	dh: usize,
	_dc: usize,
	Wh: usize,
	_W2: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	const bytes = <usize>count * ldh;
	for (let j: usize = 0; j < bytes; j += 16) {
		const d = flushed(f32x4.add(v128.load(dy + j), v128.load(dh + j)));
		v128.store(z + j, f32x4.mul(d, tanhSlope4(v128.load(h + j))));
	}
	if (wanted) product(count, P, P, z, ldh, Wh, dh, ldh, 0, 0);
}

function reluBackward(
	count: i32,
	H: i32,
	wanted: i32,
	z: usize,
	_hBefore: usize,
	_cBefore: usize,
	h: usize,
	_c: usize,
	dy: usize,
	dh: usize,
	_dc: usize,
	Wh: usize,
	_W2: usize,
): void {
	const P = padded(H);
	const ldh = (<usize>P) << 2;
	const bytes = <usize>count * ldh;
	const zero = f32x4.splat(0);
	for (let j: usize = 0; j < bytes; j += 16) {
		const d = flushed(f32x4.add(v128.load(dy + j), v128.load(dh + j)));
		v128.store(z + j, v128.and(d, f32x4.gt(v128.load(h + j), zero)));
	}
	if (wanted) product(count, P, P, z, ldh, Wh, dh, ldh, 0, 0);
}
