// Statistics: one number of the feature over the frames, all numbers over the frames, and the four statistics.

/** The number under the cursor, frame by frame, with its mean, its deviation, its minimum and its maximum. */
function curveRow(stage, film, numbers) {
  /** What the number is now and was before, and how high a value lies. */
  function levels(height) {
    const [now, before] = [film.view.now, film.view.before].map((one) => film.of(one, numbers.cursor()));
    const ends = [now.min, now.max, before.min, before.max];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const spread = Math.max(high - low, 1e-6);
    return { now, before, up: (value) => 6 + ((high - value) / spread) * (height - 12) };
  }

  const paint = (context, width, height) => {
    const { colours } = stage;
    const grid = backdrop(context, width, height, film, colours);
    const values = film.curve(numbers.cursor());
    const { now, before, up } = levels(height);
    const line = (y, ink, dash) => {
      context.strokeStyle = ink;
      context.lineWidth = 1.4;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(0, y);
      context.lineTo(width, y);  // to its name, which stands beside
      context.stroke();
      context.setLineDash([]);
    };
    context.globalAlpha = 0.16;
    context.fillStyle = colours.bar;
    context.fillRect(0, up(now.mean + now.std), grid.end, up(now.mean - now.std) - up(now.mean + now.std));
    context.globalAlpha = 1;
    if (film.touched()) for (const name of ["min", "max"]) line(up(before[name]), colours.quiet, [2, 3]);
    line(up(now.mean), colours.bar, []);
    for (const name of ["min", "max"]) line(up(now[name]), colours.accent, [5, 3]);
    context.strokeStyle = context.fillStyle = colours.ink;
    context.lineWidth = 1.6;
    context.beginPath();
    let pen = false;
    values.forEach((value, place) => {
      const there = Number.isFinite(value) && !film.view.reasons[place];
      if (there) context[pen ? "lineTo" : "moveTo"](grid.middle(place), up(value));
      pen = there;
    });
    context.stroke();
    values.forEach((value, place) => {
      if (!Number.isFinite(value) || film.view.reasons[place]) return;
      const end = value === now.min || value === now.max;
      context.fillStyle = end ? colours.accent : colours.ink;
      context.beginPath();
      context.arc(grid.middle(place), up(value), end ? 4 : 2.2, 0, 7);
      context.fill();
    });
  };

  /** The names of the three lines, beside their ends and not over the curve. */
  const names = stage.canvas({ label: "", aspect: "auto", paint: (context, width, height) => {
    if (!film.ready()) return;
    const { colours } = stage;
    const { now, up } = levels(height);
    context.font = `${0.78 * colours.size}px ${colours.font}`;
    [context.textAlign, context.textBaseline, context.fillStyle] = ["left", "middle", colours.quiet];
    const line = 0.85 * colours.size;
    const max = Math.max(up(now.max), 0.5 * line);
    const mean = clamp(up(now.mean), max + line, Math.max(max + line, height - 1.5 * line));
    const min = Math.max(up(now.min), mean + line);
    const low = Math.max(0, min + 0.5 * line - height);
    for (const [text, y] of Object.entries({ max, mean, min })) context.fillText(text, 0, y - low);
  } });
  names.setAttribute("aria-hidden", "true");
  names.classList.add("fv-ss-names");

  const made = row(stage, film, { name: "number", label: "One number of the feature over the frames, with its mean, deviation, minimum and maximum", tall: "7.6em", paint, text: (place) => `${numbers.cursor()}: ${number(film.curve(numbers.cursor())[place], 3)}` });
  made.node.classList.add("fv-ss-curve");
  names.style.height = made.canvas.style.height;
  made.node.append(names);
  return made;
}

/** How many minima and maxima a frame holds alone: what moves when it goes. */
function heldRow(stage, film) {
  const paint = (context, width, height) => {
    const grid = backdrop(context, width, height, film, stage.colours);
    const values = film.view.rows.held;
    const most = roundUp(Math.max(1, ...finite(values)));
    columnBars(context, grid, { values, up: (value) => height - 1 - (value / most) * (height - 3), fill: () => css(mixed(stage)), colours: stage.colours });
    ends(context, width, height, String(most), "", stage.colours);
  };
  const made = row(stage, film, { name: "extremes", hint: "that it alone holds", label: "How many minima and maxima of the feature's numbers each frame holds alone", tall: "3em", paint, text: (place) => number(film.view.rows.held[place], 0) });
  made.node.classList.add("fv-ss-held");
  return made;
}

/** The four statistics as stripes, a stripe a number, on one scale; how far each has moved. */
function fourPanel(stage, film, numbers) {
  let limit = 1;
  const scale = () => ({ signed: false, limit, digits: 1 });
  const rows = ["mean", "std", "min", "max"].map((name) => {
    const of = (one, place) => one.statistics[name][place];
    const text = (place) => {
      const [was, is] = [of(film.view.before, place), of(film.view.now, place)];
      return film.touched() ? `${number(was, 3)} → ${number(is, 3)}` : number(is, 3);
    };
    return { name, ...stripes(stage, numbers, { name, label: `The ${name} of each number of the feature over the frames`, values: () => film.view.now.statistics[name], scale, text }) };
  });
  const bands = el("div.it-row", {}, el("div.it-name.it-quiet", { text: "value" }), stripesBar(stage, numbers, "Colour bar of the four statistics", scale));
  const node = el("div.panel", {}, ...rows.map((one) => one.node), bands,
    el("p.note.help", { text: "The population's standard deviation, over the frames that can be used. The four rows side by side, divided by their length, are the descriptor: what the linear machine gets. No network sees the time." }));
  return {
    node,
    draw() {
      if (node.hidden) return;
      limit = roundUp(Math.max(1e-6, ...film.view.now.statistics.max, ...film.view.now.statistics.std));
      rows.forEach((one) => one.say(numbers.cursor()));
    },
  };
}

/** All numbers of all frames: numbers down, frames across. A click chooses a number and a frame. */
function allPanel(stage, film, numbers) {
  let limit = 1;
  const scale = () => ({ signed: false, limit, digits: 1 });
  const paint = (context, width, height) => {
    const [count, wide] = [film.count(), film.view.width];
    const grid = columns(count, width);
    const small = new OffscreenCanvas(count, wide);
    const pixels = new ImageData(count, wide);
    const stops = stopsOf(scale(), stage.colours.dark);
    film.view.features.forEach((value, at) => {
      const [place, channel] = [Math.floor(at / wide), at % wide];
      if (Number.isFinite(value)) pixels.data.set([...colour(stops, value / limit), 255], 4 * (channel * count + place));
    });
    small.getContext("2d").putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, grid.end, height);
    film.view.reasons.forEach((reason, place) => reason && hatch(context, grid.left(place), 0, grid.each, height, stage.colours));
    context.strokeStyle = stage.colours.accent;
    context.lineWidth = 2;
    context.strokeRect(grid.left(film.cursor()) + 1, 1, Math.max(2, grid.each - 2), height - 2);
    const y = ((numbers.at() + 0.5) / wide) * height;
    context.strokeRect(0, y - 1.5, grid.end, 3);
  };
  const made = row(stage, film, { name: "all", label: "All numbers of the feature, downwards, in each frame, across. A click chooses a number.", tall: "7.4em", paint, text: () => `${film.view.width} numbers` });
  made.node.classList.add("fv-ss-all");
  made.canvas.addEventListener("click", (event) => {
    const box = made.canvas.getBoundingClientRect();
    numbers.go(Math.floor(((event.clientY - box.top) / box.height) * film.view.width));
  });
  const bands = el("div.it-row", {}, el("div.it-name.it-quiet", { text: "value" }), stripesBar(stage, numbers, "Colour bar of the feature", scale));
  const node = el("div.panel", {}, made.node, bands);
  return {
    node,
    draw() {
      if (node.hidden) return;
      limit = roundUp(Math.max(1e-6, ...finite(film.view.features)));
      made.say(film.cursor());
    },
  };
}
