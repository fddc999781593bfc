// A row of many numbers as stripes, one a column, with one cursor through all rows.

/** `values()` gives the numbers, or null; `scale()` what their colours mean; `text(place)` what stands beside the name. */
function stripes(stage, items, { name, hint = "", label, values, scale, text = null, tall = "1.25em" }) {
  const paint = (context, width, height) => {
    const found = values();
    if (!found) return;
    const grid = columns(items.count(), width);
    const [stops, how] = [stopsOf(scale(), stage.colours.dark), scale()];
    found.forEach((value, place) => {
      context.fillStyle = css(colour(stops, share(how, value)));
      context.fillRect(grid.left(place), 0, grid.each + 0.5, height);
    });
    context.strokeStyle = stage.colours.accent;
    context.lineWidth = 2;
    context.strokeRect(grid.left(items.cursor()) - 1, 1, Math.max(3, grid.each + 2), height - 2);
  };
  const own = (place) => (scale().signed ? signedNumber(values()?.[place]) : number(values()?.[place], 2));
  return row(stage, items, { name, hint, label, tall, paint, text: text ?? own });
}

/** The bar of such a scale. */
function stripesBar(stage, items, label, scale) {
  const canvas = stage.canvas({ label, aspect: "auto", paint: (context, width, height) => items.ready() && colourbar(context, width, height, { scale: scale(), colours: stage.colours }) });
  canvas.classList.add("fv-stripes-bar");
  return canvas;
}
