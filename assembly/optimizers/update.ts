/** What every optimizer's update works on, element by element: parallel regions of parameters p and gradients g, to which an
 * optimizer adds its slots and settings.
 *
 * clip(g): g times the factor at `scale`, then within ±limit (Infinity: not limited). */
@unmanaged
export class Update {
	p: usize;
	g: usize;
	scale: usize;
	limit: f32;
}
