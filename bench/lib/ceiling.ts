import { readFileSync } from "node:fs";
import type { EngineName } from "bptt";
import { watch } from "./clock.ts";

declare const WebAssembly: {
	readonly Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer };
	readonly Module: new (bytes: Uint8Array) => object;
	readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

interface Exports {
	multiplyAdds(address: number, rounds: number): void;
	readonly ROUND: { readonly value: number };
	readonly heapBase: { readonly value: number };
}

/** Rounds of a burst: a quarter of a millisecond at 60 GFLOP/s. */
const ROUNDS = 200_000;

/** The hardware's rate of a build's multiply-adds, measured anew by each call: GFLOP/s of one burst. */
export function ceilingOf(engine: EngineName): () => number {
	const file = new URL(`../../build/bench-${engine}.wasm`, import.meta.url);
	const memory = new WebAssembly.Memory({ initial: 1 });
	const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), { env: { memory } });
	const { multiplyAdds, ROUND, heapBase } = exports as Exports;
	const operations = ROUND.value * ROUNDS;
	const begin = Math.ceil(heapBase.value / 16) * 16;
	const values = new Float32Array(memory.buffer);
	const burst = () => {
		values.fill(1e-3, begin / 4, begin / 4 + 128);
		const stop = watch();
		multiplyAdds(begin, ROUNDS);
		return operations / stop() / 1e6;
	};
	// Until the optimizing compiler has had its turn.
	for (let i = 0; i < 100; i++) multiplyAdds(begin, 1000);
	for (let i = 0; i < 20; i++) burst();
	return burst;
}
