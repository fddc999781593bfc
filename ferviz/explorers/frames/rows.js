// Frames: the filmstrip and the rows of quantities below it.

const MINUS = [47, 111, 168];
const PLUS = [200, 84, 20];

/** The filmstrip. Where a column is too narrow for a face, one picture stands for its neighbours. */
function stripRow(stage, film) {
  const paint = (context, width, height) => {
    const { sheet, view, image } = film;
    const grid = columns(view.order.length, width);
    const step = Math.max(1, Math.ceil(24 / grid.each));
    const wide = grid.each * step;
    context.imageSmoothingQuality = "high";
    for (let first = 0; first < view.order.length; first += step) {
      const side = Math.min(wide, height);
      const seen = view.reasons.slice(first, first + step).indexOf("");
      // of a gap there may be no picture
      if (seen < 0 && view.reasons[first] !== "dropped by hand") continue;
      drawFrame(context, sheet, image, view.order[first + Math.max(0, seen)], grid.left(first) + (wide - side) / 2, (height - side) / 2, side);
    }
    view.reasons.forEach((reason, place) => {
      if (!reason) return;
      context.globalAlpha = 0.62;
      context.fillStyle = stage.colours.paper;
      context.fillRect(grid.left(place), 0, grid.each, height);
      context.globalAlpha = 1;
      hatch(context, grid.left(place), 0, grid.each, height, stage.colours);
    });
    const at = film.cursor();
    const side = Math.max(3, grid.each);
    context.lineWidth = 3;
    context.strokeStyle = stage.colours.accent;
    context.strokeRect(grid.left(at) + 1.5, 1.5, side - 3, height - 3);
  };
  const made = row(stage, film, { name: "frame", label: "Filmstrip", tall: "auto", paint, text: (place) => `${place + 1} of ${film.view.order.length}` });
  return {
    ...made,
    fit() {  // squares, as long as they are not too small to see
      const wide = columns(film.view.order.length, made.canvas.clientWidth || 600).each;
      made.canvas.style.height = `${Math.round(clamp(wide, 34, WIDEST))}px`;
    },
  };
}

function drawFrame(context, sheet, image, frame, x, y, side) {
  const across = Math.min(16, sheet.times.length + sheet.guests.length);
  context.drawImage(image, (frame % across) * sheet.cell, Math.floor(frame / across) * sheet.cell, sheet.cell, sheet.cell, x, y, side, side);
}

/** The weights: bars that a hand can drag, the model's own as marks, and the line 1/T. */
function weightRow(stage, film, hand) {
  const paint = (context, width, height) => {
    const { view } = film;
    const grid = backdrop(context, width, height, film, stage.colours);
    const now = film.weights();
    const most = film.scale("weight", () => Math.min(1, roundUp(1.25 * Math.max(2 / film.usable(), ...finite(now), ...finite(view.rows.own)))));
    const up = (value) => height - 1 - (value / most) * (height - 3);
    columnBars(context, grid, { values: now, ghost: film.moved() ? view.rows.own : null, up, fill: () => stage.colours.bar, colours: stage.colours });
    level(context, grid, up(1 / film.usable()), stage.colours, `1/T = ${number(1 / film.usable(), 3)}`);
    ends(context, width, height, number(most, most < 0.1 ? 2 : 1), "", stage.colours);
  };
  const text = (place) => number(film.weights()[place], 3);
  return row(stage, film, { name: "weight", hint: "drag a bar", label: "The weight of each frame. Drag a bar, or use the arrow keys up and down.", tall: "8.6em", paint, text, grip: hand.take("weight") });
}

const finite = (values) => [...values].filter(Number.isFinite);

/** α: what the frame alone gives it. It can be dragged too; the weights, and β, follow through the model. */
function alphaRow(stage, film, hand) {
  const paint = (context, width, height) => {
    const grid = backdrop(context, width, height, film, stage.colours);
    const up = (value) => height - 1 - value * (height - 3);
    const own = stage.state.moves === "alpha" && film.moved();
    columnBars(context, grid, { values: film.alphas(), ghost: own ? film.view.rows.ownAlpha : null, up, fill: () => css(mixed(stage), 1), colours: stage.colours });
    ends(context, width, height, "1", "", stage.colours);
  };
  const text = (place) => number(film.alphas()[place], 2);
  return row(stage, film, { name: "α", hint: "from the frame alone", label: "Alpha of each frame. Drag a bar.", tall: "4em", paint, text, grip: hand.take("alpha") });
}

const mixed = (stage) => (stage.colours.dark ? [116, 140, 160] : [120, 150, 176]);

function betaRow(stage, film) {
  const paint = (context, width, height) => {
    if (!film.view.rows.beta) return;
    const grid = backdrop(context, width, height, film, stage.colours);
    columnBars(context, grid, { values: film.view.rows.beta, up: (value) => height - 1 - value * (height - 3), fill: () => css(mixed(stage), 1), colours: stage.colours });
    ends(context, width, height, "1", "", stage.colours);
  };
  return row(stage, film, { name: "β", hint: "beside the anchor", label: "Beta of each frame", tall: "4em", paint, text: (place) => number(film.view.rows.beta?.[place], 2) });
}

/** What each frame adds to the logit of one emotion: above or below zero. */
function contributionRow(stage, film) {
  const paint = (context, width, height) => {
    const values = film.view.rows.contribution;
    const grid = backdrop(context, width, height, film, stage.colours);
    const most = roundUp(Math.max(1e-6, ...finite(values).map(Math.abs)));
    const signed = finite(values).some((value) => value < 0);
    const up = signed ? (value) => height / 2 - (value / most) * (height / 2 - 2) : (value) => height - 1 - (value / most) * (height - 3);
    const tone = (rgb) => css(stage.colours.dark ? rgb.map((part) => Math.round(part + 0.35 * (255 - part))) : rgb);
    columnBars(context, grid, { values, up, fill: (value) => tone(value < 0 ? MINUS : PLUS), colours: stage.colours });
    level(context, grid, up(0), stage.colours, "", []);
    ends(context, width, height, signed ? `+${short(most)}` : short(most), signed ? `−${short(most)}` : "", stage.colours);
  };
  return row(stage, film, { name: "contribution", hint: " ", label: "What each frame adds to the logit", tall: "5.4em", paint, text: (place) => signedNumber(film.view.rows.contribution[place]) });
}

const short = (value) => String(Number(value.toPrecision(2)));
const signedNumber = (value) => (Number.isFinite(value) ? `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(Math.abs(value) < 0.1 ? 3 : 2)}` : "–");

function evidenceRow(stage, film) {
  const paint = (context, width, height) => {
    const values = film.view.rows.evidence;
    const grid = backdrop(context, width, height, film, stage.colours);
    if (!finite(values).length) {
      context.fillStyle = stage.colours.quiet;
      context.font = `${0.93 * stage.colours.size}px ${stage.colours.font}`;
      [context.textAlign, context.textBaseline] = ["left", "middle"];
      context.fillText("Not known: only synthetic clips have it.", 8, height / 2);
      return;
    }
    columnBars(context, grid, { values, up: (value) => height - 1 - value * (height - 3), fill: () => stage.colours.quiet, colours: stage.colours });
    ends(context, width, height, "1", "", stage.colours);
  };
  return row(stage, film, { name: "evidence", hint: "true, from the generator", label: "The true evidence in each frame", tall: "4em", paint, text: (place) => number(film.view.rows.evidence[place], 2) });
}

/** The answer if a frame had all the weight: labels below each other, frames across, one scale for all. */
function aloneRow(stage, film) {
  const paint = (context, width, height) => {
    const { sheet, view } = film;
    const [grid, each] = [columns(view.order.length, width), sheet.labels.length];
    const tall = height / each;
    const stops = stopsOf({ signed: false }, stage.colours.dark);
    for (let place = 0; place < view.order.length; place += 1) {
      for (let label = 0; label < each; label += 1) {
        const value = view.rows.alone[place * each + label];
        if (!Number.isFinite(value)) continue;
        context.fillStyle = css(colour(stops, value));
        context.fillRect(grid.left(place), label * tall, grid.each + 0.5, tall + 0.5);
      }
    }
    view.reasons.forEach((reason, place) => reason && hatch(context, grid.left(place), 0, grid.each, height, stage.colours));
    context.strokeStyle = stage.colours.accent;
    context.lineWidth = 2;
    context.strokeRect(grid.left(film.cursor()) + 1, 1, Math.max(2, grid.each - 2), height - 2);
  };
  const best = (place) => {
    const each = film.sheet.labels.length;
    const part = [...film.view.rows.alone.slice(place * each, (place + 1) * each)];
    const top = part.indexOf(Math.max(...part));
    return Number.isFinite(part[top]) ? `${film.sheet.labels[top]} ${number(part[top])}` : "–";
  };
  const made = row(stage, film, { name: "alone", label: "The probability of each label if a frame had all the weight", tall: "8.4em", paint, text: () => "" });
  const list = el("div.fr-labels");
  made.node.firstChild.replaceChildren(list);
  return {
    ...made,
    best,
    fit(labels) { list.replaceChildren(...labels.map((label) => el("span", { text: label }))); },
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
