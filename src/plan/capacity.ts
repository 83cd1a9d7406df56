/** Sizes of a batch along a ragged axis. */
export interface Size {
	readonly batchSize: number;
	/** Steps of the longest sequence. */
	readonly steps: number;
	/** Live steps of all sequences together: the packed rows. */
	readonly total: number;
}

/** What the sizes of an axis depend on. */
export interface Ragged {
	/** Whether it has a row for every step of every sequence, or one for every sequence. */
	readonly perStep: boolean;
}

/** The largest batch that a plan has room for. */
export class Capacity {
	readonly #size: Size;

	constructor({ batchSize, steps, total }: Size) {
		this.#size = { batchSize, steps, total };
	}

	/** Its sizes along an axis. */
	of({ perStep }: Ragged): Size {
		const { batchSize } = this.#size;
		return perStep ? this.#size : { batchSize, steps: 1, total: batchSize };
	}

	/** Whether a batch fits. */
	holds({ batchSize, steps, total }: Size): boolean {
		return batchSize <= this.#size.batchSize && steps <= this.#size.steps && total <= this.#size.total;
	}

	/** A capacity for what fits now and for this batch as well. */
	with({ batchSize, steps, total }: Size): Capacity {
		return new Capacity({
			batchSize: Math.max(batchSize, this.#size.batchSize),
			steps: Math.max(steps, this.#size.steps),
			total: Math.max(total, this.#size.total),
		});
	}
}
