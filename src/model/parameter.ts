import { checkMemory, isFinite32 } from "../batch/arrays.ts";
import { sizeOf } from "../compile/network.ts";
import { DataError, ShapeError } from "../errors.ts";
import { show } from "../options.ts";
import type { Runtime } from "../run/runtime.ts";

/** A tensor that training changes, by PyTorch's name and in PyTorch's shape. */
export class Parameter {
	/** The layer's index and the name, as `1.weight_ih`. */
	readonly name: string;
	readonly shape: readonly number[];
	/** How many numbers it has. */
	readonly size: number;
	readonly #runtime: Runtime;

	/** @internal */
	constructor(name: string, shape: readonly number[], runtime: Runtime) {
		this.name = name;
		this.shape = Object.freeze([...shape]);
		this.size = sizeOf(shape);
		this.#runtime = runtime;
	}

	/** A copy of its values, row-major. */
	read(): Float32Array {
		return this.#runtime.parameter(this.name, this.size).slice();
	}

	/** Sets its values.
	 * @throws ShapeError `Parameter.write: 1.bias takes 16 values (4·4), got 15.`
	 * @throws DataError `Parameter.write: 1.bias[3] is NaN; values must be finite in float32.` */
	write(values: ArrayLike<number>): void {
		const { name, shape, size } = this;
		checkMemory("Parameter.write", `the values of ${name}`, values);
		if (values?.length !== size) {
			const got = show(values?.length ?? values);
			throw new ShapeError(`Parameter.write: ${name} takes ${size} values (${shape.join("·")}), got ${got}.`);
		}
		for (let i = 0; i < size; i++) {
			const value: unknown = values[i];
			if (isFinite32(value)) continue;
			throw new DataError(`Parameter.write: ${name}[${i}] is ${show(value)}; values must be finite in float32.`);
		}
		this.#runtime.parameter(name, size).set(values);
		this.#runtime.touch();
	}
}
