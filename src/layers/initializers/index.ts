import type { Random } from "../../random/random.ts";
import { type ChronoInitializer, chronoType } from "./chrono.ts";
import {
	type ConstantInitializer,
	constantType,
	type GlorotInitializer,
	glorotType,
	type HeInitializer,
	heType,
	type NormalInitializer,
	normalType,
	type UniformInitializer,
	uniformType,
} from "./elementwise.ts";
import type { InitializerType } from "./initializer.ts";
import { type IdentityInitializer, identityType, type OrthogonalInitializer, orthogonalType } from "./matrices.ts";

/** An initializer of one's own: writes every one of a parameter's values, which are NaN before, row-major. `random` is the
 * parameter's own stream of the model's seed.
 *
 * A file can't hold a function: `model.save()` leaves it out of the layer's description. The values that it gave are in the
 * file, so nothing is missing from the model that `Model.load` gives; but a new model of that one's `layers` starts as if
 * no initializer had been given. */
export type InitializerFunction = (values: Float32Array, shape: readonly number[], random: Random) => void;

/** How a bias may start. */
export type VectorInitializer = UniformInitializer | NormalInitializer | ConstantInitializer | InitializerFunction;

/** How the bias of a cell with gates may start. */
export type GateBiasInitializer = VectorInitializer | ChronoInitializer;

/** How a matrix may start. */
export type MatrixInitializer =
	| VectorInitializer
	| GlorotInitializer
	| HeInitializer
	| OrthogonalInitializer
	| IdentityInitializer;

/** How a parameter may start: frozen plain data, or a function. */
export type Initializer = MatrixInitializer | GateBiasInitializer;

/** How each of them works. */
export const initializers: readonly InitializerType[] = [
	uniformType,
	normalType,
	constantType,
	glorotType,
	heType,
	orthogonalType,
	identityType,
	chronoType,
];
