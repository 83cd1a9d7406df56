import {
	exp4,
	logSigmoid4,
	logSigmoidRow,
	sigmoid4,
	sigmoidRow,
	sigmoidSlope4,
	tanh4,
	tanhRow,
	tanhSlope4,
} from "../../../assembly/activations";

// y[0..n) = f(x[0..n)), n a multiple of 4; Row by the loops that kernels call.

export function tanhRowArray(x: usize, y: usize, n: i32): void {
	tanhRow(x, y, n);
}

export function sigmoidRowArray(x: usize, y: usize, n: i32): void {
	sigmoidRow(x, y, n);
}

export function logSigmoidRowArray(x: usize, y: usize, n: i32): void {
	logSigmoidRow(x, y, n);
}

export function logSigmoidArray(x: usize, y: usize, n: i32): void {
	for (let i: usize = 0; i < <usize>n * 4; i += 16) {
		v128.store(y + i, logSigmoid4(v128.load(x + i)));
	}
}

export function tanhArray(x: usize, y: usize, n: i32): void {
	for (let i: usize = 0; i < <usize>n * 4; i += 16) {
		v128.store(y + i, tanh4(v128.load(x + i)));
	}
}

export function sigmoidArray(x: usize, y: usize, n: i32): void {
	for (let i: usize = 0; i < <usize>n * 4; i += 16) {
		v128.store(y + i, sigmoid4(v128.load(x + i)));
	}
}

export function expArray(x: usize, y: usize, n: i32): void {
	for (let i: usize = 0; i < <usize>n * 4; i += 16) {
		v128.store(y + i, exp4(v128.load(x + i)));
	}
}

export function tanhSlopeArray(y: usize, slope: usize, n: i32): void {
	for (let i: usize = 0; i < <usize>n * 4; i += 16) {
		v128.store(slope + i, tanhSlope4(v128.load(y + i)));
	}
}

export function sigmoidSlopeArray(y: usize, slope: usize, n: i32): void {
	for (let i: usize = 0; i < <usize>n * 4; i += 16) {
		v128.store(slope + i, sigmoidSlope4(v128.load(y + i)));
	}
}
