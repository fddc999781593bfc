// The head and what is laid over it: regions, landmarks, relevance, changed pixels.

// apart in lightness as well as in hue; the names stand below and at the pointer
const REGION_COLOURS = [null, "#d9c8a9", "#8ecae6", "#7f4f24", "#1d3557", "#f4a261", "#ffd166", "#d1495b", "#9b7ede", "#5fa777", "#b8b8b8", null, "#2b2b2b"];

/** RGB bytes as a picture that a canvas can draw; `grey` takes the colour out. */
function toImage(bytes, side, grey = false) {
  const pixels = new ImageData(side, side);
  const { data } = pixels;
  for (let at = 0, from = 0; at < data.length; at += 4, from += 3) {
    if (grey) data[at] = data[at + 1] = data[at + 2] = 0.3 * bytes[from] + 0.59 * bytes[from + 1] + 0.11 * bytes[from + 2];
    else for (let part = 0; part < 3; part += 1) data[at + part] = bytes[from + part];
    data[at + 3] = 255;
  }
  const small = new OffscreenCanvas(side, side);
  small.getContext("2d").putImageData(pixels, 0, 0);
  return small;
}

/** A map of shades 0 to 255, or of regions, in colour; where it is zero the face shows. */
function mapImage(overlay, side, colours) {
  const pixels = new ImageData(side, side);
  const whole = new Uint32Array(pixels.data.buffer);  // a pixel at once: red in the lowest byte
  const stops = overlay.scale ? stopsOf(overlay.scale, colours.dark) : null;
  /** @param {number[]} shade */
  const packed = ([red, green, blue, alpha]) => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  const table = overlay.scale
    ? Array.from({ length: 256 }, (_, shade) => packed([...colour(stops, shade / 255), shade ? Math.min(230, 60 + 6 * shade) : 0]))
    : REGION_COLOURS.map((hex) => (hex ? packed([...[1, 3, 5].map((from) => parseInt(hex.slice(from, from + 2), 16)), 175]) : 0));
  for (let at = 0; at < whole.length; at += 1) whole[at] = table[overlay.map[at]];
  const small = new OffscreenCanvas(side, side);
  small.getContext("2d").putImageData(pixels, 0, 0);
  return small;
}

/** Values (side × side) in colour, as a small picture. */
function heatImage(values, side, scale, dark) {
  const stops = stopsOf(scale, dark);
  const pixels = new ImageData(side, side);
  values.forEach((value, at) => pixels.data.set([...colour(stops, share(scale, value)), 255], 4 * at));
  const small = new OffscreenCanvas(side, side);
  small.getContext("2d").putImageData(pixels, 0, 0);
  return small;
}

/** Landmarks: a filled dot where one is seen, a cross where it is hidden. */
function paintLandmarks(context, overlay, scale) {
  const mark = Math.max(2, scale * 1.05);
  for (let at = 0; at < overlay.visible.length; at += 1) {
    const [x, y] = [(overlay.points[2 * at] + 0.5) * scale, (overlay.points[2 * at + 1] + 0.5) * scale];
    context.beginPath();
    if (overlay.visible[at]) context.arc(x, y, mark, 0, 7);
    else for (const way of [1, -1]) { context.moveTo(x - mark, y - way * mark); context.lineTo(x + mark, y + way * mark); }
    context.lineWidth = overlay.visible[at] ? 1.5 : 4;
    context.strokeStyle = "#000000";
    context.stroke();
    context.lineWidth = 2;
    [context.fillStyle, context.strokeStyle] = ["#ffffff", "#ffb454"];
    if (overlay.visible[at]) context.fill();
    else context.stroke();
  }
}

/** The corners of the square that the baseline gets. */
function paintCut(context, width) {
  const [low, high, arm] = [width / 10, width - width / 10, width / 22];
  for (const [line, ink] of [[3, "rgba(0, 0, 0, 0.45)"], [1.5, "rgba(255, 255, 255, 0.9)"]]) {
    context.lineWidth = line;
    context.strokeStyle = ink;
    context.beginPath();
    for (const [x, y] of [[low, low], [high, low], [high, high], [low, high]]) {
      const [dx, dy] = [x === low ? arm : -arm, y === low ? arm : -arm];
      context.moveTo(x + dx, y);
      context.lineTo(x, y);
      context.lineTo(x, y + dy);
    }
    context.stroke();
  }
}

/** What a map says at a place, in words. */
function atPointer(overlay, side, regions, [x, y]) {
  const [column, row] = [Math.floor(x * side), Math.floor(y * side)];
  if (!overlay.map || column < 0 || row < 0 || column >= side || row >= side) return "";
  const value = overlay.map[row * side + column];
  if (overlay.kind === "regions") return regions[value];
  const here = (value / 255) * overlay.scale.limit;
  return overlay.kind === "relevance" ? `${value === 255 ? "≥ " : ""}${number(here, 1)} mm` : `${number(here)} of 1`;
}
