// How a batch is packed. Its sequences are sorted by length, longest first, and stored step after step without padding: step t
// holds a packed row for each of the first alive(t) of them, from packed row offset(t) on. The packing says so, 4 bytes a field:
//
//   batchSize, steps, total (packed rows), loss scale (f32), stateful, span (two fields), known,
//   then alive(t), offset(t) for each step
//
// The span is the steps [firstStep, afterStep) that kernels work on: all of them, or a part where a batch is walked in parts. Steps
// and packed rows are counted from the beginning of the batch there too.

export function batchSize(packing: usize): i32 {
	return load<i32>(packing);
}

export function steps(packing: usize): i32 {
	return load<i32>(packing, 4);
}

export function total(packing: usize): i32 {
	return load<i32>(packing, 8);
}

/** 1 / sum of the weights of all targets: what makes a sum of losses their mean. */
export function lossScale(packing: usize): f32 {
	return load<f32>(packing, 12);
}

/** Whether initial states were given; else they are zero, and nothing is multiplied by them. */
export function stateful(packing: usize): i32 {
	return load<i32>(packing, 16);
}

/** The first step of the span. */
export function firstStep(packing: usize): i32 {
	return load<i32>(packing, 20);
}

/** The step after the span. */
export function afterStep(packing: usize): i32 {
	return load<i32>(packing, 24);
}

/** Whether the states of the span's steps are known, and only what was computed on the way to them is asked for. */
export function known(packing: usize): i32 {
	return load<i32>(packing, 28);
}

/** The first packed row of the span. */
export function firstRow(packing: usize): i32 {
	return offset(packing, firstStep(packing));
}

/** The packed row after the span. */
export function afterRow(packing: usize): i32 {
	const last = afterStep(packing) - 1;
	return offset(packing, last) + aliveAt(packing, last);
}

/** Row `k` of the span, counted from its first, as a packed row of the batch; where it has no such row, the one after it. */
export function rowOfSpan(packing: usize, k: i32): i32 {
	return min(firstRow(packing) + k, afterRow(packing));
}

/** How many sequences are alive at step t. */
export function aliveAt(packing: usize, t: i32): i32 {
	return load<i32>(packing + ((<usize>t) << 3), 32);
}

/** The packed row where step t begins. */
export function offset(packing: usize, t: i32): i32 {
	return load<i32>(packing + ((<usize>t) << 3), 36);
}
