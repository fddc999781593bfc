// Drawing that several explorers share: honest colours, a heat map with its bar, and labelled probability bars.

// blue – neutral – orange: apart for every kind of colour vision; the middle melts into the page
const DIVERGING = {
  light: [[-1, 8, 69, 134], [-0.5, 92, 160, 210], [0, 246, 246, 244], [0.5, 240, 158, 84], [1, 158, 52, 4]],
  dark: [[-1, 158, 208, 255], [-0.5, 47, 122, 184], [0, 40, 40, 42], [0.5, 200, 100, 32], [1, 255, 200, 140]],
};
// light to dark for one-sided quantities (dark to light on a dark page)
const SEQUENTIAL = {
  light: [[0, 246, 246, 244], [0.35, 244, 190, 130], [0.7, 214, 98, 30], [1, 110, 30, 4]],
  dark: [[0, 40, 40, 42], [0.35, 122, 54, 18], [0.7, 222, 118, 48], [1, 255, 214, 160]],
};

/** The colour of `value` on stops [[at, r, g, b], …]; outside it stays at the end. */
function colour(stops, value) {
  const at = clamp(value, stops[0][0], stops[stops.length - 1][0]);
  const next = Math.max(1, stops.findIndex((stop) => stop[0] >= at));
  const [low, high] = [stops[next - 1], stops[next]];
  const share = (at - low[0]) / (high[0] - low[0]);
  return [1, 2, 3].map((place) => Math.round(low[place] + share * (high[place] - low[place])));
}

const css = (rgb, alpha = 1) => `rgba(${rgb[0]}, ${rgb[1]}, ${rgb[2]}, ${alpha})`;
const linear = (byte) => (byte > 10 ? ((byte / 255 + 0.055) / 1.055) ** 2.4 : byte / 3294.6);
/** Black or white, whichever stands out more by WCAG: at least 4.5:1 on any colour. */
const inkOn = (rgb) => (0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]) > 0.179 ? "#000000" : "#ffffff");

/** A scale says how numbers become colours: {signed, limit, centre}. Signed data lie about `centre`, else 0; others begin at 0. */
function stopsOf(scale, dark) {
  return (scale.signed ? DIVERGING : SEQUENTIAL)[dark ? "dark" : "light"];
}

/** Where a value stands on its scale: 1 is the end of the colours. */
const share = (scale, value) => (value - (scale.centre ?? 0)) / scale.limit;

/** Cells of `values` (rows × columns) as squares, never smoothed; the number stands in each cell where it fits. */
function heatmap(context, width, height, { values, rows, columns, scale, colours }) {
  const [cw, ch] = [width / columns, height / rows];
  const stops = stopsOf(scale, colours.dark);
  const size = Math.min(cw * 0.3, ch * 0.42, 17);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${size}px ${colours.font}`;
  values.forEach((value, place) => {
    const [x, y] = [(place % columns) * cw, Math.floor(place / columns) * ch];
    const rgb = colour(stops, share(scale, value));
    context.fillStyle = css(rgb);
    context.fillRect(x, y, cw + 0.5, ch + 0.5);
    if (size < 9) return;
    context.fillStyle = inkOn(rgb);
    context.fillText(number(value, scale.digits ?? 1), x + cw / 2, y + ch / 2);
  });
}

/** The bar that says which colour is which number. */
function colourbar(context, width, height, { scale, colours, values = [] }) {
  const stops = stopsOf(scale, colours.dark);
  const first = scale.signed ? -1 : 0;
  const usual = colours.size * 0.86;
  const tall = height - usual - 6;
  const fill = context.createLinearGradient(0, 0, width, 0);
  for (let step = 0; step <= 20; step += 1) fill.addColorStop(step / 20, css(colour(stops, first + ((1 - first) * step) / 20)));
  context.fillStyle = fill;
  context.fillRect(0, 0, width, tall);
  context.strokeStyle = colours.quiet;
  context.lineWidth = 0.5;
  context.strokeRect(0.25, 0.25, width - 0.5, tall - 0.5);
  context.fillStyle = colours.quiet;
  context.textBaseline = "alphabetic";
  const digits = scale.digits ?? 1;
  const beyond = (sign) => values.some((value) => sign * share(scale, value) > 1 + 1e-6);  // the scale is fixed: what exceeds it is said
  const about = scale.centre !== undefined;
  const high = `${beyond(1) ? "≥ " : ""}${about ? "+" : ""}${number(scale.limit, digits)}`;
  const low = scale.signed ? `${beyond(-1) ? "≤ " : ""}${number(-scale.limit, digits)}` : "0";
  // on a dark page light is strong: that is said where the colours are
  const middles = about ? [`mean ${number(scale.centre, digits)}`] : scale.signed ? ["0"] : colours.dark ? ["lighter: more", "↑ light"] : [];
  /** @type {any[][]} place, alignment and text */
  const ends = [[0, "left", low], [1, "right", high]];
  context.font = `${usual}px ${colours.font}`;
  const wide = (text) => context.measureText(text).width;
  const needed = (text) => wide(text) + usual + 2 * Math.max(wide(low), wide(high));  // it stands in the middle
  const middle = about ? middles[0] : middles.find((text) => needed(text) < width);
  if (middle) ends.push([0.5, "center", middle]);
  if (about) context.font = `${usual * Math.min(1, width / needed(middle))}px ${colours.font}`;  // a mean goes unnamed nowhere
  for (const [at, align, text] of ends) {
    context.textAlign = align;
    context.fillText(text, at * width, height - 1);
  }
}

/** Rows "label | bar | now | before"; the thin mark is the value before, or what the last of `heads` calls it. A row can be chosen when `pick` is given. */
function bars(labels, { pick = null, caption = "", heads = null }) {
  const rows = labels.map((label) => {
    const fill = el("span.fill");
    const ghost = el("span.ghost");
    const now = el("span.now");
    const before = el("span.before");
    const row = el(pick ? "button.row" : "div.row", pick ? { type: "button", "aria-pressed": "false", onclick: () => pick(label) } : {},
      el("span.label", { text: label }), el("span.track", {}, fill, ghost), now, before);
    return { label, row, fill, ghost, now, before };
  });
  const head = heads ? el("div.row.heads", { "aria-hidden": "true" }, ...heads.map((text) => el("span", { text }))) : null;
  const last = head && /** @type {HTMLElement} */ (head.lastChild);
  const word = () => last?.title || last?.textContent || "before";
  const node = el("div.bars", { role: "group", "aria-label": caption }, head, ...rows.map((row) => row.row));
  const set = (now, before = null, chosen = "") => rows.forEach((row, place) => {
    const usable = Number.isFinite(now[place]);
    row.fill.style.width = usable ? `${100 * now[place]}%` : "0";
    row.now.textContent = number(now[place]);
    row.ghost.hidden = !before || !Number.isFinite(before[place]);
    if (before) row.ghost.style.left = `${100 * before[place]}%`;
    row.before.textContent = before ? number(before[place]) : "";
    row.row.classList.toggle("fv-chosen", row.label === chosen);
    row.row.classList.toggle("fv-top", usable && now[place] === Math.max(...now));
    if (pick) {
      row.row.setAttribute("aria-pressed", String(row.label === chosen));
      row.row.setAttribute("aria-label", `${row.label} ${number(now[place])}${before ? `, ${word()} ${number(before[place])}` : ""}`);
    }
  });
  return { node, set };
}

/** The texture of what cannot be used. */
function hatch(context, left, top, width, height, colours) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.globalAlpha = 0.35;
  context.strokeStyle = colours.quiet;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = left - height; at < left + width; at += 8) {
    context.moveTo(at, top + height);
    context.lineTo(at + height, top);
  }
  context.stroke();
  context.restore();
}

/** Text in lines no wider than `room`, centred on (x, y). */
function wrap(context, text, x, y, room) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (context.measureText(longer).width > room && lines[lines.length - 1]) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  const tall = parseFloat(context.font) * 1.35;
  lines.forEach((one, row) => context.fillText(one, x, y + (row - (lines.length - 1) / 2) * tall));
}
