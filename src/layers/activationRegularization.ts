import { OptionError } from "../errors.ts";
import { checkKeys, checkNumber } from "../options.ts";
import type { Builder } from "../plan/builder.ts";
import { valuesCost } from "../plan/cost.ts";
import type { Value } from "../plan/program.ts";
import { zeroRows } from "../plan/rows.ts";
import { connectValues, type LayerType } from "./layer.ts";

export interface ActivationRegularizationLayer {
	readonly type: "activationRegularization";
	readonly activation: number;
	readonly change: number;
}

export interface ActivationRegularizationOptions {
	/** The weight of the mean of x² (AR, α in the paper). Default 0; AWD-LSTM trains with 2. */
	readonly activation?: number | undefined;
	/** The weight of the mean of the squared change from step to step (TAR, β in the paper). Default 0; AWD-LSTM trains with 1. */
	readonly change?: number | undefined;
}

/** Activation regularization: gives what it takes, and in training adds the gradient of a penalty on it to that of the loss, so that
 * activations stay small (AR) and change slowly from step to step (TAR).
 *
 * ```
 * y = x      loss + activation · mean of x[t]² + change · mean of (x[t] - x[t-1])²
 * ```
 *
 * Input and output `[..., size]`; no parameters. AWD-LSTM has it around the dropout of its last lstm:
 *
 * ```ts
 * lstm({ hiddenSize: 400 }),
 * activationRegularization({ change: 1 }),
 * dropout({ rate: 0.4, shared: "steps" }),
 * activationRegularization({ activation: 2 }),
 * ```
 *
 * The means are PyTorch's over `[T, B, size]`, taken over the live steps of all rows, or over their changes, of which a row of one step
 * has none. All steps count alike: whatever their targets weigh, and also those that a batch with `overlap` repeats. Where rows go
 * on from a batch before (`continues`), the change on the way to their first step is left out, as in AWD-LSTM. The losses that
 * `step`, `gradients`, `fit` and `evaluate` report are the task's alone; predictions and evaluations cost nothing more.
 *
 * @throws OptionError `activationRegularization: "activation" must be a finite number at least 0, got -1.`
 * @throws OptionError `Model.create: activationRegularization (layer 2): "change" needs every step, but lastStep before it keeps one. …`
 * @see Merity, McCann & Socher 2017, "Revisiting activation regularization for language RNNs". */
export function activationRegularization(options: ActivationRegularizationOptions): ActivationRegularizationLayer {
	const where = "activationRegularization";
	checkKeys(where, options, ["activation", "change"]);
	const { activation, change } = options;
	if (activation === undefined && change === undefined)
		throw new OptionError(`${where}: it needs "activation" or "change", the weights of its penalties.`);
	const weightOf = (name: string, value = 0) => checkNumber(where, name, value, { least: 0 });
	return Object.freeze({
		type: "activationRegularization",
		activation: weightOf("activation", activation),
		change: weightOf("change", change),
	});
}

export const activationRegularizationType: LayerType<ActivationRegularizationLayer> = {
	from: (options) => activationRegularization(options as ActivationRegularizationOptions),

	connect({ change }, before, where) {
		if (before === undefined)
			throw new OptionError(
				`${where}: it can't be the first layer, since no gradient goes to inputs. Put it after another.`,
			);
		const input = connectValues(where, undefined, before);
		if (change > 0 && !input.perStep)
			throw new OptionError(
				`${where}: "change" needs every step, but lastStep before it keeps one. Put it before lastStep.`,
			);
		return { input, output: input };
	},

	parameters: () => [],

	program(layer, builder, [x]) {
		const acts = layer.activation > 0 || layer.change > 0;
		if (acts && builder.trains && builder.wantsGradient(x)) builder.onBackward(() => back(layer, builder, x));
		return x;
	},
};

/** Writes the gradient of the penalty. */
function back({ activation, change }: ActivationRegularizationLayer, builder: Builder, x: Value): void {
	const { axis, size, stride } = x;
	const before = change > 0 ? builder.border(x) : 0;
	const carry = change > 0 ? builder.rows("carried change", axis.ends, stride) : 0;
	if (carry) zeroRows(builder, axis.ends, carry, stride);
	const { address, adds } = builder.gradients.into(x);
	builder.call(
		"activationRegularization",
		{
			...{ packing: axis.packing, x: x.address, ldx: stride, size, activation, change },
			...{ before, carry, adds: +adds, dx: address, lddx: stride },
		},
		{
			equation: `dx[t] ${adds ? "+=" : "="} ${terms(activation, change)}`,
			cost: valuesCost(axis, size, change > 0 ? 6 : 2),
		},
	);
}

function terms(activation: number, change: number): string {
	const pull = activation > 0 ? ["2·activation/n · x[t]"] : [];
	return [...pull, ...(change > 0 ? ["c[t] - c[t+1], c = 2·change/m · (x[t] - x[t-1])"] : [])].join(" + ");
}
