// Items: one column each, the same in every row, with one cursor through all of them.

const WIDEST = 76;  // CSS pixels of a column: few items do not fill the page

/** The columns of `count` places in a width: `left(i)`, `middle(i)`, `at(x)`. */
function columns(count, width) {
  const each = Math.min(WIDEST, width / Math.max(1, count));
  return {
    each,
    left: (place) => place * each,
    middle: (place) => (place + 0.5) * each,
    at: (x) => clamp(Math.floor(x / each), 0, count - 1),
    end: count * each,
  };
}

/** What is the same in all rows: gaps, and the cursor. */
function backdrop(context, width, height, items, colours) {
  const grid = columns(items.count(), width);
  items.view.reasons.forEach((reason, place) => {
    if (reason) hatch(context, grid.left(place), 0, grid.each, height, colours);
  });
  context.globalAlpha = 0.1;
  context.fillStyle = colours.ink;
  context.fillRect(grid.left(items.cursor()), 0, grid.each, height);
  context.globalAlpha = 1;
  return grid;
}

/** Bars from a zero line. `up(value)` gives y; `ghost` is drawn as a mark across each bar. */
function columnBars(context, grid, { values, ghost = null, up, fill, colours }) {
  const inset = grid.each > 8 ? Math.min(4, grid.each * 0.12) : 0.5;
  const wide = Math.max(1, grid.each - 2 * inset);
  values.forEach((value, place) => {
    if (!Number.isFinite(value)) return;
    context.fillStyle = fill(value, place);
    const [a, b] = [up(0), up(value)];
    context.fillRect(grid.left(place) + inset, Math.min(a, b), wide, Math.max(1, Math.abs(a - b)));
  });
  if (!ghost) return;
  context.fillStyle = colours.ink;
  ghost.forEach((value, place) => {
    if (Number.isFinite(value)) context.fillRect(grid.left(place) + inset - 1, up(value) - 1, wide + 2, 2);
  });
}

/** A level across all columns, with its word at the end. */
function level(context, grid, y, colours, text = "", dash = [4, 3]) {
  context.strokeStyle = colours.quiet;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(0, Math.round(y) + 0.5);
  context.lineTo(grid.end, Math.round(y) + 0.5);
  context.stroke();
  context.setLineDash([]);
  if (!text) return;
  context.font = `${0.8 * colours.size}px ${colours.font}`;
  const room = context.measureText(text).width + 6;
  context.fillStyle = colours.paper;
  context.globalAlpha = 0.8;
  context.fillRect(0, y - colours.size - 1, room, colours.size);
  context.globalAlpha = 1;
  context.fillStyle = colours.quiet;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillText(text, 2, y - 1);
}

/** A round number that is at least `value`. */
function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * (1 - 1e-9)) * power;
}

/** A row: its name with the value under the cursor on the left, its canvas on the right. */
function row(stage, items, { name, hint = "", label, tall, paint, grip = null, text }) {
  const value = el("span.it-value");
  const canvas = stage.canvas({ label, aspect: "auto", paint: (context, width, height) => items.ready() && paint(context, width, height) });
  canvas.style.height = tall;
  canvas.classList.add(grip ? "fv-it-grip" : "fv-it-scrub");
  const words = el("span.it-hint", { text: hint });
  const node = el("div.it-row", {}, el("div.it-name", {}, el("b", { text: name }), " ", value, words), canvas);
  pointer(stage, items, canvas, grip);
  return {
    node,
    canvas,
    words,
    say(place) {
      value.textContent = text(place);
    },
  };
}

/** The hand on a row: hovering shows an item, a click keeps it; on a row with a `grip` a drag moves its bar. */
function pointer(stage, items, canvas, grip) {
  let held = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return columns(items.count(), box.width).at(event.clientX - box.left);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !items.ready()) return;
    items.go(place(event));
    held = { y: event.clientY, moved: false, take: grip?.(items.cursor(), canvas.getBoundingClientRect().height) };
    canvas.setPointerCapture(event.pointerId);
    stage.root.focus({ preventScroll: true });
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!items.ready()) return;
    if (!held) items.hover(place(event));
    else if (!held.take) items.go(place(event));
    else if (held.moved || Math.abs(event.clientY - held.y) > 2) {
      held.moved = true;
      held.take(held.y - event.clientY);
    }
  });
  canvas.addEventListener("pointerleave", () => items.hover(null));
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      held = null;
      items.freeze(null);
    });
  }
}
