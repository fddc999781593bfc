// Films: a frame of the sprite, the one under the cursor, and playing.

/** A frame of the clip, or a guest. */
function drawFrame(context, { sheet, image }, frame, x, y, side) {
  drawCell(context, image, { cell: sheet.cell, across: Math.min(16, sheet.times.length + sheet.guests.length) }, frame, x, y, side);
}

/** The frame under the cursor, large, with what is known of it. */
function pictureOf(stage, film) {
  const canvas = stage.canvas({ label: "The frame under the cursor", paint: (context, width, height) => {
    if (!film.ready()) return;
    const { view } = film;
    context.imageSmoothingQuality = "high";
    const at = film.cursor();
    drawFrame(context, film, view.order[at], 0, 0, width);
    if (!view.reasons[at]) return;
    context.globalAlpha = 0.7;
    context.fillStyle = stage.colours.paper;
    context.fillRect(0, 0, width, height);
    context.globalAlpha = 1;
    hatch(context, 0, 0, width, height, stage.colours);
    context.fillStyle = stage.colours.ink;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `${stage.colours.size}px ${stage.colours.font}`;
    wrap(context, `Not used: ${view.reasons[at]}`, width / 2, height / 2, width * 0.8);
  } });
  canvas.classList.add("fv-it-big");
  return canvas;
}

/** Where a place's picture comes from, in words. */
function originOf(sheet, frame) {
  const length = sheet.times.length;
  if (frame >= length) return `a still of another person: ${sheet.guests[frame - length]}`;
  const shown = sheet.shown[frame] ? `; it shows ${sheet.shown[frame]}` : "";
  return `${number(sheet.times[frame])} s of the clip${shown}`;
}

/** The film runs in the browser, at its own speed; with its voice while its frames stand as they came. */
function player(film) {
  const asItCame = () => film.view.order.length === film.sheet.times.length && film.view.order.every((frame, place) => frame === place);
  const times = () => {
    const { times: own, sound } = film.sheet;
    if (sound && asItCame()) return own;
    const pace = own.length > 1 ? (own[own.length - 1] - own[0]) / (own.length - 1) : 0.2;
    return film.view.order.map((_, place) => place * clamp(pace, 0.03, 1));
  };
  return playback({
    times: () => (film.ready() ? times() : []),
    at: film.at,
    show: (place) => place !== film.at() && film.go(place),
    unheard: () => (film.ready() && !asItCame() ? "The voice is played only with the frames as they came (Escape)" : ""),
  });
}
