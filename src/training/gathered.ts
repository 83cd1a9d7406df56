import type { Size } from "../plan/capacity.ts";
import type { BatchResult } from "./batch.ts";

/** The gradients of batches that wait for their update. Each batch's is that of its mean; those of all together is their mean,
 * weighted by the sums of weights, W:
 *
 * ```
 * g = Σ Wᵢ·gᵢ / Σ Wᵢ          loss = Σ Wᵢ·lossᵢ / Σ Wᵢ
 * ```
 *
 * added up in float64, so that a single batch's come out as they went in. */
export class Gathered {
	readonly #sum: Float64Array;
	/** Batches that were run, also those that were skipped and add nothing. */
	batches = 0;
	/** Rows of those that add something. */
	rows = 0;
	weight = 0;
	#loss = 0;
	/** The sizes of the last batch that adds something. */
	size: Size | undefined;

	constructor(length: number) {
		this.#sum = new Float64Array(length);
	}

	add(gradients: Float32Array, { loss, weight }: BatchResult, size: Size): void {
		const sum = this.#sum;
		const isFirst = this.weight === 0;
		for (let j = 0; j < sum.length; j++) sum[j] = (isFirst ? 0 : sum[j]) + weight * gradients[j];
		this.#loss += loss * weight;
		this.weight += weight;
		this.rows += size.batchSize;
		this.size = size;
	}

	get loss(): number {
		return this.#loss / this.weight;
	}

	/** Writes the gradients of all together. */
	mean(gradients: Float32Array): void {
		const sum = this.#sum;
		for (let j = 0; j < sum.length; j++) gradients[j] = sum[j] / this.weight;
	}

	clear(): void {
		this.batches = this.rows = this.weight = this.#loss = 0;
		this.size = undefined;
	}
}
