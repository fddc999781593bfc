// LBP stepper, first half: the steps from a pixel to its code, and the painting of pictures, neighbourhood and histogram.
// The steps use the same whole numbers as ferviz.lbp, in the same order, so that ties fall the same way.

const OTHER = [204, 121, 167];  // the shared code of all patterns with more than two changes: the only colour among grays
const ORANGE = "#e8710a";
const YELLOW = "#f0e442";

/** One pixel's code, step by step; the fields are those of ferviz.lbp.Explanation. */
function explain(data, row, column) {
  const side = data.size + 2 * data.margin;
  const at = (i, j) => data.grey[(row + i + data.margin) * side + column + j + data.margin];
  const centre = at(0, 0);
  const neighbours = data.circle.map((sample, place) => {
    let total = 0;
    for (const [i, j, weight] of sample.terms) total += (at(i, j) - centre) * weight;
    return {
      row: sample.row, column: sample.column, value: centre + total * sample.scale,
      pixels: sample.pixels.map(([i, j, weight]) => ({ row: i, column: j, weight, value: at(i, j) })),
      bit: total >= 0 ? 1 : 0, weight: 2 ** place,
    };
  });
  const bits = neighbours.map((neighbour) => neighbour.bit);
  const changes = bits.filter((bit, place) => bit !== bits[(place + 1) % bits.length]).length;
  const plain = neighbours.reduce((sum, neighbour) => sum + neighbour.bit * neighbour.weight, 0);
  return { row, column, centre, neighbours, bits, changes, plain, code: label(data.kind, bits, plain, changes) };
}

/** The final code of a kind, from the bits: the numbering is scikit-image's. */
function label(kind, bits, plain, changes) {
  const points = bits.length;
  if (kind === "original" || kind === "circle") return plain;
  const turns = bits.map((_, step) => bits.reduce((sum, __, place) => sum + bits[(place + step) % points] * 2 ** place, 0));
  if (kind === "rotation_invariant") return Math.min(...turns);
  const ones = bits.reduce((sum, bit) => sum + bit, 0);
  if (changes > 2) return kind === "uniform" ? points * (points - 1) + 2 : points + 1;
  if (kind === "uniform_rotation_invariant" || ones === 0) return ones;
  const first = bits.findIndex((bit, place) => bit && !bits[(place + points - 1) % points]);
  return 1 + (ones - 1) * points + (ones < points ? (points - first) % points : 0);
}

/** What turns the plain code into the final one, in words. */
function because(kind, step) {
  const { changes, bits, code } = step;
  const few = `${changes} changes, at most two`;
  const many = `${changes} changes, more than two`;
  const ones = bits.filter(Boolean).length;
  if (kind === "uniform") return changes > 2 ? `${many}: shares the last code` : `${few}: keeps a code of its own`;
  if (kind === "rotation_invariant") return `smallest of its ${bits.length} rotations: ${binary(code, bits.length)}`;
  if (kind === "uniform_rotation_invariant") return changes > 2 ? `${many}: shares the last code` : `${few}: the number of ones, ${ones}`;
  return `${changes} changes round the ring`;
}

const binary = (value, length) => value.toString(2).padStart(length, "0");
const level = (value) => (Number.isInteger(value) ? String(value) : number(value, Math.abs(value) < 100 ? 2 : 1));
const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;

/** Pixels as squares of one colour each; rgb(place) gives [r, g, b]. */
function pixelPicture(size, rgb) {
  const buffer = document.createElement("canvas");
  [buffer.width, buffer.height] = [size, size];
  const context = buffer.getContext("2d");
  const image = context.createImageData(size, size);
  for (let place = 0; place < size * size; place += 1) image.data.set([...rgb(place), 255], 4 * place);
  context.putImageData(image, 0, 0);
  return buffer;
}

function outlined(context, draw, colour, width) {
  context.lineWidth = width + 2;
  context.strokeStyle = "#000";
  draw();
  context.lineWidth = width;
  context.strokeStyle = colour;
  draw();
}

/** One of the two pictures, with what lies outside the counted circle dimmed, and the pixel of interest marked. */
function paintPicture(context, width, { image, size, radius, here, colours }) {
  const cell = width / size;
  context.imageSmoothingEnabled = false;
  context.drawImage(image, 0, 0, width, width);
  context.beginPath();
  context.rect(0, 0, width, width);
  context.arc(width / 2, width / 2, width / 2, 0, 2 * Math.PI, true);
  context.globalAlpha = 0.55;
  context.fillStyle = colours.paper;
  context.fill("evenodd");
  context.globalAlpha = 1;
  const reach = Math.ceil(radius);
  const square = () => context.strokeRect((here.column - reach) * cell, (here.row - reach) * cell, (2 * reach + 1) * cell, (2 * reach + 1) * cell);
  outlined(context, square, ORANGE, 2);
}

/** The neighbourhood, enlarged: gray numbers, the ring, where each neighbour falls, its bit, and where bits change. */
function paintNeighbourhood(context, width, { data, step, chosen, colours }) {
  const reach = Math.ceil(data.radius);
  const cell = width / (2 * reach + 1);
  const spot = (row, column) => [(column + reach + 0.5) * cell, (row + reach + 0.5) * cell];
  const dot = clamp(cell * 0.14, 7, 15);
  paintCells(context, { data, step, reach, cell, colours });
  const places = step.neighbours.map((neighbour) => spot(neighbour.row, neighbour.column));
  const ring = () => {
    context.beginPath();
    if (data.kind === "original") context.rect(cell / 2, cell / 2, width - cell, width - cell);
    else context.arc(width / 2, width / 2, data.radius * cell, 0, 2 * Math.PI);
    context.stroke();
  };
  outlined(context, ring, "#9cc7ee", 2);
  if (chosen !== null) paintSources(context, { neighbour: step.neighbours[chosen], place: places[chosen], spot });
  step.neighbours.forEach((neighbour, place) => {
    const next = (place + 1) % places.length;
    if (neighbour.bit !== step.bits[next]) paintChange(context, { data, width, from: places[place], to: places[next], length: dot * 0.8, cell });
    paintDot(context, { at: places[place], neighbour, place, dot, chosen: place === chosen, middle: width / 2, colours });
  });
  if (chosen !== null && cell >= 50) paintShares(context, { neighbour: step.neighbours[chosen], place: places[chosen], spot, cell, width, colours });
}

function paintCells(context, { data, step, reach, cell, colours }) {
  const side = data.size + 2 * data.margin;
  const size = clamp(cell * 0.2, 9, 19);
  context.font = `${size}px ${colours.font}`;
  for (let i = -reach; i <= reach; i += 1) {
    for (let j = -reach; j <= reach; j += 1) {
      const value = data.grey[(step.row + i + data.margin) * side + step.column + j + data.margin];
      const grey = clamp(Math.round(value), 0, 255);
      const [x, y] = [(j + reach) * cell, (i + reach) * cell];
      context.fillStyle = css([grey, grey, grey]);
      context.fillRect(x, y, cell + 0.5, cell + 0.5);
      context.lineWidth = 1;
      context.strokeStyle = "rgba(128, 128, 128, 0.55)";
      context.strokeRect(x, y, cell, cell);
      context.fillStyle = grey > 127 ? "#111" : "#fff";
      const [across, down] = [Math.sign(j), j && !i ? -1 : Math.sign(i)];  // towards the outside, where no neighbour falls
      context.textAlign = ["left", "center", "right"][across + 1];
      context.textBaseline = ["top", "middle", "bottom"][down + 1];
      const text = number(value, Number.isInteger(value) ? 0 : 1);
      context.fillText(text, x + cell * (0.5 + 0.44 * across), y + cell * (0.5 + 0.42 * down) - 2 * Math.min(0, down));
    }
  }
  context.lineWidth = 3;
  context.strokeStyle = ORANGE;
  context.strokeRect(reach * cell + 1.5, reach * cell + 1.5, cell - 3, cell - 3);
}

function paintSources(context, { neighbour, place, spot }) {
  for (const pixel of neighbour.pixels) {
    const line = () => {
      context.beginPath();
      context.moveTo(...place);
      context.lineTo(...spot(pixel.row, pixel.column));
      context.stroke();
    };
    outlined(context, line, YELLOW, 2);
  }
}

function paintShares(context, { neighbour, place, spot, cell, width, colours }) {
  const size = clamp(cell * 0.14, 9, 15);
  context.font = `600 ${size}px ${colours.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const pixel of neighbour.pixels) {
    const text = `× ${number(pixel.weight, pixel.weight === 1 ? 0 : 3)}`;
    const half = context.measureText(text).width / 2 + 4;
    const [x, y] = spot(pixel.row, pixel.column).map((at, axis) => at + 0.5 * (at - place[axis]));  // away from the dot
    const [cx, cy] = [clamp(x, half, width - half), clamp(neighbour.pixels.length === 1 ? y + cell * 0.3 : y, size, width - size)];
    context.fillStyle = YELLOW;
    context.fillRect(cx - half, cy - size * 0.7, 2 * half, size * 1.4);
    context.fillStyle = "#111";
    context.fillText(text, cx, cy + 0.5);
  }
}

function paintChange(context, { data, width, from, to, length, cell }) {
  let [x, y] = [(from[0] + to[0]) / 2 - width / 2, (from[1] + to[1]) / 2 - width / 2];
  const far = Math.hypot(x, y);
  const onRing = data.kind === "original" ? 1 : (data.radius * cell) / far;
  [x, y] = [x * onRing, y * onRing];
  const [ux, uy] = [x / Math.hypot(x, y), y / Math.hypot(x, y)];
  const tick = () => {
    context.beginPath();
    context.moveTo(width / 2 + x - ux * length, width / 2 + y - uy * length);
    context.lineTo(width / 2 + x + ux * length, width / 2 + y + uy * length);
    context.stroke();
  };
  outlined(context, tick, ORANGE, 4);
}

function paintDot(context, { at, neighbour, place, dot, chosen, middle, colours }) {
  context.beginPath();
  context.arc(...at, dot, 0, 2 * Math.PI);
  context.fillStyle = neighbour.bit ? "#fff" : "#111";
  context.fill();
  context.lineWidth = chosen ? 4 : 2;
  context.strokeStyle = chosen ? YELLOW : "#4c8fce";
  context.stroke();
  context.font = `700 ${dot * 1.25}px ${colours.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = neighbour.bit ? "#111" : "#fff";
  context.fillText(String(neighbour.bit), at[0], at[1] + 0.5);
  if (dot < 8 && !chosen) return;  // too small for numbers that do not cover each other
  const far = Math.hypot(at[0] - middle, at[1] - middle);
  const inward = 1 - (dot * 1.9) / far;  // the neighbour's number stands inside the ring, where there is room
  const [x, y] = at.map((value) => middle + (value - middle) * inward);
  context.font = `600 ${clamp(dot * 0.9, 9, 13)}px ${colours.font}`;
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = "#111";
  context.strokeText(String(place + 1), x, y);
  context.fillStyle = "#fff";
  context.fillText(String(place + 1), x, y);
}

/** Bars of the codes in use; the unchanged picture's as a line on top; the bin of the pixel in orange with its share. */
function paintHistogram(context, width, height, { data, step, colours, line }) {
  const [left, right, top, bottom] = [line * 3.4, width - 4, line * 2.1, height - line * 1.6];
  const total = data.counts.reduce((sum, count) => sum + count, 0);
  const highest = Math.max(...data.counts, ...data.before) / total;
  const x = (rank) => left + ((right - left) * rank) / data.possible;
  const y = (share) => bottom - ((bottom - top) * share) / highest;
  const wide = Math.max(1, (right - left) / data.possible - (data.possible > 100 ? 0 : 1));
  context.font = `${line * 0.9}px ${colours.font}`;
  context.strokeStyle = colours.quiet;
  context.fillStyle = colours.quiet;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const share of [0, highest / 2, highest]) {
    context.globalAlpha = 0.35;
    context.beginPath();
    context.moveTo(left, y(share));
    context.lineTo(right, y(share));
    context.stroke();
    context.globalAlpha = 1;
    context.fillText(share ? percent(share, highest < 0.1 ? 1 : 0) : "0", left - 5, y(share));
  }
  data.used.forEach((code, place) => {
    const share = data.counts[place] / total;
    context.fillStyle = code === data.other ? css(OTHER) : colours.bar;
    context.fillRect(x(data.rank(code)), y(share), wide, bottom - y(share));
    if (data.untouched || !data.before[place]) return;
    context.fillStyle = colours.ink;
    context.fillRect(x(data.rank(code)) - 1, y(data.before[place] / total) - 1, Math.max(wide + 2, 3), 2);
  });
  paintBin(context, { data, step, total, x, y, wide, top, bottom, left, right, line, colours });
}

function paintBin(context, { data, step, total, x, y, wide, top, bottom, left, right, line, colours }) {
  const place = data.used.indexOf(step.code);
  const share = place < 0 ? 0 : data.counts[place] / total;
  const from = x(data.rank(step.code));
  context.fillStyle = ORANGE;
  context.fillRect(from, y(share), Math.max(wide, 3), bottom - y(share));
  context.beginPath();
  context.moveTo(from + wide / 2, bottom + 1);
  context.lineTo(from + wide / 2 - 5, bottom + 8);
  context.lineTo(from + wide / 2 + 5, bottom + 8);
  context.fill();
  const text = `code ${step.code}: ${percent(share)}`;
  context.font = `600 ${line}px ${colours.font}`;
  const half = context.measureText(text).width / 2;
  context.textAlign = "center";
  context.fillStyle = colours.accent;
  context.fillText(text, clamp(from + wide / 2, left + half, right - half), top - line * 1.2);
  context.font = `${line * 0.9}px ${colours.font}`;
  context.fillStyle = colours.quiet;
  const clear = (at, space) => Math.abs(at - from) > space;
  const last = data.values ? data.values[data.values.length - 1] : data.possible - 1;
  context.textAlign = "left";
  if (clear(left, line)) context.fillText("0", left, bottom + line * 0.9);
  context.textAlign = "right";
  if (clear(right, line * 2)) context.fillText(data.other >= 0 ? `${last} (the others)` : String(last), right, bottom + line * 0.9);
}
