// The packed batch. Rows are sorted by length, longest first, and stored step after step without padding: step t holds
// the first rows(t) of them, from packed row offset(t) on. The record, 4 bytes a field:
//
//   batchSize, steps, total (packed rows), loss scale (f32), stateful, 3 unused, then rows(t), offset(t) for each step

export function batchSize(sequence: usize): i32 {
	return load<i32>(sequence);
}

export function steps(sequence: usize): i32 {
	return load<i32>(sequence, 4);
}

export function total(sequence: usize): i32 {
	return load<i32>(sequence, 8);
}

/** 1 / sum of the weights of all targets: what makes a sum of losses their mean. */
export function lossScale(sequence: usize): f32 {
	return load<f32>(sequence, 12);
}

/** Whether initial states were given; else they are zero, and nothing is multiplied by them. */
export function stateful(sequence: usize): i32 {
	return load<i32>(sequence, 16);
}

export function rows(sequence: usize, t: i32): i32 {
	return load<i32>(sequence + ((<usize>t) << 3), 32);
}

export function offset(sequence: usize, t: i32): i32 {
	return load<i32>(sequence + ((<usize>t) << 3), 36);
}
