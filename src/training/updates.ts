import { originOf } from "../batch/origin.ts";
import type { Meters } from "../metrics/meters.ts";
import type { Carry } from "../run/carry.ts";
import type { Batch } from "../sequences.ts";
import { Gathered } from "./gathered.ts";
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
