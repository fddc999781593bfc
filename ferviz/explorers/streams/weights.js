// Two streams: filmstrip, waveform, spectrogram, and the weights of both attentions, to read and to drag.

const known = (values) => values.map((value) => value ?? NaN);
const total = (values) => finite(values).reduce((sum, value) => sum + value, 0);

/** The faces at their times; a frame that cannot be used is hatched. */
function stripLane(stage, film) {
  const paint = (context, width, height) => {
    const { times, pace, frame_reasons: reasons } = film.sheet;
    const each = film.across(pace, width);
    const step = Math.max(1, Math.ceil((0.8 * height) / each));
    context.imageSmoothingQuality = "high";
    for (let first = 0; first < times.length; first += step) {
      const room = Math.min(each * step, width);
      const side = Math.min(height, room);
      const shown = Math.max(0, reasons.slice(first, first + step).indexOf(""));
      drawFace(context, film, first + shown, film.across(times[first], width) + (room - side) / 2, (height - side) / 2, side);
    }
    reasons.forEach((reason, frame) => reason && hatch(context, film.across(times[frame], width), 0, each, height, stage.colours));
  };
  const faces = () => [film.image, film.sheet.film, film.view.state.cover];
  const strip = lane(stage, film, { name: "face", label: "Filmstrip", tall: "var(--fv-st-film, 64px)", stream: "video", paint, of: faces, text: () => `${film.frame()} of ${film.frames()}` });
  const portrait = stage.canvas({ label: "The frame under the cursor", of: () => (film.ready() ? [film.frame(), film.off("video"), ...faces()] : []), paint: (context, width, height) => {
    if (!film.ready()) return;
    if (film.off("video")) hatch(context, 0, 0, width, height, stage.colours);
    else drawFace(context, film, film.frame(), 0, 0, width);
  } });
  portrait.classList.add("fv-st-portrait");
  strip.node.firstChild.classList.add("fv-st-film");
  strip.node.firstChild.append(portrait);
  return strip;
}

/** Frame `number` of the sprite, with the gray square that the numbers were computed under. */
function drawFace(context, { image, sheet, view }, number, x, y, side) {
  const { cell, grays } = sheet;
  const across = Math.min(16, grays.length);
  context.drawImage(image, (number % across) * cell, Math.floor(number / across) * cell, cell, cell, x, y, side, side);
  const [wide, gray] = [side * Math.sqrt(view.state.cover), grays[number]];
  context.fillStyle = `rgb(${gray} ${gray} ${gray})`;
  context.fillRect(x + (side - wide) / 2, y + (side - wide) / 2, wide, wide);
}

/** Weights of one stream as bars in time: `frames` of the face, or `steps` of the sound's map, all bands together. */
function barLane(stage, film, hand, what) {
  const face = what === "frames";
  const stream = face ? "video" : "audio";
  const begins = (place) => (face ? film.sheet.times[place] : film.begins(place));
  const place = () => (face ? film.frame() : film.column());
  const paint = (context, width, height) => {
    const [now, own] = [film.weights(what), film.weights(what, true)];
    const each = film.across(face ? film.sheet.pace : film.step(), width);
    const most = film.scale(() => Math.min(1, roundUp(1.25 * Math.max(2 / finite(own).length, ...finite(now), ...finite(own)))));
    const up = (value) => height - 1 - (value / most) * (height - 3);
    const inset = each > 8 ? Math.min(3, each * 0.12) : 0.5;
    now.forEach((value, at) => {
      const left = film.across(begins(at), width);
      if (!Number.isFinite(value)) return hatch(context, left, 0, each, height, stage.colours);
      context.fillStyle = stage.colours.bar;
      context.fillRect(left + inset, up(value), Math.max(1, each - 2 * inset), Math.max(1, up(0) - up(value)));
      if (!film.moved(what)) return undefined;
      context.fillStyle = stage.colours.ink;
      return context.fillRect(left + inset - 1, up(own[at]) - 1, Math.max(1, each - 2 * inset) + 2, 2);
    });
    level(context, { end: width }, up(1 / finite(own).length), stage.colours, face ? "1/T" : "1/steps");
    ends(context, width, height, number(most, most < 0.1 ? 2 : 1), "", stage.colours);
  };
  const text = () => number(film.weights(what)[place()], 3);
  const take = (second, event, box) => hand.take(what, place(), box.height);
  const name = face ? { name: "face weight", label: "The weight of each frame. Drag a bar, or use the arrow keys up and down." }
    : { name: "voice weight", label: "The weight of each step in time of the voice, all bands together. Drag a bar, or use the arrow keys up and down." };
  return lane(stage, film, { ...name, hint: "drag a bar", tall: face ? "44px" : "40px", stream, paint, of: () => [film.sheet, film.view, film.wished(what), film.scale(() => null)], text, take });
}

/** The waveform, as the network's sound has it; `across(second)` is where a second lies. Gives back its largest value. */
function drawWave(stage, film, context, height, across) {
  const { outline, shift } = film.sheet;
  const count = outline.length / 2;
  const most = outline.reduce((best, value) => Math.max(best, Math.abs(value)), 0.02);
  const each = Math.max(1, across(shift) - across(0));
  context.fillStyle = css(mixed(stage));
  for (let at = 0; at < count; at += 1) {
    const [low, high] = [outline[at], outline[count + at]].map((value) => height / 2 - (value / most) * (height / 2 - 1));
    context.fillRect(across(at * shift), high, each, Math.max(1, low - high));
  }
  return most;
}

/** The waveform as a lane. */
function waveLane(stage, film) {
  const paint = (context, width, height) => {
    const most = drawWave(stage, film, context, height, (second) => film.across(second, width));
    ends(context, width, height, `±${short(most)}`, "", stage.colours);
  };
  return lane(stage, film, { name: "voice", label: "Waveform", tall: "28px", stream: "audio", paint, of: () => [film.sheet], text: () => `${number(film.cursor())} s` });
}

/** Values from 0 to 1 as a picture (rows × columns, the first row below), by the colours of a theme: made once. */
function heatPicture(stage) {
  let [made, of] = [null, null];
  return (values, rows, columns, share) => {
    if (of?.values === values && of.dark === stage.colours.dark) return made;
    const stops = stopsOf({ signed: false }, stage.colours.dark);
    const table = Array.from({ length: 256 }, (_, at) => colour(stops, at / 255));
    made = el("canvas");
    [made.width, made.height] = [columns, rows];
    const context = made.getContext("2d");
    const image = context.createImageData(columns, rows);
    values.forEach((value, at) => {
      if (!Number.isFinite(value)) return;
      const place = 4 * ((rows - 1 - Math.floor(at / columns)) * columns + (at % columns));
      image.data.set(table[clamp(Math.round(255 * share(value)), 0, 255)], place);
      image.data[place + 3] = 255;
    });
    context.putImageData(image, 0, 0);
    of = { values, dark: stage.colours.dark };
    return made;
  };
}

/** The picture that the network gets of the sound: bands upwards, from −100 dB to the loudest. */
function melLane(stage, film) {
  const picture = heatPicture(stage);
  const up = (row, height) => height - ((row + 0.5) / film.sheet.rows) * height;
  const paint = (context, width, height) => {
    const { mel, rows, windows, shift, unusable, hertz } = film.sheet;
    const [low, high] = film.sheet.shades;
    context.imageSmoothingEnabled = true;
    context.drawImage(picture(mel, rows, windows, (value) => (value - low) / Math.max(1, high - low)), 0, 0, film.across(windows * shift, width), height);
    unusable.forEach((window) => hatch(context, film.across(window * shift, width), 0, Math.max(1, film.across(shift, width)), height, stage.colours));
    frameOf(stage, film, context, width, height, up);
    ends(context, width, height, kilo(hertz[rows - 1]), kilo(hertz[0]), stage.colours);
  };
  const point = (event, box) => { film.row = clamp(Math.floor((1 - (event.clientY - box.top) / box.height) * film.sheet.rows), 0, film.sheet.rows - 1); };
  const text = () => (film.row === null ? "" : `${kilo(film.sheet.hertz[film.row])}, ${number(film.sheet.mel[film.row * film.sheet.windows + clamp(Math.floor(film.cursor() / film.sheet.shift), 0, film.sheet.windows - 1)] / 2 - 100, 0)} dB`);
  return lane(stage, film, { name: "log-mel", label: "The picture that the network gets of the sound: time across, frequency up", tall: "60px", stream: "audio", paint, of: () => [film.sheet, film.position()], text, point });
}

const kilo = (hertz) => (hertz >= 1000 ? `${number(hertz / 1000, 1)} kHz` : `${number(hertz, 0)} Hz`);

/** Around all that the chosen position sees, on the spectrogram. */
function frameOf(stage, film, context, width, height, up) {
  const at = film.position();
  if (at === null || at >= film.view.rows.positions.length) return;
  const { seen, hertz } = film.sheet;
  const row = (wanted) => hertz.reduce((best, each, place) => (Math.abs(each - wanted) < Math.abs(hertz[best] - wanted) ? place : best), 0);
  const [left, right] = [seen.seconds_from[at], seen.seconds_to[at]].map((second) => film.across(second, width));
  const [bottom, top] = [seen.hertz_from[at], seen.hertz_to[at]].map((each) => up(row(each), height));
  const [x, y] = film.across(seen.seconds[at], width) ? [film.across(seen.seconds[at], width), up(row(seen.hertz[at]), height)] : [left, bottom];
  context.lineWidth = 1.5;
  context.strokeStyle = stage.colours.dark ? "#9ecbff" : "#0b4f94";
  context.strokeRect(left + 1, Math.max(1, top), right - left - 2, Math.min(height - 1, bottom) - Math.max(1, top));
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.arc(x, y, 2.5, 0, 7);
  context.fill();
}

/** The weights of all positions of the sound's map, as multiples of 1/N: bands upwards, time across. */
function mapLane(stage, film) {
  const picture = heatPicture(stage);
  const paint = (context, width, height) => {
    const { bands, columns } = film.sheet;
    const values = film.spread();
    const most = Math.max(...finite(values));
    context.imageSmoothingEnabled = false;
    const left = film.across(film.begins(0), width);
    const wide = film.across(columns * film.step(), width);
    context.drawImage(picture(values, bands, columns, (value) => value / most), left, 0, wide, height);
    const at = film.position();
    if (at !== null && at < values.length) {
      context.lineWidth = 2;
      context.strokeStyle = stage.colours.dark ? "#9ecbff" : "#0b4f94";
      context.strokeRect(left + ((at % columns) * wide) / columns, height - ((Math.floor(at / columns) + 1) * height) / bands, wide / columns, height / bands);
    }
    ends(context, width, height, `${number(most * finite(values).length, 1)} × 1/N`, "0", stage.colours);
  };
  const spotAt = (event, box) => {
    const { bands, columns } = film.sheet;
    const second = clamp((event.clientX - box.left) / box.width, 0, 0.9999) * film.seconds();
    return clamp(Math.floor((1 - (event.clientY - box.top) / box.height) * bands), 0, bands - 1) * columns + film.columnAt(second);
  };
  const take = (second, event, box) => {
    const position = spotAt(event, box);
    film.choose(position === stage.state.position ? null : position);
    return () => {};
  };
  const text = () => {
    const at = film.position() ?? film.column();
    return number(film.spread()[at], 4);
  };
  const label = "The weight of each position of the sound's map: time across, frequency up. Click one to choose it.";
  const made = lane(stage, film, { name: "positions", hint: "click one", label, tall: "44px", stream: "audio", paint, of: () => [film.sheet, film.view, film.position()], text, take, point: (event, box) => { film.spot = spotAt(event, box); } });
  return { ...made, say() {
    made.say();
    made.canvas.setAttribute("aria-label", film.sheet.reach ? `${label} But ${film.sheet.reach}.` : label);
  } };
}

/** Adds to `film` what the weights are, as the hand wants them before the kernel has answered; gives back the hand. */
function streamWeights(stage, film) {
  const FIELDS = { frames: "frame_weights", steps: "voice_weights" };
  const list = (values) => values.map((value) => (Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : 0));
  const summed = (positions) => {
    const { bands, columns } = film.sheet;
    return Array.from({ length: columns }, (_, column) => {
      const cells = Array.from({ length: bands }, (__, band) => positions[band * columns + column]);
      return cells.some(Number.isFinite) ? total(cells) : NaN;
    });
  };
  film.wished = (what) => stage.state[FIELDS[what]];
  film.moved = (what) => Boolean(film.wished(what));
  film.weights = (what, own = false) => {
    const { rows } = film.view;
    const of = what === "frames" ? [...(own ? rows["own frames"] : rows.frames)] : summed(own ? rows["own positions"] : rows.positions);
    const asked = own ? null : film.wished(what);
    if (!asked || asked.length !== of.length) return of;
    const usable = of.map((value, place) => (Number.isFinite(value) ? asked[place] : NaN));
    const all = total(usable);
    return all > 0 ? usable.map((value) => value / all) : of;
  };
  film.spread = () => film.view.rows.positions;
  /** One position of the sound's map, or none; then it cannot be what is played. */
  film.choose = (position) => stage.ask({ position, ...(position === null && stage.state.plays === "position" ? { plays: "sound" } : {}) });

  function moved(start, place, value) {
    const wanted = clamp(value, 0, 1);
    const rest = total(start) - start[place];
    const others = finite(start).length - 1;
    if (others < 1) return null;
    return list(start.map((one, at) => (at === place ? wanted : !Number.isFinite(one) ? 0 : rest > 1e-9 ? (one * (1 - wanted)) / rest : (1 - wanted) / others)));
  }
  const wish = (what, values) => values && stage.ask({ [FIELDS[what]]: values });
  const place = (what) => (what === "frames" ? film.frame() : film.column());
  return {
    take(what, at, height) {
      film.touched = what;
      const start = film.weights(what);
      if (film.fixed || !Number.isFinite(start[at])) return null;
      const most = Math.min(1, roundUp(1.25 * Math.max(2 / finite(start).length, ...finite(start))));
      film.freeze(most);
      return (pixels) => wish(what, moved(start, at, start[at] + (pixels / height) * most));
    },
    nudge: (by) => (event) => {
      const what = film.touched;
      if (film.fixed || !film.ready() || film.off(what === "frames" ? "video" : "audio")) return;
      const start = film.weights(what);
      if (Number.isFinite(start[place(what)])) wish(what, moved(start, place(what), start[place(what)] + (event.shiftKey ? 5 : 1) * by * 0.02));
    },
    /** The position under the cursor: the lowest band, then the next one, and none behind the highest. */
    pick() {
      if (!film.ready() || film.off("audio")) return;
      const { bands, columns } = film.sheet;
      const [at, column] = [film.position(), film.columnAt(film.at())];
      const band = at === null ? 0 : Math.floor(at / columns) + (at % columns === column ? 1 : 0);
      const next = band < bands ? band * columns + column : null;
      if (!film.fixed) return void film.choose(next);
      film.spot = next;  // nobody is there to be asked
      stage.repaint();
    },
  };
}
