import { originOf } from "../batch/origin.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Size } from "../plan/capacity.ts";
import type { Batch } from "../sequences.ts";
import type { BatchResult } from "./batch.ts";
import type { Carry } from "./carry.ts";
import type { Stepper } from "./stepper.ts";

/** What came of the batches of an update. */
export interface UpdateResult {
	/** The mean over their weighted rows of output, before the update. */
	readonly loss: number;
	/** The sum of their weights. */
	readonly weight: number;
	readonly gradientNorm: number;
	/** Whether it updated nothing, since every batch was skipped. */
	readonly isSkipped: boolean;
}

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

/** The updates of a fit, each from so many batches, and at the end of an epoch from those that are left. */
export class Updates {
	readonly #stepper: Stepper;
	readonly #carry: Carry;
	readonly #accumulate: number;
	readonly #gathered: Gathered | undefined;
	#last: UpdateResult | undefined;

	constructor(stepper: Stepper, carry: Carry, accumulate: number) {
		this.#stepper = stepper;
		this.#carry = carry;
		this.#accumulate = accumulate;
		if (accumulate > 1) this.#gathered = new Gathered(stepper.gradientCount);
	}

	/** Whether batches wait for their update. */
	get areWaiting(): boolean {
		return this.#gathered !== undefined && this.#gathered.batches > 0;
	}

	/** Takes a batch, which metrics see. Gives what came of the update that it completes. */
	step(where: string, batch: Batch, meters: Meters | undefined): UpdateResult | undefined {
		const [stepper, carry, gathered] = [this.#stepper, this.#carry, this.#gathered];
		const { loss, weight, isSkipped } = stepper.step(where, batch, carry, {
			...{ origin: originOf(batch), gathered, meters },
		});
		this.#last = { loss, weight, isSkipped, gradientNorm: stepper.gradientNorm };
		if (gathered === undefined) return this.#last;
		return gathered.batches < this.#accumulate ? undefined : this.rest(where, meters);
	}

	/** Makes the update of the batches that wait for it, if there are any. */
	rest(where: string, meters: Meters | undefined): UpdateResult | undefined {
		const gathered = this.#gathered;
		if (gathered === undefined || !this.areWaiting) return undefined;
		const { weight, loss, size } = gathered;
		if (size !== undefined) this.#stepper.finish(where, this.#carry, gathered, size, meters);
		gathered.clear();
		if (size === undefined) return this.#last;
		return { loss, weight, isSkipped: false, gradientNorm: this.#stepper.gradientNorm };
	}
}
