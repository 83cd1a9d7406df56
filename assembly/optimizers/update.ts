/** The operands that every optimizer's kernel has: parallel regions of parameters p and gradients g. An optimizer extends them
 * by its slots, which are parallel too, and its settings.
 *
 * clip(g) in its equations is g times the factor at `scale`, kept within ±limit (Infinity for no limit). */
@unmanaged
export class Update {
	p: usize;
	g: usize;
	scale: usize;
	limit: f32;
}
