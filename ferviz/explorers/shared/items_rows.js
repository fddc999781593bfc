// Items: the row of their pictures, and rows of quantities below it.

const MINUS = [47, 111, 168];
const PLUS = [200, 84, 20];

/** Their pictures, as `items.paint` draws one. In columns narrower than `least` px, one picture stands for its neighbours. */
function stripRow(stage, items, { label, least = 24 }) {
  const paint = (context, width, height) => {
    const { view } = items;
    const grid = columns(items.count(), width);
    const step = Math.max(1, Math.ceil(least / grid.each));
    const wide = grid.each * step;
    context.imageSmoothingQuality = "high";
    for (let first = 0; first < items.count(); first += step) {
      const side = Math.min(wide, height);
      const seen = view.reasons.slice(first, first + step).indexOf("");
      // of a gap there may be no picture
      if (seen < 0 && view.reasons[first] !== "dropped by hand") continue;
      items.paint(context, first + Math.max(0, seen), grid.left(first) + (wide - side) / 2, (height - side) / 2, side);
    }
    view.reasons.forEach((reason, place) => {
      if (!reason) return;
      context.globalAlpha = 0.62;
      context.fillStyle = stage.colours.paper;
      context.fillRect(grid.left(place), 0, grid.each, height);
      context.globalAlpha = 1;
      hatch(context, grid.left(place), 0, grid.each, height, stage.colours);
    });
    const at = items.cursor();
    const side = Math.max(3, grid.each);
    context.lineWidth = 3;
    context.strokeStyle = stage.colours.accent;
    context.strokeRect(grid.left(at) + 1.5, 1.5, side - 3, height - 3);
  };
  const made = row(stage, items, { name: items.noun, label, tall: "auto", paint, text: (place) => `${place} of ${items.count()}` });
  return {
    ...made,
    fit() {  // squares, as long as they are not too small to see
      const wide = columns(items.count(), made.canvas.clientWidth || 600).each;
      made.canvas.style.height = `${Math.round(clamp(wide, 34, 50))}px`;
    },
  };
}

/** The weights: bars that a hand can drag, the model's own as marks, and the line of equal weights. */
function weightRow(stage, items, hand) {
  const paint = (context, width, height) => {
    const { view } = items;
    const grid = backdrop(context, width, height, items, stage.colours);
    const now = items.values("weight");
    const most = items.scale("weight", () => Math.min(1, roundUp(1.25 * Math.max(2 / items.usable(), ...finite(now), ...finite(view.rows["own weight"])))));
    const up = (value) => height - 1 - (value / most) * (height - 3);
    columnBars(context, grid, { values: now, ghost: items.ghost("weight"), up, fill: () => stage.colours.bar, colours: stage.colours });
    level(context, grid, up(1 / items.usable()), stage.colours, `${items.even()} = ${number(1 / items.usable(), 3)}`);
    ends(context, width, height, number(most, most < 0.1 ? 2 : 1), "", stage.colours);
  };
  const text = (place) => number(items.values("weight")[place], 3);
  return row(stage, items, { name: "weight", hint: "drag a bar", label: `The weight of each ${items.noun}. Drag a bar, or use the arrow keys up and down.`, tall: "6em", paint, text, grip: hand.take("weight") });
}

const finite = (values) => [...values].filter(Number.isFinite);

const mixed = (stage) => (stage.colours.dark ? [116, 140, 160] : [120, 150, 176]);

/** Bars from 0 to 1 of one quantity, `key`. With a `hand` they can be dragged; `tone` is their colour, `missing` what is said where nothing is known. */
function barRow(stage, items, { key, name, hint = "", label, hand = null, tone = null, missing = "" }) {
  const paint = (context, width, height) => {
    if (!items.view.rows[key]) return;
    const values = items.values(key);
    const grid = backdrop(context, width, height, items, stage.colours);
    if (missing && !finite(values).length) {
      context.fillStyle = stage.colours.quiet;
      context.font = `${0.93 * stage.colours.size}px ${stage.colours.font}`;
      [context.textAlign, context.textBaseline] = ["left", "middle"];
      context.fillText(missing, 8, height / 2);
      return;
    }
    columnBars(context, grid, { values, ghost: items.ghost(key), up: (value) => height - 1 - value * (height - 3), fill: () => tone?.() ?? css(mixed(stage), 1), colours: stage.colours });
    ends(context, width, height, "1", "", stage.colours);
  };
  return row(stage, items, { name, hint, label, tall: "3em", paint, text: (place) => number(items.values(key)?.[place], 2), grip: hand?.take(key) ?? null });
}

/** What each item adds to one label: above or below zero. */
function signedRow(stage, items, { key, name, hint = " ", label }) {
  const paint = (context, width, height) => {
    const values = items.view.rows[key];
    const grid = backdrop(context, width, height, items, stage.colours);
    const most = roundUp(Math.max(1e-6, ...finite(values).map(Math.abs)));
    const signed = finite(values).some((value) => value < 0);
    const up = signed ? (value) => height / 2 - (value / most) * (height / 2 - 2) : (value) => height - 1 - (value / most) * (height - 3);
    const tone = (rgb) => css(stage.colours.dark ? rgb.map((part) => Math.round(part + 0.35 * (255 - part))) : rgb);
    columnBars(context, grid, { values, ghost: items.ghost(key), up, fill: (value) => tone(value < 0 ? MINUS : PLUS), colours: stage.colours });
    level(context, grid, up(0), stage.colours, "", []);
    ends(context, width, height, signed ? `+${short(most)}` : short(most), signed ? `−${short(most)}` : "", stage.colours);
  };
  return row(stage, items, { name, hint, label, tall: "3.4em", paint, text: (place) => signedNumber(items.view.rows[key][place]) });
}

const short = (value) => String(Number(value.toPrecision(2)));
const signedNumber = (value, digits = Math.abs(value) < 0.1 ? 3 : 2) => {
  const size = Math.abs(value).toFixed(digits);
  return Number.isFinite(value) ? `${Number(size) ? (value < 0 ? "−" : "+") : ""}${size}` : "–";  // nothing has no sign
};

/** A probability of each label for each item: labels below each other, items across, one scale for all. */
function mapRow(stage, items, { key, name, label, labels }) {
  const paint = (context, width, height) => {
    const { view } = items;
    const [grid, each] = [columns(items.count(), width), labels().length];
    const tall = height / each;
    const stops = stopsOf({ signed: false }, stage.colours.dark);
    for (let place = 0; place < items.count(); place += 1) {
      for (let label = 0; label < each; label += 1) {
        const value = view.rows[key][place * each + label];
        if (!Number.isFinite(value)) continue;
        context.fillStyle = css(colour(stops, value));
        context.fillRect(grid.left(place), label * tall, grid.each + 0.5, tall + 0.5);
      }
    }
    view.reasons.forEach((reason, place) => reason && hatch(context, grid.left(place), 0, grid.each, height, stage.colours));
    context.strokeStyle = stage.colours.accent;
    context.lineWidth = 2;
    context.strokeRect(grid.left(items.cursor()) + 1, 1, Math.max(2, grid.each - 2), height - 2);
  };
  const best = (place) => {
    const each = labels().length;
    const part = [...items.view.rows[key].slice(place * each, (place + 1) * each)];
    const top = part.indexOf(Math.max(...part));
    return Number.isFinite(part[top]) ? `${labels()[top]} ${number(part[top])}` : "–";
  };
  const made = row(stage, items, { name, label, tall: "8em", paint, text: () => "" });
  const list = el("div.it-labels");
  made.node.firstChild.replaceChildren(list);
  return {
    ...made,
    best,
    fit() { list.replaceChildren(...labels().map((text) => el("span", { text }))); },
    say() {},
  };
}

/** The ends of a row's scale, in its right corner. */
function ends(context, width, height, high, low, colours) {
  context.font = `${0.74 * colours.size}px ${colours.font}`;
  context.textAlign = "right";
  for (const [text, y, base] of [[high, 1, "top"], [low, height - 1, "bottom"]]) {
    if (!text) continue;
    const wide = context.measureText(text).width + 4;
    context.globalAlpha = 0.75;
    context.fillStyle = colours.paper;
    context.fillRect(width - wide, base === "top" ? 0 : height - 0.8 * colours.size, wide, 0.8 * colours.size);
    context.globalAlpha = 1;
    context.fillStyle = colours.quiet;
    context.textBaseline = base;
    context.fillText(text, width - 1, y);
  }
}
